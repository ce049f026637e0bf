/** Small phrases that every report for people writes the same way. */
import type { Finding, Severity } from '../../core/finding.ts'
import { SEVERITIES, severityRank } from '../../core/finding.ts'
import type { DetectionReport, InputReport, Report } from '../../core/report.ts'
import { formatSpan } from '../../core/time.ts'

/** 48213 -> `48,213`; fractions keep what matters, very small and very large figures become powers of ten. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'infinite' : value < 0 ? '-infinite' : 'unknown'
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e15) return value.toLocaleString('en-US')
  if (size !== 0 && (size < 0.001 || size >= 1e15)) {
    const [mantissa, exponent] = value.toExponential(1).split('e')
    return `${mantissa.replace(/\.0$/, '')} × 10^${Number(exponent)}`
  }
  return value.toLocaleString('en-US', { maximumSignificantDigits: size < 100 ? 3 : 4 })
}

/** `1 line`, `2 lines`; the plural is given where it is not the singular and an s. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`
}

/** A share of 1 as per cent. Certainty is not claimed by rounding: 0.9996 is `>99.9 %`. */
export function formatShare(share: number): string {
  if (share > 0.999 && share < 1) return '>99.9 %'
  if (share > 0 && share < 0.001) return '<0.1 %'
  const percent = share * 100
  return `${share >= 0.1 && share <= 0.99 ? Math.round(percent) : Number(percent.toFixed(1))} %`
}

