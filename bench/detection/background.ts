/**
 * Backgrounds: what a server sees when nobody is after it in particular. Real ones are made from a real log by moving
 * each address's attempts to another day, as often as the wanted rate asks; generated ones follow the generator's law.
 * Addresses are replaced throughout, so that no result can name a real one.
 */
import type { Random } from '../../src/core/random.ts'
import { DAY, SECOND, WEEK } from '../../src/core/time.ts'
import type { AddressPool } from '../../src/generate/addresses.ts'
import { createAddressPool, ownAddress } from '../../src/generate/addresses.ts'
import { chance, pick, whole } from '../../src/generate/draw.ts'
import * as law from '../../src/generate/law.ts'
import { strangerName } from '../../src/generate/names.ts'
import type { Attempt } from './attempt.ts'
import { inTimeOrder } from './attempt.ts'

export interface Background {
  readonly attempts: readonly Attempt[]
  /** Connections that name nobody, of sources of their own. */
  readonly knocks: readonly Attempt[]
  /** Accounts that people log in to. */
  readonly users: readonly string[]
  readonly addresses: AddressPool
}

export interface Wanted {
  /** First-seen strangers a day. */
  readonly rate: number
  readonly start: number
  readonly days: number
  readonly random: Random
}

/** What one address did, as offsets from its first attempt. */
interface Block {
  readonly first: number
  readonly attempts: readonly Attempt[]
}

/** A real log taken apart, to be put together again at any rate. */
export interface RealBlocks {
  readonly strangers: readonly Block[]
  readonly knockers: readonly Block[]
  readonly owners: readonly Attempt[]
  readonly users: readonly string[]
  readonly start: number
  readonly days: number
}

/**
 * Takes a real log apart. `skipDays` leaves out strangers first seen in that many first days (the sample log begins in
 * the middle of a wave, and a wave is no background); `staged` says which names its owner made up for a demonstration.
 */
export function takeApart(
  attempts: readonly Attempt[],
  skipDays: number,
  staged: (user: string) => boolean,
  knocks: readonly Attempt[] = [],
): RealBlocks {
  const start = Math.floor(attempts[0].time / DAY) * DAY
  const end = attempts[attempts.length - 1].time
  const home = new Set(attempts.filter(one => one.accepted).map(one => one.source))
  const owners = attempts.filter(one => one.accepted || (home.has(one.source) && !staged(one.user)))
  const blocks = (all: readonly Attempt[]): Block[] => {
    const bySource = new Map<string, Attempt[]>()
    for (const one of all) {
      if (home.has(one.source) || staged(one.user)) continue
      const list = bySource.get(one.source) ?? []
      list.push(one)
      bySource.set(one.source, list)
    }
    return [...bySource.values()]
      .map(list => ({ first: list[0].time, attempts: list }))
      .filter(block => block.first >= start + skipDays * DAY)
  }
  return {
    strangers: blocks(attempts),
    knockers: blocks(knocks),
    owners,
    users: [...new Set(owners.filter(one => one.accepted).map(one => one.user))].sort(),
    start,
    days: (end - start) / DAY,
  }
}

/** Tries of one connection follow one another within this. */
const CONNECTION_PAUSE = 30 * SECOND

/**
 * Gives each connection the one or two tries that a campaign's connections have, with the pause that sshd makes. On the
 * sample host most strangers use up all six tries, and its log folds them into lines of one stamp; a campaign would show
 * by that alone, and finding it would prove nothing about hosts where strangers are as brief as it is.
 */
export function thin(attempts: readonly Attempt[], random: Random): Attempt[] {
  const kept: Attempt[] = []
  let last: Attempt | undefined
  for (const one of attempts) {
    if (last === undefined || one.user !== last.user || one.time - last.time > CONNECTION_PAUSE) {
      kept.push(one)
      if (law.fewTries(random) > 1) kept.push({ ...one, time: one.time + law.failDelay(random) })
    }
    last = one
  }
  return kept
}

