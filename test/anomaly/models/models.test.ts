import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ensemble } from '../../../src/anomaly/models/ensemble.ts'
import { isolationForest } from '../../../src/anomaly/models/isolation-forest.ts'
import { kMeans } from '../../../src/anomaly/models/kmeans.ts'
import { nearestNeighbours } from '../../../src/anomaly/models/knn.ts'
import { loda } from '../../../src/anomaly/models/loda.ts'
import type { AnomalyModel, FittedModel } from '../../../src/anomaly/models/model.ts'
import { drawWithoutReplacement } from '../../../src/anomaly/models/model.ts'
import { fitScaler, restoreScaler } from '../../../src/anomaly/models/scaler.ts'
import { zScore } from '../../../src/anomaly/models/zscore.ts'
import { createRandom } from '../../../src/core/random.ts'
import { median } from '../../../src/kit/math/summary.ts'
import { tailModel } from './tail-model.ts'

fc.configureGlobal({ seed: 1 })

const gaussian = (n: number, d: number, seed = 1, centre = 0): Float64Array => {
  const random = createRandom(seed, 'rows')
  return Float64Array.from({ length: n * d }, () => random.normal() + centre)
}
const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)

const kinds: AnomalyModel[] = [
  isolationForest({ trees: 50 }),
  loda({ projections: 50 }),
  nearestNeighbours(),
  kMeans(),
  zScore,
  ensemble([isolationForest({ trees: 50 }), loda({ projections: 50 }), nearestNeighbours()]),
  // Written for these tests: a kind of model is one file, and the ensemble takes it like its own.
  tailModel,
]

describe.each(kinds.map(kind => [kind.id, kind] as const))('every model: %s', (id, kind) => {
  const rows = gaussian(600, 3)
  const model: FittedModel = kind.fit(rows, 600, 3, createRandom(2))

  it('scores what is far off above what is usual', () => {
    const usual = median(model.scoreAll(rows, 600))
    for (const row of [
      [8, 0, 0],
      [-8, 8, -8],
      [5, 5, 5],
    ]) {
      expect(model.score(row)).toBeGreaterThan(usual)
    }
    expect(model.model).toBe(id)
    expect(model.dimensions).toBe(3)
  })

  it('explains by contributions that sum to the stated total', () => {
    const coordinate = fc.double({ min: -20, max: 20, noNaN: true })
    fc.assert(
      fc.property(fc.tuple(coordinate, coordinate, coordinate), row => {
        const { contributions, total } = model.explain(row)
        expect(contributions).toHaveLength(3)
        expect(Math.abs(sum(contributions) - total)).toBeLessThan(1e-9 * Math.max(1, Math.abs(total)))
      }),
    )
  })

  it('blames the feature that is out of line', () => {
    const { contributions } = model.explain([0.1, 9, 0.1])
    expect(contributions[1]).toBe(Math.max(...contributions))
  })

  it('scores rows together as it does one by one', () => {
    const all = model.scoreAll(rows, 600)
    for (let i = 0; i < 600; i += 37) expect(all[i]).toBe(model.score(rows.subarray(3 * i, 3 * i + 3)))
    expect(model.scoreAll(new Float64Array(0), 0)).toHaveLength(0)
  })

  it('is the same for the same rows and stream, and comes back from JSON', () => {
    const text = JSON.stringify(model)
    expect(JSON.stringify(kind.fit(rows, 600, 3, createRandom(2)))).toBe(text)
    const back = kind.fromJSON(JSON.parse(text))
    expect(back.scoreAll(rows, 600)).toEqual(model.scoreAll(rows, 600))
    expect(back.explain([1, -2, 3])).toEqual(model.explain([1, -2, 3]))
    expect(JSON.stringify(back)).toBe(text)
  })

  it('has a clear word for bad rows, bad matrices and bad files', () => {
    const random = createRandom(1)
    const poisoned = Float64Array.from(rows)
    poisoned[7] = Number.NaN
    expect(() => kind.fit(poisoned, 600, 3, random)).toThrow(/row 2, feature 1 is NaN; expected a finite number/)
    poisoned[7] = Infinity
    expect(() => kind.fit(poisoned, 600, 3, random)).toThrow(RangeError)
    expect(() => kind.fit(new Float64Array(0), 0, 3, random)).toThrow(/0 rows; expected at least/)
    expect(() => kind.fit(new Float64Array(0), 0, 0, random)).toThrow(/0 features/)
    expect(() => kind.fit(rows, 599, 3, random)).toThrow(/expected 599 rows of 3/)
    expect(() => model.score([1, 2])).toThrow(/2 features; expected 3/)
    expect(() => model.score([1, Number.NaN, 3])).toThrow(/feature 1 is NaN/)
    expect(() => model.explain([1, 2, -Infinity])).toThrow(RangeError)
    expect(() => model.scoreAll(poisoned, 600)).toThrow(RangeError)
    for (const broken of [null, [], 3, {}, { model: id }, { model: id, version: 1 }, { model: 'x', version: 1 }]) {
      expect(() => kind.fromJSON(broken)).toThrow(RangeError)
    }
  })

  it('takes the fewest rows it asks for, constant columns and identical rows', () => {
    const few = kind.fit(gaussian(kind.leastRows, 3), kind.leastRows, 3, createRandom(1))
    expect(Number.isFinite(few.score([1, 2, 3]))).toBe(true)
    const same = kind.fit(new Float64Array(60).fill(4), 20, 3, createRandom(1))
    expect(Number.isFinite(same.score([4, 4, 4]))).toBe(true)
    expect(Number.isFinite(same.score([9, 4, 4]))).toBe(true)
    const flat = kind.fit(
      gaussian(100, 3).map((value, i) => (i % 3 === 0 ? 1 : value)),
      100,
      3,
      createRandom(1),
    )
    expect(flat.explain([1, 3, 0]).contributions.every(Number.isFinite)).toBe(true)
  })
})