/** `a, b and c`. */
function joinWords(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`
}

/** Milliseconds between two moments of the report; 0 where one of them cannot be read. */
export function spanOf(first: string, last: string): number {
  const span = Date.parse(last) - Date.parse(first)
  return Number.isFinite(span) ? span : 0
}

type LocalTime = (rfc3339: string) => string

/** `first to last (41 min)`; what both moments share (one moment, one day) is said once. */
export function formatPeriod(first: string, last: string, localTime: LocalTime): string {
  const from = localTime(first)
  const to = localTime(last)
  if (from === to) return from
  const day = from.indexOf(' ') + 1
  const until = day > 0 && to.startsWith(from.slice(0, day)) ? to.slice(day) : to
  return `${from} to ${until} (${formatSpan(spanOf(first, last))})`
}

/** Worst first: severity, then risk, then time; the id decides ties, so that the order never depends on the input's. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) =>
      severityRank(a.severity) - severityRank(b.severity) ||
      b.risk - a.risk ||
      compare(a.first_seen, b.first_seen) ||
      compare(a.id, b.id),
  )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** How many letters of the ids tell the findings apart: at least 8, so that a short id still means one finding. */
export function shortIdLength(findings: readonly { id: string }[]): number {
  const longest = findings.reduce((most, { id }) => Math.max(most, id.length), 0)
  let length = 8
  while (length < longest && new Set(findings.map(({ id }) => id.slice(0, length))).size < findings.length) length++
  return length
}

/** The one sentence that a hurried reader takes away. */
export function headline(report: Report): string {
  const { by_severity, findings } = report.summary
  const listed = SEVERITIES.filter(severity => by_severity[severity] > 0)
  if (findings === 0 && report.summary.omitted_findings > 0) {
    return `Nothing as severe as asked for; ${plural(report.summary.omitted_findings, 'lesser finding')} not listed`
  }
  if (findings === 0) {
    if (isRemembered(report)) return 'Nothing found in this time'
    return report.summary.events === 0
      ? 'Nothing to judge: no security event in what was read'
      : `Nothing found: ${plural(report.summary.events, 'security event')}, no sign of an attack`
  }
  const urgent = by_severity.critical + by_severity.high + by_severity.medium
  if (urgent === 0) return `Nothing urgent: ${plural(findings, 'finding')}, ${joinWords(countWords(by_severity))}`
  return urgent === findings && listed.length === 1
    ? `${plural(urgent, `${listed[0]} finding`)} ${urgent === 1 ? 'needs' : 'need'} attention`
    : `${plural(urgent, 'finding')} ${urgent === 1 ? 'needs' : 'need'} attention${worst(by_severity)}`
}

function worst(bySeverity: Record<Severity, number>): string {
  return bySeverity.critical > 0 ? `, ${formatNumber(bySeverity.critical)} critical` : ''
}

function countWords(bySeverity: Record<Severity, number>): string[] {
  return SEVERITIES.filter(severity => bySeverity[severity] > 0).map(
    severity => `${formatNumber(bySeverity[severity])} ${severity}`,
  )
}

/** Whether it tells what is remembered: then no log was read for it. */
const isRemembered = ({ inputs }: Report): boolean => inputs.length === 0

/** What the program looked at, as sentences without a full stop. */
export function lookedAt(report: Report, localTime: LocalTime): string[] {
  const { summary, inputs } = report
  if (isRemembered(report)) {
    const period = summary.first !== null && summary.last !== null
    return [
      `${plural(summary.findings, 'finding')} from memory, of ${plural(summary.sources, 'source')}`,
      ...(period ? [formatPeriod(summary.first ?? '', summary.last ?? '', localTime)] : []),
    ]
  }
  const what = [
    summary.failed_logins > 0 || summary.accepted_logins > 0
      ? `${plural(summary.failed_logins, 'failed login')}, ${formatNumber(summary.accepted_logins)} accepted`
      : '',
    summary.web_requests > 0 ? plural(summary.web_requests, 'web request') : '',
  ].filter(text => text !== '')
  return [
    `${plural(summary.lines, 'line')} of ${plural(inputs.length, 'log')}: ${plural(summary.events, 'security event')}` +
      ` from ${plural(summary.sources, 'source')}`,
    ...(what.length > 0 ? [what.join(' · ')] : []),
    ...(summary.first !== null && summary.last !== null ? [formatPeriod(summary.first, summary.last, localTime)] : []),
  ]
}

/** What is left out of the report, as sentences. */
export function leftOut(report: Report): string[] {
  const { whitelisted_events, omitted_findings } = report.summary
  return [
    ...(whitelisted_events > 0 ? [`${plural(whitelisted_events, 'event')} of whitelisted sources left out.`] : []),
    ...(omitted_findings > 0
      ? [`${plural(omitted_findings, 'finding')} not listed (below the severity asked for, or over the cap).`]
      : []),
  ]
}

/** How an input's lines and stamps were understood. */
export function inputFacts(input: InputReport): string[] {
  const mixed = Object.entries(input.formats ?? {})
  const { clock } = input
  const jumps = (clock?.jumps ?? 0) + (clock?.backsteps ?? 0)
  return [
    [
      plural(input.lines, 'line'),
      ...(input.lines === 0 ? [] : [plural(input.events, 'event')]),
      input.lines === 0
        ? 'nothing to read'
        : input.unparsed > 0
          ? `${formatNumber(input.unparsed)} not understood`
          : 'all understood',
    ].join(', '),
    ...(mixed.length > 1
      ? [`mixed: ${mixed.map(([format, lines]) => `${format} ${formatNumber(lines)}`).join(', ')}`]
      : []),
    ...(clock?.zone !== undefined || clock?.year !== undefined
      ? [
          `stamps read as ${[clock.zone, clock.year === undefined ? '' : `year ${clock.year}`].filter(Boolean).join(', ')}`,
        ]
      : []),
    ...(jumps > 0 ? [`the clock jumps ${jumps === 1 ? 'once' : `${formatNumber(jumps)} times`}`] : []),
    ...((clock?.late ?? 0) > 0 ? [`${plural(clock?.late ?? 0, 'line')} out of order`] : []),
  ]
}

const MODES: Readonly<Record<DetectionReport['mode'], string>> = {
  model: 'Judged against a trained model',
  self: 'Learned from this log itself',
  'rules-only': 'Rules only; campaigns and anomalies were not looked for',
}

/** What detection rested on, and what may be expected of it. */
export function detectionFacts(detection: DetectionReport, localTime: LocalTime): string[] {
  const { mode, calibrated, band, trained, budget_per_week } = detection
  if (mode === 'rules-only') return [MODES[mode], ...detection.notes]
  const promise =
    band === undefined
      ? ''
      : `; calibration can promise ${formatNumber(band[0])} to ${formatNumber(band[1])} a week (95 % band)`
  return [
    `${MODES[mode]}, ${calibrated ? 'calibrated' : 'uncalibrated: too little quiet log to promise a rate of false alarms'}`,
    `Budget ${formatNumber(budget_per_week)} false ${budget_per_week === 1 ? 'alarm' : 'alarms'} a week${promise}`,
    ...(trained === undefined
      ? []
      : [
          `Trained on ${plural(trained.events, 'event')} of ${plural(Math.round(trained.days), 'day')}, ` +
            `${localTime(trained.first)} to ${localTime(trained.last)}; ${plural(trained.excluded, 'event')} left out as attacks`,
        ]),
    ...detection.notes,
  ]
}
