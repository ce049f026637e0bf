import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  betaBinomialMoments,
  betaBinomialPmf,
  betaQuantile,
  fitBetaBinomial,
  logBetaInc,
} from '../../../src/kit/math/beta.ts'
import { lgamma, log1mexp, logBeta, logGammaP, logGammaQ } from '../../../src/kit/math/gamma.ts'
import { chiSquareQuantile, gammaQuantile, logChiSquareTail, poissonInterval } from '../../../src/kit/math/quantiles.ts'
import {
  criticalCount,
  logNegativeBinomialPmf,
  negativeBinomialTail,
  poissonTail,
} from '../../../src/kit/math/tails.ts'

fc.configureGlobal({ seed: 1 })

interface Reference {
  tails: [count: number, mean: number, shape: number | 'Infinity', log10Tail: number][]
  beta: [a: number, b: number, x: number, log: number][]
  gamma: [a: number, x: number, logLower: number, logUpper: number][]
  lgamma: [x: number, value: number][]
  chiSquareQuantile: [p: number, degrees: number, value: number][]
}

const reference: Reference = JSON.parse(
  readFileSync(new URL('../../fixtures/tails/reference.json', import.meta.url), 'utf8'),
)

const relativeError = (actual: number, expected: number): number =>
  Math.abs(actual - expected) / (Math.abs(expected) || 1)

describe('against 50-digit references', () => {
  it('log10 tails of negative binomial and Poisson counts, to 1e-11 of the logarithm, far beyond 1e-300', () => {
    expect(Math.min(...reference.tails.map(row => row[3]))).toBeLessThan(-300)
    for (const [count, mean, shape, expected] of reference.tails) {
      const actual = negativeBinomialTail(count, mean, Number(shape))
      expect(relativeError(actual, expected), `C >= ${count}, mean ${mean}, shape ${shape}`).toBeLessThan(1e-11)
    }
  })

  it.each(reference.beta)('log I_x(%d, %d) at x = %d', (a, b, x, expected) => {
    expect(relativeError(logBetaInc(a, b, x), expected)).toBeLessThan(1e-11)
  })

  it.each(reference.gamma)('log P and log Q of shape %d at %d', (a, x, lower, upper) => {
    expect(relativeError(logGammaP(a, x), lower)).toBeLessThan(1e-11)
    expect(relativeError(logGammaQ(a, x), upper)).toBeLessThan(1e-11)
  })

  it.each(reference.lgamma)('lgamma(%d)', (x, expected) => {
    expect(Math.abs(lgamma(x) - expected)).toBeLessThan(1e-14 * Math.max(1, Math.abs(expected)))
  })

  it.each(reference.chiSquareQuantile)('chi-square quantile %d with %d degrees of freedom', (p, degrees, expected) => {
    expect(relativeError(chiSquareQuantile(p, degrees), expected)).toBeLessThan(1e-11)
    expect(Math.exp(logChiSquareTail(expected, degrees))).toBeCloseTo(1 - p, 11)
  })
})

