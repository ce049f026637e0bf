/** The negative control: owners at their most suspicious. Nothing here is an attack, and nobody may be accused of it. */
import type { Random } from '../../src/core/random.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/time.ts'
import { ownAddress } from '../../src/generate/addresses.ts'
import { chance, pick, whole } from '../../src/generate/draw.ts'
import { ownerMoment } from '../../src/generate/law.ts'
import type { Attempt } from './attempt.ts'
import { inTimeOrder } from './attempt.ts'
import type { Background } from './background.ts'

export interface Chaos {
  readonly attempts: readonly Attempt[]
  /** Who may not be accused. */
  readonly sources: ReadonlySet<string>
}

/** All of it within [from, to): travel, carrier-grade translation, a changed password, retrying keys, a job as root. */
export function legitimateChaos(background: Background, from: number, to: number, random: Random): Chaos {
  const lists = [travel, carrier, changedPassword, retryingKeys, rootJob].map(play =>
    play(background, from, to, random),
  )
  const attempts = lists.flat().filter(one => one.time >= from && one.time < to)
  return {
    attempts: inTimeOrder(attempts.map(one => ({ ...one, time: Math.floor(one.time / SECOND) * SECOND }))),
    sources: new Set(attempts.map(one => one.source)),
  }
}

type Play = (background: Background, from: number, to: number, random: Random) => Attempt[]

/** A week of hotels, stations and telephones: a new address for every login, and now and then a wrong password. */
const travel: Play = ({ users, addresses }, from, to, random) => {
  const user = pick(random, users)
  const start = from + random.next() * Math.max(1, to - from - 7 * DAY)
  return Array.from({ length: whole(random, 8, 14) }, () => addresses.stranger()).flatMap(source => {
    const time = ownerMoment(random, start, start + 7 * DAY, 6)
    const slips = chance(random, 0.4) ? whole(random, 1, 2) : 0
    return typed(user, source, time, slips)
  })
}

/** Behind a carrier's translator the same telephone has another address of one network each time. */
const carrier: Play = ({ users }, from, to, random) => {
  const user = pick(random, users)
  return Array.from({ length: 60 }, () =>
    typed(user, ownAddress(random, 2), ownerMoment(random, from, to), chance(random, 0.1) ? 1 : 0),
  ).flat()
}

/** The password was changed, and neither the head nor the mail program knows it yet. */
const changedPassword: Play = ({ users, attempts }, from, to, random) => {
  const user = pick(random, users)
  const source = attempts.find(one => one.accepted && one.user === user)?.source ?? ownAddress(random, 0)
  const start = from + random.next() * (to - from - DAY)
  return typed(user, source, start, whole(random, 20, 45))
}

/** Three build machines with a stale key try every two minutes until somebody puts the new one in. */
const retryingKeys: Play = ({ users }, from, to, random) => {
  const user = pick(random, users)
  const runners = [0, 1, 2].map(() => ownAddress(random, 1))
  const start = from + random.next() * (to - from - DAY)
  const attempts: Attempt[] = []
  for (let time = start; time < start + 5 * HOUR; time += 2 * MINUTE) {
    for (const source of runners)
      attempts.push({ time: time + random.next() * 20 * SECOND, source, user, known: true, accepted: false })
  }
  for (const source of runners)
    attempts.push({ time: start + 5 * HOUR + 3 * MINUTE, source, user, known: true, accepted: true })
  return attempts
}

/** A job that logs in as root by password every ten minutes, for ever, and fails when the host is busy. */
const rootJob: Play = (_, from, to, random) => {
  const source = ownAddress(random, 0)
  const attempts: Attempt[] = []
  for (let time = from; time < to; time += 10 * MINUTE) {
    const moment = time + random.next() * 30 * SECOND
    if (chance(random, 0.02))
      attempts.push({ time: moment - 4 * SECOND, source, user: 'root', known: true, accepted: false })
    attempts.push({ time: moment, source, user: 'root', known: true, accepted: true })
  }
  return attempts
}

function typed(user: string, source: string, time: number, slips: number): Attempt[] {
  const attempts: Attempt[] = []
  for (let i = slips; i > 0; i--)
    attempts.push({ time: time - i * 11 * SECOND, source, user, known: true, accepted: false })
  attempts.push({ time, source, user, known: true, accepted: true })
  return attempts
}
