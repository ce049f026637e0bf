import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../src/core/random.ts'
import {
  BlockMaxima,
  benjaminiHochberg,
  blockMaximaThreshold,
  conformalPValue,
  conformalThreshold,
  countAtLeast,
  falseAlarmBand,
  sortScores,
} from '../../../src/kit/math/conformal.ts'
import { fitParetoTail, paretoQuantile, paretoTailLog10 } from '../../../src/kit/math/extreme-value.ts'
import { higherCriticism, higherCriticismCritical, randomisedPValue } from '../../../src/kit/math/higher-criticism.ts'

fc.configureGlobal({ seed: 1 })

describe('split-conformal p-values', () => {
  it('count by brute force', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 })
    fc.assert(
      fc.property(scores, fc.integer({ min: -1, max: 21 }), (calibration, score) => {
        const sorted = sortScores(calibration)
        const atLeast = calibration.filter(value => value >= score).length
        expect(countAtLeast(sorted, score)).toBe(atLeast)
        expect(conformalPValue(sorted, score)).toBe((1 + atLeast) / (calibration.length + 1))
      }),
    )
  })

  it('a score beyond the threshold has p of at most alpha, and the threshold is the least such', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (calibration, alpha) => {
          const sorted = sortScores(calibration)
          const threshold = conformalThreshold(sorted, alpha)
          if (threshold === Infinity) expect(1 / (sorted.length + 1)).toBeGreaterThan(alpha)
          else {
            expect(conformalPValue(sorted, threshold + 0.5)).toBeLessThanOrEqual(alpha + 1e-9)
            expect(conformalPValue(sorted, threshold)).toBeGreaterThan(alpha - 1e-9)
          }
        },
      ),
    )
  })

  it('covers: false alarms stay at alpha, whatever the law of the scores', () => {
    const random = createRandom(3)
    const laws = [() => random.normal(), () => random.exponential() ** 3, () => random.next()]
    for (const draw of laws) {
      let alarms = 0
      const trials = 4000
      for (let trial = 0; trial < trials; trial++) {
        const threshold = conformalThreshold(sortScores(Array.from({ length: 99 }, draw)), 0.05)
        if (draw() > threshold) alarms++
      }
      // (n+1) alpha = 5 is whole, so the rate is exactly 0.05: within 4 standard errors.
      expect(Math.abs(alarms / trials - 0.05)).toBeLessThan(4 * Math.sqrt((0.05 * 0.95) / trials))
    }
  })

  it('without calibration nothing can be said', () => {
    expect(conformalPValue(sortScores([]), 9)).toBe(1)
    expect(conformalThreshold(sortScores([]), 0.01)).toBe(Infinity)
    expect(() => conformalPValue(sortScores([1]), Number.NaN)).toThrow(RangeError)
    expect(() => sortScores([Number.NaN])).toThrow(/scores\[0\] is NaN/)
  })
})

describe('the honest band of false alarms', () => {
  it('is that of the design: 0.27-2.2 a week after 4 weeks, 0.43-1.8 after 8', () => {
    const month = falseAlarmBand(672)
    expect(month.lower).toBeCloseTo(0.27, 2)
    expect(month.upper).toBeCloseTo(2.18, 2)
    const twoMonths = falseAlarmBand(1344)
    expect(twoMonths.lower).toBeCloseTo(0.43, 2)
    expect(twoMonths.upper).toBeCloseTo(1.8, 2)
    expect(month.expected).toBeLessThanOrEqual(1)
  })

  it('holds by simulation: the true rate of a calibrated threshold lies inside as often as promised', () => {
    const random = createRandom(5)
    const n = 168
    const band = falseAlarmBand(n, 168, 4, 0.9)
    let inside = 0
    const trials = 1500
    for (let trial = 0; trial < trials; trial++) {
      // For uniform scores the true rate of a threshold t is (1 - t) a window.
      const threshold = conformalThreshold(sortScores(Array.from({ length: n }, random.next)), 4 / 168)
      const rate = 168 * (1 - threshold)
      if (rate >= band.lower && rate <= band.upper) inside++
    }
    expect(Math.abs(inside / trials - 0.9)).toBeLessThan(4 * Math.sqrt(0.09 / trials))
  })

  it('says zero when the budget is below what the calibration can promise', () => {
    expect(falseAlarmBand(100)).toEqual({ lower: 0, median: 0, upper: 0, expected: 0 })
    expect(conformalThreshold(sortScores(Array.from({ length: 100 }, (_, i) => i)), 1 / 168)).toBe(Infinity)
  })
})

