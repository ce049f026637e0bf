import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../src/core/random.ts'
import { binCounts, kolmogorovSmirnov, quantileEdges, stabilityIndex } from '../../../src/kit/math/drift.ts'
import { Adwin, PageHinkley } from '../../../src/kit/math/stream-drift.ts'
import {
  coefficientOfVariation,
  entropy,
  interquartileRange,
  meanAndVariance,
  median,
  medianAbsoluteDeviation,
  quantile,
} from '../../../src/kit/math/summary.ts'

fc.configureGlobal({ seed: 1 })

const normals = (n: number, seed: number, shift = 0): Float64Array => {
  const random = createRandom(seed)
  return Float64Array.from({ length: n }, () => random.normal() + shift)
}

describe('summaries', () => {
  it('quantiles as NumPy and R (type 7)', () => {
    expect(quantile([4, 1, 3, 2], 0.25)).toBe(1.75)
    expect(median([5, 1, 3])).toBe(3)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(interquartileRange([1, 2, 3, 4])).toBe(1.5)
    expect(medianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9])).toBe(1)
    expect(quantile([7], 0.3)).toBe(7)
    expect(() => median([])).toThrow(/0 values; expected at least 1/)
    expect(() => median([1, Number.NaN])).toThrow(/values\[1\] is NaN/)
  })

  it('mean and variance far from zero', () => {
    const { mean, variance } = meanAndVariance([1e9 + 1, 1e9 + 2, 1e9 + 3])
    expect([mean, variance]).toEqual([1e9 + 2, 1])
    expect(meanAndVariance([4])).toEqual({ mean: 4, variance: 0 })
    expect(coefficientOfVariation([2, 2, 2])).toBe(0)
    expect(coefficientOfVariation([0, 0])).toBe(0)
  })

  it('entropy in bits', () => {
    expect(entropy([1, 1, 1, 1])).toBe(2)
    expect(entropy([7])).toBe(0)
    expect(entropy([])).toBe(0)
    expect(entropy([1, 0, 3])).toBeCloseTo(-0.25 * Math.log2(0.25) - 0.75 * Math.log2(0.75), 12)
    expect(() => entropy([-1])).toThrow(RangeError)
  })
})

describe('population stability index', () => {
  it('has the thresholds of the design: 0.56 for 100 against 100, 0.056 for 1000 against 1000', () => {
    const even = (total: number): number[] => Array<number>(10).fill(total / 10)
    expect(stabilityIndex(even(100), even(100)).threshold).toBeCloseTo(0.558, 3)
    expect(stabilityIndex(even(1000), even(1000)).threshold).toBeCloseTo(0.0558, 4)
  })

  it('keeps its level without drift, and sees a shift', () => {
    const level = (shift: number): number => {
      let drifted = 0
      for (let trial = 0; trial < 400; trial++) {
        const baseline = normals(300, 2 * trial)
        const edges = quantileEdges(baseline)
        const counts = binCounts(normals(300, 2 * trial + 1, shift), edges)
        if (stabilityIndex(binCounts(baseline, edges), counts, 0.05).drifted) drifted++
      }
      return drifted / 400
    }
    // Decile edges are learned from the baseline itself, so the level is a little below or above 5 %.
    expect(level(0)).toBeLessThan(0.1)
    expect(level(0.8)).toBe(1)
  })

  it('needs an effect, however large the sample', () => {
    const baseline = Array<number>(10).fill(1e6)
    const current = baseline.map((count, i) => count * (i % 2 === 0 ? 1.05 : 0.95))
    const result = stabilityIndex(baseline, current)
    expect(result.value).toBeGreaterThan(result.threshold)
    expect(result.drifted).toBe(false)
    expect(result.pValue).toBeLessThan(1e-12)
  })

  it('ties merge bins; one bin never drifts', () => {
    const counts = Float64Array.from({ length: 100 }, (_, i) => (i < 70 ? 0 : i % 3))
    const edges = quantileEdges(counts)
    expect(edges.length).toBeLessThan(9)
    expect([...binCounts(counts, edges)].reduce((sum, count) => sum + count, 0)).toBe(100)
    expect(quantileEdges([3, 3, 3])).toHaveLength(0)
    expect(stabilityIndex([5, 0], [7, 0])).toEqual({ value: 0, threshold: 0, pValue: 1, drifted: false })
    expect(() => stabilityIndex([1, 2], [1])).toThrow(/2 and 1 bins/)
    expect(() => stabilityIndex([0, 0], [1, 1])).toThrow(/0 and 2 values/)
  })
})

