/**
 * Cumulative sums (Page 1954): they gather a small, lasting excess that no single window shows.
 * S_t = max(0, S_{t-1} + increment); alarm when S > H. The interval of an alarm starts where S last left 0.
 */
import { requireNonNegative, requirePositive } from './check.ts'

export interface CusumSnapshot {
  value: number
  /** When S last left 0, in the caller's time; undefined while S is 0. */
  since: number | undefined
}

/** One cumulative sum. `time` is whatever the caller counts in. */
export class Cusum {
  readonly threshold: number
  #value = 0
  #since: number | undefined

  /** Throws RangeError unless the threshold H is a finite number of 0 or more. */
  constructor(threshold: number) {
    this.threshold = requireNonNegative('threshold of the CUSUM', threshold)
  }

  /** S. */
  get value(): number {
    return this.#value
  }

  /** When S last left 0: the start of the bracket round an attack; undefined while S is 0. */
  get since(): number | undefined {
    return this.#since
  }

  /** S > H. */
  get alarmed(): boolean {
    return this.#value > this.threshold
  }

  /** S > H/2: something is gathering, so the baseline must not learn from it (a ramp would teach it). */
  get suspicious(): boolean {
    return this.#value > this.threshold / 2
  }

  /** Adds one increment at `time`; true when S is above H afterwards. Throws RangeError on NaN. */
  step(increment: number, time: number): boolean {
    if (Number.isNaN(increment)) throw new RangeError('increment of the CUSUM is NaN; expected a number')
    this.#value = Math.max(0, this.#value + increment)
    if (this.#value === 0) this.#since = undefined
    else this.#since ??= time
    return this.alarmed
  }

  /** Back to 0, after an alarm has been dealt with. */
  reset(): void {
    this.#value = 0
    this.#since = undefined
  }

  snapshot(): CusumSnapshot {
    return { value: this.#value, since: this.#since }
  }

  restore(saved: CusumSnapshot): void {
    this.#value = requireNonNegative('value of the saved CUSUM', saved.value)
    this.#since = saved.since
  }
}

/**
 * The log-likelihood ratio of a count x between a rate `ratio` times the mean and the mean itself, under the negative
 * binomial law: x ln R + (x + r) ln((r + m) / (r + R m)); for shape = Infinity (Poisson) x ln R - (R - 1) m.
 * Feed it to a `Cusum` once an hour to catch ramps.
 */
export function countIncrement(x: number, mean: number, shape: number, ratio = 2): number {
  requireNonNegative('count', x)
  requireNonNegative('mean of the count', mean)
  requirePositive('ratio', ratio)
  if (!(shape > 0)) throw new RangeError(`shape of the count is ${shape}; expected a number above 0, or Infinity`)
  if (shape === Infinity) return x * Math.log(ratio) - (ratio - 1) * mean
  return x * Math.log(ratio) - (x + shape) * Math.log1p(((ratio - 1) * mean) / (shape + mean))
}

/**
 * The increment of Javed & Paxson's aggregate CUSUM (CCS 2013): failures in an epoch of n attempts, less their mean
 * under the beta-binomial law, less half the smallest shift of interest (k = delta / 2).
 */
export function epochIncrement(failures: number, mean: number, k: number): number {
  return failures - mean - k
}
