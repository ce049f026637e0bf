/**
 * Whether the wall clock can be believed. A clock that leaps (a battery that is empty, a wrong server of time) must not
 * make what was found yesterday a year old, and have it thrown away.
 */
import { DAY, MINUTE } from '../../core/time.ts'
import type { DaemonLog } from './daemon-log.ts'

/** What a clock may be off after a second or so of ours. */
const LEAP = MINUTE
/** After so long nobody has set it back: it is right. */
const SURE_AFTER = DAY

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
