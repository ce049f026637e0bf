/** The timeline: what happened per bucket, and the findings' intervals in a lane per severity, drawn as SVG. */
import type { Finding, Severity } from '../../../core/finding.ts'
import { SEVERITIES, severityRank } from '../../../core/finding.ts'
import type { Report } from '../../../core/report.ts'
import { escapeHtml } from '../../../core/text.ts'
import { DAY, formatSpan, formatTime, HOUR, MINUTE } from '../../../core/time.ts'
import { formatNumber, formatPeriod } from '../words.ts'
import { anchorOf } from './markup.ts'

type LocalTime = (rfc3339: string) => string

interface Scale {
  start: number
  end: number
  /** Per cent from the left edge. */
  x: (time: number) => number
}

const MOST_BARS = 240
/** Above and below a chart's bars: its caption, and air. */
const AROUND = 28
const LANE = 15
/** More intervals than this in a lane are drawn together, without a link each. */
const LINKED = 300
const TICKS: readonly number[] = [
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  3 * DAY,
  5 * DAY,
  7 * DAY,
  14 * DAY,
  30 * DAY,
  90 * DAY,
  365 * DAY,
]

const percent = (value: number): string => `${Number(value.toFixed(3))}%`

/** Draws the timeline; nothing where the report has no period. */
export function* timelineSection(report: Report, localTime: LocalTime): Iterable<string> {
  const scale = scaleOf(report)
  if (scale === undefined) return
  const lanes = SEVERITIES.filter(severity => report.findings.some(finding => finding.severity === severity))
  const charts = chartsOf(report)
  if (lanes.length === 0 && charts.length === 0) return
  const height =
    charts.reduce((sum, chart) => sum + chart.height + AROUND, 0) +
    (lanes.length > 0 ? lanes.length * LANE + 24 : 0) +
    20
  yield `<h2 id="timeline">Timeline</h2>\n<svg class="timeline" height="${height}" role="group" aria-label="Timeline">\n`
  let y = 0
  for (const chart of charts) {
    yield* bars(chart, y, report, localTime)
    y += chart.height + AROUND
  }
  if (lanes.length > 0) {
    yield `<text x="0" y="${y + 10}">Findings, one lane a severity: ${lanes.join(', ')}</text>`
    y += 18
    for (const severity of lanes) {
      yield* lane(
        report.findings.filter(finding => finding.severity === severity),
        severity,
        y,
        scale,
        localTime,
      )
      y += LANE
    }
    y += 6
  }
  yield* axis(scale, y, localTime)
  yield '</svg>\n'
}

function scaleOf({ timeline, summary, findings }: Report): Scale | undefined {
  const bounds =
    timeline !== undefined
      ? [
          Date.parse(timeline.start),
          Date.parse(timeline.start) + timeline.failed_logins.length * timeline.bucket_minutes * MINUTE,
        ]
      : [summary.first, summary.last].map(moment => (moment === null ? Number.NaN : Date.parse(moment)))
  const times = findings.flatMap(({ first_seen, last_seen }) => [Date.parse(first_seen), Date.parse(last_seen)])
  const known = (bounds.every(Number.isFinite) ? bounds : times).filter(Number.isFinite)
  const start = known.reduce((least, time) => Math.min(least, time), Infinity)
  const end = known.reduce((most, time) => Math.max(most, time), -Infinity)
  if (!(end > start)) return undefined
  return { start, end, x: time => Math.max(0, Math.min(100, ((time - start) / (end - start)) * 100)) }
}

interface Chart {
  title: string
  values: readonly number[]
  className: string
  height: number
}

function chartsOf({ timeline }: Report): Chart[] {
  if (timeline === undefined) return []
  return [
    { title: 'failed logins', values: timeline.failed_logins, className: 'bar', height: 54 },
    // Few and seldom: when matters, not how many.
    { title: 'accepted logins', values: timeline.accepted_logins, className: 'in', height: 16 },
    { title: 'web requests', values: timeline.web_requests, className: 'bar', height: 54 },
  ].filter(({ values }) => values.some(value => value > 0))
}

