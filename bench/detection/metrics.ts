/** What is measured, and how sure one can be of it. */
import type { Random } from '../../src/core/random.ts'
import { HOUR, MINUTE } from '../../src/core/time.ts'
import { poissonInterval } from '../../src/kit/math/quantiles.ts'
import type { Alarm } from './attempt.ts'
import type { Campaign } from './campaign.ts'
import type { Trial } from './protocol.ts'

/**
 * Alarms within this of an incident's first are one to whoever reads them ... (From the first and not from the last: a
 * rule that never stops firing would otherwise count as one alarm.)
 */
const SAME_WHILE = 6 * HOUR
/** ... and so are alarms that share more than this part of their sources. */
const SAME_SOURCES = 0.3
/** An alarm may come a little after the last attempt: a window has to close first. */
const GRACE = HOUR

export interface Incident {
  readonly first: number
  readonly last: number
  readonly sources: ReadonlySet<string>
}

/** Joins alarms that a person would take for one. */
export function mergeAlarms(alarms: readonly Alarm[]): Incident[] {
  const incidents: { first: number; last: number; sources: Set<string> }[] = []
  for (const { time, sources } of alarms.toSorted((a, b) => a.time - b.time)) {
    const same = incidents.findLast(one => time - one.first < SAME_WHILE || shared(sources, one.sources) > SAME_SOURCES)
    if (same === undefined) {
      incidents.push({ first: time, last: time, sources: new Set(sources) })
      continue
    }
    same.last = time
    for (const source of sources) same.sources.add(source)
  }
  return incidents
}

function shared(some: readonly string[], others: ReadonlySet<string>): number {
  const least = Math.min(some.length, others.size)
  return least === 0 ? 0 : some.filter(source => others.has(source)).length / least
}

/** Alarms about the campaign, and all others. About it is what comes in its time and names a participant. */
export function tellApart(alarms: readonly Alarm[], campaign: Campaign): { right: Alarm[]; wrong: Alarm[] } {
  const right: Alarm[] = []
  const wrong: Alarm[] = []
  for (const alarm of alarms) {
    const meets = alarm.time >= campaign.first && alarm.time <= campaign.last + GRACE
    const list = meets && alarm.sources.some(source => campaign.sources.has(source)) ? right : wrong
    list.push(alarm)
  }
  return { right, wrong }
}

/** Precision, recall and their harmonic mean. */
export interface Hits {
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

export function hitsOf(named: ReadonlySet<string>, meant: ReadonlySet<string>): Hits {
  let both = 0
  for (const source of named) if (meant.has(source)) both++
  const precision = named.size === 0 ? 0 : both / named.size
  const recall = meant.size === 0 ? 0 : both / meant.size
  return { precision, recall, f1: both === 0 ? 0 : (2 * precision * recall) / (precision + recall) }
}

/** The best F1 that can be had where `lookAlikes` background sources do just what `n` participants do. */
export function ceilingF1(n: number, lookAlikes: number): number {
  const precision = n / (n + lookAlikes)
  return (2 * precision) / (1 + precision)
}

/** So many participants have to be named in one incident before a person sees a campaign and not an odd address. */
const SEEN_FROM = 3

/** When the alarms have made a campaign visible; undefined where they never have. */
export function seenAt(right: readonly Alarm[], campaign: Campaign): number | undefined {
  const needed = Math.min(SEEN_FROM, campaign.sources.size)
  const incidents: { first: number; named: Set<string> }[] = []
  for (const { time, sources } of right.toSorted((a, b) => a.time - b.time)) {
    const meant = sources.filter(source => campaign.sources.has(source))
    let open = incidents.at(-1)
    if (open === undefined || time - open.first >= SAME_WHILE) {
      open = { first: time, named: new Set() }
      incidents.push(open)
    }
    for (const source of meant) open.named.add(source)
    if (open.named.size >= needed) return time
  }
  return undefined
}

/** How one detector did in one trial. */
export interface Outcome {
  readonly detected: boolean
  /** From the campaign's first attempt to when it was seen; absent where it was not. */
  readonly minutes?: number
  readonly attempts?: number
  readonly fraction?: number
  readonly participants?: Hits
  readonly ceilingF1: number
  /** Whether the success was called one; absent where there was none to call. */
  readonly breach?: boolean
  readonly breachMinutes?: number
  /** Other alarms, merged. */
  readonly wrong: number
}

export function judge(alarms: readonly Alarm[], trial: Trial): Outcome {
  const { campaign } = trial
  const { right, wrong } = tellApart(alarms, campaign)
  const ceiling = ceilingF1(campaign.sources.size, trial.lookAlikes)
  const base = { ceilingF1: ceiling, wrong: mergeAlarms(wrong).length, ...judgeBreach(alarms, campaign) }
  const time = seenAt(right, campaign)
  if (time === undefined) return { ...base, detected: false }
  const length = Math.max(1, campaign.last - campaign.first)
  return {
    ...base,
    detected: true,
    minutes: (time - campaign.first) / MINUTE,
    attempts: campaign.attempts.filter(one => one.time <= time).length,
    fraction: Math.min(1, (time - campaign.first) / length),
    participants: hitsOf(new Set(right.flatMap(alarm => alarm.sources)), campaign.sources),
  }
}

function judgeBreach(alarms: readonly Alarm[], { breach }: Campaign): Pick<Outcome, 'breach' | 'breachMinutes'> {
  if (breach === undefined) return {}
  const called = alarms.filter(alarm => alarm.breach?.source === breach.source && alarm.time >= breach.time)
  if (called.length === 0) return { breach: false }
  return { breach: true, breachMinutes: (Math.min(...called.map(alarm => alarm.time)) - breach.time) / MINUTE }
}

export interface Estimate {
  readonly value: number
  readonly lower: number
  readonly upper: number
}

/** Events a week with Garwood's exact interval. */
export function weeklyRate(count: number, weeks: number, level = 0.95): Estimate {
  const { lower, upper } = poissonInterval(count, level)
  return { value: count / weeks, lower: lower / weeks, upper: upper / weeks }
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The middle value; of an even number of values the lower of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : values.toSorted((a, b) => a - b)[(values.length - 1) >> 1]
}

/** The mean over seeds, with the percentile bootstrap's interval (Efron 1979). */
export function bootstrap(values: readonly number[], random: Random, level = 0.95, rounds = 1000): Estimate {
  if (values.length === 0) return { value: Number.NaN, lower: Number.NaN, upper: Number.NaN }
  const means = Array.from({ length: rounds }, () => {
    let sum = 0
    for (let i = 0; i < values.length; i++) sum += values[random.below(values.length)]
    return sum / values.length
  }).sort((a, b) => a - b)
  const tail = (1 - level) / 2
  return {
    value: mean(values),
    lower: means[Math.floor(tail * rounds)],
    upper: means[Math.ceil((1 - tail) * rounds) - 1],
  }
}

/** The smallest number of sources from which on every measured number is found at least nine times in ten. */
export function frontier(
  cells: readonly { readonly sources: number; readonly probability: number }[],
  wanted = 0.9,
): number | undefined {
  let smallest: number | undefined
  for (const { sources, probability } of cells.toSorted((a, b) => b.sources - a.sources)) {
    if (probability < wanted) break
    smallest = sources
  }
  return smallest
}
