/** From alarmed windows to findings: contiguous ones are one finding, told in counts a person knows. */
import type { AddressTable } from '../core/addresses.ts'
import type { EventRef } from '../core/event.ts'
import type { Reason } from '../core/finding.ts'
import { escapeTerminal } from '../core/text.ts'
import { formatTime, HOUR } from '../core/time.ts'
import type { FindingDraft } from '../kit/define-rule.ts'
import { advise } from '../kit/recommend.ts'
import { FEATURES, type FeatureSpec, tellFeature, tellNumber } from './feature-spec.ts'
import { type Explained, type Gathered, gather } from './window-features.ts'
import type { SurfaceFeed } from './window-feed.ts'
import { type Judged, type Strictness, standsOut, tellingFeatures } from './window-judge.ts'
import { rowOf } from './window-series.ts'
import type { Yardstick } from './yardstick.ts'

/** Alarmed windows less than this many hours apart are one period. */
const MERGE = 6
const MOST_SOURCES = 64
const MOST_EVIDENCE = 8
const MOST_REASONS = 4
/** Share of a feature in the score from which it is worth a reason, where its count does not stand out by itself. */
const LEAST_SHARE = 0.1

export interface TellOptions {
  feed: SurfaceFeed
  addresses: AddressTable
  explained: Explained
  strictness: Strictness
  log10Alpha: number
  calibrated: boolean
  /** Sources that have logged in. */
  residents: ReadonlySet<number>
  /** What it was compared with, in words: `the 22 other days`. */
  compared: string
}

/** Findings of one surface. `alarms` in any order. */
export function tellPeriods(alarms: readonly Judged[], options: TellOptions): FindingDraft[] {
  const sorted = [...alarms].sort((a, b) => startOf(a) - startOf(b) || a.series.scale - b.series.scale)
  const periods: Judged[][] = []
  let end = Number.NEGATIVE_INFINITY
  for (const alarm of sorted) {
    if (startOf(alarm) - end < MERGE) periods[periods.length - 1].push(alarm)
    else periods.push([alarm])
    end = Math.max(end, alarm.series.windows[alarm.index].to)
  }
  return periods.map(period => tellPeriod(period, options))
}

const startOf = ({ series, index }: Judged): number => series.windows[index].from

interface Peak {
  alarm: Judged
  gathered: Gathered
  /** Features whose count is beyond everything seen, the least likely first. */
  standing: number[]
}

function tellPeriod(period: readonly Judged[], options: TellOptions): FindingDraft {
  const { feed, addresses } = options
  const peak = peakOf(period, options)
  const { series, index } = peak.alarm
  const { surface, scale } = series
  const window = series.windows[index]
  const specs = FEATURES[surface]
  const vector = rowOf(series, index)
  const { usual } = peak.alarm.yardstick
  const { contributions, total } = peak.alarm.yardstick.explain(vector)
  const [first] = peak.standing
  const accused = accusedIn(peak, options.residents)
  const evidence = evidenceOf(peak, accused, feed)
  const { severity, confidence } = gravity(peak, options)
  const span = scale === 1 ? 'hour' : `${scale} hours`
  const from = Math.min(...period.map(startOf))
  const rows = timesOf(peak, accused, feed)
  return {
    identity: `${surface} ${formatTime(from * HOUR)}`,
    rule: 'window-anomaly',
    kind: 'anomaly',
    title: `Unusual ${span} on ${surface === 'ssh' ? 'SSH' : 'the web site'}: ${tellFeature(specs[first], vector[first])}, ${tellUsual(specs[first], usual[first].median)}`,
    severity,
    confidence,
    first: Math.max(window.from * HOUR, rows.first),
    last: Math.max(...period.map(({ series: one, index: i }) => one.windows[i].to * HOUR - 1)),
    count: Math.round(vector[0]),
    sources: accused.map(source => addresses.format(source)),
    users: surface === 'ssh' ? usersOf(peak, feed) : [],
    hosts: [],
    reasons: reasonsOf(peak, options),
    evidence,
    techniques: surface === 'ssh' ? ['T1110'] : ['T1595'],
    recommendations: [
      advise(
        'Nobody is proven to attack: this is more than this server has seen. Look at the lines; if it was you (a new service, a campaign of mails, a test), nothing is to be done.',
      ),
    ],
    details: {
      windows: period.map(({ series: one, index: i, statistic }) => ({
        start: formatTime(one.windows[i].from * HOUR),
        hours: one.scale,
        score: Math.round(statistic * 1000) / 1000,
      })),
      features: Object.fromEntries(specs.map(({ id }, j) => [id, round(vector[j])])),
      expected: Object.fromEntries(specs.map(({ id }, j) => [id, round(usual[j].median)])),
      // Shares of the score: they sum to 1.
      contributions: Object.fromEntries(specs.map(({ id }, j) => [id, round(contributions[j] / total)])),
      calibrated: options.calibrated,
    },
  }
}

