import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../src/core/random.ts'
import { betaBinomialMoments, betaBinomialPmf } from '../../../src/kit/math/beta.ts'
import { Cusum, countIncrement, epochIncrement } from '../../../src/kit/math/cusum.ts'
import { estimateDispersion, GammaPoisson } from '../../../src/kit/math/gamma-poisson.ts'
import type { IncrementLaw } from '../../../src/kit/math/run-length.ts'
import {
  averageRunLength,
  countIncrementLaw,
  epochIncrementLaw,
  thresholdForRunLength,
} from '../../../src/kit/math/run-length.ts'
import { logNegativeBinomialPmf, negativeBinomialTail } from '../../../src/kit/math/tails.ts'

fc.configureGlobal({ seed: 1 })

describe('the discounted Gamma-Poisson rate', () => {
  it('starts at its prior and learns by the discounted sums of the design', () => {
    const rate = new GammaPoisson(0)
    expect([rate.count, rate.exposure]).toEqual([1, 2])
    let count = 0
    let exposure = 0
    for (let day = 1; day <= 30; day++) {
      rate.advance(day)
      rate.observe(5)
      count = count * 0.98 + 5
      exposure = exposure * 0.98 + (1 - 0.98) / -Math.log(0.98)
    }
    expect(rate.count).toBeCloseTo(1 + count, 10)
    expect(rate.exposure).toBeCloseTo(2 + exposure, 10)
    expect(rate.rate).toBeGreaterThan(4.5)
  })

  it('predicts with 1/r = 1/a + phi and m = s a w / b', () => {
    const rate = new GammaPoisson(0, { dispersion: 0.1 })
    rate.advance(10)
    rate.observe(40)
    const { mean, shape } = rate.predictive(0.25, 2)
    expect(mean).toBeCloseTo((2 * rate.count * 0.25) / rate.exposure, 14)
    expect(1 / shape).toBeCloseTo(1 / rate.count + 0.1, 14)
    expect(rate.tail(30, 0.25, 2)).toBe(negativeBinomialTail(30, mean, shape))
  })

  it('is unsure when it has seen little, and surer later', () => {
    const young = new GammaPoisson(0)
    const old = new GammaPoisson(0)
    for (let day = 1; day <= 60; day++) {
      old.advance(day)
      old.observe(5)
      if (day === 1) {
        young.advance(1)
        young.observe(14)
      }
    }
    expect(young.rate).toBeCloseTo(old.rate, 0)
    expect(young.tail(20, 1)).toBeGreaterThan(old.tail(20, 1))
  })

  it('steps of any length age alike, and time shut out teaches nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.001, max: 5, noNaN: true }), { minLength: 1, maxLength: 20 }), steps => {
        const once = new GammaPoisson(0)
        const often = new GammaPoisson(0)
        once.observe(7)
        often.observe(7)
        let day = 0
        for (const step of steps) {
          day += step
          often.advance(day)
        }
        once.advance(day)
        expect(often.exposure).toBeCloseTo(once.exposure, 9)
        expect(often.count).toBeCloseTo(once.count, 9)
      }),
    )
    const gap = new GammaPoisson(0)
    gap.advance(100, false)
    expect([gap.count, gap.exposure, gap.day]).toEqual([1, 2, 100])
    gap.advance(50)
    expect(gap.day).toBe(100)
  })

  it('two halves merge into the whole; snapshots come back', () => {
    const whole = new GammaPoisson(0)
    const left = new GammaPoisson(0)
    const right = new GammaPoisson(0)
    for (let day = 1; day <= 20; day++) {
      whole.advance(day)
      whole.observe(3)
      const half = day <= 12 ? left : right
      const other = day <= 12 ? right : left
      half.advance(day)
      half.observe(3)
      other.advance(day, false)
    }
    left.merge(right.snapshot())
    expect(left.count).toBeCloseTo(whole.count, 10)
    expect(left.exposure).toBeCloseTo(whole.exposure, 10)
    const back = new GammaPoisson(0)
    back.restore(JSON.parse(JSON.stringify(whole.snapshot())))
    expect(back.predictive(3)).toEqual(whole.predictive(3))
    whole.setDispersion(0.3)
    back.restore(whole.snapshot())
    expect(back.shape).toBe(whole.shape)
    back.advance(40)
    back.merge(whole.snapshot())
    expect(back.day).toBe(40)
  })

  it('dispersion of clean counts by moments, with a floor', () => {
    expect(estimateDispersion([5, 5, 5, 5])).toBe(0.02)
    expect(estimateDispersion([])).toBe(0.02)
    expect(estimateDispersion([0, 0, 0])).toBe(0.02)
    expect(estimateDispersion([0, 20], 0.02)).toBeCloseTo((200 - 10) / 100, 12)
  })

  it('refuses nonsense', () => {
    expect(() => new GammaPoisson(Number.NaN)).toThrow(/day is NaN/)
    expect(() => new GammaPoisson(0, { discount: 1.5 })).toThrow(/discount is 1.5/)
    expect(() => new GammaPoisson(0).observe(-1)).toThrow(RangeError)
    expect(() => new GammaPoisson(0).restore({ count: Number.NaN, exposure: 1, day: 0, dispersion: 0 })).toThrow(
      RangeError,
    )
  })
})

