import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isolationForest, isolationForestFromTrees } from '../../../src/anomaly/models/isolation-forest.ts'
import type { ExportedTree } from '../../../src/anomaly/models/isolation-trees.ts'
import { averagePathLength, heightLimit } from '../../../src/anomaly/models/isolation-trees.ts'
import { createRandom } from '../../../src/core/random.ts'

fc.configureGlobal({ seed: 1 })

interface Reference {
  scikitLearn: string
  forests: {
    name: string
    psi: number
    dimensions: number
    trees: ExportedTree[]
    rows: number[][]
    scores: number[]
  }[]
}

const reference: Reference = JSON.parse(
  readFileSync(new URL('../../fixtures/isolation-forest/reference.json', import.meta.url), 'utf8'),
)

const gaussian = (n: number, d: number, seed = 1): Float64Array => {
  const random = createRandom(seed, 'rows')
  return Float64Array.from({ length: n * d }, () => random.normal())
}
const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0)

describe(`parity with scikit-learn ${reference.scikitLearn} on its own trees`, () => {
  it.each(reference.forests.map(forest => [forest.name, forest] as const))('%s', (_, exported) => {
    const forest = isolationForestFromTrees(exported.trees, exported.dimensions, exported.psi)
    const all = forest.scoreAll(Float64Array.from(exported.rows.flat()), exported.rows.length)
    exported.rows.forEach((row, i) => {
      expect(Math.abs(forest.score(row) - exported.scores[i])).toBeLessThan(1e-9)
      expect(all[i]).toBe(forest.score(row))
    })
  })
})

describe('Liu, Ting & Zhou 2008', () => {
  it('c(n), equation 1', () => {
    expect([0, 1, 2].map(averagePathLength)).toEqual([0, 0, 1])
    expect(averagePathLength(256)).toBeCloseTo(10.2448, 4)
    // 2 H(n-1) - 2(n-1)/n with the true harmonic number; the paper's ln + gamma is within 1/(n-1) of it.
    for (const n of [16, 64, 256]) {
      let harmonic = 0
      for (let i = 1; i < n; i++) harmonic += 1 / i
      expect(Math.abs(averagePathLength(n) - (2 * harmonic - (2 * (n - 1)) / n))).toBeLessThan(1 / (n - 1))
    }
  })

  it('height limit ceil(log2 psi)', () => {
    expect([2, 3, 4, 5, 256, 257].map(heightLimit)).toEqual([1, 2, 2, 3, 8, 9])
  })

  it('path lengths of a tree worked out by hand', () => {
    // Root: feature 0 <= 1.5 -> leaf of 3 rows; else feature 1 <= 0 -> leaf of 1, else leaf of 4.
    const tree: ExportedTree = {
      feature: [0, -2, 1, -2, -2],
      threshold: [1.5, 0, 0, 0, 0],
      left: [1, -1, 3, -1, -1],
      right: [2, -1, 4, -1, -1],
      size: [8, 3, 5, 1, 4],
    }
    const forest = isolationForestFromTrees([tree], 2, 8)
    const expected = (depth: number, rows: number): number =>
      2 ** (-(depth + averagePathLength(rows)) / averagePathLength(8))
    expect(forest.score([1.5, 9])).toBeCloseTo(expected(1, 3), 15)
    expect(forest.score([2, 0])).toBeCloseTo(expected(2, 1), 15)
    expect(forest.score([2, 1])).toBeCloseTo(expected(2, 4), 15)
    const { contributions, total } = forest.explain([2, 0])
    expect(total).toBeCloseTo(averagePathLength(8) - 2, 14)
    expect(contributions[0]).toBeCloseTo(averagePathLength(8) - (1 + averagePathLength(5)), 14)
    expect(contributions[1]).toBeCloseTo(1 + averagePathLength(5) - 2, 14)
  })

  it('values are rounded to float32 before they are compared', () => {
    const tree = {
      feature: [0, -2, -2],
      threshold: [0.1, 0, 0],
      left: [1, -1, -1],
      right: [2, -1, -1],
      size: [3, 1, 2],
    }
    const forest = isolationForestFromTrees([tree], 1, 3)
    // fround(0.1) is above 0.1, so the row goes right, as it does in scikit-learn.
    expect(forest.score([0.1])).toBe(forest.score([5]))
    expect(forest.score([0.0999999])).toBe(forest.score([-5]))
  })
})

