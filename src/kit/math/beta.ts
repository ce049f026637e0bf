/** The incomplete beta function in log space, its inverse, and the beta-binomial law. */
import { requireInteger, requirePositive, requireWithin } from './check.ts'
import { EPSILON, LOG_2PI, log1mexp, logBeta, MAX_TERMS, relativeDeviance, stirlingError, TINY } from './gamma.ts'
import { invertIncreasing } from './invert.ts'

/**
 * log I_x(a, b), the regularised incomplete beta function (A&S 26.5.1) for a, b > 0 and x in [0, 1]. `y` may be given
 * where 1 - x is known better than by subtraction. Throws RangeError on arguments outside their range.
 */
export function logBetaInc(a: number, b: number, x: number, y = 1 - x): number {
  requirePositive('a of the incomplete beta function', a)
  requirePositive('b of the incomplete beta function', b)
  requireWithin('x of the incomplete beta function', x, 0, 1)
  if (x === 0) return -Infinity
  if (y === 0) return 0
  const inTail = x < (a + 1) / (a + b + 2)
  return inTail ? logBetaTail(a, b, x, y) : log1mexp(logBetaTail(b, a, y, x))
}

function logBetaTail(a: number, b: number, x: number, y: number): number {
  return Math.min(0, logBetaKernel(a, b, x, y) - Math.log(a) + Math.log(betaFraction(a, b, x)))
}

/** log of x^a y^b / B(a, b), from the binomial mass of Loader 2000 with real counts. */
function logBetaKernel(a: number, b: number, x: number, y: number): number {
  const n = a + b
  const surplus = (a * y - b * x) / n
  const deviance = n * x * relativeDeviance(surplus / x) + n * y * relativeDeviance(-surplus / y)
  const logRoot = 0.5 * (Math.log(a) + Math.log(b) - Math.log(n) - LOG_2PI)
  return stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance + logRoot
}

/** A&S 26.5.8 by the modified Lentz method (Numerical Recipes 6.4); quick where x < (a + 1) / (a + b + 2). */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || TINY)
  let h = d
  for (let j = 1; j < MAX_TERMS; j++) {
    const even = (j * (b - j) * x) / ((a + 2 * j - 1) * (a + 2 * j))
    d = 1 / (1 + even * d || TINY)
    c = 1 + even / c || TINY
    h *= d * c
    const odd = (-(a + j) * (a + b + j) * x) / ((a + 2 * j) * (a + 2 * j + 1))
    d = 1 / (1 + odd * d || TINY)
    c = 1 + odd / c || TINY
    const factor = d * c
    h *= factor
    if (Math.abs(factor - 1) <= EPSILON) break
  }
  return h
}

/** The x with I_x(a, b) = p, for p in [0, 1]. Throws RangeError on arguments outside their range. */
export function betaQuantile(p: number, a: number, b: number): number {
  requireWithin('probability of the beta quantile', p, 0, 1)
  if (p === 0 || p === 1) return p
  // Solved in the logit, so that quantiles next to 0 keep their digits.
  const logit = invertIncreasing(t => logBetaInc(a, b, logistic(t), logistic(-t)), Math.log(p), -740, 36)
  return logistic(logit)
}

function logistic(t: number): number {
  return t < 0 ? Math.exp(t) / (1 + Math.exp(t)) : 1 / (1 + Math.exp(-t))
}

/**
 * log P(X = x) of the beta-binomial law: x failures of n attempts when the failure probability is Beta(a, b)
 * distributed (Javed & Paxson, CCS 2013, equation of the Global Factor Indicator): C(n,x) B(x+a, n-x+b) / B(a,b).
 */
export function logBetaBinomialPmf(x: number, n: number, a: number, b: number): number {
  requireInteger('n of the beta-binomial law', n, 0)
  if (!Number.isInteger(x) || x < 0 || x > n) return -Infinity
  const logChoose = x === 0 || x === n ? 0 : -Math.log(n + 1) - logBeta(x + 1, n - x + 1)
  return logChoose + logBeta(x + a, n - x + b) - logBeta(a, b)
}

/** The whole beta-binomial law: n + 1 probabilities that sum to 1. */
export function betaBinomialPmf(n: number, a: number, b: number): Float64Array {
  requireInteger('n of the beta-binomial law', n, 0)
  return Float64Array.from({ length: n + 1 }, (_, x) => Math.exp(logBetaBinomialPmf(x, n, a, b)))
}

/** Mean and variance of the beta-binomial law: n pi and n pi (1-pi) (1 + (n-1) rho). */
export function betaBinomialMoments(n: number, a: number, b: number): { mean: number; variance: number } {
  const pi = a / (a + b)
  const rho = 1 / (a + b + 1)
  return { mean: n * pi, variance: n * pi * (1 - pi) * (1 + (n - 1) * rho) }
}

/**
 * Moment estimates of (a, b) from epochs of n attempts with the given failure counts, pulled towards a prior Beta(a0,
 * b0) that weighs as much as `priorEpochs` epochs. Underdispersed counts give a law next to the binomial (a + b = 1e6).
 */
export function fitBetaBinomial(
  failures: ArrayLike<number>,
  n: number,
  prior: { a: number; b: number; epochs: number },
): { a: number; b: number } {
  requireInteger('n of the beta-binomial fit', n, 2)
  const expected = betaBinomialMoments(n, prior.a, prior.b)
  let weight = prior.epochs
  let sum = weight * expected.mean
  let squares = weight * (expected.variance + expected.mean ** 2)
  for (let i = 0; i < failures.length; i++) {
    const count = requireWithin(`failures[${i}]`, failures[i], 0, n)
    weight += 1
    sum += count
    squares += count * count
  }
  requirePositive('epochs of the fit, the prior included,', weight)
  // A rate of exactly 0 or 1 has no spread to estimate; half a failure keeps the law proper.
  const pi = Math.min(1 - 0.5 / (weight * n), Math.max(0.5 / (weight * n), sum / (weight * n)))
  const variance = Math.max(0, squares / weight - (sum / weight) ** 2)
  const rho = (variance / (n * pi * (1 - pi)) - 1) / (n - 1)
  const total = rho > 0 ? Math.min(1e6, Math.max(1e-3, 1 / rho - 1)) : 1e6
  return { a: pi * total, b: (1 - pi) * total }
}
