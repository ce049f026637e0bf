/**
 * Peaks over threshold: how extreme is a score beyond everything seen? Pickands-Balkema-de Haan: excesses over a high
 * threshold follow a generalised Pareto law. For severity only, not for alarms: a small server lacks that much tail.
 */
import { requireInteger, requireSample, requireWithin } from './check.ts'
import { sortedQuantile } from './summary.ts'

export interface ParetoTail {
  /** t, the threshold the excesses are counted from. */
  threshold: number
  /** gamma: above 0 a heavy tail, 0 exponential, below 0 a bounded one. */
  shape: number
  /** sigma > 0. */
  scale: number
  /** Values above t ... */
  excesses: number
  /** ... of this many. */
  total: number
}

/** libspot's guide asks for "a few dozen" excesses before a tail is believed. */
const LEAST_EXCESSES = 24

/**
 * Fits the tail above the `level` quantile by probability-weighted moments (Hosking & Wallis 1987, Technometrics 29):
 * shape = 2 - a0 / (a0 - 2 a1), scale = 2 a0 a1 / (a0 - 2 a1), a1 = E[(1 - F(y)) y]. Good for shapes below 1/2.
 * Undefined when there are fewer than 24 excesses or they have no spread. Throws RangeError on values that are not
 * finite.
 */
export function fitParetoTail(values: ArrayLike<number>, level = 0.98): ParetoTail | undefined {
  requireSample('values', values)
  requireWithin('level', level, 0, 1)
  const sorted = Float64Array.from(values).sort()
  const threshold = sortedQuantile(sorted, level)
  const excesses = sorted.filter(value => value > threshold).map(value => value - threshold)
  const n = excesses.length
  if (n < LEAST_EXCESSES) return undefined
  let a0 = 0
  let a1 = 0
  for (let i = 0; i < n; i++) {
    a0 += excesses[i] / n
    // Plotting position (i + 0.65) / n of Hosking & Wallis: i counts from 0, theirs from 1.
    a1 += (excesses[i] * (1 - (i + 0.65) / n)) / n
  }
  const spread = a0 - 2 * a1
  if (!(spread > 0)) return undefined
  return { threshold, shape: 2 - a0 / spread, scale: (2 * a0 * a1) / spread, excesses: n, total: sorted.length }
}

/** log10 P(X > x) for x at or above the threshold; -Infinity beyond the end of a bounded tail. */
export function paretoTailLog10(tail: ParetoTail, x: number): number {
  const excess = (requireWithin('x', x, tail.threshold, Number.MAX_VALUE) - tail.threshold) / tail.scale
  const share = Math.log(tail.excesses / tail.total)
  const reach = 1 + tail.shape * excess
  if (reach <= 0) return -Infinity
  const logTail = Math.abs(tail.shape) < 1e-9 ? -excess : -Math.log1p(tail.shape * excess) / tail.shape
  return (share + logTail) / Math.LN10
}

/** z_q, exceeded with probability q: t + (sigma / gamma) ((q n / N_t)^-gamma - 1) (Siffer et al., KDD 2017, eq. 1). */
export function paretoQuantile(tail: ParetoTail, q: number): number {
  requireInteger('excesses', tail.excesses, 1)
  requireWithin('q', q, 0, tail.excesses / tail.total)
  const logRatio = Math.log((q * tail.total) / tail.excesses)
  if (Math.abs(tail.shape) < 1e-9) return tail.threshold - tail.scale * logRatio
  return tail.threshold + (tail.scale / tail.shape) * Math.expm1(-tail.shape * logRatio)
}
