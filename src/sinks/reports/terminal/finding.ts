import type { Evidence, Finding } from '../../../core/finding.ts'
import { columns, escapeTerminal, padColumns, truncate, wrap } from '../../../core/text.ts'
import type { ReportContext } from '../../../kit/define-report.ts'
import { createAccusedFinder } from '../accused.ts'
import type { DetailBlock } from '../details.ts'
import { detailBlocks } from '../details.ts'
import { formatNumber, formatPeriod, formatShare, plural } from '../words.ts'
import type { Ink } from './ink.ts'
import { SEVERITY_MARKS } from './ink.ts'
import { field, LABEL, wrapShell } from './layout.ts'

export interface Page {
  context: ReportContext
  ink: Ink
  width: number
  /** Letters of an id that tell the findings apart. */
  idLength: number
}

const MOST_OF_AN_ID = 16
const FEW_SOURCES = 4
const FEW_LINES = 3
const LINES_OF_ONE_PROOF = 3

/** One finding on one line: severity, title, the address where it is one, id. The order of the lines tells the risk. */
export function findingLine(finding: Finding, page: Page): string {
  const [only = '', ...others] = finding.sources
  const isTold = others.length > 0 || finding.title.includes(only)
  return titleLine(finding, isTold ? '' : only, page)
}

/** Severity, title, what stands quietly behind it, id. */
export function titleLine(of: Pick<Finding, 'severity' | 'title' | 'id'>, aside: string, page: Page): string {
  const { ink, width } = page
  const mark = `${SEVERITY_MARKS[of.severity]} ${of.severity.toUpperCase().padEnd(8)}`
  const id = shortId(of, page)
  const room = Math.max(16, width - mark.length - columns(id) - 4)
  const quiet = aside === '' ? '' : `  ${truncate(escapeTerminal(aside), Math.floor(room / 2))}`
  const title = truncate(escapeTerminal(of.title), room - columns(quiet))
  const space = ' '.repeat(room - columns(title) - columns(quiet))
  return `${ink.severity[of.severity](mark)}  ${title}${ink.quiet(quiet)}${space}  ${ink.quiet(id)}\n`
}

/**
 * The beginning of an id, as long as the page needs to tell its ids apart; escaped, since reports are read from
 * files too.
 */
export const shortId = ({ id }: { id: string }, { idLength }: Page): string =>
  truncate(escapeTerminal(id.slice(0, idLength)), MOST_OF_AN_ID)

/** Severity and title, over as many lines as they need. */
export function* heading(
  { severity, title }: Pick<Finding, 'severity' | 'title'>,
  { ink, width }: Page,
): Iterable<string> {
  const mark = `${SEVERITY_MARKS[severity]} ${severity.toUpperCase()}`
  const [first, ...more] = wrap(escapeTerminal(title), width - mark.length - 2)
  yield `\n${ink.severity[severity](mark)}  ${ink.strong(first)}\n`
  for (const line of more) yield `${' '.repeat(mark.length + 2)}${ink.strong(line)}\n`
}

/** A finding as a block: what, who, why, the proof, what to do. At verbosity 2 nothing is left out. */
export function* findingBlock(finding: Finding, page: Page): Iterable<string> {
  const { ink, width } = page
  const all = page.context.verbosity === 2
  yield* heading(finding, page)
  yield* meta(finding, page)
  const accused = who(finding, all)
  if (accused !== '') yield* field('who', [accused], width, ink)
  yield* why(finding, page)
  if (all) {
    for (const block of detailBlocks(finding.details, page.context.localTime)) {
      yield `\n  ${ink.quiet(truncate(escapeTerminal(block.title), width - 2))}\n`
      yield* details(block, page, LABEL + 2)
    }
  }
  yield* proof(finding, page)
  yield* advice(finding, page)
}

/** The reasons, one to a line, wrapped to the page; nothing where there are none. */
export function* why({ reasons }: Finding, { width, ink }: Page): Iterable<string> {
  yield* field(
    'why',
    reasons.map(({ text }) => escapeTerminal(text)),
    width,
    ink,
  )
}

function* meta(finding: Finding, page: Page): Iterable<string> {
  const facts = [
    `risk ${Math.round(finding.risk)} of 100`,
    `${formatShare(finding.confidence)} sure`,
    finding.rule,
    shortId(finding, page),
    ...finding.techniques,
  ].map(escapeTerminal)
  for (const line of wrap(facts.join(' · '), page.width - 2)) yield `  ${page.ink.quiet(line)}\n`
  const period = formatPeriod(finding.first_seen, finding.last_seen, page.context.localTime)
  yield* field(
    'when',
    [finding.count > 1 ? `${period}, ${plural(finding.count, 'event')}` : period],
    page.width,
    page.ink,
  )
}

/** Addresses, names and hosts in one phrase; a few of each where not all are wanted. */
export function who(finding: Pick<Finding, 'sources' | 'users' | 'hosts'>, all: boolean): string {
  const list = (texts: readonly string[], one: string, many: string): string => {
    const shown = (all ? texts : texts.slice(0, FEW_SOURCES)).map(escapeTerminal).join(', ')
    const rest = texts.length - FEW_SOURCES
    const head = texts.length > FEW_SOURCES ? `${plural(texts.length, one, many)}: ` : ''
    return `${head}${shown}${!all && rest > 0 ? ` and ${formatNumber(rest)} more` : ''}`
  }
  return [
    ...(finding.sources.length > 0 ? [list(finding.sources, 'address', 'addresses')] : []),
    // Without an address it is the names that somebody went by.
    ...(finding.users.length > 0
      ? [`${finding.sources.length > 0 ? 'as ' : ''}${list(finding.users, 'name', 'names')}`]
      : []),
    ...(finding.hosts.length > 0
      ? [
          `${finding.sources.length + finding.users.length > 0 ? '' : 'somebody '}on ${list(finding.hosts, 'host', 'hosts')}`,
        ]
      : []),
  ].join(' ')
}

