import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../src/core/random.ts'
import type { TokenFamily } from '../../../src/kit/math/excess-mixture.ts'
import { excessMixture, precisionCeiling } from '../../../src/kit/math/excess-mixture.ts'
import { bandKeys, estimateJaccard, jaccard, linkSimilar, minHash } from '../../../src/kit/math/minhash.ts'
import { fisherCombination, logCoincidence, poissonScan } from '../../../src/kit/math/scan.ts'
import { editDistance, longestCommonSubsequence } from '../../../src/kit/math/sequences.ts'
import { UnionFind } from '../../../src/kit/math/union-find.ts'

fc.configureGlobal({ seed: 1 })

describe('union-find', () => {
  it('has the components of the graph, by brute force', () => {
    const edges = fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 20 })
    fc.assert(
      fc.property(edges, pairs => {
        const sets = new UnionFind(12)
        for (const [i, j] of pairs) sets.union(i, j)
        const label = Array.from({ length: 12 }, (_, i) => i)
        for (let round = 0; round < 12; round++) {
          for (const [i, j] of pairs) label[i] = label[j] = Math.min(label[i], label[j])
        }
        expect(sets.sets).toBe(new Set(label).size)
        for (let i = 0; i < 12; i++) {
          for (let j = 0; j < 12; j++) expect(sets.find(i) === sets.find(j)).toBe(label[i] === label[j])
          expect(sets.size(i)).toBe(label.filter(value => value === label[i]).length)
        }
        expect(sets.groups().map(group => group[0])).toEqual([...new Set(label)])
        expect(sets.groups().flat().length).toBe(12)
      }),
    )
  })

  it('refuses elements it does not have', () => {
    expect(() => new UnionFind(2).find(2)).toThrow(/element is 2/)
    expect(new UnionFind(0).groups()).toEqual([])
    expect(new UnionFind(2).union(0, 0)).toBe(false)
  })
})

describe('MinHash', () => {
  const words = fc.uniqueArray(fc.integer({ min: 0, max: 60 }).map(String), { minLength: 1, maxLength: 40 })

  it('estimates Jaccard similarity within its standard error', () => {
    let bias = 0
    let trials = 0
    fc.assert(
      fc.property(words, words, (a, b) => {
        const exact = jaccard(new Set(a), new Set(b))
        const shared = a.filter(word => b.includes(word)).length
        expect(exact).toBeCloseTo(shared / (a.length + b.length - shared), 12)
        const error = estimateJaccard(minHash(a), minHash(b)) - exact
        expect(Math.abs(error)).toBeLessThan(5 / 16)
        bias += error
        trials++
      }),
      { numRuns: 300 },
    )
    expect(Math.abs(bias / trials)).toBeLessThan(0.02)
  })

  it('does not mind order and repetition', () => {
    expect(minHash(['a', 'b', 'a'])).toEqual(minHash(['b', 'a']))
    expect(estimateJaccard(minHash([]), minHash(['a']))).toBe(0)
    expect(jaccard(new Set(), new Set())).toBe(1)
  })

  it('bands catch similar sets and leave others: the S-curve 1 - (1 - J^4)^16', () => {
    const meets = (shared: number, own: number): number => {
      let met = 0
      for (let trial = 0; trial < 300; trial++) {
        const common = Array.from({ length: shared }, (_, i) => `${trial}c${i}`)
        const left = bandKeys(minHash([...common, ...Array.from({ length: own }, (_, i) => `${trial}l${i}`)]))
        const right = new Set(bandKeys(minHash([...common, ...Array.from({ length: own }, (_, i) => `${trial}r${i}`)])))
        if (left.some(key => right.has(key))) met++
      }
      return met / 300
    }
    for (const [shared, own] of [
      [8, 1],
      [10, 5],
      [4, 8],
    ]) {
      const similarity = shared / (shared + 2 * own)
      const expected = 1 - (1 - similarity ** 4) ** 16
      expect(Math.abs(meets(shared, own) - expected)).toBeLessThan(0.13)
    }
  })

  it('links sources that walk one list, and no others', () => {
    const list = Array.from({ length: 30 }, (_, i) => `user${i}`)
    const signatures = [
      minHash(list),
      minHash(list.slice(1)),
      minHash(list.slice(0, 28)),
      minHash(['root', 'admin', 'oracle', 'test', 'pi']),
      minHash(['git', 'www', 'ftp', 'mysql', 'jenkins']),
    ]
    expect(linkSimilar(signatures).groups()).toEqual([[0, 1, 2], [3], [4]])
  })
})

