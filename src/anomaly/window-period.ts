/** A contiguous unusual period: its windows put together, and who made it unusual. */
import type { EventRef } from '../core/event.ts'
import { HOUR } from '../core/time.ts'
import { ROW } from './activity-columns.ts'
import { FEATURES } from './feature-spec.ts'
import { type Explained, type Gathered, gather } from './window-features.ts'
import type { SurfaceFeed } from './window-feed.ts'
import { type Judged, type Strictness, standsOut, tellingFeatures } from './window-judge.ts'
import { rowOf } from './window-series.ts'

/** Alarmed windows less than this many hours apart are one period. */
const MERGE = 6
const MOST_SOURCES = 256
const MOST_EVIDENCE = 8
const MOST_USERS = 12

/** One alarmed window, gathered. */
export interface Part {
  alarm: Judged
  gathered: Gathered
  /** Features whose count is far beyond what is seen, the least likely first. */
  standing: number[]
  /** log10 of the chance of the least likely. */
  chance: number
}

export interface Period {
  /** At least one, by their beginning. */
  parts: Part[]
  /** The part that chance explains least. */
  peak: Part
}

export interface PeriodOptions {
  feed: SurfaceFeed
  explained: Explained
  networkOf: (source: number) => number
  strictness: Strictness
  log10Alpha: number
}

/** Alarmed windows of one surface as periods. `alarms` in any order. */
export function periodsOf(alarms: readonly Judged[], options: PeriodOptions): Period[] {
  const start = ({ series, index }: Judged): number => series.windows[index].from
  const sorted = [...alarms].sort((a, b) => start(a) - start(b) || a.series.scale - b.series.scale)
  const periods: Part[][] = []
  let end = Number.NEGATIVE_INFINITY
  for (const alarm of sorted) {
    const part = partOf(alarm, options)
    if (start(alarm) - end < MERGE) periods[periods.length - 1].push(part)
    else periods.push([part])
    end = Math.max(end, alarm.series.windows[alarm.index].to)
  }
  return periods.map(parts => ({ parts, peak: parts.reduce((a, b) => (b.chance < a.chance ? b : a)) }))
}

function partOf(alarm: Judged, { feed, explained, networkOf, strictness, log10Alpha }: PeriodOptions): Part {
  const { series, index, yardstick } = alarm
  const row = rowOf(series, index)
  const standing = tellingFeatures(series.surface).filter(j => standsOut(yardstick, j, row[j], strictness, log10Alpha))
  standing.sort((a, b) => yardstick.chance(a, row[a]) - yardstick.chance(b, row[b]) || a - b)
  const gathered = gather(series.surface, feed.activity, series.windows[index], explained, networkOf)
  return { alarm, gathered, standing, chance: yardstick.chance(standing[0], row[standing[0]]) }
}

/** Who made the counts that stand out, those first who fit them best. */
export interface Makers {
  /** Who is named: nobody where those who have a key to the house made most of it. */
  accused: number[]
  /** Whose doings the finding tells: the accused, or where there is none, everybody who made it. */
  doers: number[]
  /** How many have logged in, and are left out for that. */
  residents: number
}

/**
 * Sources that have logged in have a key to the house and are left out, unless it is the logins that stand out. Where they
 * made most of it (a morning of expired passwords), the few strangers beside them are those of every day.
 */
export function makersOf(period: Period, feed: SurfaceFeed): Makers {
  const all = byWeight(period, feed, new Set())
  const strangers = byWeight(period, feed, residentsOf(feed))
  const residents = all.length - strangers.length
  const accused = residents > strangers.length ? [] : strangers.slice(0, MOST_SOURCES)
  return { accused, doers: accused.length > 0 ? accused : all.slice(0, MOST_SOURCES), residents }
}

function byWeight({ parts }: Period, feed: SurfaceFeed, leftOut: ReadonlySet<number>): number[] {
  const weights = new Map<number, number>()
  for (const part of parts) {
    for (const [source, weight] of weightsIn(part, feed, leftOut)) {
      weights.set(source, Math.max(weight, weights.get(source) ?? 0))
    }
  }
  return [...weights].sort(([a, weightA], [b, weightB]) => weightB - weightA || a - b).map(([source]) => source)
}

function weightsIn(
  { alarm, gathered, standing }: Part,
  feed: SurfaceFeed,
  residents: ReadonlySet<number>,
): Map<number, number> {
  const ids = new Set(standing.map(j => FEATURES[alarm.series.surface][j].id))
  const weights = new Map<number, number>()
  for (const [source, sum] of gathered.sources) {
    if (residents.has(source)) continue
    const novel = ids.has('new_sources') && sum.isNew
    const posting = ids.has('form_fan_in') && sum.parts > 0
    const failing = ids.has('failing_sources') && sum.marked > 0
    const taking = ids.has('sources') || ids.has('fan_in')
    const weight = (novel ? 2 : 0) + (posting ? 2 : 0) + (failing ? 2 : 0) + (taking ? 1 : 0)
    if (weight > 0) weights.set(source, weight)
  }
  if (ids.has('new_network_logins')) {
    const { columns } = feed.activity
    for (const row of gathered.rows)
      if ((columns.bits[row] & ROW.NEW_NETWORK) !== 0) weights.set(columns.source[row], 3)
  }
  return weights
}

function residentsOf({ activity }: SurfaceFeed): Set<number> {
  const residents = new Set<number>()
  const { columns } = activity
  for (let row = 0; row < activity.rows; row++) {
    if ((columns.bits[row] & ROW.ACCEPTED) !== 0) residents.add(columns.source[row])
  }
  return residents
}

/** What they did in the period: how often, from when on, and some first lines from the whole of it. */
export interface Doings {
  first: number
  count: number
  evidence: EventRef[]
}

/** Sums up the rows of the doers (source ids) within the period; at most `MOST_EVIDENCE` lines, spread over it. */
export function doingsOf({ parts }: Period, doers: readonly number[], { activity }: SurfaceFeed): Doings {
  const chosen = new Set(doers)
  const inPeriod = new Set(parts.flatMap(({ gathered }) => gathered.rows))
  const seen = new Set<number>()
  const firsts: number[] = []
  let first = Number.POSITIVE_INFINITY
  let count = 0
  for (const { hour, from, to } of activity.hours) {
    for (let row = from; row < to; row++) {
      const source = activity.columns.source[row]
      if (!chosen.has(source) || !inPeriod.has(row)) continue
      count += activity.columns.count[row]
      first = Math.min(first, hour * HOUR + activity.columns.second[row] * 1000)
      if (!seen.has(source)) firsts.push(row)
      seen.add(source)
    }
  }
  const size = Math.min(MOST_EVIDENCE, firsts.length)
  const picked = Array.from({ length: size }, (_, i) => firsts[Math.floor((i * firsts.length) / size)])
  return { first, count, evidence: picked.map(row => activity.refOf(row)).filter(ref => ref !== undefined) }
}

/** Names tried in the peak, those that most addresses tried first. */
export function usersOf({ peak }: Period, feed: SurfaceFeed): string[] {
  const byWidth = [...peak.gathered.tokens].sort(
    (a, b) => b[1].sources - a[1].sources || b[1].count - a[1].count || a[0] - b[0],
  )
  return byWidth.slice(0, MOST_USERS).flatMap(([token]) => {
    const text = feed.tokens.textOf(token)
    return text === undefined || text === '' ? [] : [text]
  })
}