describe('count tails', () => {
  const counts = fc.integer({ min: 1, max: 400 })
  const means = fc.double({ min: 1e-3, max: 300, noNaN: true })
  const shapes = fc.oneof(fc.double({ min: 0.5, max: 1e4, noNaN: true }), fc.constant(Infinity))

  it('differ from one count to the next by exactly the mass between them', () => {
    fc.assert(
      fc.property(counts, means, shapes, (count, mean, shape) => {
        const here = negativeBinomialTail(count, mean, shape) * Math.LN10
        const next = negativeBinomialTail(count + 1, mean, shape) * Math.LN10
        const mass = logNegativeBinomialPmf(count, mean, shape)
        // exp(here) = exp(next) + exp(mass), compared relative to the larger.
        expect(Math.exp(next - here) + Math.exp(mass - here)).toBeCloseTo(1, 9)
      }),
    )
  })

  it('grow with the mean and, beyond it, shrink with the shape', () => {
    fc.assert(
      fc.property(counts, means, shapes, (count, mean, shape) => {
        const tail = negativeBinomialTail(count, mean, shape)
        expect(tail).toBeLessThanOrEqual(0)
        expect(negativeBinomialTail(count, mean * 1.1, shape)).toBeGreaterThanOrEqual(tail - 1e-12)
        if (count > 2 * mean + 2) expect(poissonTail(count, mean)).toBeLessThanOrEqual(tail + 1e-9)
      }),
    )
  })

  it('the first unit of a count is 1 - P(0), without cancellation', () => {
    expect(10 ** poissonTail(1, 1e-12)).toBeCloseTo(1e-12, 22)
    expect(poissonTail(1, 3)).toBeCloseTo(Math.log10(1 - Math.exp(-3)), 14)
  })

  it('the wave of the design: 41 new addresses where 4.9 are usual', () => {
    expect(negativeBinomialTail(41, 4.9, 33)).toBeCloseTo(-17.59, 2)
    expect(poissonTail(41, 4.9)).toBeCloseTo(-23.3, 1)
  })

  it('huge shapes are the Poisson law, and huge counts stay finite', () => {
    expect(negativeBinomialTail(200, 91, 1e19)).toBeCloseTo(poissonTail(200, 91), 9)
    expect(negativeBinomialTail(200, 91, 1e300)).toBe(poissonTail(200, 91))
    expect(poissonTail(1e6, 1)).toBeGreaterThan(-1e7)
    expect(poissonTail(1e9, 1)).toBeLessThan(-1e9)
  })

  it('counts of millions keep to the mass between them too, and take no time', () => {
    for (const [count, mean, shape] of [
      [1500, 1600, 33],
      [5000, 4000, 2],
      [900_000, 1_000_000, 50],
      [1_100_000, 1_000_000, 50],
      [999_000, 1_000_000, Infinity],
      [999_000, 1_000_000, 1e7],
    ]) {
      const here = negativeBinomialTail(count, mean, shape) * Math.LN10
      const next = negativeBinomialTail(count + 1, mean, shape) * Math.LN10
      const mass = logNegativeBinomialPmf(count, mean, shape)
      expect(Math.abs(Math.exp(here) - Math.exp(next) - Math.exp(mass))).toBeLessThan(1e-11)
    }
    expect(10 ** negativeBinomialTail(1e9, 1e9, 1)).toBeCloseTo(Math.exp(-1), 6)
    expect(10 ** poissonTail(1e9, 1e9)).toBeCloseTo(0.5, 4)
  })

  it('edges: no count, no mean, fractions', () => {
    expect(negativeBinomialTail(0, 5, 2)).toBe(0)
    expect(negativeBinomialTail(-3, 5, 2)).toBe(0)
    expect(negativeBinomialTail(1, 0, 2)).toBe(-Infinity)
    expect(negativeBinomialTail(2, Number.MIN_VALUE, 2)).toBeLessThan(-500)
    expect(negativeBinomialTail(3, 1e308, 2)).toBeCloseTo(0, 12)
    expect(negativeBinomialTail(2.2, 5, 2)).toBe(negativeBinomialTail(3, 5, 2))
    for (const [count, mean, shape] of [
      [Number.NaN, 1, 1],
      [1, Number.NaN, 1],
      [1, -1, 1],
      [1, 1, 0],
      [Infinity, 1, 1],
    ]) {
      expect(() => negativeBinomialTail(count, mean, shape)).toThrow(RangeError)
    }
  })

  it('the critical count is the first in the tail', () => {
    fc.assert(
      fc.property(means, shapes, fc.double({ min: -40, max: -0.01, noNaN: true }), (mean, shape, limit) => {
        const critical = criticalCount(mean, shape, limit)
        expect(negativeBinomialTail(critical, mean, shape)).toBeLessThanOrEqual(limit)
        expect(negativeBinomialTail(critical - 1, mean, shape)).toBeGreaterThan(limit)
      }),
    )
    expect(criticalCount(0, 5, -3)).toBe(1)
    expect(criticalCount(4, 5, 0)).toBe(0)
  })
})

