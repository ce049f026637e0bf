/**
 * The gamma function and its incomplete integrals, in log space, so that a tail of 1e-300 (or 1e-3000) keeps its
 * digits. Precision comes from C. Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000): Stirling's
 * formula and a deviance, neither of which cancels, instead of differences of large lgamma values.
 */
import { requirePositive } from './check.ts'

export const LOG_2PI = Math.log(2 * Math.PI)
const HALF_LOG_2PI = LOG_2PI / 2

/**
 * Where continued fractions and series stop: two units in the last place, for one may never be met. The number of terms
 * is bounded too, so that no input can hang the program.
 */
export const EPSILON = 4e-16
export const MAX_TERMS = 200_000
/** Lentz's method replaces a zero denominator with this. */
export const TINY = 1e-300

/**
 * log(1 - exp(x)) for x <= 0, without cancellation at either end (Mächler 2012, "Accurately computing
 * log(1-exp(-|a|))").
 */
export function log1mexp(x: number): number {
  return x > -Math.LN2 ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x))
}

const STIRLING_SERIES_FROM = 16
const SMALL_STIRLING = new Float64Array(STIRLING_SERIES_FROM)
for (let n = 1; n < STIRLING_SERIES_FROM; n++) SMALL_STIRLING[n] = stirlingByRecurrence(n)

/**
 * The error of Stirling's formula, delta(n) = log n! - [(n + 1/2) log n - n + log(2 pi)/2], for real n > 0; 0 at
 * infinity. Loader 2000, section 3; asymptotic series of Abramowitz & Stegun 6.1.41.
 */
export function stirlingError(n: number): number {
  if (n >= STIRLING_SERIES_FROM) return stirlingSeries(n)
  return SMALL_STIRLING[n] || stirlingByRecurrence(n)
}

function stirlingSeries(n: number): number {
  const s = 1 / (n * n)
  return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - (1 / 1188 - (691 / 360360) * s) * s) * s) * s) * s) / n
}

/** delta(n) = delta(n + 1) + (n + 1/2) log(1 + 1/n) - 1, walked up to where the series is exact. */
function stirlingByRecurrence(n: number): number {
  let sum = 0
  let k = n
  for (; k < STIRLING_SERIES_FROM; k++) sum += (k + 0.5) * Math.log1p(1 / k) - 1
  return sum + stirlingSeries(k)
}

/** log of the gamma function for x > 0. Absolute error near 1e-15 where the result is small. Throws RangeError else. */
export function lgamma(x: number): number {
  requirePositive('x of lgamma', x)
  return (x - 0.5) * Math.log(x) - x + HALF_LOG_2PI + stirlingError(x)
}

/** log of the beta function B(a, b), a and b > 0. */
export function logBeta(a: number, b: number): number {
  requirePositive('a of logBeta', a)
  requirePositive('b of logBeta', b)
  const powers = a * Math.log1p(b / a) + b * Math.log1p(a / b)
  const root = 0.5 * (Math.log(a) + Math.log(b) - Math.log(a + b))
  return HALF_LOG_2PI - root - powers + stirlingError(a) + stirlingError(b) - stirlingError(a + b)
}

/**
 * phi(e) = (1 + e) log(1 + e) - e for e >= -1: the deviance of an observation (1 + e) times what was expected, per unit
 * expected. Loader's bd0 in relative form; a series near e = 0, where the plain formula cancels.
 */
export function relativeDeviance(e: number): number {
  if (e <= -1) return 1
  if (e > 0.25 || e < -0.2) return (1 + e) * Math.log1p(e) - e
  const v = e / (2 + e)
  const square = v * v
  let power = 2 * (1 + e) * v
  let sum = e * v
  for (let j = 3; j < 60; j += 2) {
    power *= square
    const next = sum + power / j
    if (next === sum) break
    sum = next
  }
  return sum
}

/** log of x^a e^-x / Gamma(a + 1), the Poisson mass at a real count `a` for mean x > 0. */
export function logPoissonKernel(a: number, x: number): number {
  return -stirlingError(a) - x * relativeDeviance((a - x) / x) - HALF_LOG_2PI - 0.5 * Math.log(a)
}

/** log P(a, x), the regularised lower incomplete gamma function (A&S 6.5.1), a > 0, x >= 0. Throws RangeError else. */
export function logGammaP(a: number, x: number): number {
  checkArguments(a, x)
  if (x === 0) return -Infinity
  if (x === Infinity) return 0
  return x < a + 1 ? logLowerSeries(a, x) : log1mexp(logUpperFraction(a, x))
}

/** log Q(a, x) = log(1 - P(a, x)), the regularised upper incomplete gamma function, accurate in the far tail. */
export function logGammaQ(a: number, x: number): number {
  checkArguments(a, x)
  if (x === 0) return 0
  if (x === Infinity) return -Infinity
  return x < a + 1 ? log1mexp(logLowerSeries(a, x)) : logUpperFraction(a, x)
}

function checkArguments(a: number, x: number): void {
  requirePositive('shape of the incomplete gamma function', a)
  if (!(x >= 0)) throw new RangeError(`x of the incomplete gamma function is ${x}; expected 0 or more`)
}

/** A&S 6.5.29: P(a, x) = x^a e^-x / Gamma(a + 1) * (1 + x/(a+1) + x^2/((a+1)(a+2)) + ...). */
function logLowerSeries(a: number, x: number): number {
  let term = 1
  let sum = 1
  for (let j = 1; j < MAX_TERMS && term > sum * EPSILON; j++) {
    term *= x / (a + j)
    sum += term
  }
  // Rounding may carry a probability just past 1.
  return Math.min(0, logPoissonKernel(a, x) + Math.log(sum))
}

/** A&S 6.5.31 (Legendre's continued fraction) by the modified Lentz method, Numerical Recipes 6.2. */
function logUpperFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = 1 / TINY
  let d = 1 / b
  let h = d
  for (let i = 1; i < MAX_TERMS; i++) {
    const numerator = -i * (i - a)
    b += 2
    d = 1 / (numerator * d + b || TINY)
    c = b + numerator / c || TINY
    const factor = c * d
    h *= factor
    if (Math.abs(factor - 1) <= EPSILON) break
  }
  return Math.min(0, logPoissonKernel(a, x) + Math.log(a) + Math.log(h))
}
