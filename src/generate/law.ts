/**
 * The measured law of a real server's strangers, and the rhythms of its owners. Attacks draw from the same functions
 * as the background, so that no single event tells which of the two it is.
 */
import type { Random } from '../core/random.ts'
import { DAY, HOUR, MINUTE } from '../core/time.ts'
import { between, chance, draw, logUniform, weighted, whole } from './draw.ts'

/** Keeps whole microseconds: no format writes more, and a float's tail must not decide an order. */
export const micro = (time: number): number => Math.round(time * 1000) / 1000

/** Hardly more traffic by day than by night: strangers live in every time zone. */
const STRANGER_SWING = 0.12

/** A moment in [from, to), milliseconds, a little likelier around 15 h UTC than by night. */
export function strangerMoment(random: Random, from: number, to: number): number {
  for (;;) {
    const time = between(random, from, to)
    const hour = (time % DAY) / HOUR
    if (random.next() * (1 + STRANGER_SWING) < 1 + STRANGER_SWING * Math.cos(((hour - 15) / 12) * Math.PI))
      return micro(time)
  }
}

/** Weights of the hours of a working day; people also work a little in the evening. */
const WORK_HOURS = [
  0.1, 0.05, 0.02, 0.01, 0.01, 0.03, 0.15, 0.5, 1.2, 2, 2.2, 2, 1.4, 1.7, 2.1, 2, 1.8, 1.3, 0.8, 0.6, 0.6, 0.6, 0.4,
  0.2,
]
const WORK_PEAK = 2.2
const WEEKEND = 0.25

/** A moment of the owners' week. `shift` moves their working day by hours. */
export function ownerMoment(random: Random, from: number, to: number, shift = 0): number {
  for (;;) {
    const time = between(random, from, to)
    const local = time + shift * HOUR
    const day = Math.floor(local / DAY)
    // 1970-01-01 was a Thursday: days 2 and 3 of the count modulo 7 are Saturday and Sunday.
    const weekend = day % 7 === 2 || day % 7 === 3
    const weight = WORK_HOURS[Math.floor((local - day * DAY) / HOUR)] * (weekend ? WEEKEND : 1)
    if (random.next() * WORK_PEAK < weight) return micro(time)
  }
}

/** Web visitors: a broad evening peak, and nights that are never empty. */
export function visitorMoment(random: Random, from: number, to: number): number {
  for (;;) {
    const time = between(random, from, to)
    const hour = (time % DAY) / HOUR
    const weekend = Math.floor(time / DAY) % 7 === 2 || Math.floor(time / DAY) % 7 === 3
    const weight = (1 + 0.75 * Math.cos(((hour - 17) / 12) * Math.PI)) * (weekend ? 0.8 : 1)
    if (random.next() * 1.75 < weight) return micro(time)
  }
}

/** How often a stranger comes back: 87 % never do. */
export type Persistence = 'once' | 'again' | 'stubborn'
const PERSISTENCE = weighted<Persistence>([
  ['once', 0.87],
  ['again', 0.1],
  ['stubborn', 0.03],
])

/** How often one stranger comes, drawn by the measured shares. */
export function persistence(random: Random): Persistence {
  return draw(random, PERSISTENCE)
}

/** The moments of a stranger's visits, the first at `first`. */
export function visits(random: Random, kind: Persistence, first: number, end: number): number[] {
  const times = [first]
  if (kind === 'once') return times
  const count = kind === 'again' ? whole(random, 2, 5) : Math.round(logUniform(random, 6, 60))
  const pause = kind === 'again' ? logUniform(random, 2 * MINUTE, 2 * DAY) : logUniform(random, 10 * MINUTE, 8 * HOUR)
  let time = first
  while (times.length < count) {
    time = micro(time + pause * (0.2 + random.exponential()))
    if (time >= end) break
    times.push(time)
  }
  return times
}

/** Tries within one connection of somebody who does not come to stay. */
export function fewTries(random: Random): number {
  return chance(random, 0.72) ? 1 : 2
}

/** Tries within one connection of a stubborn stranger: sshd ends the connection at the sixth. */
const STUBBORN_TRIES = weighted([
  [1, 0.45],
  [2, 0.2],
  [3, 0.15],
  [6, 0.2],
])

/** 1, 2, 3 or 6 tries, drawn by the measured shares. */
export function stubbornTries(random: Random): number {
  return draw(random, STUBBORN_TRIES)
}

/** Source ports: Linux' ephemeral range for the most part; translators and other systems use the rest. */
export function sourcePort(random: Random): number {
  return chance(random, 0.82) ? whole(random, 32768, 60999) : whole(random, 1025, 65535)
}

/** PAM makes the guesser wait: two seconds, give or take half of it (pam_fail_delay). */
export function failDelay(random: Random): number {
  return between(random, 1500, 2900)
}

/** A round trip and a little work on both sides. */
export function networkPause(random: Random): number {
  return logUniform(random, 60, 900)
}
