import type { Severity } from '../../core/finding.ts'
import { SEVERITIES } from '../../core/finding.ts'
import type { Report } from '../../core/report.ts'
import { columns, escapeTerminal, truncate, wrap } from '../../core/text.ts'
import { defineReport } from '../../kit/define-report.ts'
import { type Entry, entriesOf, findingsOf } from './stories.ts'
import type { Page } from './terminal/finding.ts'
import { findingBlock, findingLine, table } from './terminal/finding.ts'
import { createInk, SEVERITY_MARKS } from './terminal/ink.ts'
import { field, rule } from './terminal/layout.ts'
import { storyBlock, storyLine } from './terminal/story.ts'
import {
  detectionFacts,
  formatNumber,
  headline,
  inputFacts,
  leftOut,
  lookedAt,
  plural,
  shortIdLength,
} from './words.ts'

/** Longer lines of prose are hard to read, however wide the terminal is. */
const WIDEST = 110
const NARROWEST = 48
/** How many findings of one rule and severity (and how many stories of it) are shown before the rest is counted; critical ones are never hidden. */
const SHOWN: Readonly<Record<Severity, number>> = { critical: Infinity, high: 6, medium: 6, low: 3, info: 3 }
/** How many of them get a block each at verbosity 1; the others get a line. */
const BLOCKS: Readonly<Record<Severity, number>> = { critical: 10, high: 2, medium: 2, low: 0, info: 0 }
const TOP_SOURCES = 20
const FEW_INPUTS = 8
const FORMAT_COLUMNS = 24

/** For people at a terminal or reading a pipe: severity first, 80 columns, colour only repeats what words say. */
export default defineReport({
  id: 'terminal',
  title: 'Text for the terminal',
  mediaType: 'text/plain; charset=utf-8',
  extension: 'txt',
  *render(report, context) {
    const width = Math.min(WIDEST, Math.max(NARROWEST, context.width))
    const ink = createInk(context.color)
    const page: Page = {
      context,
      ink,
      width,
      idLength: shortIdLength([...report.findings, ...(report.incidents ?? [])]),
    }
    yield* top(report, page)
    yield* findings(report, page)
    if (context.verbosity === 2) yield* sources(report, page)
    if (context.verbosity > 0 || report.findings.length === 0) yield* reading(report, page)
    else yield* warnings(report, page)
    yield* ending(report, page)
  },
})

function* top(report: Report, page: Page): Iterable<string> {
  const { ink, width } = page
  const { summary } = report
  yield `\n${ink.strong(headline(report))}\n`
  const counts = SEVERITIES.filter(severity => summary.by_severity[severity] > 0).map(severity => ({
    severity,
    text: `${SEVERITY_MARKS[severity]} ${formatNumber(summary.by_severity[severity])} ${severity}`,
  }))
  if (counts.length > 0) yield `${counts.map(({ severity, text }) => ink.severity[severity](text)).join('   ')}\n`
  yield '\n'
  for (const text of lookedAt(report, page.context.localTime)) {
    for (const line of wrap(text, width)) yield `${ink.quiet(line)}\n`
  }
}

/** Under which entries are counted: stories are one kind, findings by themselves go by their rule. */
const kindOf = ({ worst, story }: Entry): string => (story === undefined ? worst.rule : '')

/** Same kind, same severity: shown a few times, then counted. */
function group(entries: readonly Entry[], page: Page): { shown: Entry[]; rest: Map<string, Entry[]> } {
  const seen = new Map<string, number>()
  const shown: Entry[] = []
  const rest = new Map<string, Entry[]>()
  for (const entry of entries) {
    const kind = kindOf(entry)
    const before = seen.get(kind) ?? 0
    seen.set(kind, before + 1)
    if (page.context.verbosity === 2 || before < SHOWN[entry.worst.severity]) shown.push(entry)
    else rest.set(kind, [...(rest.get(kind) ?? []), entry])
  }
  return { shown, rest }
}

function* findings(report: Report, page: Page): Iterable<string> {
  const entries = entriesOf(report)
  if (entries.length === 0) return
  yield* rule('Findings', page.width, page.ink)
  for (const severity of SEVERITIES) {
    yield* ofSeverity(
      entries.filter(({ worst }) => worst.severity === severity),
      severity,
      page,
    )
  }
}

function* ofSeverity(entries: readonly Entry[], severity: Severity, page: Page): Iterable<string> {
  const { verbosity } = page.context
  const { shown, rest } = group(entries, page)
  const blocks = new Map<string, number>()
  let lineBefore = true
  for (const entry of shown) {
    const { worst, story } = entry
    const count = (blocks.get(kindOf(entry)) ?? 0) + 1
    blocks.set(kindOf(entry), count)
    const block = verbosity === 2 || (verbosity === 1 && count <= BLOCKS[severity])
    if (block) {
      yield* story === undefined ? findingBlock(worst, page) : storyBlock(story, worst, page)
    } else {
      if (!lineBefore || (verbosity === 1 && entry === shown[0])) yield '\n'
      yield story === undefined ? findingLine(worst, page) : storyLine(story, worst, page)
    }
    lineBefore = !block
  }
  if (!lineBefore && rest.size > 0) yield '\n'
  for (const [ruleId, left] of rest) {
    const what =
      ruleId === ''
        ? `${plural(left.length, 'more story', 'more stories')} of ${plural(findingsOf(left).length, 'finding')}`
        : plural(left.length, `more ${ruleId} finding`)
    const text = `… and ${what} (${severity}): -vv or --format json`
    yield `  ${page.ink.quiet(truncate(escapeTerminal(text), page.width - 2))}\n`
  }
}