function* bars(chart: Chart, y: number, report: Report, localTime: LocalTime): Iterable<string> {
  const { title, values, className } = chart
  const { timeline } = report
  if (timeline === undefined) return
  const perBar = Math.ceil(values.length / MOST_BARS)
  const sums: number[] = []
  for (let i = 0; i < values.length; i += perBar)
    sums.push(values.slice(i, i + perBar).reduce((sum, value) => sum + value, 0))
  const most = sums.reduce((largest, value) => Math.max(largest, value), 0)
  const span = perBar * timeline.bucket_minutes * MINUTE
  yield `<text x="0" y="${y + 10}">${title[0].toUpperCase()}${title.slice(1)}, at most ${formatNumber(most)} in ${formatSpan(span)}</text>`
  const floor = y + 16 + chart.height
  const width = (100 * perBar) / values.length
  for (const [index, value] of sums.entries()) {
    if (value <= 0) continue
    const height = Math.max(1.5, (value / most) * chart.height)
    const moment = escapeHtml(localTime(formatTime(Date.parse(timeline.start) + index * span)))
    yield `<rect class="${className}" x="${percent(index * width)}" y="${Number((floor - height).toFixed(1))}" width="${percent(width * 0.82)}"` +
      ` height="${Number(height.toFixed(1))}"><title>${moment}: ${formatNumber(value)} ${title}</title></rect>`
  }
  yield `<line x1="0" x2="100%" y1="${floor + 0.5}" y2="${floor + 0.5}"/>\n`
}

function* lane(
  findings: readonly Finding[],
  severity: Severity,
  y: number,
  scale: Scale,
  localTime: LocalTime,
): Iterable<string> {
  yield `<line x1="0" x2="100%" y1="${y + LANE / 2}" y2="${y + LANE / 2}"/>`
  const narrowest = 0.45
  const box = (from: number, to: number): string => {
    const left = Math.min(scale.x(from), 100 - narrowest)
    return `x="${percent(left)}" y="${y + 3}" width="${percent(Math.max(narrowest, scale.x(to) - left))}" height="${LANE - 6}" rx="2"`
  }
  const linked = severityRank(severity) < severityRank('low') ? findings.slice(0, LINKED) : []
  for (const { from, to, count } of merge(
    findings.slice(linked.length),
    ((scale.end - scale.start) * narrowest) / 100,
  )) {
    yield `<rect class="${severity} merged" ${box(from, to)}><title>${formatNumber(count)} ${severity}</title></rect>`
  }
  for (const { id, title, first_seen, last_seen } of linked) {
    const label = `${severity}: ${escapeHtml(title)}, ${escapeHtml(formatPeriod(first_seen, last_seen, localTime))}`
    yield `<a href="#${encodeURI(anchorOf(id))}" aria-label="${label}"><rect class="${severity}" ${box(Date.parse(first_seen), Date.parse(last_seen))}>` +
      `<title>${label}</title></rect></a>`
  }
  yield '\n'
}

function merge(findings: readonly Finding[], gap: number): { from: number; to: number; count: number }[] {
  const merged: { from: number; to: number; count: number }[] = []
  const intervals = findings.map(({ first_seen, last_seen }) => ({
    from: Date.parse(first_seen),
    to: Date.parse(last_seen),
    count: 1,
  }))
  for (const interval of intervals
    .filter(({ from, to }) => Number.isFinite(from + to))
    .sort((a, b) => a.from - b.from)) {
    const last = merged[merged.length - 1]
    if (last !== undefined && interval.from <= last.to + gap) {
      last.to = Math.max(last.to, interval.to)
      last.count++
    } else {
      merged.push(interval)
    }
  }
  return merged
}

function* axis(scale: Scale, y: number, localTime: LocalTime): Iterable<string> {
  const step = TICKS.find(each => (scale.end - scale.start) / each <= 9) ?? (scale.end - scale.start) / 8
  let count = 0
  for (let time = Math.ceil(scale.start / step) * step; time < scale.end; time += step) {
    const x = scale.x(time)
    // The last label would be cut at the right edge.
    if (x > 95) break
    const [day, clock = ''] = localTime(formatTime(time)).split(' ')
    const label = step >= DAY || clock === '' ? day.replace(/^\d{4}-/, '') : clock.slice(0, 5)
    yield `<text class="${count % 2 === 1 ? 'even' : 'odd'}" x="${percent(x)}" y="${y + 12}">${escapeHtml(label)}</text>`
    count++
  }
}
