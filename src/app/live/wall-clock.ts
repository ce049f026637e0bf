/**
 * Whether the wall clock can be believed. A clock that leaps (a battery that is empty, a wrong server of time) must not
 * make what was found yesterday a year old, and have it thrown away.
 */
import { DAY, MINUTE } from '../../core/time.ts'
import type { DaemonLog } from './daemon-log.ts'

/** Stamps this near to the wall clock are right. */
const LEAST_SKEW = 10 * MINUTE
/** What a clock may be off after a second or so of ours. */
const LEAP = MINUTE
/** After so long nobody has set it back: it is right. */
const SURE_AFTER = DAY

/**
 * Compares the wall clock with a steady one at every look; sure from a day after the last leap on, and from the
 * beginning where there was none.
 */
export class WallClock {
  /** Wall clock less steady clock at the last look. */
  #offset = Number.NaN
  #leaptAt = Number.NEGATIVE_INFINITY

  /** Compares the two clocks, milliseconds each; says where the wall clock was set. */
  look(now: number, time: number, log: Pick<DaemonLog, 'warn'>): void {
    const leap = now - time - this.#offset
    this.#offset = now - time
    if (!(Math.abs(leap) > LEAP)) return
    this.#leaptAt = time
    log.warn(
      `the clock was set ${leap > 0 ? 'forward' : 'back'} by ${Math.round(Math.abs(leap) / MINUTE)} minutes; nothing is thrown away for its age until it has been right for a day`,
    )
  }

  /** Whether what is old by it may be thrown away. */
  isSure(time: number): boolean {
    return time - this.#leaptAt >= SURE_AFTER
  }
}

/**
 * How far the stamp of a line that has just been written lies behind the wall clock, both milliseconds: what the logs'
 * clock or zone is off, and not the moment that a line takes. 0 before the first stamp (NaN).
 */
export function skewOf(stamp: number, now: number): number {
  const behind = now - stamp
  return Math.abs(behind) < LEAST_SKEW || Number.isNaN(behind) ? 0 : behind
}
