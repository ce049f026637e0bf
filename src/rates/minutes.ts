/**
 * What is usual, minute by minute, for many series: the mean of the last 30 clean minutes, a slow mean, and how restless the
 * counts are. Minutes of an alarm are frozen out by the caller; counts beyond the 99.9 % quantile of what was expected
 * count as that quantile in the means.
 *
 * The slow mean is the discounted Gamma-Poisson rate (kit/math/gamma-poisson.ts) in steps of a minute, its half-life 14 days.
 * The dispersion phi is measured against what was expected: sum (x - m)^2 - x over sum m^2, so that it holds the
 * misjudgement of the mean as well as the restlessness of the counts.
 */
import { criticalCount, negativeBinomialTail } from '../kit/math/tails.ts'
import { asArray, asNumber, type Json } from '../kit/state/primitive.ts'

/** Minutes of the rolling baseline. */
export const BASELINE = 30
const WHAT = 'minutes of rates'
const SLOW = 2 ** (-1 / (14 * 1440))
/** Restlessness is remembered for two days' half-life: servers change their habits. */
const SPREAD = 2 ** (-1 / (2 * 1440))
/** Before anything is known: one event in two minutes, as restless as page views. */
const PRIOR = { events: 0.5, minutes: 1, spread: 1 }
const LEAST_DISPERSION = 0.02
/** A silence longer than this (12 h) is a log that was not written. */
const MOST_SILENCE = 720
const LOG_QUANTILE = -3

/**
 * `size` series by number. A series' minutes must be closed in their order, each once; `season` is the factor of the
 * hour of the week, 1 for none.
 */
export class Minutes {
  readonly size: number
  /** Minutes observed, by series. */
  readonly seen: Float64Array
  readonly #ring: Float64Array
  readonly #filled: Uint8Array
  readonly #head: Uint8Array
  readonly #short: Float64Array
  readonly #slowEvents: Float64Array
  readonly #slowMinutes: Float64Array
  readonly #spread: Float64Array
  readonly #spreadBase: Float64Array

  constructor(size: number) {
    this.size = size
    this.seen = new Float64Array(size)
    this.#ring = new Float64Array(size * BASELINE)
    this.#filled = new Uint8Array(size)
    this.#head = new Uint8Array(size)
    this.#short = new Float64Array(size)
    this.#slowEvents = new Float64Array(size)
    this.#slowMinutes = new Float64Array(size)
    this.#spread = new Float64Array(size)
    this.#spreadBase = new Float64Array(size)
  }

  /** Forgets a series. */
  clear(series: number): void {
    for (const array of this.#arrays()) array[series] = 0
    this.#ring.fill(0, series * BASELINE, (series + 1) * BASELINE)
  }

  /** Closes a minute with `x` events; `winsorise` caps it in the means. */
  close(series: number, x: number, season: number, winsorise: boolean): void {
    const mean = this.mean(series, season)
    const capped = winsorise ? this.#capped(series, x, mean) : x
    this.#push(series, capped)
    this.#slowEvents[series] = this.#slowEvents[series] * SLOW + capped
    this.#slowMinutes[series] = this.#slowMinutes[series] * SLOW + 1
    this.#spread[series] = this.#spread[series] * SPREAD + (x - mean) ** 2 - x
    this.#spreadBase[series] = this.#spreadBase[series] * SPREAD + mean * mean
    this.seen[series]++
  }

  /** Closes `count` minutes in which nothing happened. */
  closeQuiet(series: number, count: number, season: number): void {
    if (count > MOST_SILENCE) return
    for (let i = 0; i < count; i++) this.close(series, 0, season, false)
  }

  #capped(series: number, x: number, mean: number): number {
    if (x <= mean) return x
    const shape = this.shape(series)
    // Only counts far out are worth the search for the quantile.
    if (x <= mean + 3 * Math.sqrt(mean + (mean * mean) / shape)) return x
    // One look at the tail spares the search where the count is not beyond the quantile after all.
    if (negativeBinomialTail(x, mean, shape) > LOG_QUANTILE) return x
    return Math.min(x, criticalCount(mean, shape, LOG_QUANTILE) - 1)
  }

