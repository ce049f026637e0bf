/**
 * Time, decided once: the year that classic syslog leaves out, the zone that most logs leave out, DST, leap days, New
 * Year, clocks that jump. docs/time.md tells the same for people.
 */
import { FLAG } from '../core/event.ts'
import { DAY, daysFromCivil, HOUR, isLeapYear, MINUTE } from '../core/time.ts'

/** The parsers' stand-in year for stamps without one: a leap year, so that Feb 29 has a place. */
export const STAND_IN_YEAR = 2000
const STAND_IN_START = daysFromCivil(STAND_IN_YEAR, 1, 1) * DAY
const HALF_YEAR = 183 * DAY
/** Past this day of a leap year (Feb 28 has ended) a common year is one day behind. */
const LEAP_DAY_START = 59 * DAY

/** A zone: its offset from UTC in milliseconds (east positive) at a moment. */
export type ZoneOffset = (utc: number) => number

export interface ClockOptions {
  /** The zone of stamps without one. */
  zone: { name: string; offset: ZoneOffset }
  /** The year of the first stamp without one. */
  year: number
  /** No stamp is later than this (the file's change time, or now) by more than a day: the bound that tells New Year from a clock set back. */
  reference: number
}

export interface YearFacts {
  /** First and last stamp without a year, in the stand-in year; `last` is undefined where it cannot be known yet (a stream). */
  first: number
  last?: number | undefined
  /** The latest moment the log can have been written. */
  reference: number
  /** Whether a Feb 29 stands in it. */
  leapDay?: boolean
}

/**
 * The year of a log's first stamp: the latest one with which neither end lies more than a day after the reference.
 * A log is taken to span less than a year; where Feb 29 stands in it, the year (or the next, where New Year comes
 * between) must be a leap year.
 */
export function inferYear({ first, last, reference, leapDay = false }: YearFacts): number {
  const wraps = last !== undefined && last < first - DAY
  let year = new Date(reference).getUTCFullYear()
  const fits = (candidate: number): boolean => {
    const endYear = wraps ? candidate + 1 : candidate
    if (placeInYear(last ?? first, endYear) > reference + DAY) return false
    // Between two New Years there is one Feb 29: of the first year where the log begins before it, else of the next.
    const leapYear = wraps && first - STAND_IN_START > LEAP_DAY_START + DAY ? endYear : candidate
    return !leapDay || isLeapYear(leapYear)
  }
  for (let tries = 0; tries < 12 && !fits(year); tries++) year--
  return year
}

/** A stamp of the stand-in year, moved into `year`. Feb 29 of a common year becomes Mar 1. */
function placeInYear(standIn: number, year: number): number {
  const within = standIn - STAND_IN_START
  const late = within > LEAP_DAY_START && !isLeapYear(year) && within >= LEAP_DAY_START + DAY ? DAY : 0
  return daysFromCivil(year, 1, 1) * DAY + within - late
}

/** Turns one input's stamps into moments. Stateful, in file order. */
export class Clock {
  backsteps = 0
  jumps = 0
  readonly #zone: ClockOptions['zone']
  #reference: number
  readonly #firstYear: number
  #year: number
  #yearStart: number
  #leap: boolean
  #lastStandIn = Number.NaN
  #lastUtc = Number.NEGATIVE_INFINITY
  #usedYear = false
  #usedZone = false
  #quarter = Number.NaN
  #quarterOffset = 0

  constructor(options: ClockOptions) {
    this.#zone = options.zone
    this.#reference = options.reference
    this.#firstYear = options.year
    this.#year = options.year
    this.#yearStart = daysFromCivil(options.year, 1, 1) * DAY
    this.#leap = isLeapYear(options.year)
  }