describe('a grown forest', () => {
  const rows = gaussian(1000, 3)
  const forest = isolationForest().fit(rows, 1000, 3, createRandom(4))

  it('puts the strange above the ordinary, and the ordinary near 0.5', () => {
    expect(forest.score([6, -6, 6])).toBeGreaterThan(0.7)
    expect(forest.score([0, 0, 0])).toBeLessThan(0.45)
    expect(forest.trees).toBe(200)
    expect(forest.sample).toBe(256)
  })

  it('explains by contributions that sum to c(psi) - E[h], from which the score follows', () => {
    const norm = averagePathLength(256)
    fc.assert(
      fc.property(fc.array(fc.double({ min: -8, max: 8, noNaN: true }), { minLength: 3, maxLength: 3 }), row => {
        const { contributions, total } = forest.explain(row)
        expect(sum(contributions)).toBeCloseTo(total, 10)
        expect(2 ** (total / norm - 1)).toBeCloseTo(forest.score(row), 12)
      }),
    )
  })

  it('blames the feature that is out of line', () => {
    const { contributions, total } = forest.explain([0, 7, 0])
    expect(contributions[1] / total).toBeGreaterThan(0.8)
  })

  it('is the same for the same stream, and another for another', () => {
    const again = isolationForest().fit(rows, 1000, 3, createRandom(4))
    expect(JSON.stringify(again)).toBe(JSON.stringify(forest))
    expect(JSON.stringify(isolationForest().fit(rows, 1000, 3, createRandom(5)))).not.toBe(JSON.stringify(forest))
  })

  it('comes back from JSON bit for bit', () => {
    const back = isolationForest().fromJSON(JSON.parse(JSON.stringify(forest)))
    expect(back.scoreAll(rows, 1000)).toEqual(forest.scoreAll(rows, 1000))
    expect(back.explain([1, 2, 3])).toEqual(forest.explain([1, 2, 3]))
  })

  it('isolates at the root what one cut isolates: path lengths against a plain recursive tree', () => {
    // With two rows a tree is one cut: h = 1 on either side, so every score is 2^(-1/c(2)) = 1/2.
    const pair = isolationForest({ trees: 7 }).fit(Float64Array.of(0, 1), 2, 1, createRandom(1))
    expect(pair.sample).toBe(2)
    expect(pair.score([0.3])).toBe(0.5)
  })

  it('never splits on a constant column', () => {
    const flat = gaussian(400, 2).map((value, i) => (i % 2 === 0 ? 5 : value))
    const { contributions } = isolationForest().fit(flat, 400, 2, createRandom(1)).explain([99, 3])
    expect(contributions[0]).toBe(0)
  })

  it('scores everything alike when all rows are', () => {
    const same = isolationForest({ trees: 3 }).fit(new Float64Array(40).fill(2), 20, 2, createRandom(1))
    expect(same.score([2, 2])).toBe(0.5)
    expect(same.explain([9, 9]).total).toBe(0)
  })
})

describe('bad input has a clear word', () => {
  const kind = isolationForest({ trees: 2 })
  const random = createRandom(1)
  it.each([
    ['no rows', () => kind.fit(new Float64Array(0), 0, 2, random), /0 rows; expected at least 2/],
    ['one row', () => kind.fit(Float64Array.of(1, 2), 1, 2, random), /1 rows; expected at least 2/],
    ['wrong size', () => kind.fit(new Float64Array(5), 2, 2, random), /5 numbers; expected 2 rows of 2/],
    ['NaN', () => kind.fit(Float64Array.of(1, 2, Number.NaN, 4), 2, 2, random), /row 1, feature 0 is NaN/],
    ['Infinity', () => kind.fit(Float64Array.of(1, 2, 3, Infinity), 2, 2, random), /row 1, feature 1 is Infinity/],
    ['beyond float32', () => kind.fit(Float64Array.of(1, 2, 3, 1e300), 2, 2, random), /feature 1 is 1e\+300/],
    ['no trees', () => isolationForest({ trees: 0 }), /trees is 0/],
    ['psi of one', () => isolationForest({ sample: 1 }), /sample is 1/],
    ['another model', () => kind.fromJSON({ model: 'loda', version: 1 }), /is a loda; expected a isolation-forest/],
    ['another version', () => kind.fromJSON({ model: 'isolation-forest', version: 9 }), /version 9; expected 1/],
    ['not a model', () => kind.fromJSON('x'), /no object/],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(RangeError)
    expect(act).toThrow(message)
  })

  it('a cut or altered file', () => {
    const saved = JSON.parse(JSON.stringify(kind.fit(gaussian(50, 2), 50, 2, random)))
    const without = (change: (model: typeof saved) => void) => {
      const altered = structuredClone(saved)
      change(altered)
      return () => kind.fromJSON(altered)
    }
    expect(without(m => m.trees[0].feature.pop())).toThrow(RangeError)
    expect(without(m => m.trees[1].threshold.pop())).toThrow(/"threshold"/)
    expect(without(m => (m.trees[0].feature[0] = 7))).toThrow(/"feature"/)
    expect(without(m => (m.trees = []))).toThrow(/no trees/)
    expect(without(m => (m.sample = 4))).toThrow(/too deep/)
  })

  it('a row of another shape', () => {
    const forest = kind.fit(gaussian(50, 2), 50, 2, random)
    expect(() => forest.score([1])).toThrow(/1 features; expected 2/)
    expect(() => forest.score([1, Number.NaN])).toThrow(/feature 1 is NaN/)
  })
})