  #push(series: number, x: number): void {
    const base = series * BASELINE
    if (this.#filled[series] < BASELINE) {
      this.#ring[base + this.#filled[series]++] = x
      this.#short[series] += x
      return
    }
    const at = base + this.#head[series]
    this.#short[series] += x - this.#ring[at]
    this.#ring[at] = x
    this.#head[series] = (this.#head[series] + 1) % BASELINE
  }

  /** Mean of the last 30 clean minutes; 0 where there is none. */
  recent(series: number): number {
    const filled = this.#filled[series]
    return filled === 0 ? 0 : Math.max(0, this.#short[series]) / filled
  }

  /** Standard deviation of the last 30 clean minutes. */
  deviation(series: number): number {
    const filled = this.#filled[series]
    if (filled < 2) return 0
    const mean = this.recent(series)
    let squares = 0
    for (let i = 0; i < filled; i++) squares += (this.#ring[series * BASELINE + i] - mean) ** 2
    return Math.sqrt(squares / (filled - 1))
  }

  /** Events a minute over weeks. */
  slow(series: number): number {
    return (PRIOR.events + this.#slowEvents[series]) / (PRIOR.minutes + this.#slowMinutes[series])
  }

  /** What a minute is expected to hold: the more of what the last half hour and what the hour in question had. */
  mean(series: number, season: number): number {
    return Math.max(this.recent(series), season * this.slow(series))
  }

  /** phi, and the uncertainty of the mean, as the shape of a negative binomial count: 1/r = 1/a + phi. */
  shape(series: number): number {
    const dispersion = Math.max(
      LEAST_DISPERSION,
      (PRIOR.spread + this.#spread[series]) / (PRIOR.spread + this.#spreadBase[series]),
    )
    return 1 / (1 / (PRIOR.events + this.#slowEvents[series]) + dispersion)
  }

  /** The counts of the last minutes, the latest first. */
  #latest(series: number): number[] {
    const filled = this.#filled[series]
    const head = filled < BASELINE ? filled : this.#head[series]
    return Array.from(
      { length: filled },
      (_, i) => this.#ring[series * BASELINE + ((head - 1 - i + BASELINE) % BASELINE)],
    )
  }

  /**
   * Adds a series of another part of the same stream, whose latest minute is this one's: counts add up minute by minute,
   * restlessness as that of two independent streams, whose expectations add up too.
   */
  add(series: number, other: Minutes, theirs: number): void {
    const [mine, more] = [this.#latest(series), other.#latest(theirs)]
    const filled = Math.max(mine.length, more.length)
    const sums = Array.from({ length: filled }, (_, i) => (mine[i] ?? 0) + (more[i] ?? 0))
    this.#ring.set(sums.reverse(), series * BASELINE)
    this.#filled[series] = filled
    this.#head[series] = 0
    this.#short[series] = sums.reduce((sum, count) => sum + count, 0)
    this.#slowEvents[series] += other.#slowEvents[theirs]
    this.#slowMinutes[series] = Math.max(this.#slowMinutes[series], other.#slowMinutes[theirs])
    this.#spread[series] += other.#spread[theirs]
    this.#spreadBase[series] = (Math.sqrt(this.#spreadBase[series]) + Math.sqrt(other.#spreadBase[theirs])) ** 2
    this.seen[series] = Math.max(this.seen[series], other.seen[theirs])
  }

  /** Takes another series' minutes for further ones of this: what is known of any one source. */
  pool(series: number, other: Minutes, theirs: number): void {
    for (const count of other.#latest(theirs).reverse()) this.#push(series, count)
    this.#slowEvents[series] += other.#slowEvents[theirs]
    this.#slowMinutes[series] += other.#slowMinutes[theirs]
    this.#spread[series] += other.#spread[theirs]
    this.#spreadBase[series] += other.#spreadBase[theirs]
    this.seen[series] += other.seen[theirs]
  }

  #arrays(): (Float64Array | Uint8Array)[] {
    return [
      this.seen,
      this.#filled,
      this.#head,
      this.#short,
      this.#slowEvents,
      this.#slowMinutes,
      this.#spread,
      this.#spreadBase,
    ]
  }

  /** What weeks have taught, for a model: everything but the last half hour. */
  lesson(series: number): number[] {
    return [
      this.seen[series],
      this.#slowEvents[series],
      this.#slowMinutes[series],
      this.#spread[series],
      this.#spreadBase[series],
    ]
  }

  learn(series: number, lesson: readonly number[]): void {
    const [seen = 0, events = 0, minutes = 0, spread = 0, base = 0] = lesson
    this.seen[series] = seen
    this.#slowEvents[series] = events
    this.#slowMinutes[series] = minutes
    this.#spread[series] = spread
    this.#spreadBase[series] = base
  }

  snapshot(): Json {
    return [...this.#arrays(), this.#ring].map(array => Array.from(array))
  }

  restore(snapshot: Json): void {
    const saved = asArray(snapshot, WHAT)
    for (const [i, array] of [...this.#arrays(), this.#ring].entries()) {
      array.set(asArray(saved[i], WHAT).map(value => asNumber(value, WHAT)))
    }
  }
}