/** The beginning, the end, and between them the line that says somebody got in, where there is one. */
function choose(evidence: readonly Evidence[], all: boolean): Evidence[] {
  if (all || evidence.length <= FEW_LINES) return [...evidence]
  const inner = evidence.slice(1, -1)
  const middle = inner.find(({ text }) => /\bAccepted\b/.test(text)) ?? inner[0]
  return [evidence[0], middle, evidence[evidence.length - 1]]
}

/**
 * The lines that prove it, by file and with their numbers, the accused marked. Below verbosity 2 only some, each cut
 * to a few rows, and how many more there are.
 */
export function* proof(finding: Finding, page: Page): Iterable<string> {
  const { ink, width } = page
  const all = page.context.verbosity === 2
  const shown = choose(finding.evidence, all)
  const accused = createAccusedFinder(finding)
  const gutter = shown.reduce((most, { line }) => Math.max(most, String(line).length), 0) + 2
  const room = Math.max(20, width - LABEL - 2 - gutter)
  let path: string | undefined
  for (const evidence of shown) {
    if (evidence.path !== path) {
      yield* field(
        path === undefined ? 'proof' : '',
        [ink.quiet(truncate(escapeTerminal(evidence.path), room + gutter))],
        Infinity,
        ink,
      )
      path = evidence.path
    }
    const texts = wrap(escapeTerminal(evidence.text), room)
    const kept = all ? texts : texts.slice(0, LINES_OF_ONE_PROOF)
    if (kept.length < texts.length) kept[kept.length - 1] = truncate(`${kept[kept.length - 1]} …`, room)
    let head = String(evidence.line)
    for (const text of kept) {
      const body = accused(text)
        .map(part => (part.accused ? ink.accent(part.text) : part.text))
        .join('')
      yield `  ${' '.repeat(LABEL)}${ink.quiet(head.padStart(gutter - 2))}  ${body}\n`
      head = ''
    }
  }
  const rest = finding.evidence.length - shown.length
  if (rest > 0) yield* field('', [ink.quiet(`${plural(rest, 'more line')} of proof with -vv`)], Infinity, ink)
}

/** What to do, as shell lines that can be copied: the first recommendation, or all at verbosity 2. */
export function* advice(finding: Finding, page: Page): Iterable<string> {
  const all = page.context.verbosity === 2
  const room = page.width - LABEL - 2
  let label = 'do'
  for (const recommendation of all ? finding.recommendations : finding.recommendations.slice(0, 1)) {
    for (const line of recommendation.split('\n').flatMap(text => wrapShell(escapeTerminal(text), room))) {
      yield `  ${page.ink.quiet(label.padEnd(LABEL))}${line.startsWith('#') ? page.ink.quiet(line) : line}\n`
      label = ''
    }
  }
}

/** One block of a finding's details, without its title. */
export function* details(block: DetailBlock, page: Page, indent: number): Iterable<string> {
  const lines = (texts: readonly string[]): string =>
    texts
      .flatMap(text => wrap(escapeTerminal(text), page.width - indent))
      .map(line => `${' '.repeat(indent)}${line}\n`)
      .join('')
  if (block.shape === 'facts') {
    yield lines(block.facts.map(({ label, value }) => `${label}: ${value}`))
  } else if (block.shape === 'list') {
    yield lines([block.items.join(', ')])
  } else {
    yield* table(
      block.columns.map(({ title }) => title),
      block.columns.map(({ numeric }) => numeric),
      block.rows.map(row => row.map(({ text }) => text)),
      page,
      indent,
    )
  }
}

/** A table that fits the page: the widest column gives way until the rest fits. */
export function* table(
  head: readonly string[],
  numeric: readonly boolean[],
  rows: readonly (readonly string[])[],
  page: Page,
  indent: number,
): Iterable<string> {
  const cells = [head, ...rows].map(row => row.map(escapeTerminal))
  const widths = head.map((_, column) => cells.reduce((most, row) => Math.max(most, columns(row[column])), 0))
  const room = page.width - indent - 2 * (head.length - 1)
  const total = (): number => widths.reduce((sum, width) => sum + width, 0)
  while (total() > room && Math.max(...widths) > 4) {
    const widest = widths.indexOf(Math.max(...widths))
    widths[widest] = Math.max(4, widths[widest] - (total() - room), Math.ceil(widths[widest] / 2))
  }
  for (const [index, row] of cells.entries()) {
    const line = row
      .map((cell, column) =>
        padColumns(truncate(cell, widths[column]), widths[column], numeric[column] ? 'left' : 'right'),
      )
      .join('  ')
      .trimEnd()
    const fitting = truncate(line, page.width - indent)
    yield `${' '.repeat(indent)}${index === 0 ? page.ink.quiet(fitting) : fitting}\n`
  }
}
