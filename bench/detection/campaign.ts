/** Campaigns to hide in a background: many sources, few tries each, in every way the protocol varies. */

import type { Random } from '../../src/core/random.ts'
import { DAY, SECOND } from '../../src/core/time.ts'
import type { AddressPool } from '../../src/generate/addresses.ts'
import { pick, shuffle } from '../../src/generate/draw.ts'
import { failDelay, fewTries, visitorMoment } from '../../src/generate/law.ts'
import { COMMON_NAMES, rareName } from '../../src/generate/names.ts'
import type { Attempt } from './attempt.ts'
import { inTimeOrder } from './attempt.ts'

export const STRATEGIES = ['one-valid', 'root', 'top-10-spray', 'rare-stuffing', 'sharded-list', 'valid-list'] as const
type Strategy = (typeof STRATEGIES)[number]

export const SCHEDULES = ['uniform', 'poisson', 'burst', 'diurnal', 'ramp'] as const
type Schedule = (typeof SCHEDULES)[number]

export interface CampaignPlan {
  readonly sources: number
  /** Connections each source makes. Each has one or two tries, by the background's own law, so that none shows by it. */
  readonly visits: number
  readonly duration: number
  readonly strategy: Strategy
  readonly schedule: Schedule
  readonly outcome: 'none' | 'success'
}

export interface Campaign {
  readonly attempts: readonly Attempt[]
  readonly sources: ReadonlySet<string>
  readonly first: number
  readonly last: number
  readonly breach?: { readonly time: number; readonly source: string; readonly user: string }
}

export interface Ground {
  readonly random: Random
  readonly addresses: AddressPool
  /** The accounts the host has besides root. */
  readonly users: readonly string[]
  /** The ten names that the background tries most. */
  readonly topNames: readonly string[]
}

/** Plays a campaign from `start` on. Visits, pauses and seconds follow the background's law; only the purpose differs. */
export function playCampaign(plan: CampaignPlan, start: number, ground: Ground): Campaign {
  const { random } = ground
  const sources = Array.from({ length: plan.sources }, () => ground.addresses.stranger())
  const visits: { source: number; tries: number }[] = []
  for (let source = 0; source < sources.length; source++) {
    for (let left = plan.visits; left > 0; left--) visits.push({ source, tries: fewTries(random) })
  }
  shuffle(random, visits)
  const times = scheduleOf(plan, visits.length, start, random)
  const nameOf = namesFor(plan, ground)
  const known = new Set(['root', ...ground.users])
  const attempts: Attempt[] = []
  for (const [index, { source, tries }] of visits.entries()) {
    let time = times[index]
    // A connection is for one name: sshd does not let it be changed.
    const user = nameOf(source)
    for (let i = 0; i < tries; i++) {
      attempts.push({ time: toSecond(time), source: sources[source], user, known: known.has(user), accepted: false })
      time += failDelay(random)
    }
  }
  const ordered = inTimeOrder(attempts)
  const breach = plan.outcome === 'success' ? succeed(ordered, ground) : undefined
  return {
    attempts: breach === undefined ? ordered : inTimeOrder([...ordered, { ...breach, known: true, accepted: true }]),
    sources: new Set(sources),
    first: ordered[0].time,
    last: ordered[ordered.length - 1].time,
    ...(breach === undefined ? {} : { breach }),
  }
}

const toSecond = (time: number): number => Math.floor(time / SECOND) * SECOND

/** One participant gets in, in the second half, where there is an account to get into. */
function succeed(attempts: readonly Attempt[], { random, users }: Ground): NonNullable<Campaign['breach']> {
  const late = attempts.slice(Math.floor(attempts.length / 2))
  const fitting = late.filter(one => one.known === true)
  const chosen = fitting.length > 0 ? pick(random, fitting) : pick(random, late)
  return {
    time: chosen.time + 3 * SECOND,
    source: chosen.source,
    user: chosen.known === true ? chosen.user : pick(random, users),
  }
}

function scheduleOf({ schedule, duration }: CampaignPlan, count: number, start: number, random: Random): number[] {
  const end = start + duration
  const each = (make: (index: number) => number): number[] =>
    Array.from({ length: count }, (_, index) => make(index)).sort((a, b) => a - b)
  switch (schedule) {
    case 'uniform':
      return each(index => start + ((index + 0.5) / count) * duration)
    case 'poisson':
      return each(() => start + random.next() * duration)
    case 'burst': {
      // Five bursts, each a fiftieth of the whole time long.
      const bursts = Array.from({ length: 5 }, () => random.next() * 0.98)
      return each(() => start + (pick(random, bursts) + random.next() * 0.02) * duration)
    }
    case 'diurnal':
      return each(() => visitorMoment(random, start, end))
    case 'ramp': {
      // Five per cent more every day: the moment is drawn by inverting the integral of 1.05^t.
      const growth = Math.log(1.05) / DAY
      return each(() => start + Math.log1p(random.next() * Math.expm1(growth * duration)) / growth)
    }
  }
}

function namesFor({ strategy, sources, visits }: CampaignPlan, ground: Ground): (source: number) => string {
  const { random, users, topNames } = ground
  let next = 0
  switch (strategy) {
    case 'root':
      return () => 'root'
    case 'one-valid': {
      const target = pick(random, users)
      return () => target
    }
    case 'top-10-spray':
      return () => pick(random, topNames)
    case 'valid-list':
      return () => users[next++ % users.length]
    case 'rare-stuffing': {
      const used = new Set<string>()
      return () => {
        let name = rareName(random)
        while (used.has(name)) name = `${rareName(random)}${random.below(10_000)}`
        used.add(name)
        return name
      }
    }
    case 'sharded-list': {
      // One dictionary cut into pieces: each source walks its own piece, in the dictionary's order.
      const places = new Array<number>(sources).fill(0)
      return source => dictionaryWord(source * visits + places[source]++)
    }
  }
}

/** The n-th word of a dictionary without end. */
function dictionaryWord(n: number): string {
  const word = COMMON_NAMES[n % COMMON_NAMES.length]
  const round = Math.floor(n / COMMON_NAMES.length)
  return round === 0 ? word : `${word}0${round}`
}

/** The names tried by most strangers, the first ten. */
export function topNames(attempts: readonly Attempt[], count = 10): string[] {
  const sources = new Map<string, Set<string>>()
  for (const { user, source, accepted } of attempts) {
    if (accepted) continue
    const known = sources.get(user) ?? new Set()
    known.add(source)
    sources.set(user, known)
  }
  return [...sources]
    .sort((a, b) => b[1].size - a[1].size || (a[0] < b[0] ? -1 : 1))
    .slice(0, count)
    .map(([user]) => user)
}