function* sources(report: Report, page: Page): Iterable<string> {
  const ranked = [...(report.sources ?? [])].sort(
    (a, b) => b.findings.length - a.findings.length || b.events - a.events,
  )
  if (ranked.length === 0) return
  yield* rule('Sources', page.width, page.ink)
  yield* table(
    ['Address', 'Where', 'Events', 'Failed', 'Accepted', 'Web', 'Findings'],
    [false, false, true, true, true, true, true],
    ranked
      .slice(0, TOP_SOURCES)
      .map(row => [
        row.source,
        [row.country, row.asn].filter(Boolean).join(' '),
        formatNumber(row.events),
        formatNumber(row.failed_logins),
        formatNumber(row.accepted_logins),
        formatNumber(row.web_requests),
        formatNumber(row.findings.length),
      ]),
    page,
    2,
  )
  if (ranked.length > TOP_SOURCES) {
    yield `  ${page.ink.quiet(`… and ${plural(ranked.length - TOP_SOURCES, 'more source')}: --format html or json`)}\n`
  }
}

function* reading(report: Report, page: Page): Iterable<string> {
  const { ink, width, context } = page
  yield* rule('What was read', width, ink)
  // A rotated set can have hundreds of files; one that has something to say is always shown.
  const shown = report.inputs.filter(
    ({ notes = [] }, index) => context.verbosity === 2 || index < FEW_INPUTS || notes.length > 0,
  )
  const told = new Set<string>()
  for (const input of shown) {
    const format = truncate(escapeTerminal(input.format), FORMAT_COLUMNS)
    yield `  ${truncate(escapeTerminal(input.path), width - 4 - columns(format))}  ${ink.quiet(format)}\n`
    yield* lines(inputFacts(input), 4, page, ink.quiet)
    yield* remarks(
      (input.notes ?? []).map(note => withoutTold(note, told)),
      4,
      page,
    )
    yield* lines(
      (input.samples ?? []).map(sample => `not understood: ${truncate(escapeTerminal(sample), 2 * width)}`),
      4,
      page,
      ink.quiet,
    )
  }
  const rest = report.inputs.length - shown.length
  if (rest > 0) yield* lines([`… and ${plural(rest, 'more log')}: -vv or --format json`], 2, page, ink.quiet)
  yield* remarks([...leftOut(report), ...(report.notes ?? [])], 2, page)
  if (report.detection !== undefined) {
    yield* rule('How it was judged', width, ink)
    yield* lines(detectionFacts(report.detection, context.localTime), 2, page)
  }
}

/** The note without its long list of formats, where another log's note had the same. */
function withoutTold(note: string, told: Set<string>): string {
  const at = note.indexOf('; formats tried: ')
  const list = at < 0 ? '' : note.slice(at)
  if (list.length < 80) return note
  if (told.has(list)) return `${note.slice(0, at)}; the same formats tried`
  told.add(list)
  return note
}

/** At verbosity 0: only what makes the result doubtful. */
function* warnings(report: Report, page: Page): Iterable<string> {
  const notes = [
    ...report.inputs.flatMap(({ path, notes = [] }) => notes.map(note => `${path}: ${note}`)),
    ...leftOut(report),
    ...(report.notes ?? []),
  ]
  if (notes.length > 0) yield '\n'
  yield* remarks(notes, 0, page)
}

/** Wrapped, indented sentences. */
function* lines(
  texts: readonly string[],
  indent: number,
  page: Page,
  paint = (text: string): string => text,
): Iterable<string> {
  for (const text of texts) {
    for (const line of wrap(escapeTerminal(text), page.width - indent)) yield `${' '.repeat(indent)}${paint(line)}\n`
  }
}

function* remarks(notes: readonly string[], indent: number, page: Page): Iterable<string> {
  for (const note of notes) {
    const [first, ...more] = wrap(escapeTerminal(note), page.width - indent - 2)
    yield `${' '.repeat(indent)}${page.ink.warn('!')} ${first}\n`
    for (const line of more) yield `${' '.repeat(indent + 2)}${line}\n`
  }
}

function* ending(report: Report, page: Page): Iterable<string> {
  const { ink, context } = page
  const steps =
    report.findings.length === 0
      ? ['--format html -o report.html writes down what was looked at']
      : [
          ...(context.verbosity < 2 ? ['-vv shows everything'] : []),
          '--format html -o report.html makes a page to search, filter and print',
          '--format json -o report.json keeps it, and vpsguard explain ID report.json tells one story in full',
        ]
  yield '\n'
  yield* field('Next', steps, page.width, ink)
}