describe('cumulative sums', () => {
  it('remember when they last left zero, and freeze learning half-way', () => {
    const cusum = new Cusum(4)
    cusum.step(-1, 1)
    expect(cusum.since).toBeUndefined()
    cusum.step(1, 2)
    cusum.step(1.5, 3)
    expect([cusum.since, cusum.suspicious, cusum.alarmed]).toEqual([2, true, false])
    const saved = cusum.snapshot()
    expect(cusum.step(2, 4)).toBe(true)
    cusum.step(-99, 5)
    expect([cusum.value, cusum.since]).toEqual([0, undefined])
    cusum.restore(saved)
    expect([cusum.value, cusum.since]).toEqual([2.5, 2])
    cusum.reset()
    expect(cusum.snapshot()).toEqual({ value: 0, since: undefined })
    expect(() => cusum.step(Number.NaN, 6)).toThrow(RangeError)
    expect(() => new Cusum(-1)).toThrow(RangeError)
  })

  it('the count increment is the log-likelihood ratio of the two laws', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 200 }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.oneof(fc.double({ min: 0.5, max: 100, noNaN: true }), fc.constant(Infinity)),
        (x, mean, shape) => {
          const ratio = logNegativeBinomialPmf(x, 2 * mean, shape) - logNegativeBinomialPmf(x, mean, shape)
          expect(countIncrement(x, mean, shape)).toBeCloseTo(ratio, 8)
        },
      ),
    )
    expect(epochIncrement(12, 7, 5)).toBe(0)
  })
})

