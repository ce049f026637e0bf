/**
 * Tails of count laws as log10 P(C >= c). Counts, not z-scores, are what an alarm is judged by (a z > 3 rule on Poisson
 * counts raises hundreds of false alarms a week), and log10 because the tails that matter lie beyond 1e-300.
 *
 * The negative binomial law has mean m and shape r (variance m + m^2/r); r = Infinity is the Poisson law.
 */
import { logBetaInc } from './beta.ts'
import { requireNonNegative, requireWithin } from './check.ts'
import { EPSILON, LOG_2PI, log1mexp, MAX_TERMS, relativeDeviance, stirlingError, TINY } from './gamma.ts'

/** Above this shape a double cannot tell the negative binomial law from the Poisson law. */
const POISSON_FROM = 1e20
/** Means beyond these count as these: products and ratios of counts must stay finite, and no rate is so low or high. */
const LEAST_MEAN = 1e-280
const MOST_MEAN = 1e150
/** From this count on a sum over all smaller counts is avoided. */
const LONG_SUM = 1000

/**
 * log P(C = c), c a whole number of 0 or more, mean >= 0, shape > 0 or Infinity. Not checked: it is called inside
 * loops.
 */
export function logNegativeBinomialPmf(c: number, mean: number, shape: number): number {
  if (mean === 0) return c === 0 ? 0 : -Infinity
  const poisson = shape > POISSON_FROM
  if (c === 0) return poisson ? -mean : -shape * Math.log1p(mean / shape)
  const logRoot = -0.5 * (LOG_2PI + Math.log(c))
  if (poisson) return logRoot - stirlingError(c) - mean * relativeDeviance((c - mean) / mean)
  // Loader's binomial deviance with n = c + r trials; the surpluses are written out because c - n m/(r+m) would cancel.
  const n = c + shape
  const scale = n / (shape + mean)
  const deviance =
    mean * scale * relativeDeviance((shape * (c - mean)) / (mean * n)) +
    shape * scale * relativeDeviance((mean - c) / n)
  const stirling = stirlingError(n) - stirlingError(c) - stirlingError(shape)
  return logRoot + stirling - deviance + 0.5 * Math.log(shape / n)
}

/**
 * log10 P(C >= c) for a negative binomial count of the given mean and shape (Infinity: Poisson). `c` is rounded up to a
 * whole number, since counts are whole. 0 when c <= 0; -Infinity when the mean is 0 and c > 0. Relative error of the
 * logarithm below 1e-11 for counts up to a million and shapes above 1e-6. Throws RangeError when an argument is NaN,
 * negative or out of range.
 *
 * P(C >= c) = I_x(c, r) with x = m/(r+m), which is P(C = c) times the continued fraction A&S 26.5.8. The fraction's
 * limit for r = Infinity is that of the incomplete gamma function, so that one routine serves both laws.
 */
export function negativeBinomialTail(c: number, mean: number, shape: number): number {
  requireNonNegative('mean of the count', mean)
  if (!(shape > 0)) throw new RangeError(`shape of the count is ${shape}; expected a number above 0, or Infinity`)
  if (!(c < Infinity)) throw new RangeError(`count is ${c}; expected a finite number`)
  if (c <= 0) return 0
  if (mean === 0) return -Infinity
  const bounded = Math.min(MOST_MEAN, Math.max(LEAST_MEAN, mean))
  return logTail(Math.ceil(c), bounded, shape) / Math.LN10
}

function logTail(count: number, mean: number, shape: number): number {
  if (count === 1) return log1mexp(logNegativeBinomialPmf(0, mean, shape))
  if (count > mean) {
    const fraction = tailFraction(count, mean, shape)
    return Math.min(0, logNegativeBinomialPmf(count, mean, shape) + Math.log(fraction))
  }
  return log1mexp(Math.min(0, logBelow(count, mean, shape)))
}

/** log10 P(C >= c) for a Poisson count. See `negativeBinomialTail`. */
export function poissonTail(c: number, mean: number): number {
  return negativeBinomialTail(c, mean, Infinity)
}

/**
 * The smallest count c with log10 P(C >= c) <= log10p. While mean and shape stand still (between two updates of a
 * baseline) "is this count in the tail?" is one comparison with it: the quick way for code called on every event.
 * One less is the 1 - 10^log10p quantile of the count, at which buckets are winsorised.
 */
export function criticalCount(mean: number, shape: number, log10p: number): number {
  requireNonNegative('mean of the count', mean)
  requireWithin('log10 of the tail', log10p, -1e6, 0)
  if (mean === 0) return log10p === 0 ? 0 : 1
  if (log10p === 0) return 0
  let low = 0
  let high = Math.ceil(mean) + 1
  while (negativeBinomialTail(high, mean, shape) > log10p) {
    low = high
    high *= 2
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (negativeBinomialTail(middle, mean, shape) <= log10p) high = middle
    else low = middle
  }
  return high
}

/** A&S 26.5.8 for I_x(c, r), x = m/(r+m), modified Lentz; (r - j) x and (c + r + j) x tend to m as r grows. */
function tailFraction(count: number, mean: number, shape: number): number {
  const poisson = shape > POISSON_FROM
  const x = poisson ? 0 : mean / (shape + mean)
  // r x = m r/(r+m), the one product that must not become Infinity * 0.
  const rx = poisson ? mean : mean / (1 + mean / shape)
  let c = 1
  let d = 1 / (1 - (count * x + rx) / (count + 1) || TINY)
  let h = d
  for (let j = 1; j < MAX_TERMS; j++) {
    const here = count + 2 * j
    const even = (j * (rx - j * x)) / ((here - 1) * here)
    d = 1 / (1 + even * d || TINY)
    c = 1 + even / c || TINY
    h *= d * c
    const odd = (-(count + j) * ((count + j) * x + rx)) / (here * (here + 1))
    d = 1 / (1 + odd * d || TINY)
    c = 1 + odd / c || TINY
    const factor = d * c
    h *= factor
    if (Math.abs(factor - 1) <= EPSILON) break
  }
  return h
}

/**
 * log P(C < c), summed down from c - 1: all terms are positive, and they vanish within a few standard deviations. Where
 * those are many thousands of terms the continued fraction is quicker; for large shapes only the sum keeps its digits.
 */
function logBelow(count: number, mean: number, shape: number): number {
  if (count > LONG_SUM && shape < 1e6) return logBetaInc(shape, count, shape / (shape + mean), mean / (shape + mean))
  const poisson = shape > POISSON_FROM
  const growth = poisson ? 1 / mean : (shape + mean) / mean
  let term = 1
  let sum = 1
  for (let k = count - 1; k > 0; k--) {
    term *= poisson ? k * growth : (k / (k - 1 + shape)) * growth
    sum += term
    if (term < sum * EPSILON && k < mean) break
  }
  return logNegativeBinomialPmf(count - 1, mean, shape) + Math.log(sum)
}
