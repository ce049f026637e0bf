/**
 * The discounted Gamma-Poisson rate: how many events a window normally holds, and how sure we are of it.
 *
 * A rate with a Gamma(a, b) belief predicts negative binomial counts. Old days fade by a factor g a day (West &
 * Harrison, "Bayesian Forecasting and Dynamic Models", 10.8), so the rate may wander; the prior does not fade, so a
 * long silence widens the belief to the prior and never beyond it.
 */
import { requireNonNegative, requirePositive, requireWithin } from './check.ts'
import { negativeBinomialTail } from './tails.ts'

export interface GammaPoissonOptions {
  /** Weight a day keeps after one more day, in (0, 1]. 0.98 is a half-life of 34 days. */
  discount: number
  /** Events the prior claims to have seen ... */
  priorCount: number
  /** ... in this many days. */
  priorDays: number
  /** Extra-Poisson dispersion phi of clean counts: variance = m + phi m^2 beyond the uncertainty of the rate. */
  dispersion: number
}

export const GAMMA_POISSON_DEFAULTS: GammaPoissonOptions = {
  discount: 0.98,
  priorCount: 1,
  priorDays: 2,
  dispersion: 0.02,
}

/** What a state is saved as. Times are in days, on whatever origin the caller counts from. */
export interface GammaPoissonSnapshot {
  /** Discounted events, the prior left out. */
  count: number
  /** Discounted days of observation, the prior left out. */
  exposure: number
  /** The day up to which the state has been aged. */
  day: number
  /** phi in force. */
  dispersion: number
}

/** A negative binomial prediction: mean and shape of the count in a window. */
export interface CountPrediction {
  mean: number
  shape: number
}

/** One rate. Time moves by `advance`; a state never reads a clock. */
export class GammaPoisson {
  readonly options: GammaPoissonOptions
  #count = 0
  #exposure = 0
  #day: number
  #dispersion: number
  readonly #decayRate: number

  /** A state that has seen nothing, at time `day` (in days). Throws RangeError on options out of range. */
  constructor(day: number, options: Partial<GammaPoissonOptions> = {}) {
    this.options = { ...GAMMA_POISSON_DEFAULTS, ...options }
    requireWithin('discount', this.options.discount, Number.MIN_VALUE, 1)
    requirePositive('priorCount', this.options.priorCount)
    requirePositive('priorDays', this.options.priorDays)
    requireNonNegative('dispersion', this.options.dispersion)
    this.#day = requireWithin('day', day, -Number.MAX_VALUE, Number.MAX_VALUE)
    this.#dispersion = this.options.dispersion
    this.#decayRate = -Math.log(this.options.discount)
  }

  /** The day up to which the state has been aged. */
  get day(): number {
    return this.#day
  }

  /** a of the posterior Gamma(a, b): prior and discounted events. */
  get count(): number {
    return this.options.priorCount + this.#count
  }

  /** b of the posterior Gamma(a, b), in days: prior and discounted time of observation. */
  get exposure(): number {
    return this.options.priorDays + this.#exposure
  }

  /** Expected events a day. */
  get rate(): number {
    return this.count / this.exposure
  }

  /** Shape of every prediction: 1/r = 1/a + phi, the uncertainty of the rate and the restlessness of the counts. */
  get shape(): number {
    return 1 / (1 / this.count + this.#dispersion)
  }

  /**
   * Ages the state to `day`. The time passed counts as observed, unless `observed` is false (a gap in the log, a time
   * shut out because of an alarm): then the past fades and nothing is learned. A day before the current one is ignored.
   */
  advance(day: number, observed = true): void {
    const passed = day - this.#day
    if (!(passed > 0)) return
    const kept = Math.exp(-this.#decayRate * passed)
    this.#count *= kept
    this.#exposure *= kept
    // Each instant of the interval fades from its own time: the integral of g^age from 0 to `passed`.
    if (observed)
      this.#exposure += this.#decayRate > 0 ? -Math.expm1(-this.#decayRate * passed) / this.#decayRate : passed
    this.#day = day
  }

  /** Adds events at the current day. */
  observe(count = 1): void {
    this.#count += requireNonNegative('count', count)
  }

  /** Replaces the dispersion phi, once clean daily counts have been measured (`estimateDispersion`). */
  setDispersion(dispersion: number): void {
    this.#dispersion = requireNonNegative('dispersion', dispersion)
  }

  /** Mean of the count in a window of `days`, times a seasonal factor. */
  mean(days: number, season = 1): number {
    return (season * this.count * days) / this.exposure
  }

  /** The predictive law of the count in a window of `days`: NB(shape, mean), where 1/r = 1/a + phi. */
  predictive(days: number, season = 1): CountPrediction {
    return { mean: this.mean(days, season), shape: this.shape }
  }

  /** log10 P(C >= c) for the count of a window of `days`. */
  tail(c: number, days: number, season = 1): number {
    return negativeBinomialTail(c, this.mean(days, season), this.shape)
  }

  /**
   * Adds what another node saw of the same rate; both are aged to the later of the two days first. Exposures add up, so
   * the result is the rate per node and day: right for halves of one log, and for the mean of several hosts.
   */
  merge(other: GammaPoissonSnapshot): void {
    this.advance(other.day, false)
    const kept = Math.exp(-this.#decayRate * (this.#day - other.day))
    this.#count += kept * other.count
    this.#exposure += kept * other.exposure
  }

  snapshot(): GammaPoissonSnapshot {
    return { count: this.#count, exposure: this.#exposure, day: this.#day, dispersion: this.#dispersion }
  }

  /** Puts a saved state back. Throws RangeError when it is not one. */
  restore(saved: GammaPoissonSnapshot): void {
    this.#count = requireNonNegative('count of the saved state', saved.count)
    this.#exposure = requireNonNegative('exposure of the saved state', saved.exposure)
    this.#day = requireWithin('day of the saved state', saved.day, -Number.MAX_VALUE, Number.MAX_VALUE)
    this.#dispersion = requireNonNegative('dispersion of the saved state', saved.dispersion)
  }
}

/**
 * phi of clean counts (a day each, say), by moments: (variance - mean) / mean^2, at least `floor`. The floor stands for
 * the restlessness that a short log cannot show. Fewer than two counts, or only zeros, give the floor.
 */
export function estimateDispersion(counts: ArrayLike<number>, floor = 0.02): number {
  const n = counts.length
  let sum = 0
  for (let i = 0; i < n; i++) sum += requireNonNegative(`counts[${i}]`, counts[i])
  if (n < 2 || sum === 0) return floor
  const mean = sum / n
  let squares = 0
  for (let i = 0; i < n; i++) squares += (counts[i] - mean) ** 2
  return Math.max(floor, (squares / (n - 1) - mean) / (mean * mean))
}
