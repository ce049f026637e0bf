/**
 * What a model of normality is. Every model of this folder implements these two interfaces, and nothing outside knows
 * which it holds: a second opinion is one more file.
 */
import type { Random } from '../../core/random.ts'

/** Why a row scores as it does: one signed amount a feature, which together make up `total`. */
export interface Explanation {
  /** One entry a feature; positive pushes towards "anomalous". Sums to `total` up to rounding. */
  contributions: Float64Array
  /** What is explained; each model says how it relates to the score. */
  total: number
}

/** JSON a model is saved as. `model` names its kind, `version` the shape of the rest. */
export interface SavedModel {
  model: string
  version: number
  [part: string]: unknown
}

/** A model that has learned. Rows hold `dimensions` finite numbers; anything else throws RangeError. */
export interface FittedModel {
  readonly model: string
  readonly dimensions: number
  /** Larger is more anomalous. Scores of different models are on different scales. */
  score(row: ArrayLike<number>): number
  /** The scores of n rows (row-major); the same numbers as `score` gives one by one, faster. */
  scoreAll(rows: Float64Array, n: number): Float64Array
  explain(row: ArrayLike<number>): Explanation
  toJSON(): SavedModel
}

/** A kind of model: learns from rows, or comes back from what a fitted one saved. */
export interface AnomalyModel<Fitted extends FittedModel = FittedModel> {
  /** Stable name, also in saved models. */
  readonly id: string
  /** For reports. */
  readonly title: string
  /** Fewer rows than this throw RangeError in `fit`. */
  readonly leastRows: number
  /**
   * @param rows n x d finite numbers, row-major.
   * @param random source of all randomness: same rows, same stream, same model, bit for bit.
   */
  fit(rows: Float64Array, n: number, d: number, random: Random): Fitted
  /** Throws RangeError, naming the part, when `saved` is not a model of this kind and version. */
  fromJSON(saved: unknown): Fitted
}

/** Requires n x d finite numbers, n >= leastRows, d >= 1. Throws RangeError saying what was wrong and where. */
export function checkMatrix(rows: Float64Array, n: number, d: number, leastRows = 0): void {
  if (!Number.isInteger(d) || d < 1) throw new RangeError(`rows have ${d} features; expected at least 1`)
  if (!Number.isInteger(n) || n < leastRows) throw new RangeError(`there are ${n} rows; expected at least ${leastRows}`)
  if (rows.length !== n * d) {
    throw new RangeError(`the matrix holds ${rows.length} numbers; expected ${n} rows of ${d} = ${n * d}`)
  }
  for (let i = 0; i < rows.length; i++) {
    if (!Number.isFinite(rows[i])) {
      throw new RangeError(`row ${Math.floor(i / d)}, feature ${i % d} is ${rows[i]}; expected a finite number`)
    }
  }
}

/** Requires one row of d finite numbers. Throws RangeError else. */
export function checkRow(row: ArrayLike<number>, d: number): void {
  if (row.length !== d) throw new RangeError(`the row has ${row.length} features; expected ${d}`)
  for (let j = 0; j < d; j++) {
    if (!Number.isFinite(row[j])) throw new RangeError(`feature ${j} is ${row[j]}; expected a finite number`)
  }
}

/** `scoreAll` for models without a faster way. */
export function scoreEach(model: FittedModel, rows: Float64Array, n: number): Float64Array {
  const d = model.dimensions
  checkMatrix(rows, n, d)
  return Float64Array.from({ length: n }, (_, i) => model.score(rows.subarray(i * d, (i + 1) * d)))
}

/** Up to so many items a list of them all is quicker than a map of those displaced. */
const SHORT_LIST = 4096

/**
 * Draws k of 0 .. n-1 without replacement, in the order drawn: a partial Fisher-Yates shuffle that notes only the items
 * it has displaced, so that drawing 256 of a million costs 256.
 */
export function drawWithoutReplacement(n: number, k: number, random: Random): Int32Array {
  const drawn = new Int32Array(k)
  if (n <= SHORT_LIST) {
    const items = new Int32Array(n)
    for (let i = 0; i < n; i++) items[i] = i
    for (let i = 0; i < k; i++) {
      const j = i + random.below(n - i)
      drawn[i] = items[j]
      items[j] = items[i]
    }
    return drawn
  }
  const displaced = new Map<number, number>()
  for (let i = 0; i < k; i++) {
    const j = i + random.below(n - i)
    drawn[i] = displaced.get(j) ?? j
    displaced.set(j, displaced.get(i) ?? i)
  }
  return drawn
}