  /** Live: time has gone on, and stamps up to `now` are no mistake (New Year must be able to come). */
  advance(now: number): void {
    if (now > this.#reference) this.#reference = now
  }

  /** The moment of the next stamp in file order. */
  resolve(time: number, flags: number): number {
    if ((flags & (FLAG.YEARLESS | FLAG.LOCAL)) === 0) {
      this.#lastUtc = time
      return time
    }
    let local = time
    if ((flags & FLAG.YEARLESS) !== 0) local = this.#addYear(time)
    const utc = (flags & FLAG.LOCAL) === 0 ? local : this.#toUtc(local, true)
    this.#lastUtc = utc
    return utc
  }

  /** The moment of a stamp that stood just before one already resolved: for the length of a gap. Changes nothing. */
  resolveEarlier(time: number, flags: number, later: number): number {
    if ((flags & (FLAG.YEARLESS | FLAG.LOCAL)) === 0) return time
    let local = time
    if ((flags & FLAG.YEARLESS) !== 0) {
      local = placeInYear(time, this.#year)
      if (local - later > HALF_YEAR) local = placeInYear(time, this.#year - 1)
    }
    return (flags & FLAG.LOCAL) === 0 ? local : this.#toUtc(local, false)
  }

  #addYear(time: number): number {
    this.#usedYear = true
    const last = this.#lastStandIn
    if (last - time > HALF_YEAR) {
      // December is followed by January: New Year, unless that lies in the future (then a clock was set back).
      if (placeInYear(time, this.#year + 1) <= this.#reference + DAY) this.#setYear(this.#year + 1)
    } else if (time - last > HALF_YEAR && last - STAND_IN_START < 2 * DAY && STAND_IN_START + 364 * DAY <= time) {
      // A line of Dec 31 that was written a little after the first of January: last year's, and the year stays.
      return placeInYear(time, this.#year - 1)
    } else if (this.#goesBack(time, last)) {
      this.#setYear(this.#year - 1)
    }
    this.#lastStandIn = time
    const within = time - STAND_IN_START
    return this.#leap || within < LEAP_DAY_START + DAY ? this.#yearStart + within : this.#yearStart + within - DAY
  }

  /**
   * Whether a log that goes back in time (last, journalctl -r) comes from January to the December before: this year's has not come.
   * One that went forward over a New Year does not turn round.
   */
  #goesBack(time: number, last: number): boolean {
    return (
      time - last > HALF_YEAR && this.#year <= this.#firstYear && placeInYear(time, this.#year) > this.#reference + DAY
    )
  }

  #setYear(year: number): void {
    this.#year = year
    this.#yearStart = daysFromCivil(year, 1, 1) * DAY
    this.#leap = isLeapYear(year)
  }

  #toUtc(local: number, inOrder: boolean): number {
    this.#usedZone = true
    const quarter = Math.floor(local / (15 * MINUTE))
    if (quarter === this.#quarter) return local - this.#quarterOffset
    const { offset } = this.#zone
    const near = local - offset(local)
    const before = offset(near - 3 * HOUR)
    const after = offset(near + 3 * HOUR)
    if (before === after) {
      this.#quarter = quarter
      this.#quarterOffset = before
      return local - before
    }
    // A change of offset is near. In the hour that comes twice the first is meant, unless the log has passed it already.
    const early = local - before
    const late = local - after
    const earlyHolds = offset(early) === before
    const lateHolds = offset(late) === after
    if (earlyHolds && lateHolds) return inOrder && early < this.#lastUtc - 30 * MINUTE ? late : early
    return lateHolds && !earlyHolds ? late : early
  }

  /** What the report says of the stamps. */
  describe(): { zone?: string; year?: string; jumps?: number; backsteps?: number } {
    const year = this.#year === this.#firstYear ? `${this.#year}` : `${this.#firstYear}-${this.#year}`
    return {
      ...(this.#usedZone ? { zone: this.#zone.name } : {}),
      ...(this.#usedYear ? { year } : {}),
      ...(this.jumps > 0 ? { jumps: this.jumps } : {}),
      ...(this.backsteps > 0 ? { backsteps: this.backsteps } : {}),
    }
  }

  snapshot(): {
    year: number
    lastStandIn: number | null
    lastUtc: number | null
    used: [boolean, boolean]
    backsteps: number
    jumps: number
  } {
    const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
    return {
      year: this.#year,
      lastStandIn: finite(this.#lastStandIn),
      lastUtc: finite(this.#lastUtc),
      used: [this.#usedYear, this.#usedZone],
      backsteps: this.backsteps,
      jumps: this.jumps,
    }
  }

  restore(saved: ReturnType<Clock['snapshot']>): void {
    this.#setYear(saved.year)
    this.#lastStandIn = saved.lastStandIn ?? Number.NaN
    this.#lastUtc = saved.lastUtc ?? Number.NEGATIVE_INFINITY
    ;[this.#usedYear, this.#usedZone] = saved.used
    this.backsteps = saved.backsteps
    this.jumps = saved.jumps
  }
}
