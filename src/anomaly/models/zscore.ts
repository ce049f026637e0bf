/**
 * Robust z-scores: the fallback where there is too little to train a model on, and labelled so. Each feature is judged
 * alone and its skew ignored, so it is a poor model of counts; it only needs a median and a spread.
 */
import { interquartileRange, median, medianAbsoluteDeviation } from '../../kit/math/summary.ts'
import type { AnomalyModel, Explanation, FittedModel, SavedModel } from './model.ts'
import { checkMatrix, checkRow, scoreEach } from './model.ts'
import { readSaved } from './saved.ts'

const ID = 'zscore'
const VERSION = 1
const NORMAL_IQR = 1.349
/** Least scale, as in the scaler: a feature that never moved must not divide by 0 when it does. */
const FLOOR = 0.05

/**
 * score = sqrt(sum z_j^2), z_j = (x_j - median) / max(IQR / 1.349, MAD, 0.05). The explanation's total is the score.
 */
export class RobustZScore implements FittedModel {
  readonly model = ID
  readonly dimensions: number
  readonly #centre: Float64Array
  readonly #scale: Float64Array

  constructor(centre: Float64Array, scale: Float64Array) {
    this.dimensions = centre.length
    this.#centre = centre
    this.#scale = scale
  }

  /** The z of each feature, with its sign. */
  zScores(row: ArrayLike<number>): Float64Array {
    checkRow(row, this.dimensions)
    return this.#centre.map((centre, j) => (row[j] - centre) / this.#scale[j])
  }

  score(row: ArrayLike<number>): number {
    return Math.hypot(...this.zScores(row))
  }

  scoreAll(rows: Float64Array, n: number): Float64Array {
    return scoreEach(this, rows, n)
  }

  /** z_j^2 / score each: the share of the squared distance, in units of the score. */
  explain(row: ArrayLike<number>): Explanation {
    const z = this.zScores(row)
    const total = Math.hypot(...z)
    return { contributions: z.map(value => (total > 0 ? (value * value) / total : 0)), total }
  }

  toJSON(): SavedModel {
    return { model: ID, version: VERSION, centre: [...this.#centre], scale: [...this.#scale] }
  }
}

export const zScore: AnomalyModel<RobustZScore> = {
  id: ID,
  title: 'Robust z-score (fallback: too little to train on)',
  leastRows: 1,
  fit: (rows, n, d) => {
    checkMatrix(rows, n, d, 1)
    const columns = Array.from({ length: d }, (_, j) => Float64Array.from({ length: n }, (_, i) => rows[i * d + j]))
    const spread = (column: Float64Array): number =>
      Math.max(interquartileRange(column) / NORMAL_IQR, medianAbsoluteDeviation(column), FLOOR)
    return new RobustZScore(Float64Array.from(columns, median), Float64Array.from(columns, spread))
  },
  fromJSON: saved => {
    const parts = readSaved(saved, ID, VERSION)
    const centre = parts.numbers('centre')
    const scale = parts.numbers('scale', centre.length)
    if (centre.length === 0 || scale.some(value => value <= 0)) {
      throw new RangeError('"scale" of the saved zscore is not right; expected at least one, all above 0')
    }
    return new RobustZScore(centre, scale)
  },
}