describe('drawing without replacement', () => {
  it('draws distinct items, every ordered pair equally often', () => {
    const random = createRandom(1)
    const seen = new Map<string, number>()
    for (let trial = 0; trial < 12_000; trial++) {
      const drawn = drawWithoutReplacement(4, 2, random)
      expect(drawn[0]).not.toBe(drawn[1])
      seen.set(drawn.join(), (seen.get(drawn.join()) ?? 0) + 1)
    }
    expect(seen.size).toBe(12)
    for (const count of seen.values()) expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt(1000))
    expect([...drawWithoutReplacement(9, 9, random)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })
})

describe('nearest neighbours', () => {
  it('are those of brute force', () => {
    const rows = gaussian(50, 2)
    const model = nearestNeighbours().fit(rows, 50, 2, createRandom(1))
    expect([model.corePoints, model.neighbours]).toEqual([50, 5])
    const coordinate = fc.double({ min: -4, max: 4, noNaN: true })
    fc.assert(
      fc.property(coordinate, coordinate, (x, y) => {
        const squared = Array.from({ length: 50 }, (_, i) => (rows[2 * i] - x) ** 2 + (rows[2 * i + 1] - y) ** 2)
        const nearest = squared.sort((a, b) => a - b).slice(0, 5)
        expect(model.score([x, y])).toBeCloseTo(Math.sqrt(nearest.reduce((a, b) => a + b) / 5), 12)
      }),
    )
  })

  it('keep a bounded core, and fewer neighbours where there are fewer points', () => {
    expect(nearestNeighbours({ core: 64 }).fit(gaussian(500, 2), 500, 2, createRandom(1)).corePoints).toBe(64)
    expect(nearestNeighbours().fit(gaussian(3, 2), 3, 2, createRandom(1)).neighbours).toBe(3)
    expect(() => nearestNeighbours({ neighbours: 0 })).toThrow(/neighbours is 0/)
  })
})

describe('LODA', () => {
  it('goes on growing beyond the range it has seen', () => {
    const model = loda().fit(gaussian(500, 3), 500, 3, createRandom(1))
    const scores = [5, 10, 20, 40].map(x => model.score([x, x, x]))
    expect(scores).toEqual(scores.toSorted((a, b) => a - b))
    expect(new Set(scores).size).toBe(4)
    expect(model.explain([0, 0, 0]).total).toBeCloseTo(model.score([0, 0, 0]) - model.least, 12)
  })

  it('estimates the density along its projections', () => {
    // One feature: every projection is a scaled copy of it, and the score is -log density up to the mean log scale.
    const model = loda({ projections: 20 }).fit(gaussian(20_000, 1), 20_000, 1, createRandom(1))
    const difference = model.score([2]) - model.score([0])
    expect(difference).toBeCloseTo(2, 0)
  })
})

describe('k-means', () => {
  const three = Float64Array.of(...gaussian(200, 2, 1, 0), ...gaussian(100, 2, 2, 12), ...gaussian(50, 2, 3, -12))

  it('finds three groups, numbered from the largest', () => {
    const model = kMeans().fit(three, 350, 2, createRandom(1))
    expect(model.groups).toBe(3)
    expect(model.shares.map(share => Math.round(share * 350))).toEqual([200, 100, 50])
    expect(model.silhouette).toBeGreaterThan(0.8)
    expect([model.group([0, 0]), model.group([11, 13]), model.group([-12, -12])]).toEqual([0, 1, 2])
    expect(model.centre(1)[0]).toBeCloseTo(12, 0)
    expect(() => model.centre(3)).toThrow(/group is 3/)
  })

  it('makes one group of what has no structure', () => {
    const spread = Float64Array.from({ length: 20 }, () => 7)
    expect(kMeans().fit(spread, 10, 2, createRandom(1)).groups).toBe(1)
    expect(kMeans({ mostGroups: 1 }).fit(three, 350, 2, createRandom(1)).silhouette).toBe(0)
  })
})

describe('robust z-scores', () => {
  it('are labelled a fallback, and are what they say', () => {
    expect(zScore.title).toMatch(/fallback/)
    const model = zScore.fit(Float64Array.of(1, 2, 3, 4, 5), 5, 1, createRandom(1))
    expect(model.zScores([5])[0]).toBeCloseTo(2 / (2 / 1.349), 12)
    expect(model.score([3])).toBe(0)
  })
})

describe('the ensemble', () => {
  it('is the mean of the ranks, 1 at the top of the calibration and more beyond', () => {
    const rows = gaussian(900, 3)
    const model = ensemble().fit(rows, 900, 3, createRandom(1))
    const ranks = model.ranks([1, 1, 1])
    expect(ranks.map(member => member.model)).toEqual(['isolation-forest', 'loda', 'knn'])
    expect(model.score([1, 1, 1])).toBeCloseTo(ranks.reduce((total, member) => total + member.rank, 0) / 3, 12)
    expect(model.score([9, 9, 9])).toBeGreaterThan(1)
    expect(model.score([30, 30, 30])).toBeGreaterThan(model.score([9, 9, 9]))
    const calibration = model.scoreAll(rows.subarray(600 * 3), 300)
    expect(Math.max(...calibration)).toBeLessThanOrEqual(1)
    // Ranks among themselves spread evenly: the middle one near a half.
    expect(Math.abs(median(calibration) - 0.5)).toBeLessThan(0.1)
  })

  it('can be ranked against other rows', () => {
    const model = ensemble().fit(gaussian(300, 2), 300, 2, createRandom(1))
    const harder = model.recalibrated(gaussian(100, 2, 5, 3), 100)
    expect(harder.score([3, 3])).toBeLessThan(model.score([3, 3]))
    expect(() => model.recalibrated(new Float64Array(0), 0)).toThrow(RangeError)
    expect(() => ensemble([])).toThrow(/no members/)
  })

  it('takes a kind of model that it has never heard of', () => {
    const rows = gaussian(90, 2)
    const kind = ensemble([tailModel, loda()])
    const model = kind.fit(rows, 90, 2, createRandom(1))
    expect(model.ranks([0, 0]).map(member => member.model)).toEqual(['tails', 'loda'])
    expect(model.score([6, 6])).toBeGreaterThan(model.score([0, 0]))
    expect(kind.fromJSON(JSON.parse(JSON.stringify(model))).score([1, 2])).toBe(model.score([1, 2]))
  })

  it('does not take the files of other members', () => {
    const saved = JSON.parse(JSON.stringify(ensemble([loda()]).fit(gaussian(30, 2), 30, 2, createRandom(1))))
    expect(() => ensemble([nearestNeighbours()]).fromJSON(saved)).toThrow(/is a loda; expected a knn/)
    expect(() => ensemble().fromJSON(saved)).toThrow(/1 members; expected 3/)
  })
})

describe('the scaler', () => {
  it('takes counts as log1p, centres by the median, scales by max(IQR / 1.349, MAD, floor), drops constants', () => {
    const rows = Float64Array.of(0, 5, 1, 1, 5, 2, 3, 5, 3, 7, 5, 4, 1000, 5, 5)
    const scaler = fitScaler(rows, 5, 3, { counts: [true, false, false] })
    expect([scaler.inputs, scaler.dimensions, scaler.kept]).toEqual([3, 2, [0, 2]])
    expect(scaler.centre).toEqual([Math.log(4), 3])
    const scaled = scaler.transform([3, 99, 5])
    expect(scaled[0]).toBe(0)
    expect(scaled[1]).toBeCloseTo(2 / Math.max(2 / 1.349, 1), 12)
    expect([...scaler.transformAll(rows, 5).subarray(4, 6)]).toEqual([0, 0])
  })

  it('the floor keeps a nearly constant feature small', () => {
    const rows = Float64Array.from({ length: 100 }, (_, i) => (i === 0 ? 1 : 0))
    expect(fitScaler(rows, 100, 1).transform([1])[0]).toBe(20)
    expect(fitScaler(rows, 100, 1, { floor: 0.5 }).transform([1])[0]).toBe(2)
  })

  it('keeps nothing of constants only, and says so by its dimensions', () => {
    const scaler = fitScaler(new Float64Array(6).fill(3), 3, 2)
    expect(scaler.dimensions).toBe(0)
    expect(scaler.transform([1, 2])).toHaveLength(0)
    expect(scaler.transformAll(new Float64Array(6).fill(3), 3)).toHaveLength(0)
    expect(fitScaler(Float64Array.of(1, 2), 1, 2).dimensions).toBe(0)
  })

  it('comes back from JSON, and refuses nonsense', () => {
    const scaler = fitScaler(gaussian(50, 4), 50, 4, { floor: 0.01 })
    const back = restoreScaler(JSON.parse(JSON.stringify(scaler)))
    expect(back.transform([1, 2, 3, 4])).toEqual(scaler.transform([1, 2, 3, 4]))
    expect(() => fitScaler(new Float64Array(0), 0, 2)).toThrow(/0 rows/)
    expect(() => fitScaler(Float64Array.of(-1, 2), 2, 1, { counts: [true] })).toThrow(
      /feature 0 is -1; expected a count/,
    )
    expect(() => fitScaler(Float64Array.of(1, 2), 2, 1, { floor: 0 })).toThrow(/floor is 0/)
    expect(() => restoreScaler({ model: 'scaler', version: 2 })).toThrow(/version 2/)
  })
})
