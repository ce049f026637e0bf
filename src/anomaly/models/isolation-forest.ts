/**
 * Isolation forest (Liu, Ting & Zhou, ICDM 2008): what random cuts isolate early is rare. Scores equal scikit-learn's
 * (their `score_samples`, with the sign turned round) on the same trees; data are rounded to float32 as theirs are.
 */
import type { Random } from '../../core/random.ts'
import type { ExportedTree, Heaps } from './isolation-trees.ts'
import {
  averagePathLength,
  bottomPathLengths,
  emptyHeaps,
  growTree,
  heapNodes,
  heightLimit,
  isSplit,
  plantTree,
  restoreTree,
  sampleColumns,
  saveTree,
} from './isolation-trees.ts'
import type { AnomalyModel, Explanation, FittedModel, SavedModel } from './model.ts'
import { checkMatrix, checkRow, drawWithoutReplacement } from './model.ts'
import { readSaved } from './saved.ts'

const ID = 'isolation-forest'
const VERSION = 1
/**
 * A heap of 2^13 nodes a tree. Larger samples isolate worse, not better (swamping and masking; Liu 2008, section 3).
 */
const MAX_SAMPLE = 4096
const MAX_FEATURES = 0x7fff

export interface IsolationForestOptions {
  /** 200 by default: 100 is noisier at the tail. */
  trees?: number
  /** psi, rows drawn for each tree; 256 by default, at most 4,096. All rows when there are fewer. */
  sample?: number
}

/** A fitted isolation forest. Its explanation's total is c(psi) - E[h(x)], and score = 2^(total / c(psi) - 1). */
export class IsolationForest implements FittedModel {
  readonly model = ID
  readonly dimensions: number
  readonly trees: number
  readonly sample: number
  readonly #height: number
  readonly #heaps: Heaps
  /** For each bottom slot of each tree, h(x) of the rows that end there. */
  readonly #pathLength: Float64Array

  constructor(dimensions: number, trees: number, sample: number, heaps: Heaps) {
    this.dimensions = dimensions
    this.trees = trees
    this.sample = sample
    this.#height = heightLimit(sample)
    this.#heaps = heaps
    this.#pathLength = bottomPathLengths(heaps, trees, this.#height)
  }

  /** s(x) = 2^(-E[h(x)] / c(psi)), in (0, 1): near 1 anomalous, about 0.5 ordinary. */
  score(row: ArrayLike<number>): number {
    checkRow(row, this.dimensions)
    return this.#scores(Float32Array.from(row), 1)[0]
  }

  scoreAll(rows: Float64Array, n: number): Float64Array {
    checkMatrix(rows, n, this.dimensions)
    return this.#scores(new Float32Array(rows), n)
  }