describe('average run lengths (Brook & Evans 1972)', () => {
  const laws = { a: 3.55, b: 47.2, n: 100, mean: 7, k: 5 }
  const masses = betaBinomialPmf(laws.n, laws.a, laws.b)

  it.each([
    [1, 12, 1.5],
    [5, 38, 2],
    [10, 168, 3],
    [15, 781, 4],
    [20, 3720, 5],
    [25, 17_800, 6],
    [30, 84_900, 7],
    [40, 1_920_000, 9],
  ])('the table of the design, H = %d: ARL0 %d, ARL1 %d', (threshold, quiet, attacked) => {
    const arl0 = averageRunLength(epochIncrementLaw(masses, 7, 5), { threshold, step: 1 })
    const arl1 = averageRunLength(epochIncrementLaw(masses, 7, 5, 10), { threshold, step: 1 })
    // The table is of rounded parameters: a and b to three digits move ARL0 by a percent or two.
    expect(arl0 / quiet).toBeGreaterThan(0.98)
    expect(arl0 / quiet).toBeLessThan(1.03)
    expect(Math.abs(arl1 - attacked)).toBeLessThan(0.25)
  })

  it.each([
    [4, 139, 2.5],
    [5, 288, 2.9],
    [6, 612, 3.3],
    [8, 2885, 4.1],
  ])('20 attempts on valid accounts, H = %d: ARL0 %d, ARL1 %d', (threshold, quiet, attacked) => {
    const valid = betaBinomialPmf(20, 1.9, 17)
    const arl0 = averageRunLength(epochIncrementLaw(valid, 2, 2.5), { threshold, step: 0.5 })
    expect(Math.abs(arl0 / quiet - 1)).toBeLessThan(0.015)
    const arl1 = averageRunLength(epochIncrementLaw(valid, 2, 2.5, 5), { threshold, step: 0.5 })
    expect(arl1).toBeCloseTo(attacked, 1)
  })

  it('a coin: the run of heads has a closed form', () => {
    // +1 or back to 0 with equal chance: H + 1 heads in a row take 2^(H+2) - 2 throws.
    const coin: IncrementLaw = { values: [1, -100], probabilities: [0.5, 0.5] }
    for (const threshold of [0, 1, 4, 9]) {
      expect(averageRunLength(coin, { threshold, step: 1 })).toBeCloseTo(2 ** (threshold + 2) - 2, 8)
    }
  })

  it('stays exact where false alarms are nearly impossible', () => {
    const rare: IncrementLaw = { values: [1, -100], probabilities: [1e-6, 1 - 1e-6] }
    // Expected throws for three heads in a row: (p^-3 - 1) / (1 - p).
    const exact = (1e18 - 1) / (1 - 1e-6)
    expect(averageRunLength(rare, { threshold: 2, step: 1 }) / exact).toBeCloseTo(1, 12)
    expect(averageRunLength({ values: [-1], probabilities: [1] }, { threshold: 2, step: 1 })).toBe(Infinity)
  })

  const simulate = (threshold: number, draw: () => number, runs: number): number => {
    let steps = 0
    for (let run = 0; run < runs; run++) {
      const cusum = new Cusum(threshold)
      do steps++
      while (!cusum.step(draw(), steps))
    }
    return steps / runs
  }

  it('agrees with simulation: beta-binomial epochs', () => {
    const random = createRandom(11)
    const cumulative: number[] = []
    masses.reduce((sum, p, x) => (cumulative[x] = sum + p), 0)
    const draw = (): number => {
      const u = random.next()
      const x = cumulative.findIndex(value => u < value)
      return epochIncrement(x < 0 ? 100 : x, 7, 5)
    }
    const exact = averageRunLength(epochIncrementLaw(masses, 7, 5), { threshold: 10, step: 1 })
    // A run length is nearly exponential, so the mean of n runs has a relative error of 1/sqrt(n): 4 of them.
    expect(Math.abs(simulate(10, draw, 2500) / exact - 1)).toBeLessThan(4 / Math.sqrt(2500))
  })

  it('agrees with simulation: hourly Poisson counts against a doubled rate', () => {
    const random = createRandom(12)
    const mean = 3
    const poisson = Array.from({ length: 40 }, (_, x) => Math.exp(logNegativeBinomialPmf(x, mean, Infinity)))
    const law = countIncrementLaw(poisson, x => countIncrement(x, mean, Infinity))
    const coarse = averageRunLength(law, { threshold: 4, step: 0.02 })
    expect(averageRunLength(law, { threshold: 4, step: 0.01 }) / coarse).toBeCloseTo(1, 1)
    const draw = (): number => countIncrement(random.poisson(mean), mean, Infinity)
    expect(Math.abs(simulate(4, draw, 2000) / coarse - 1)).toBeLessThan(4 / Math.sqrt(2000))
  })

  it('finds the threshold a budget asks for', () => {
    const law = epochIncrementLaw(masses, 7, 5)
    expect(thresholdForRunLength(law, [5, 10, 15, 20, 25], 1, 3000)).toBe(20)
    expect(thresholdForRunLength(law, [5], 1, 3000)).toBeUndefined()
  })

  it('refuses what is no law', () => {
    expect(() => averageRunLength({ values: [1], probabilities: [0.5] }, { threshold: 1, step: 1 })).toThrow(
      /sum to 0.5/,
    )
    expect(() => averageRunLength({ values: [1, 2], probabilities: [1] }, { threshold: 1, step: 1 })).toThrow(
      RangeError,
    )
    expect(() => averageRunLength({ values: [1], probabilities: [1] }, { threshold: 1, step: 1e-9 })).toThrow(/states/)
  })

  it('moments used above', () => {
    expect(Math.sqrt(betaBinomialMoments(100, 3.55, 47.2).variance)).toBeCloseTo(4.36, 1)
  })
})
