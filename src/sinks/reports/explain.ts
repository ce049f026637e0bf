/** `vpsguard explain`: the whole story of one finding, in words. */
import { EXIT, Problem } from '../../core/errors.ts'
import type { Finding, FindingKind } from '../../core/finding.ts'
import type { Report } from '../../core/report.ts'
import { escapeTerminal, truncate, wrap } from '../../core/text.ts'
import { formatSpan } from '../../core/time.ts'
import type { ReportContext } from '../../kit/define-report.ts'
import { editDistance } from '../../kit/math/sequences.ts'
import { createAccusedFinder } from './accused.ts'
import { detailBlocks } from './details.ts'
import type { Page } from './terminal/finding.ts'
import { details } from './terminal/finding.ts'
import { createInk, SEVERITY_MARKS } from './terminal/ink.ts'
import { wrapShell } from './terminal/layout.ts'
import { formatNumber, formatShare, plural, shortIdLength, spanOf } from './words.ts'

const WIDEST = 100
const NARROWEST = 48
const FAR = 3
const SUGGESTIONS = 3
const RELATED = 5

const KINDS: Readonly<Record<FindingKind, string>> = {
  rule: 'A rule raised it: a pattern that is known to be an attack, counted in event time.',
  anomaly:
    'A model raised it: this stretch of the log is unlike what the model learned as normal. ' +
    'Unusual is not yet hostile; read the proof.',
  campaign: 'Campaign detection raised it: many sources together did what none of them did alone.',
  rate: 'Rate detection raised it: more happened in a stretch of time than the baseline lets expect.',
  host: 'A check of the host itself raised it.',
}

/**
 * Tells what happened, who, when, why it is not normal and what would have been, with every line of proof.
 * @throws Problem (exit 2) where no finding, or more than one, begins with the id; it names the nearest ones.
 */
export function* explainFinding(report: Report, idOrPrefix: string, context: ReportContext): Iterable<string> {
  const finding = findFinding(report, idOrPrefix)
  const width = Math.min(WIDEST, Math.max(NARROWEST, context.width))
  const page: Page = {
    context: { ...context, verbosity: 2 },
    ink: createInk(context.color),
    width,
    idLength: shortIdLength(report.findings),
  }
  const { ink } = page
  const mark = `${SEVERITY_MARKS[finding.severity]} ${finding.severity.toUpperCase()}`
  const [title, ...more] = wrap(escapeTerminal(finding.title), width - mark.length - 2)
  yield `\n${ink.severity[finding.severity](mark)}  ${ink.strong(title)}\n`
  for (const line of more) yield `${' '.repeat(mark.length + 2)}${ink.strong(line)}\n`
  yield* section('What happened', whatHappened(finding, context), page)
  yield* section(
    'Why it is not normal',
    finding.reasons.map(({ text }) => text),
    page,
  )
  yield* section('What would have been normal', normal(finding), page)
  yield* section('How sure that is', howSure(finding, report), page)
  for (const block of detailBlocks(finding.details, context.localTime)) {
    yield `\n${ink.strong(truncate(escapeTerminal(block.title), width))}\n`
    yield* details(block, page, 2)
  }
  yield* proof(finding, page)
  yield* advice(finding, page)
  yield* section('Seen with it', related(finding, report, page), page)
  yield* section(
    'Read more',
    [
      `vpsguard rules show ${finding.rule}: what it looks for, its settings, its known false alarms`,
      ...finding.techniques.map(
        id => `MITRE ATT&CK ${id}: https://attack.mitre.org/techniques/${id.replace('.', '/')}/`,
      ),
      `Finding ${finding.id} of the report of ${context.localTime(report.generated_at)}`,
    ],
    page,
  )
}

function findFinding(report: Report, idOrPrefix: string): Finding {
  const wanted = idOrPrefix.trim()
  const exact = report.findings.find(({ id }) => id === wanted)
  if (exact !== undefined) return exact
  const matches = wanted === '' ? [] : report.findings.filter(({ id }) => id.startsWith(wanted))
  if (matches.length === 1) return matches[0]
  const tell = (findings: readonly Finding[]): string =>
    findings.map(({ id, title }) => escapeTerminal(`${id} (${title})`)).join(', ')
  if (matches.length > 1) {
    throw new Problem(EXIT.usage, `${escapeTerminal(wanted)} begins ${plural(matches.length, 'finding id')}`, {
      expected: 'enough of the id to mean one finding',
      hint: tell(matches.slice(0, SUGGESTIONS)),
    })
  }
  const near = report.findings
    .map(finding => ({ finding, distance: editDistance(wanted, finding.id.slice(0, Math.max(wanted.length, 1)), FAR) }))
    .filter(({ distance }) => distance <= FAR)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, SUGGESTIONS)
    .map(({ finding }) => finding)
  throw new Problem(EXIT.usage, `no finding of this report has the id ${escapeTerminal(wanted)}`, {
    expected: report.findings.length === 0 ? 'a report with findings' : 'the id of a finding, or its beginning',
    ...(near.length > 0 ? { hint: `nearest: ${tell(near)}` } : {}),
  })
}

