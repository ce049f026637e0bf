/**
 * Finding the campaigns of a surface: scan, take the strongest alarms, bracket them, name their participants, take those
 * out of counts and baseline, and scan what is left, until nothing alarms. So one campaign neither hides the next nor
 * teaches the baseline, wherever in the log it stands.
 */
import type { Arrivals } from './arrivals.ts'
import { lowerBound } from './arrivals.ts'
import { SurfaceBaseline, type SurfaceModel } from './baseline.ts'
import type { Calendar } from './blocks.ts'
import { bracket, type Interval } from './interval.ts'
import { listCampaigns } from './link.ts'
import { mergeCampaigns, near } from './merge.ts'
import { findParticipants, type Membership } from './participants.ts'
import type { Places } from './places.ts'
import { LEAST_SOURCES } from './scales.ts'
import { ANY, type Chain, expectationOf, groupOf, scan, type Test } from './scan.ts'
import type { AttemptStore } from './store.ts'
import { isScanned } from './surfaces.ts'
import { surprise } from './surprise.ts'

/** A campaign on one surface, before it is put into words. */
export interface Campaign {
  surface: number
  interval: Interval
  /** When the first alarm would have been raised. */
  firstAlarm: number
  /** The strongest alarm, and what it was about (ANY or a name's number). */
  key: number
  best: Test
  /** All keys that alarmed, the strongest first. */
  keys: { key: number; test: Test }[]
  membership: Membership
  /** What would have been usual for the interval. */
  expected: number
  /** The intervals of its waves, where several that lie apart were linked by what they try; else none. */
  waves: readonly Interval[]
}

interface SurfaceFindings {
  campaigns: Campaign[]
  baseline: SurfaceBaseline
  /** Largest score of each day once the campaigns are taken out. */
  maxima: Map<number, number>
}

const ROUNDS = 24
/** Scanners share their lists; fewer of them are no news. */
const LEAST_PROBERS = 10

/** Answers the campaigns of one surface whose score is at least `threshold` (-log10 of the chance). */
export function findOnSurface(
  store: AttemptStore,
  calendar: Calendar,
  all: Arrivals,
  places: Places,
  threshold: number,
  model?: SurfaceModel,
): SurfaceFindings {
  const taken = new Uint8Array(all.length)
  const isRest = (name: number): boolean => store.names.isRest(name)
  const campaigns: Campaign[] = []
  let rest = all
  let baseline = new SurfaceBaseline(store, calendar, rest, model)
  for (let round = 0; ; round++) {
    const { chains, maxima } = scan(rest, baseline, threshold, isRest)
    const conclude = (): SurfaceFindings => {
      const rescored = campaigns.map(campaign => rescore(campaign, baseline))
      const lists = listCampaigns(store, all, baseline, threshold)
      return { campaigns: mergeCampaigns(store, baseline, [...rescored, ...lists]), baseline, maxima }
    }
    if (chains.length === 0 || round === ROUNDS) return conclude()
    const shut: Interval[] = []
    let found = 0
    for (const chain of chains) {
      const interval = bracket(timesOf(rest, chain.key), chain.best)
      if (shut.some(other => near(other, interval))) continue
      shut.push(interval)
      const sharp = { ...chain, best: sharpen(timesOf(rest, chain.key), interval, chain, baseline) }
      const campaign = describe(store, all, baseline, places, sharp, interval, taken)
      if (campaign === undefined) continue
      campaigns.push(campaign)
      found++
    }
    if (found === 0) return conclude()
    rest = without(all, taken)
    baseline = new SurfaceBaseline(store, calendar, rest, model)
  }
}

/** The alarm at its fullest: the scan skips counts that have hardly grown. */
function sharpen(
  times: readonly number[],
  { start, end }: Interval,
  { key, best }: Chain,
  baseline: SurfaceBaseline,
): Test {
  let fullest = best
  let from = 0
  for (let i = lowerBound(times, start); i < times.length && times[i] <= end; i++) {
    while (times[from] <= times[i] - best.scale) from++
    const count = i - from + 1
    if (count > fullest.count) fullest = { ...fullest, count, time: times[i] }
  }
  if (fullest === best) return best
  const { mean, shape } = expectationOf(baseline, key, fullest.time - fullest.scale, fullest.time)
  return { ...fullest, expected: mean, shape, ...surprise(fullest.count, { mean, shape }) }
}

function describe(
  store: AttemptStore,
  all: Arrivals,
  baseline: SurfaceBaseline,
  places: Places,
  chain: Chain,
  interval: Interval,
  taken: Uint8Array,
): Campaign | undefined {
  const membership = findParticipants(store, all, baseline, places, interval, taken)
  const { members } = membership
  if (members.length < (isScanned(all.surface) ? LEAST_PROBERS : LEAST_SOURCES)) return undefined
  const rows = new Set(members.flatMap(member => member.rows))
  for (let i = lowerBound(all.time, interval.start); i < all.length && all.time[i] <= interval.end; i++) {
    // What found no room to be weighed is taken as a whole, or else it would alarm for ever.
    if (rows.has(all.row[i]) || membership.more > 0) taken[i] = 1
  }
  return {
    surface: all.surface,
    interval,
    firstAlarm: chain.times.find(time => time >= interval.start) ?? chain.last,
    key: chain.key,
    best: chain.best,
    keys: [{ key: chain.key, test: chain.best }],
    membership,
    expected: baseline.sources(interval.start, Math.max(interval.end, interval.start + 1)).mean,
    waves: [],
  }
}

/** The campaign judged by the baseline without campaigns: the first rounds still had them in it. */
function rescore(campaign: Campaign, baseline: SurfaceBaseline): Campaign {
  const keys = campaign.keys
    .map(({ key, test }) => {
      const usual = expectationOf(baseline, key, test.time - test.scale, test.time)
      const { score, tail } = surprise(test.count, usual)
      return {
        key,
        test:
          tail > test.tail
            ? { ...test, expected: usual.mean, shape: usual.shape, score: Math.max(score, test.score), tail }
            : test,
      }
    })
    .sort((a, b) => b.test.tail - a.test.tail)
  const { start, end } = campaign.interval
  return {
    ...campaign,
    keys,
    key: keys[0].key,
    best: keys[0].test,
    expected: baseline.sources(start, Math.max(end, start + 1)).mean,
  }
}

/** The arrivals that are not taken. */
function without(all: Arrivals, taken: Uint8Array): Arrivals {
  const kept: number[] = []
  for (let i = 0; i < all.length; i++) if (taken[i] === 0) kept.push(i)
  return {
    surface: all.surface,
    length: kept.length,
    time: Float64Array.from(kept, i => all.time[i]),
    source: Int32Array.from(kept, i => all.source[i]),
    name: Int32Array.from(kept, i => all.name[i]),
    named: Uint8Array.from(kept, i => all.named[i]),
    lucky: Uint8Array.from(kept, i => all.lucky[i]),
    first: Uint8Array.from(kept, i => all.first[i]),
    group: Uint8Array.from(kept, i => all.group[i]),
    row: Int32Array.from(kept, i => all.row[i]),
  }
}

function timesOf(arrivals: Arrivals, key: number): number[] {
  const times: number[] = []
  for (let i = 0; i < arrivals.length; i++) {
    const about =
      key === ANY
        ? arrivals.first[i] === 1
        : key < 0
          ? arrivals.group[i] === groupOf(key)
          : arrivals.named[i] === 1 && arrivals.name[i] === key
    if (about) times.push(arrivals.time[i])
  }
  return times
}