  #scores(rows: Float32Array, n: number): Float64Array {
    const depths = this.#depthSums(rows, n)
    const norm = this.trees * averagePathLength(this.sample)
    for (let i = 0; i < n; i++) depths[i] = 2 ** (-depths[i] / norm)
    return depths
  }

  /**
   * Tree by tree, so that a tree stays in the first cache while all rows pass; four rows at a time hide its latency.
   */
  #depthSums(rows: Float32Array, n: number): Float64Array {
    const d = this.dimensions
    const height = this.#height
    const slots = 2 ** height
    const nodes = 2 * slots - 1
    const sums = new Float64Array(n)
    for (let tree = 0; tree < this.trees; tree++) {
      const feature = this.#heaps.feature.subarray(tree * nodes, (tree + 1) * nodes)
      const threshold = this.#heaps.threshold.subarray(tree * nodes, (tree + 1) * nodes)
      const length = this.#pathLength.subarray(tree * slots, (tree + 1) * slots)
      let i = 0
      for (; i + 3 < n; i += 4) {
        const row = i * d
        let a = 0
        let b = 0
        let c = 0
        let e = 0
        for (let level = 0; level < height; level++) {
          a = 2 * a + 1 + Number(rows[row + feature[a]] > threshold[a])
          b = 2 * b + 1 + Number(rows[row + d + feature[b]] > threshold[b])
          c = 2 * c + 1 + Number(rows[row + 2 * d + feature[c]] > threshold[c])
          e = 2 * e + 1 + Number(rows[row + 3 * d + feature[e]] > threshold[e])
        }
        sums[i] += length[a - slots + 1]
        sums[i + 1] += length[b - slots + 1]
        sums[i + 2] += length[c - slots + 1]
        sums[i + 3] += length[e - slots + 1]
      }
      for (; i < n; i++) {
        let node = 0
        for (let level = 0; level < height; level++) {
          node = 2 * node + 1 + Number(rows[i * d + feature[node]] > threshold[node])
        }
        sums[i] += length[node - slots + 1]
      }
    }
    return sums
  }

  /**
   * Path attribution. With E(node) = depth + c(rows in node), the expected final depth, the root has c(psi) and the
   * leaf h(x); each step down credits E(parent) - E(child) to the feature split on, so the sum telescopes to c(psi) -
   * h(x). Averaged over trees.
   */
  explain(row: ArrayLike<number>): Explanation {
    checkRow(row, this.dimensions)
    const { feature, threshold, size } = this.#heaps
    const nodes = heapNodes(this.sample)
    const contributions = new Float64Array(this.dimensions)
    let total = 0
    for (let tree = 0; tree < this.trees; tree++) {
      const base = tree * nodes
      let node = 0
      let expected = averagePathLength(size[base])
      total += expected
      for (let depth = 1; isSplit(size, base, node, nodes); depth++) {
        const split = feature[base + node]
        node = 2 * node + 1 + Number(Math.fround(row[split]) > threshold[base + node])
        const here = depth + averagePathLength(size[base + node])
        contributions[split] += (expected - here) / this.trees
        expected = here
      }
      total -= expected
    }
    return { contributions, total: total / this.trees }
  }

  toJSON(): SavedModel {
    const nodes = heapNodes(this.sample)
    const { dimensions, trees, sample } = this
    const saved = Array.from({ length: trees }, (_, tree) => saveTree(this.#heaps, tree * nodes, nodes))
    return { model: ID, version: VERSION, dimensions, sample, trees: saved }
  }
}

function checkOptions({ trees = 200, sample = 256 }: IsolationForestOptions): { trees: number; sample: number } {
  if (!Number.isInteger(trees) || trees < 1) throw new RangeError(`trees is ${trees}; expected a whole number above 0`)
  if (!Number.isInteger(sample) || sample < 2 || sample > MAX_SAMPLE) {
    throw new RangeError(`sample is ${sample}; expected a whole number from 2 to ${MAX_SAMPLE}`)
  }
  return { trees, sample }
}

/** The isolation forest as a kind of model, with the given number of trees and rows a tree. */
export function isolationForest(options: IsolationForestOptions = {}): AnomalyModel<IsolationForest> {
  const { trees, sample } = checkOptions(options)
  return {
    id: ID,
    title: 'Isolation forest',
    leastRows: 2,
    fit: (rows, n, d, random) => fitForest(rows, n, d, random, trees, Math.min(sample, n)),
    fromJSON: restoreForest,
  }
}

function fitForest(
  rows: Float64Array,
  n: number,
  d: number,
  random: Random,
  trees: number,
  sample: number,
): IsolationForest {
  checkMatrix(rows, n, d, 2)
  if (d > MAX_FEATURES) throw new RangeError(`rows have ${d} features; expected at most ${MAX_FEATURES}`)
  const heaps = emptyHeaps(trees, sample)
  const nodes = heapNodes(sample)
  for (let tree = 0; tree < trees; tree++) {
    // A stream a tree: trees may be grown in any order, on any thread.
    const stream = random.fork(tree)
    const drawn = drawWithoutReplacement(n, sample, stream)
    growTree(heaps, tree * nodes, sampleColumns(rows, d, drawn), sample, d, stream)
  }
  return new IsolationForest(d, trees, sample, heaps)
}

function restoreForest(saved: unknown): IsolationForest {
  const parts = readSaved(saved, ID, VERSION)
  const dimensions = parts.integer('dimensions', 1, MAX_FEATURES)
  const sample = parts.integer('sample', 2, MAX_SAMPLE)
  const trees = parts.objects('trees')
  if (trees.length === 0) throw new RangeError('the saved forest has no trees; expected at least 1')
  const heaps = emptyHeaps(trees.length, sample)
  const nodes = heapNodes(sample)
  for (const [i, tree] of trees.entries()) restoreTree(heaps, i * nodes, nodes, tree, dimensions)
  return new IsolationForest(dimensions, trees.length, sample, heaps)
}

/** A forest made of the trees of another program. `sample` is its psi. Throws RangeError when a tree does not fit. */
export function isolationForestFromTrees(
  trees: readonly ExportedTree[],
  dimensions: number,
  sample: number,
): IsolationForest {
  checkOptions({ trees: trees.length, sample })
  const heaps = emptyHeaps(trees.length, sample)
  const nodes = heapNodes(sample)
  for (const [i, tree] of trees.entries()) plantTree(heaps, i * nodes, nodes, tree)
  return new IsolationForest(dimensions, trees.length, sample, heaps)
}
