/**
 * Has the data changed since the model learned? Two-sample measures; their streaming companions are in
 * `stream-drift.ts`.
 */
import { requireInteger, requireNonNegative, requireSample, requireWithin } from './check.ts'
import { chiSquareQuantile, logChiSquareTail } from './quantiles.ts'
import { sortedQuantile } from './summary.ts'

export interface StabilityIndex {
  /** Population stability index: sum over bins of (a - e) ln(a / e). */
  value: number
  /** What PSI exceeds by chance with probability `alpha` when nothing has changed. */
  threshold: number
  /** Chance of a PSI at least as large when nothing has changed; for Benjamini-Hochberg over features. */
  pValue: number
  /** Above the threshold and an effect of at least 0.1, so that a huge sample raises no alarm over nothing. */
  drifted: boolean
}

const LEAST_EFFECT = 0.1

/**
 * PSI between baseline and current counts of the same bins. Without drift PSI ~ (1/n + 1/m) chi2_{B-1} (Yurdakul 2018;
 * fixed cut-offs of 0.1 and 0.25 ignore n: arXiv 2307.11878). Half an event is added to each bin, for ln 0. Bins empty
 * on both sides are left out. Throws RangeError when the bins differ or a sample is empty.
 */
export function stabilityIndex(baseline: ArrayLike<number>, current: ArrayLike<number>, alpha = 0.001): StabilityIndex {
  if (baseline.length !== current.length || baseline.length < 2) {
    throw new RangeError(`${baseline.length} and ${current.length} bins; expected as many, 2 or more`)
  }
  requireWithin('alpha', alpha, Number.MIN_VALUE, 1)
  let bins = 0
  let n = 0
  let m = 0
  for (let i = 0; i < baseline.length; i++) {
    n += requireNonNegative(`baseline[${i}]`, baseline[i])
    m += requireNonNegative(`current[${i}]`, current[i])
    if (baseline[i] + current[i] > 0) bins++
  }
  if (n === 0 || m === 0) throw new RangeError(`samples hold ${n} and ${m} values; expected at least 1 each`)
  let value = 0
  for (let i = 0; i < baseline.length; i++) {
    if (baseline[i] + current[i] === 0) continue
    const expected = (baseline[i] + 0.5) / (n + 0.5 * bins)
    const actual = (current[i] + 0.5) / (m + 0.5 * bins)
    value += (actual - expected) * Math.log(actual / expected)
  }
  if (bins === 1) return { value: 0, threshold: 0, pValue: 1, drifted: false }
  const scale = 1 / n + 1 / m
  const threshold = scale * chiSquareQuantile(1 - alpha, bins - 1)
  const pValue = Math.exp(logChiSquareTail(value / scale, bins - 1))
  return { value, threshold, pValue, drifted: value > threshold && value >= LEAST_EFFECT }
}

/** Inner edges of `bins` bins of equal share of the baseline; ties merge edges, so there may be fewer. Ascending. */
export function quantileEdges(baseline: ArrayLike<number>, bins = 10): Float64Array {
  requireInteger('bins', bins, 2, 1000)
  const sorted = Float64Array.from(requireSample('baseline', baseline)).sort()
  const edges = new Set<number>()
  for (let i = 1; i < bins; i++) edges.add(sortedQuantile(sorted, i / bins))
  // An edge at the maximum would leave an empty bin above it.
  edges.delete(sorted[sorted.length - 1])
  return Float64Array.from(edges)
}

/** How many values fall in each of the edges.length + 1 bins; a value equal to an edge belongs below it. */
export function binCounts(values: ArrayLike<number>, edges: Float64Array): Float64Array {
  const counts = new Float64Array(edges.length + 1)
  for (let i = 0; i < values.length; i++) {
    let bin = 0
    while (bin < edges.length && values[i] > edges[bin]) bin++
    counts[bin]++
  }
  return counts
}

/**
 * Two-sample Kolmogorov-Smirnov: the largest distance between the two distribution functions and its asymptotic p-value
 * with Stephens' (1970) small-sample correction. For continuous features: ties make it conservative.
 */
export function kolmogorovSmirnov(a: ArrayLike<number>, b: ArrayLike<number>): { distance: number; pValue: number } {
  const x = Float64Array.from(requireSample('first sample', a)).sort()
  const y = Float64Array.from(requireSample('second sample', b)).sort()
  let distance = 0
  let i = 0
  let j = 0
  while (i < x.length && j < y.length) {
    const here = Math.min(x[i], y[j])
    while (i < x.length && x[i] === here) i++
    while (j < y.length && y[j] === here) j++
    distance = Math.max(distance, Math.abs(i / x.length - j / y.length))
  }
  const root = Math.sqrt((x.length * y.length) / (x.length + y.length))
  return { distance, pValue: kolmogorovTail((root + 0.12 + 0.11 / root) * distance) }
}

/** Q(t) = 2 sum (-1)^(k-1) exp(-2 k^2 t^2), Kolmogorov 1933. */
function kolmogorovTail(t: number): number {
  // Below, Q is 1 to 12 digits and the alternating series no longer converges usefully.
  if (t < 0.2) return 1
  let sum = 0
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * t * t)
    sum += k % 2 === 1 ? term : -term
    if (term < 1e-18) break
  }
  return Math.min(1, Math.max(0, 2 * sum))
}