describe('Kolmogorov-Smirnov', () => {
  it('the distance by brute force', () => {
    const sample = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 15 })
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const below = (values: number[], x: number): number => values.filter(v => v <= x).length / values.length
        const gaps = Array.from({ length: 10 }, (_, x) => Math.abs(below(a, x) - below(b, x)))
        expect(kolmogorovSmirnov(a, b).distance).toBeCloseTo(Math.max(...gaps), 12)
      }),
    )
  })

  it('keeps its level, and the tabled critical value', () => {
    let rejected = 0
    for (let trial = 0; trial < 500; trial++) {
      if (kolmogorovSmirnov(normals(80, 2 * trial), normals(80, 2 * trial + 1)).pValue < 0.05) rejected++
    }
    expect(rejected / 500).toBeLessThan(0.08)
    expect(rejected / 500).toBeGreaterThan(0.02)
    expect(kolmogorovSmirnov(normals(200, 1), normals(200, 2, 1)).pValue).toBeLessThan(1e-8)
    expect(kolmogorovSmirnov([1, 2], [1, 2])).toEqual({ distance: 0, pValue: 1 })
  })
})

describe('Page-Hinkley', () => {
  it('is the plain sum it says', () => {
    const test = new PageHinkley({ delta: 0.1, lambda: 2 })
    const values = [1, 1, 1, 3, 3, 3]
    const alarms = values.map(value => test.observe(value))
    let mean = 0
    let sum = 0
    let least = 0
    values.forEach((value, i) => {
      mean += (value - mean) / (i + 1)
      sum += value - mean - 0.1
      least = Math.min(least, sum)
      expect(alarms[i]).toBe(sum - least > 2)
    })
    expect(alarms).toContain(true)
  })

  it('stays quiet on noise, sees a rise, and comes back from a snapshot', () => {
    const test = new PageHinkley()
    expect(normals(1000, 1).some(value => test.observe(value))).toBe(false)
    const copy = new PageHinkley()
    copy.restore(JSON.parse(JSON.stringify(test.snapshot())))
    for (const value of normals(200, 2, 1)) expect(copy.observe(value)).toBe(test.observe(value))
    expect(test.value).toBeGreaterThan(50)
    test.reset()
    expect(test.value).toBe(0)
    expect(() => test.observe(Number.NaN)).toThrow(RangeError)
    expect(() => copy.restore([1])).toThrow(RangeError)
  })
})

describe('ADWIN', () => {
  it('keeps exact sums, mean and variance in logarithmic memory', () => {
    const adwin = new Adwin({ clock: 1_000_000 })
    const values = normals(3000, 3)
    for (const value of values) adwin.observe(value)
    expect(adwin.width).toBe(3000)
    expect(adwin.mean).toBeCloseTo(meanAndVariance(values).mean, 12)
    const { rows } = adwin.snapshot()
    expect(rows.flat().length).toBeLessThan(6 * 12)
    // The within-bucket squares add up as if every value had been kept.
    let squares = 0
    for (const [k, row] of rows.entries()) {
      for (const { sum, squares: within } of row) squares += within + 2 ** k * (sum / 2 ** k - adwin.mean) ** 2
    }
    expect(squares / 2999).toBeCloseTo(meanAndVariance(values).variance, 10)
  })

  it('cuts the past when the mean jumps, and not before', () => {
    const adwin = new Adwin()
    const random = createRandom(5)
    const quiet = Array.from({ length: 2000 }, () => adwin.observe(random.next()))
    expect(quiet).not.toContain(true)
    expect(adwin.width).toBe(2000)
    const loud = Array.from({ length: 300 }, () => adwin.observe(random.next() * 0.3))
    expect(loud).toContain(true)
    expect(adwin.width).toBeLessThan(400)
    expect(adwin.mean).toBeLessThan(0.25)
  })

  it('false cuts are rare', () => {
    let cuts = 0
    for (let seed = 0; seed < 100; seed++) {
      const random = createRandom(seed, 'adwin')
      const adwin = new Adwin()
      if (Array.from({ length: 500 }, () => adwin.observe(random.next())).includes(true)) cuts++
    }
    expect(cuts).toBeLessThanOrEqual(3)
  })

  it('comes back from a snapshot', () => {
    const adwin = new Adwin()
    for (const value of normals(333, 1)) adwin.observe(value)
    const copy = new Adwin()
    copy.restore(JSON.parse(JSON.stringify(adwin.snapshot())))
    for (const value of normals(500, 2, 2)) expect(copy.observe(value)).toBe(adwin.observe(value))
    expect(copy.mean).toBeCloseTo(adwin.mean, 12)
    expect(new Adwin().mean).toBe(0)
    expect(() => adwin.observe(Infinity)).toThrow(RangeError)
  })
})