const round = (value: number): number => Math.round(value * 1000) / 1000

function peakOf(period: readonly Judged[], { feed, addresses, explained, strictness, log10Alpha }: TellOptions): Peak {
  const standingOf = ({ series, index, yardstick }: Judged): number[] => {
    const row = rowOf(series, index)
    const standing = tellingFeatures(series.surface).filter(j =>
      standsOut(yardstick, j, row[j], strictness, log10Alpha),
    )
    return standing.sort((a, b) => yardstick.chance(a, row[a]) - yardstick.chance(b, row[b]) || a - b)
  }
  const chanceOf = (judged: Judged): number => {
    const [best] = standingOf(judged)
    return judged.yardstick.chance(best, rowOf(judged.series, judged.index)[best])
  }
  const alarm = period.reduce((a, b) => (chanceOf(b) < chanceOf(a) ? b : a))
  const network = (source: number): number => addresses.network(source)
  const gathered = gather(alarm.series.surface, feed.activity, alarm.series.windows[alarm.index], explained, network)
  return { alarm, gathered, standing: standingOf(alarm) }
}

/** Low, as it is only unusual; medium where many sources take part in what has no measure in the past. */
function gravity(
  { alarm, standing, gathered }: Peak,
  { calibrated }: TellOptions,
): { severity: 'low' | 'medium'; confidence: number } {
  const row = rowOf(alarm.series, alarm.index)
  const extreme = standing.some(j => row[j] >= 3 * alarm.yardstick.usual[j].most + 10)
  const severity = extreme && gathered.sources.size >= 10 ? 'medium' : 'low'
  const sure = severity === 'medium' ? 0.5 : 0.4
  return { severity, confidence: calibrated ? sure : alarm.yardstick.isFallback ? 0.2 : round(sure - 0.1) }
}

function reasonsOf(peak: Peak, { calibrated, compared, feed }: TellOptions): Reason[] {
  const { alarm, standing } = peak
  const { series, index, yardstick } = alarm
  const specs = FEATURES[series.surface]
  const row = rowOf(series, index)
  const { contributions, total } = yardstick.explain(row)
  const helping = specs
    .map((_, j) => j)
    .filter(
      j =>
        !standing.includes(j) &&
        isPlain(specs[j]) &&
        contributions[j] >= LEAST_SHARE * total &&
        row[j] > yardstick.usual[j].median,
    )
    .sort((a, b) => contributions[b] - contributions[a] || a - b)
  const told = [...standing, ...helping].slice(0, MOST_REASONS)
  const reasons = told.map((j, place) =>
    compare(specs[j], row[j], yardstick, j, place === 0 ? compared : undefined, series.scale),
  )
  const named = nameReason(peak, feed)
  if (named !== undefined) reasons.push(named)
  if (yardstick.isFallback) {
    reasons.push({
      text: 'Too little history for the models: robust z-scores over less than a week, so take it as a hint',
    })
  } else if (!calibrated) {
    reasons.push({ text: 'Uncalibrated: there are too few clean days to promise how often chance alone does this' })
  }
  return reasons
}

/** Bits and ratios are for the details: no owner thinks in them. */
const isPlain = ({ count, unit }: FeatureSpec): boolean => count || unit === 'percent'

const tellUsual = (spec: FeatureSpec, median: number): string =>
  `${tellNumber(spec, median)} ${spec.count && median === 1 ? 'is' : 'are'} usual`