function* section(title: string, texts: readonly string[], page: Page): Iterable<string> {
  if (texts.length === 0) return
  yield `\n${page.ink.strong(title)}\n`
  for (const text of texts) {
    for (const line of wrap(escapeTerminal(text), page.width - 2)) yield `  ${line}\n`
  }
}

function whatHappened(finding: Finding, { localTime }: ReportContext): string[] {
  const { sources, users, hosts, count, first_seen, last_seen } = finding
  const span = spanOf(first_seen, last_seen)
  return [
    span > 0
      ? `${plural(count, 'event')} in ${formatSpan(span)}, from ${localTime(first_seen)} to ${localTime(last_seen)}.`
      : `${plural(count, 'event')} at ${localTime(first_seen)}.`,
    ...(sources.length > 0
      ? [`By ${sources.length > 1 ? `${plural(sources.length, 'address', 'addresses')}: ` : ''}${sources.join(', ')}.`]
      : []),
    ...(users.length > 0
      ? [`As ${users.length > 1 ? `${formatNumber(users.length)} names: ` : ''}${users.join(', ')}.`]
      : []),
    ...(hosts.length > 0 ? [`On ${hosts.join(', ')}.`] : []),
  ]
}

function normal({ reasons }: Finding): string[] {
  const value = (given: number | string): string => (typeof given === 'number' ? formatNumber(given) : given)
  return reasons.flatMap(({ feature, observed, expected }) =>
    expected === undefined
      ? []
      : [
          `${feature === undefined ? '' : `${feature.replaceAll('_', ' ')}: `}${value(expected)}` +
            `${observed === undefined ? '' : `, where ${value(observed)} was seen`}`,
        ],
  )
}

function howSure(finding: Finding, { detection }: Report): string[] {
  return [
    `Risk ${Math.round(finding.risk)} of 100, ${formatShare(finding.confidence)} sure.`,
    KINDS[finding.kind],
    ...(finding.kind !== 'rule' && finding.kind !== 'host' && detection !== undefined && !detection.calibrated
      ? ['Uncalibrated: the log was too short or too busy to promise how often such a finding is a false alarm.']
      : []),
  ]
}

function* proof(finding: Finding, page: Page): Iterable<string> {
  if (finding.evidence.length === 0) return
  yield `\n${page.ink.strong(`Proof (${plural(finding.evidence.length, 'line')})`)}\n`
  const accused = createAccusedFinder(finding)
  for (const { path, line, text } of finding.evidence) {
    for (const part of wrap(`${escapeTerminal(path)}:${line}`, page.width - 2)) yield `  ${page.ink.quiet(part)}\n`
    for (const part of wrap(escapeTerminal(text), page.width - 4)) {
      yield `    ${accused(part)
        .map(each => (each.accused ? page.ink.accent(each.text) : each.text))
        .join('')}\n`
    }
  }
}

function* advice(finding: Finding, page: Page): Iterable<string> {
  if (finding.recommendations.length === 0) return
  yield `\n${page.ink.strong('What to do now')}\n`
  for (const line of finding.recommendations.flatMap(text => text.split('\n'))) {
    for (const part of wrapShell(escapeTerminal(line), page.width - 2))
      yield `  ${part.startsWith('#') ? page.ink.quiet(part) : part}\n`
  }
}

/** Findings that accuse one of the same addresses. */
function related(finding: Finding, report: Report, page: Page): string[] {
  const sources = new Set(finding.sources)
  const others = report.findings.filter(
    ({ id, sources: theirs }) => id !== finding.id && theirs.some(source => sources.has(source)),
  )
  const rest = others.length - RELATED
  return [
    ...others
      .slice(0, RELATED)
      .map(({ id, title, severity }) => `${id.slice(0, page.idLength)} (${severity}) ${title}`),
    ...(rest > 0 ? [`and ${plural(rest, 'more finding')} of the same addresses`] : []),
  ]
}