describe('block maxima', () => {
  it('keep the largest score a block, blocks without a test count as empty', () => {
    const maxima = new BlockMaxima()
    maxima.observe(3, 1)
    maxima.observe(3, 5)
    maxima.observe(1, 2)
    expect([...maxima.values(0, 4)]).toEqual([0, 2, 0, 5, 0])
    expect([...maxima.values(0, 4, new Set([3]))]).toEqual([0, 2, 0, 0])
    expect(maxima.entries()).toEqual([
      [1, 2],
      [3, 5],
    ])
    const other = new BlockMaxima()
    other.observe(1, 9)
    other.merge(maxima.entries())
    expect(other.entries()).toEqual([
      [1, 9],
      [3, 5],
    ])
    other.exclude(1)
    expect(other.entries()).toEqual([[3, 5]])
    expect(() => other.observe(0.5, 1)).toThrow(RangeError)
  })

  it('one false alarm in W blocks is the 1 - 1/W quantile, and unattainable with fewer than W - 1', () => {
    const maxima = Array.from({ length: 28 }, (_, i) => i + 1)
    expect(blockMaximaThreshold(maxima, 7)).toBe(25)
    expect(blockMaximaThreshold(maxima.slice(0, 6), 7)).toBe(6)
    expect(blockMaximaThreshold(maxima.slice(0, 5), 7)).toBe(Infinity)
  })

  it('hold the budget over dependent tests, which they never see', () => {
    const random = createRandom(8)
    const day = (): number => {
      const shared = random.normal()
      let largest = -Infinity
      for (let test = 0; test < 30; test++) largest = Math.max(largest, shared + random.normal())
      return largest
    }
    let alarms = 0
    const trials = 4000
    for (let trial = 0; trial < trials; trial++) {
      if (day() > blockMaximaThreshold(Array.from({ length: 27 }, day), 7)) alarms++
    }
    expect(Math.abs(alarms / trials - 1 / 7)).toBeLessThan(4 * Math.sqrt(6 / 49 / trials))
  })
})

describe('Benjamini-Hochberg', () => {
  it("the paper's example: 4 of 15 at 5 %", () => {
    const pValues = [
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
    ]
    const { rejected, threshold, count } = benjaminiHochberg(pValues, 0.05)
    expect(count).toBe(4)
    expect(threshold).toBe(0.0095)
    expect(rejected.filter(Boolean)).toHaveLength(4)
  })

  it('rejects nothing of nothing, nor of large p-values', () => {
    expect(benjaminiHochberg([], 0.1)).toEqual({ rejected: [], threshold: 0, count: 0 })
    expect(benjaminiHochberg([0.9, 0.8], 0.1).count).toBe(0)
    expect(() => benjaminiHochberg([2], 0.1)).toThrow(RangeError)
  })
})

describe('Higher Criticism', () => {
  it('by the formula', () => {
    const term = (i: number, p: number): number => (Math.sqrt(4) * (i / 4 - p)) / Math.sqrt(p * (1 - p))
    expect(higherCriticism([0.9, 0.01, 0.5, 0.2])).toBeCloseTo(Math.max(term(1, 0.01), term(2, 0.2)), 12)
    expect(higherCriticism([])).toBe(0)
    expect(Number.isFinite(higherCriticism([1, 1]))).toBe(true)
    expect(Number.isFinite(higherCriticism([0, 0]))).toBe(true)
  })

  it('randomised p-values of counts are uniform', () => {
    const random = createRandom(2)
    const draws = Array.from({ length: 8000 }, () =>
      randomisedPValue(random.poisson(0.7), 0.7, Infinity, random.next()),
    )
    for (const q of [0.1, 0.25, 0.5, 0.75, 0.9]) {
      const share = draws.filter(p => p <= q).length / draws.length
      expect(Math.abs(share - q)).toBeLessThan(4 * Math.sqrt((q * (1 - q)) / draws.length))
    }
  })

  it('the simulated critical value keeps its level, and sees a thin spray', () => {
    const random = createRandom(9)
    const names = 100
    const critical = higherCriticismCritical(names, 0.05, random.fork('critical'))
    expect(higherCriticismCritical(names, 0.05, random.fork('critical'))).toBe(critical)
    const trial = (extra: number): boolean => {
      const counts = Array.from({ length: names }, () => random.poisson(0.3) + extra)
      return higherCriticism(counts.map(count => randomisedPValue(count, 0.3, Infinity, random.next()))) > critical
    }
    const share = (extra: number): number =>
      Array.from({ length: 1000 }, () => trial(extra)).filter(Boolean).length / 1000
    expect(share(0)).toBeLessThan(0.08)
    expect(share(1)).toBe(1)
    expect(() => higherCriticismCritical(10, 0.001, random, 100)).toThrow(/runs is 100/)
  })
})

describe('peaks over threshold', () => {
  it('recovers exponential and heavy tails', () => {
    const random = createRandom(6)
    const exponential = fitParetoTail(Array.from({ length: 20_000 }, random.exponential))
    expect(exponential?.shape).toBeCloseTo(0, 0)
    expect(exponential && paretoQuantile(exponential, 1e-3)).toBeCloseTo(-Math.log(1e-3), 0)
    // X = U^-0.25 has P(X > x) = x^-4: shape 1/4.
    const heavy = fitParetoTail(Array.from({ length: 20_000 }, () => (1 - random.next()) ** -0.25))
    expect(Math.abs((heavy?.shape ?? 9) - 0.25)).toBeLessThan(0.15)
  })

  it('tail and quantile are inverse', () => {
    for (const shape of [-0.2, 0, 0.3]) {
      const tail = { threshold: 3, shape, scale: 2, excesses: 40, total: 2000 }
      for (const q of [0.02, 1e-3, 1e-6]) {
        expect(paretoTailLog10(tail, paretoQuantile(tail, q))).toBeCloseTo(Math.log10(q), 9)
      }
    }
    expect(paretoTailLog10({ threshold: 0, shape: -0.5, scale: 1, excesses: 40, total: 100 }, 3)).toBe(-Infinity)
  })

  it('says nothing on too short a tail', () => {
    expect(fitParetoTail(Array.from({ length: 500 }, (_, i) => i))).toBeUndefined()
    expect(fitParetoTail(new Float64Array(5000))).toBeUndefined()
    expect(() => fitParetoTail([])).toThrow(RangeError)
  })
})
