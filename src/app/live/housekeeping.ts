/** What is too old goes, once an hour, as far as the clock that says so can be believed. */
import { HOUR } from '../../core/time.ts'
import type { LiveParts } from './parts.ts'
import { WallClock } from './wall-clock.ts'

export class Housekeeping {
  readonly #clock = new WallClock()
  #last = Number.NEGATIVE_INFINITY

  /** To be called every second or so; `now` is the wall clock's, `time` a steady one's, milliseconds. */
  look({ setup, session, judge }: LiveParts, now: number, time: number): void {
    this.#clock.look(now, time, setup.log)
    if (time - this.#last <= HOUR) return
    this.#last = time
    if (this.#clock.isSure(time)) setup.memory.write(store => store.prune(setup.retention))
    // A stamp that is a year ahead makes no story of today an old one.
    judge.forget(Math.min(session.latest, now))
  }
}
