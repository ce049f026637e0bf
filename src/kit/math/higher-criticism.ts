/**
 * Higher Criticism (Donoho & Jin 2004): are a few of many p-values too small, though none is on its own? A spray adds
 * one to every name's count; no name stands out, the whole does.
 */
import type { Random } from '../../core/random.ts'
import { requireInteger, requireWithin } from './check.ts'
import { logNegativeBinomialPmf, negativeBinomialTail } from './tails.ts'

/**
 * HC = max over i <= U/2 of sqrt(U) (i/U - p_(i)) / sqrt(p_(i) (1 - p_(i))). 0 for no p-values. Throws RangeError when
 * one is not in [0, 1]. A p-value of 0 counts as 1e-300.
 */
export function higherCriticism(pValues: ArrayLike<number>): number {
  const n = pValues.length
  for (let i = 0; i < n; i++) requireWithin(`pValues[${i}]`, pValues[i], 0, 1)
  return largest(Float64Array.from(pValues).sort())
}

/** The statistic of p-values in their order. */
function largest(sorted: Float64Array): number {
  const n = sorted.length
  let best = n === 0 ? 0 : -Infinity
  for (let i = 1; i <= Math.max(1, Math.floor(n / 2)) && i <= n; i++) {
    const p = Math.max(1e-300, sorted[i - 1])
    if (p >= 1) break
    best = Math.max(best, (Math.sqrt(n) * (i / n - p)) / Math.sqrt(p * (1 - p)))
  }
  return Math.max(best, -Number.MAX_VALUE)
}

/**
 * A p-value for a count that is uniform under its law in spite of the count's steps: P(C > c) + u P(C = c), u uniform
 * in [0, 1). Negative binomial law of the given mean and shape (Infinity: Poisson).
 */
export function randomisedPValue(count: number, mean: number, shape: number, u: number): number {
  requireInteger('count', count, 0)
  requireWithin('u', u, 0, 1)
  const above = 10 ** negativeBinomialTail(count + 1, mean, shape)
  return Math.min(1, above + u * Math.exp(logNegativeBinomialPmf(count, mean, shape)))
}

/**
 * The value that HC of n uniform p-values exceeds with probability `alpha`, by simulation. At least 20 / alpha runs are
 * wise. Throws RangeError when the runs are too few to hold the level at all (fewer than 1 / alpha).
 */
export function higherCriticismCritical(n: number, alpha: number, random: Random, runs = 2000): number {
  requireInteger('n of p-values', n, 1, 1_000_000)
  requireWithin('alpha', alpha, Number.MIN_VALUE, 1)
  requireInteger('runs', runs, Math.ceil(1 / alpha), 10_000_000)
  const statistics = new Float64Array(runs)
  const pValues = new Float64Array(n)
  for (let run = 0; run < runs; run++) {
    for (let i = 0; i < n; i++) pValues[i] = random.next()
    // In place: a live run asks again and again, and copies would be most of what it leaves behind.
    statistics[run] = largest(pValues.sort())
  }
  statistics.sort()
  return statistics[Math.min(runs - 1, Math.ceil((runs + 1) * (1 - alpha)) - 1)]
}
