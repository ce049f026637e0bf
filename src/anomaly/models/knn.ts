/**
 * Distance to the nearest neighbours, after Ramaswamy, Rastogi & Shim (SIGMOD 2000) and Angiulli & Pizzuti (2002). It
 * sees beyond the range of its training, which no tree does, and forgives clusters of twins least. The training rows
 * are thinned to a core of at most 1,024, which costs next to nothing in accuracy and bounds time and memory.
 */
import type { AnomalyModel, Explanation, FittedModel, SavedModel } from './model.ts'
import { checkMatrix, checkRow, drawWithoutReplacement, scoreEach } from './model.ts'
import { readSaved } from './saved.ts'

const ID = 'knn'
const VERSION = 1

export interface KnnOptions {
  /** Neighbours; 5 by default. All core points where there are fewer. */
  neighbours?: number
  /** Core points at most; 1,024 by default. */
  core?: number
}

/**
 * score = root of the mean squared distance to the k nearest core points; so the explanation, for each feature the mean
 * squared difference to those neighbours over the score, sums to the score exactly. Scale the rows first.
 */
export class NearestNeighbours implements FittedModel {
  readonly model = ID
  readonly dimensions: number
  readonly neighbours: number
  readonly #core: Float64Array

  constructor(core: Float64Array, dimensions: number, neighbours: number) {
    this.dimensions = dimensions
    this.neighbours = neighbours
    this.#core = core
  }

  /** How many core points there are. */
  get corePoints(): number {
    return this.#core.length / this.dimensions
  }

  score(row: ArrayLike<number>): number {
    checkRow(row, this.dimensions)
    const { squared } = this.#nearest(row)
    let sum = 0
    for (const distance of squared) sum += distance
    return Math.sqrt(sum / squared.length)
  }

  scoreAll(rows: Float64Array, n: number): Float64Array {
    return scoreEach(this, rows, n)
  }

  explain(row: ArrayLike<number>): Explanation {
    const total = this.score(row)
    const contributions = new Float64Array(this.dimensions)
    if (total === 0) return { contributions, total }
    const { points } = this.#nearest(row)
    for (const point of points) {
      for (let j = 0; j < this.dimensions; j++) {
        const difference = row[j] - this.#core[point * this.dimensions + j]
        contributions[j] += (difference * difference) / (points.length * total)
      }
    }
    return { contributions, total }
  }

  /** The k nearest core points and their squared distances, nearest first; ties go to the earlier point. */
  #nearest(row: ArrayLike<number>): { points: Int32Array; squared: Float64Array } {
    const d = this.dimensions
    const core = this.#core
    const k = this.neighbours
    const squared = new Float64Array(k).fill(Infinity)
    const points = new Int32Array(k)
    for (let point = 0, at = 0; at < core.length; point++, at += d) {
      const limit = squared[k - 1]
      let distance = 0
      for (let j = 0; j < d && distance < limit; j++) {
        const difference = row[j] - core[at + j]
        distance += difference * difference
      }
      if (!(distance < limit)) continue
      let slot = k - 1
      for (; slot > 0 && squared[slot - 1] > distance; slot--) {
        squared[slot] = squared[slot - 1]
        points[slot] = points[slot - 1]
      }
      squared[slot] = distance
      points[slot] = point
    }
    return { points, squared }
  }

  toJSON(): SavedModel {
    const { dimensions, neighbours } = this
    return { model: ID, version: VERSION, dimensions, neighbours, core: [...this.#core] }
  }
}

/** k nearest neighbours as a kind of model. The core is drawn at random without replacement. */
export function nearestNeighbours({ neighbours = 5, core = 1024 }: KnnOptions = {}): AnomalyModel<NearestNeighbours> {
  for (const [what, value] of Object.entries({ neighbours, core })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${what} is ${value}; expected a whole number above 0`)
  }
  return {
    id: ID,
    title: 'Nearest neighbours',
    leastRows: 2,
    fit: (rows, n, d, random) => {
      checkMatrix(rows, n, d, 2)
      const points = drawWithoutReplacement(n, Math.min(n, core), random).sort()
      const kept = new Float64Array(points.length * d)
      for (const [i, point] of points.entries()) kept.set(rows.subarray(point * d, (point + 1) * d), i * d)
      return new NearestNeighbours(kept, d, Math.min(neighbours, points.length))
    },
    fromJSON: saved => {
      const parts = readSaved(saved, ID, VERSION)
      const dimensions = parts.integer('dimensions', 1)
      const points = parts.numbers('core')
      if (points.length === 0 || points.length % dimensions !== 0) {
        throw new RangeError(`"core" of the saved ${ID} holds ${points.length} numbers; expected rows of ${dimensions}`)
      }
      return new NearestNeighbours(points, dimensions, parts.integer('neighbours', 1, points.length / dimensions))
    },
  }
}