describe('sequences', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 7 })

  it('longest common subsequence, by brute force over all subsequences', () => {
    const subsequences = (word: string): Set<string> => {
      let all = new Set([''])
      for (const letter of word) all = new Set([...all, ...[...all].map(prefix => prefix + letter)])
      return all
    }
    fc.assert(
      fc.property(letters, letters, (a, b) => {
        const other = subsequences(b)
        const longest = Math.max(...[...subsequences(a)].filter(word => other.has(word)).map(word => word.length))
        expect(longestCommonSubsequence(a, b)).toBe(longest)
      }),
    )
  })

  it('edit distance, by plain recursion', () => {
    const plain = (a: string, b: string): number => {
      if (a === '' || b === '') return a.length + b.length
      const same = a.at(-1) === b.at(-1)
      let best = Math.min(
        plain(a.slice(0, -1), b) + 1,
        plain(a, b.slice(0, -1)) + 1,
        plain(a.slice(0, -1), b.slice(0, -1)) + (same ? 0 : 1),
      )
      if (a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1)) {
        best = Math.min(best, plain(a.slice(0, -2), b.slice(0, -2)) + 1)
      }
      return best
    }
    const short = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 5 })
    fc.assert(
      fc.property(short, short, fc.nat(5), (a, b, bound) => {
        const distance = plain(a, b)
        expect(editDistance(a, b)).toBe(distance)
        expect(editDistance(a, b, bound)).toBe(Math.min(distance, bound + 1))
      }),
    )
    expect(editDistance('jonh', 'john', 1)).toBe(1)
    expect(editDistance('root', 'administrator', 1)).toBe(2)
  })
})

describe('evidence together', () => {
  it('the Poisson scan statistic', () => {
    expect(poissonScan(41, 4.9)).toBeCloseTo(41 * Math.log(41 / 4.9) - (41 - 4.9), 12)
    expect(poissonScan(3, 4)).toBe(0)
    expect(poissonScan(1, 0)).toBe(Infinity)
    expect(poissonScan(0, 0)).toBe(0)
  })

  it("Fisher's combination has the closed form of its even degrees of freedom", () => {
    expect(fisherCombination([])).toBe(0)
    expect(fisherCombination([Math.log(0.03)])).toBeCloseTo(Math.log(0.03), 12)
    // Two: p1 p2 (1 - ln p1 p2).
    const product = 0.03 * 0.2
    expect(fisherCombination([Math.log(0.03), Math.log(0.2)])).toBeCloseTo(
      Math.log(product * (1 - Math.log(product))),
      12,
    )
    expect(fisherCombination([-700, -700])).toBeLessThan(-1390)
    expect(() => fisherCombination([0.5])).toThrow(RangeError)
    expect(logCoincidence(2, 0.1)).toBeCloseTo(Math.log(1 - Math.exp(-0.2)), 12)
  })
})