function compare(
  spec: FeatureSpec,
  observed: number,
  { usual }: Yardstick,
  j: number,
  reference: string | undefined,
  scale: number,
): Reason {
  const { median, most } = usual[j]
  const span = scale === 1 ? 'an hour' : `${scale} hours`
  const compared = reference === undefined ? '' : ` in ${reference}`
  const seen = spec.count && most !== median ? `, ${tellNumber(spec, most)} the most${compared}` : ''
  return {
    text: `${tellFeature(spec, observed)} in ${span}; ${tellUsual(spec, median)}${seen}`,
    feature: spec.id,
    observed: round(observed),
    expected: round(median),
  }
}

/** The name or path on which most of them met, where several did. */
function nameReason({ alarm, gathered }: Peak, feed: SurfaceFeed): Reason | undefined {
  const web = alarm.series.surface === 'web'
  const [token, sum] = widest(gathered, web)
  const text = feed.tokens.textOf(token)
  const meeting = web ? sum?.posters : sum?.sources
  if (text === undefined || meeting === undefined || meeting < 3) return undefined
  const what = text === '' ? 'the empty name' : escapeTerminal(text)
  return { text: web ? `${meeting} addresses posted to ${what}` : `${meeting} addresses tried the name ${what}` }
}

function widest({ tokens }: Gathered, posts: boolean): [number, { sources: number; posters: number } | undefined] {
  let best = -1
  let most = 0
  for (const [token, { sources, posters }] of tokens) {
    const width = posts ? posters : sources
    if (width > most) {
      most = width
      best = token
    }
  }
  return [best, tokens.get(best)]
}

/** Who made the counts that stand out. Sources that have logged in are left out: they have a key to the house. */
function accusedIn({ alarm, gathered, standing }: Peak, residents: ReadonlySet<number>): number[] {
  const ids = new Set(standing.map(j => FEATURES[alarm.series.surface][j].id))
  const weight = (source: number): number => {
    const sum = gathered.sources.get(source)
    if (sum === undefined) return 0
    const novel = ids.has('new_sources') && sum.isNew
    const posting = ids.has('form_fan_in') && sum.parts > 0
    const failing = ids.has('failing_sources') && sum.marked > 0
    const taking = ids.has('sources') || ids.has('fan_in')
    return (novel ? 2 : 0) + (posting ? 2 : 0) + (failing ? 2 : 0) + (taking ? 1 : 0)
  }
  const candidates = [...gathered.sources.keys()].filter(source => weight(source) > 0 && !residents.has(source))
  candidates.sort((a, b) => weight(b) - weight(a) || a - b)
  return candidates.slice(0, MOST_SOURCES)
}

function timesOf({ alarm, gathered }: Peak, accused: readonly number[], { activity }: SurfaceFeed): { first: number } {
  const chosen = new Set(accused)
  const window = alarm.series.windows[alarm.index]
  let first = Number.POSITIVE_INFINITY
  for (const { hour, from, to } of window.rows) {
    for (let row = from; row < to; row++) {
      if (chosen.has(activity.columns.source[row]))
        first = Math.min(first, hour * HOUR + activity.columns.second[row] * 1000)
    }
  }
  return { first: gathered.rows.length === 0 || first === Number.POSITIVE_INFINITY ? window.from * HOUR : first }
}

/** First lines of some accused sources, from the whole of the window. */
function evidenceOf({ gathered }: Peak, accused: readonly number[], { activity }: SurfaceFeed): EventRef[] {
  const chosen = new Set(accused)
  const seen = new Set<number>()
  const rows = gathered.rows.filter(row => {
    const source = activity.columns.source[row]
    if (!chosen.has(source) || seen.has(source)) return false
    seen.add(source)
    return true
  })
  const step = Math.max(1, rows.length / MOST_EVIDENCE)
  const picked = Array.from({ length: Math.min(MOST_EVIDENCE, rows.length) }, (_, i) => rows[Math.floor(i * step)])
  return picked.map(row => activity.refOf(row)).filter(ref => ref !== undefined)
}

/** Names tried by more than one source come first; twelve at the most. */
function usersOf({ gathered }: Peak, feed: SurfaceFeed): string[] {
  const byWidth = [...gathered.tokens].sort(
    (a, b) => b[1].sources - a[1].sources || b[1].count - a[1].count || a[0] - b[0],
  )
  return byWidth.slice(0, 12).flatMap(([token]) => {
    const text = feed.tokens.textOf(token)
    return text === undefined || text === '' ? [] : [text]
  })
}
