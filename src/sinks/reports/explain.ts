/** `vpsguard explain`: the whole story of one finding, or of an incident, in words. */
import { EXIT, Problem } from '../../core/errors.ts'
import type { Finding, FindingKind } from '../../core/finding.ts'
import type { Report } from '../../core/report.ts'
import { escapeTerminal, truncate, wrap } from '../../core/text.ts'
import { formatSpan } from '../../core/time.ts'
import type { ReportContext } from '../../kit/define-report.ts'
import { editDistance } from '../../kit/math/sequences.ts'
import { createAccusedFinder } from './accused.ts'
import { detailBlocks } from './details.ts'
import type { Entry, Story } from './stories.ts'
import { entriesOf, leadOf, stagesText } from './stories.ts'
import type { Page } from './terminal/finding.ts'
import { details, heading, shortId } from './terminal/finding.ts'
import { createInk, SEVERITY_MARKS } from './terminal/ink.ts'
import { wrapShell } from './terminal/layout.ts'
import { formatNumber, formatShare, plural, shortIdLength, spanOf } from './words.ts'

const WIDEST = 100
const NARROWEST = 48
const FAR = 3
const SUGGESTIONS = 3
const RELATED = 5
const IN_STORY = 12

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
  const entries = entriesOf(report)
  const story = findStory(report, entries, idOrPrefix)
  if (story !== undefined) {
    yield* explainStory(story, report, context)
    return
  }
  const finding = aloneIn(report, idOrPrefix) ?? findFinding(report, idOrPrefix)
  const page = openPage(report, context)
  const { ink } = page
  yield* heading(finding, page)
  yield* section('What happened', whatHappened(finding, plural(finding.count, 'event'), context), page)
  yield* section(
    'Why it is not normal',
    finding.reasons.map(({ text }) => text),
    page,
  )
  yield* section('What would have been normal', normal(finding), page)
  yield* section('How sure that is', howSure(finding, report), page)
  for (const block of detailBlocks(finding.details, context.localTime)) {
    yield `\n${ink.strong(truncate(escapeTerminal(block.title), page.width))}\n`
    yield* details(block, page, 2)
  }
  yield* proof(finding, page)
  yield* advice(finding, page)
  const own = entries.find(({ story: one }) => one?.findings.includes(finding))?.story
  if (own !== undefined) yield* section('Part of a story', inStory(own, page), page)
  yield* section('Seen with it', related(finding, report, own?.findings ?? [], page), page)
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

function openPage(report: Report, context: ReportContext): Page {
  return {
    context: { ...context, verbosity: 2 },
    ink: createInk(context.color),
    width: Math.min(WIDEST, Math.max(NARROWEST, context.width)),
    idLength: shortIdLength([...report.findings, ...(report.incidents ?? [])]),
  }
}

/** The story that the id means, where it means no finding. */
function findStory({ findings }: Report, entries: readonly Entry[], idOrPrefix: string): Story | undefined {
  const wanted = idOrPrefix.trim()
  if (wanted === '' || findings.some(({ id }) => id.startsWith(wanted))) return undefined
  const matches = entries.flatMap(({ story }) => (story?.incident.id.startsWith(wanted) === true ? [story] : []))
  return matches.length === 1 ? matches[0] : undefined
}

/** The finding that is alone in the incident with this id, as CSV and JSON Lines name it. */
function aloneIn({ incidents = [], findings }: Report, id: string): Finding | undefined {
  const own = incidents.find(incident => incident.id.trim() === id.trim())?.findings
  return own === undefined ? undefined : findings.find(finding => own.includes(finding.id))
}

/** A story: what happened one after the other, why it is one, and every finding's reasons; their proof is told by theirs. */
function* explainStory(story: Story, report: Report, context: ReportContext): Iterable<string> {
  const page = openPage(report, context)
  const { incident, findings } = story
  const hosts = [...new Set(findings.flatMap(finding => finding.hosts))]
  yield* heading(incident, page)
  yield* section(
    'What happened',
    whatHappened({ ...incident, hosts }, plural(findings.length, 'finding'), context),
    page,
  )
  yield* section('Stages of an attack that were seen', incident.stages.length === 0 ? [] : [stagesText(incident)], page)
  yield* section('Why it is one story', incident.links, page)
  yield `\n${page.ink.strong('One after the other')}\n`
  for (const finding of findings) {
    yield `  ${page.ink.quiet(context.localTime(finding.first_seen))}  ${page.ink.quiet(shortId(finding, page))}\n`
    const mark = `${SEVERITY_MARKS[finding.severity]} ${finding.severity}: `
    for (const line of wrap(mark + escapeTerminal(finding.title), page.width - 4)) yield `    ${line}\n`
    for (const { text } of finding.reasons) {
      for (const line of wrap(escapeTerminal(text), page.width - 6)) yield `      ${page.ink.quiet(line)}\n`
    }
  }
  yield* advice(leadOf(story), page)
  yield* section(
    'Read more',
    [
      `vpsguard explain ID tells one of its findings with every line of proof`,
      `Incident ${incident.id} of the report of ${context.localTime(report.generated_at)}`,
    ],
    page,
  )
}

/** The story of a finding, and what else is told in it. */
function inStory({ incident, findings }: Story, page: Page): string[] {
  const rest = findings.length - IN_STORY
  return [
    `${incident.id.slice(0, page.idLength)} ${incident.title}`,
    ...findings
      .slice(0, IN_STORY)
      .map(
        ({ id, title, first_seen }) => `${page.context.localTime(first_seen)}  ${id.slice(0, page.idLength)} ${title}`,
      ),
    ...(rest > 0 ? [`and ${plural(rest, 'more finding')}`] : []),
  ]
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

function whatHappened(
  {
    sources,
    users,
    hosts,
    first_seen,
    last_seen,
  }: Pick<Finding, 'sources' | 'users' | 'hosts' | 'first_seen' | 'last_seen'>,
  what: string,
  { localTime }: ReportContext,
): string[] {
  const span = spanOf(first_seen, last_seen)
  return [
    span > 0
      ? `${what} in ${formatSpan(span)}, from ${localTime(first_seen)} to ${localTime(last_seen)}.`
      : `${what} at ${localTime(first_seen)}.`,
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

/** Findings that accuse one of the same addresses and are told nowhere else. */
function related(finding: Finding, report: Report, told: readonly Finding[], page: Page): string[] {
  const sources = new Set(finding.sources)
  const others = report.findings.filter(
    other => other.id !== finding.id && !told.includes(other) && other.sources.some(source => sources.has(source)),
  )
  const rest = others.length - RELATED
  return [
    ...others
      .slice(0, RELATED)
      .map(({ id, title, severity }) => `${id.slice(0, page.idLength)} (${severity}) ${title}`),
    ...(rest > 0 ? [`and ${plural(rest, 'more finding')} of the same addresses`] : []),
  ]
}
