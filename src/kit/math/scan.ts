/** Evidence put together: the Poisson scan statistic, Fisher's method, and chance co-occurrence of tokens. */
import { requireNonNegative, requireWithin } from './check.ts'
import { logGammaQ } from './gamma.ts'

/**
 * Log-likelihood ratio of the Poisson scan statistic (Kulldorff 1997): N ln(N/m) - (N - m) for N seen where m were
 * expected; 0 when no more were seen than expected. Infinity when something was seen where nothing is possible.
 */
export function poissonScan(seen: number, expected: number): number {
  requireNonNegative('seen', seen)
  requireNonNegative('expected', expected)
  if (seen <= expected) return 0
  return expected === 0 ? Infinity : seen * Math.log(seen / expected) - (seen - expected)
}

/**
 * Fisher's combination of k independent p-values, given by their natural logarithms: -2 sum ln p is chi-square with 2k
 * degrees of freedom. Returns ln of the combined p; 0 for none. Throws RangeError when a logarithm is above 0 or NaN.
 */
export function fisherCombination(logPValues: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < logPValues.length; i++) sum -= requireWithin(`logPValues[${i}]`, logPValues[i], -Infinity, 0)
  return logPValues.length === 0 ? 0 : logGammaQ(logPValues.length, sum)
}

/** ln of the chance that a token arriving at `rate` shows again within `gap`: p = 1 - exp(-rate gap). */
export function logCoincidence(rate: number, gap: number): number {
  return Math.log(-Math.expm1(-requireNonNegative('rate', rate) * requireNonNegative('gap', gap)))
}