describe('incomplete beta and gamma', () => {
  it('quantiles invert their integrals', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-9, max: 0.999, noNaN: true }),
        fc.double({ min: 0.2, max: 500, noNaN: true }),
        // Below b = 1 the density is infinite at 1, where neighbouring doubles lie 1e-16 apart.
        fc.double({ min: 1, max: 500, noNaN: true }),
        (p, a, b) => {
          expect(Math.exp(logBetaInc(a, b, betaQuantile(p, a, b)))).toBeCloseTo(p, 9)
          expect(Math.exp(logGammaP(a, gammaQuantile(p, a)))).toBeCloseTo(p, 9)
        },
      ),
      { numRuns: 50 },
    )
    expect(betaQuantile(0, 2, 3)).toBe(0)
    expect(betaQuantile(1, 2, 3)).toBe(1)
    expect(gammaQuantile(1, 2)).toBe(Infinity)
  })

  it('integer shapes have closed forms', () => {
    expect(Math.exp(logBetaInc(1, 5, 0.3))).toBeCloseTo(1 - 0.7 ** 5, 14)
    expect(logGammaQ(1, 900)).toBeCloseTo(-900, 10)
    expect(logBeta(3, 4)).toBeCloseTo(Math.log(1 / 60), 14)
    expect(log1mexp(-1e-20)).toBeCloseTo(Math.log(1e-20), 12)
  })

  it('ends and nonsense', () => {
    expect(logBetaInc(2, 3, 0)).toBe(-Infinity)
    expect(logBetaInc(2, 3, 1)).toBe(0)
    expect(logGammaP(2, 0)).toBe(-Infinity)
    expect(logGammaQ(2, Infinity)).toBe(-Infinity)
    expect(() => logBetaInc(0, 1, 0.5)).toThrow(/expected a finite number above 0/)
    expect(() => logGammaP(1, -1)).toThrow(RangeError)
    expect(() => lgamma(Number.NaN)).toThrow(RangeError)
  })

  it("Garwood's interval of a Poisson mean, as tabled", () => {
    expect(poissonInterval(0)).toEqual({ lower: 0, upper: expect.closeTo(3.6889, 4) })
    expect(poissonInterval(3)).toEqual({ lower: expect.closeTo(0.6187, 4), upper: expect.closeTo(8.7673, 4) })
    expect(poissonInterval(100)).toEqual({ lower: expect.closeTo(81.364, 3), upper: expect.closeTo(121.627, 3) })
  })
})

describe('the beta-binomial law', () => {
  it('sums to one, with the stated mean and variance', () => {
    const pmf = betaBinomialPmf(100, 3.55, 47.2)
    const { mean, variance } = betaBinomialMoments(100, 3.55, 47.2)
    const first = pmf.reduce((sum, p, x) => sum + p * x, 0)
    expect(pmf.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12)
    expect(first).toBeCloseTo(mean, 11)
    expect(pmf.reduce((sum, p, x) => sum + p * (x - first) ** 2, 0)).toBeCloseTo(variance, 9)
  })

  it('is uniform for Beta(1, 1)', () => {
    for (const p of betaBinomialPmf(9, 1, 1)) expect(p).toBeCloseTo(0.1, 14)
  })

  it('moment fits recover the law, and survive samples without spread', () => {
    const pmf = betaBinomialPmf(20, 1.9, 17)
    const sample = Array.from(pmf).flatMap((p, x) => Array.from({ length: Math.round(p * 1e5) }, () => x))
    const { a, b } = fitBetaBinomial(sample, 20, { a: 1.9, b: 17, epochs: 1 })
    expect(a).toBeCloseTo(1.9, 1)
    expect(b).toBeCloseTo(17, 0)
    const still = fitBetaBinomial([0, 0, 0], 20, { a: 1, b: 9, epochs: 0 })
    expect(still.a).toBeGreaterThan(0)
    expect(() => fitBetaBinomial([], 20, { a: 1, b: 9, epochs: 0 })).toThrow(RangeError)
  })
})
