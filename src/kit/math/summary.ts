/** Robust summaries of a sample. All throw RangeError on an empty sample or a value that is not finite. */
import { requireSample, requireWithin } from './check.ts'

/** The q-quantile of ascending values, linear between order statistics (Hyndman & Fan 1996, type 7, as NumPy and R). */
export function sortedQuantile(sorted: ArrayLike<number>, q: number): number {
  requireWithin('q', q, 0, 1)
  if (sorted.length === 0) throw new RangeError('the sample is empty; expected at least 1 value')
  const position = q * (sorted.length - 1)
  const below = Math.floor(position)
  const value = sorted[below]
  return position === below ? value : value + (position - below) * (sorted[below + 1] - value)
}

/** The q-quantile of values in any order. */
export function quantile(values: ArrayLike<number>, q: number): number {
  return sortedQuantile(Float64Array.from(requireSample('values', values)).sort(), q)
}

/** The middle of values in any order, the mean of the two middle ones where they are even in number. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5)
}

/** Median absolute deviation from the median, unscaled (times 1.4826 it estimates a normal standard deviation). */
export function medianAbsoluteDeviation(values: ArrayLike<number>): number {
  const centre = median(values)
  return median(Float64Array.from(values, value => Math.abs(value - centre)))
}

/** Distance between the quartiles. */
export function interquartileRange(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(requireSample('values', values)).sort()
  return sortedQuantile(sorted, 0.75) - sortedQuantile(sorted, 0.25)
}

/** Mean and variance (divisor n - 1; 0 for a single value). */
export function meanAndVariance(values: ArrayLike<number>): { mean: number; variance: number } {
  requireSample('values', values)
  let mean = 0
  let squares = 0
  // Welford's update: no cancellation, however far the values lie from 0.
  for (let i = 0; i < values.length; i++) {
    const difference = values[i] - mean
    mean += difference / (i + 1)
    squares += difference * (values[i] - mean)
  }
  return { mean, variance: values.length > 1 ? squares / (values.length - 1) : 0 }
}

/**
 * Standard deviation over mean; 0 when the mean is 0. Of gaps between events: below 1 scheduled, 1 Poisson, above 1
 * bursts.
 */
export function coefficientOfVariation(values: ArrayLike<number>): number {
  const { mean, variance } = meanAndVariance(values)
  return mean === 0 ? 0 : Math.sqrt(variance) / Math.abs(mean)
}

/** Shannon entropy in bits of the law proportional to the counts (0 or more each); 0 when all are 0. */
export function entropy(counts: Iterable<number>): number {
  let total = 0
  let weighted = 0
  for (const count of counts) {
    if (!(count >= 0 && count < Infinity))
      throw new RangeError(`count is ${count}; expected a finite number, 0 or more`)
    if (count === 0) continue
    total += count
    weighted += count * Math.log2(count)
  }
  // Rounding may leave a single token with -1e-16 bits.
  return total === 0 ? 0 : Math.max(0, Math.log2(total) - weighted / total)
}