/** Puts a background of the wanted rate together: thinner or denser than the log it comes from. */
export function resample(real: RealBlocks, wanted: Wanted): Background {
  const { random, start, days, rate } = wanted
  const addresses = createAddressPool(random)
  const length = days * DAY
  const draw = (wantedBlocks: number, blocks: readonly Block[], random: Random, brief: boolean): Attempt[] => {
    const drawn: Attempt[] = []
    for (let count = random.poisson(wantedBlocks); count > 0; count--) {
      const block = pick(random, blocks)
      const source = addresses.stranger()
      // Anywhere in the time: a hundred strangers' hours are no daily rhythm, and a campaign would show by not having them.
      const moved = Math.floor(random.next() * length)
      for (const one of brief ? thin(block.attempts, random) : block.attempts) {
        // What goes over the end comes in at the beginning, so that the rate is the same throughout.
        const offset = (((one.time - real.start + moved) % length) + length) % length
        drawn.push({ ...one, source, time: start + Math.floor(offset / SECOND) * SECOND })
      }
    }
    return drawn
  }
  const attempts = draw(rate * days, real.strangers, random, true)
  const names = new Map<string, string>()
  const period = Math.max(1, Math.floor((real.days * DAY) / WEEK)) * WEEK
  for (let shift = start - real.start; shift < start - real.start + length; shift += period) {
    for (const one of real.owners) {
      const time = one.time + shift
      if (one.time >= real.start + period || time >= start + length) continue
      const source = names.get(one.source) ?? ownAddress(random, names.size)
      names.set(one.source, source)
      attempts.push({ ...one, source, time })
    }
  }
  // As many knock, for each that tries a name, as on the real host; drawn last, so that the rest is what it was without.
  const knockers = (rate * days * real.knockers.length) / real.strangers.length
  const knocks = inTimeOrder(draw(knockers, real.knockers, random.fork('knocks'), false))
  return { attempts: inTimeOrder(attempts), knocks, users: real.users, addresses }
}

const OWNERS = ['maria', 'jonas', 'ines', 'deploy'] as const
const LOGINS_A_DAY = 9

/** A background by the generator's law. */
export function generated(wanted: Wanted): Background {
  const { random, start, days, rate } = wanted
  const addresses = createAddressPool(random)
  const end = start + days * DAY
  const second = (time: number): number => Math.floor(time / SECOND) * SECOND
  const attempts: Attempt[] = []
  const knocks: Attempt[] = []
  for (let count = random.poisson(rate * days); count > 0; count--) {
    const source = addresses.stranger()
    const kind = law.persistence(random)
    // A fifth only knocks and never gives a name.
    if (chance(random, 0.2)) {
      const visits = law.visits(
        random.fork(source),
        kind,
        law.strangerMoment(random.fork(`${source}*`), start, end),
        end,
      )
      for (const time of visits)
        knocks.push({ time: second(time), source, user: '', known: undefined, accepted: false, knock: true })
      continue
    }
    const names = Array.from({ length: whole(random, 1, 4) }, () => strangerName(random))
    for (const visit of law.visits(random, kind, law.strangerMoment(random, start, end), end)) {
      const user = kind === 'once' ? names[0] : pick(random, names)
      const tries = kind === 'stubborn' ? law.stubbornTries(random) : law.fewTries(random)
      let time = visit
      for (let i = 0; i < tries && time < end; i++) {
        attempts.push({ time: second(time), source, user, known: user === 'root', accepted: false })
        time += law.failDelay(random)
      }
    }
  }
  const homes = OWNERS.map((_, index) => [ownAddress(random, index), ownAddress(random, index)])
  for (let count = Math.round(days * LOGINS_A_DAY); count > 0; count--) {
    const who = random.below(OWNERS.length)
    const time = law.ownerMoment(random, start, end)
    const made = { source: pick(random, homes[who]), user: OWNERS[who], known: true }
    if (chance(random, 0.04)) attempts.push({ ...made, time: second(time) - 5 * SECOND, accepted: false })
    attempts.push({ ...made, time: second(time), accepted: true })
  }
  return {
    attempts: inTimeOrder(attempts.filter(one => one.time >= start)),
    knocks: inTimeOrder(knocks),
    users: OWNERS,
    addresses,
  }
}