describe('excess mixture', () => {
  /** The likelihood at its maximum, found by a fine grid over the campaign law of two tokens. */
  it('equals the maximum-likelihood posterior of a two-token mixture, by brute force', () => {
    const [first, second] = [40, 60]
    const sources = [...Array<number[]>(first).fill([0]), ...Array<number[]>(second).fill([1])]
    const q = [0.1, 0.9]
    const background = 60
    const { posterior, prior } = excessMixture([{ sources, baseline: q }], background, {
      smoothing: 1e-9,
      iterations: 200,
    })
    expect(prior).toBeCloseTo(0.4, 12)
    let best = { likelihood: -Infinity, c: 0 }
    for (let c = 0.0001; c < 1; c += 0.0001) {
      const likelihood =
        first * Math.log(prior * c + (1 - prior) * q[0]) + second * Math.log(prior * (1 - c) + (1 - prior) * q[1])
      if (likelihood > best.likelihood) best = { likelihood, c }
    }
    const expected = (prior * best.c) / (prior * best.c + (1 - prior) * q[0])
    expect(posterior[0]).toBeCloseTo(expected, 3)
    expect(posterior[40]).toBeCloseTo((prior * (1 - best.c)) / (prior * (1 - best.c) + (1 - prior) * q[1]), 3)
  })

  it('one round is the formula of the design', () => {
    const sources = [[0], [0], [0], [1], [2], [0, 1]]
    const baseline = [0.2, 0.3, 0.5]
    const smoothing = 0.01
    const { posterior, laws } = excessMixture([{ sources, baseline }], 2, { iterations: 1, smoothing })
    const excess = [4 - 2 * 0.2, 2 - 2 * 0.3, 1 - 2 * 0.5]
    const total = excess[0] + excess[1] + excess[2]
    const law = excess.map((value, u) => (1 - smoothing) * (value / total) + smoothing * baseline[u])
    for (const [u, value] of law.entries()) expect(laws[0][u]).toBeCloseTo(value, 12)
    sources.forEach((tokens, i) => {
      const odds = tokens.reduce((product, u) => (product * law[u]) / baseline[u], 4 / 6 / (2 / 6))
      expect(posterior[i]).toBeCloseTo(odds / (1 + odds), 12)
    })
  })

  it('finds 100 participants on one name among a noisy background', () => {
    const random = createRandom(4)
    const baseline = [0.02, 0.48, 0.25, 0.25]
    const sources: number[][] = []
    for (let i = 0; i < 60; i++) sources.push([1 + random.below(3)])
    for (let i = 0; i < 100; i++) sources.push([0])
    const { posterior } = excessMixture([{ sources, baseline }], 55)
    expect(posterior.slice(60).every(p => p > 0.95)).toBe(true)
    expect(posterior.slice(0, 60).every(p => p < 0.5)).toBe(true)
  })

  it('a second family tells apart what names alone cannot', () => {
    const names: TokenFamily = { sources: Array<number[]>(40).fill([0]), baseline: [1] }
    const client: TokenFamily = {
      sources: Array.from({ length: 40 }, (_, i) => (i < 20 ? [0] : i < 38 ? [1] : [])),
      baseline: [0.05, 0.95],
    }
    const { posterior } = excessMixture([names, client], 20)
    expect(posterior[0]).toBeGreaterThan(0.9)
    expect(posterior[30]).toBeLessThan(0.2)
    // No client seen: only the prior speaks.
    expect(posterior[39]).toBeCloseTo(0.5, 12)
  })

  it('accuses nobody where nothing is in excess, and survives no sources', () => {
    const sources = Array.from({ length: 50 }, (_, i) => [i % 2])
    const { posterior, prior } = excessMixture([{ sources, baseline: [0.5, 0.5] }], 50)
    expect(prior).toBe(0.001)
    expect(Math.max(...posterior)).toBeLessThan(0.01)
    expect(excessMixture([], 5).posterior).toHaveLength(0)
    expect(excessMixture([{ sources: [], baseline: [1] }], 5).posterior).toHaveLength(0)
  })

  it('refuses tokens and laws that cannot be', () => {
    expect(() => excessMixture([{ sources: [[3]], baseline: [1] }], 0)).toThrow(/token is 3/)
    expect(() => excessMixture([{ sources: [[0]], baseline: [0] }], 0)).toThrow(/baseline\[0\] is 0/)
    const one: TokenFamily = { sources: [[0]], baseline: [1] }
    expect(() => excessMixture([one, { sources: [], baseline: [1] }], 0)).toThrow(/lists 0 sources; expected 1/)
  })

  it('the ceiling of precision', () => {
    expect(precisionCeiling(100, 100)).toBe(0.5)
    expect(precisionCeiling(0, 0)).toBe(0)
  })
})
