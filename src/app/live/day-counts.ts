/** What the daily report counts, hour by hour: the last day's sums, whatever was read when. */
import { HOUR } from '../../core/time.ts'

/** What happened in an hour, or in a day. */
export interface Counts {
  failed: number
  accepted: number
  web: number
  lines: number
}

/** Hours kept before this one and, for stamps that run ahead, after it. */
const KEPT = 25
const AHEAD = 24

const NONE: Counts = { failed: 0, accepted: 0, web: 0, lines: 0 }

/** Fed by the teller; `sum` answers the totals of a period in event time, to the hour. */
export class DayCounts {
  /** By hour since 1970. */
  readonly #hours = new Map<number, Counts>()
  #hour: number

  /** @param now wall clock, milliseconds */
  constructor(now: number) {
    this.#hour = Math.floor(now / HOUR)
  }

  /** Moves on with the wall clock, and forgets what no report asks for any more. */
  tick(now: number): void {
    const hour = Math.floor(now / HOUR)
    if (hour === this.#hour) return
    this.#hour = hour
    for (const known of this.#hours.keys()) if (!this.#isNear(known)) this.#hours.delete(known)
  }

  /** Counts what happened at `time`, milliseconds; what lies further back than a day is history, and in no report. */
  add(what: keyof Counts, amount: number, time: number): void {
    const hour = Math.floor(time / HOUR)
    if (!this.#isNear(hour)) return
    const counts = this.#hours.get(hour) ?? { ...NONE }
    counts[what] += amount
    this.#hours.set(hour, counts)
  }

  /** Counts lines that were read now. */
  addLines(lines: number): void {
    this.add('lines', lines, this.#hour * HOUR)
  }

  #isNear(hour: number): boolean {
    return hour >= this.#hour - KEPT && hour <= this.#hour + AHEAD
  }

  /** The sums of the hours that began after the one `from` is in, up to the one `to` is in. */
  sum(from: number, to: number): Counts {
    const sum = { ...NONE }
    for (const [hour, counts] of this.#hours) {
      if (hour <= Math.floor(from / HOUR) || hour > Math.floor(to / HOUR)) continue
      sum.failed += counts.failed
      sum.accepted += counts.accepted
      sum.web += counts.web
      sum.lines += counts.lines
    }
    return sum
  }

  snapshot(): DayCountsSnapshot {
    return [...this.#hours]
  }

  /** Adds what was counted before a restart. */
  restore(saved: DayCountsSnapshot): void {
    for (const [hour, counts] of saved)
      for (const what of ['failed', 'accepted', 'web', 'lines'] as const) this.add(what, counts[what], hour * HOUR)
  }
}

export type DayCountsSnapshot = readonly (readonly [hour: number, counts: Counts])[]
