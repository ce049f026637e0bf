/** Quantiles of the gamma and chi-square laws, and the exact confidence interval of a Poisson mean. */
import { requireInteger, requirePositive, requireWithin } from './check.ts'
import { logGammaP, logGammaQ } from './gamma.ts'
import { invertIncreasing } from './invert.ts'

/**
 * The x with P(a, x) = p of the gamma law with shape a and scale 1. Each half is solved from its own tail, so that both
 * p = 1e-300 and p = 1 - 1e-16 keep their digits. Throws RangeError when p is outside [0, 1].
 */
export function gammaQuantile(p: number, shape: number): number {
  requireWithin('probability of the gamma quantile', p, 0, 1)
  requirePositive('shape of the gamma quantile', shape)
  if (p === 0) return 0
  if (p === 1) return Infinity
  const high = Math.log(shape + 50 * Math.sqrt(shape) + 800)
  if (p <= 0.5) return Math.exp(invertIncreasing(t => logGammaP(shape, Math.exp(t)), Math.log(p), -700, high))
  return Math.exp(invertIncreasing(t => -logGammaQ(shape, Math.exp(t)), -Math.log1p(-p), -700, high))
}

/** The chi-square quantile: P(X <= x) = p with the given degrees of freedom. */
export function chiSquareQuantile(p: number, degrees: number): number {
  return 2 * gammaQuantile(p, degrees / 2)
}

/** log P(X >= x) of the chi-square law. */
export function logChiSquareTail(x: number, degrees: number): number {
  return logGammaQ(degrees / 2, x / 2)
}

/** Garwood's (1936) exact two-sided interval for the mean of a Poisson law, given one count. `level` is 0.95, say. */
export function poissonInterval(count: number, level = 0.95): { lower: number; upper: number } {
  requireInteger('count of the Poisson interval', count, 0)
  requireWithin('level of the Poisson interval', level, 0, 1)
  const half = (1 - level) / 2
  return { lower: count === 0 ? 0 : gammaQuantile(half, count), upper: gammaQuantile(1 - half, count + 1) }
}
