/**
 * Puts features on one scale, robustly: log1p for counts, then (x - median) / max(IQR / 1.349, MAD, floor). Features
 * that were constant in training are dropped: they say nothing about a distance, and dividing by their spread would say
 * too much.
 */
import { interquartileRange, median, medianAbsoluteDeviation } from '../../kit/math/summary.ts'
import type { SavedModel } from './model.ts'
import { checkMatrix, checkRow } from './model.ts'
import { readSaved } from './saved.ts'

const ID = 'scaler'
const VERSION = 1
/** IQR of a normal law in standard deviations. */
const NORMAL_IQR = 1.349

export interface ScalerOptions {
  /** Which features are counts, to be taken as log1p; none by default. */
  counts?: readonly boolean[]
  /** Least scale: keeps a nearly constant feature from drowning the others. 0.05 is a twentieth in log units. */
  floor?: number
}

interface ScalerParts {
  dimensions: number
  floor: number
  counts: Int32Array
  kept: Int32Array
  centre: Float64Array
  scale: Float64Array
}

/** Maps rows of `inputs` features to rows of `dimensions` scaled ones. */
export class Scaler {
  readonly #parts: ScalerParts

  constructor(parts: ScalerParts) {
    this.#parts = parts
  }

  /** Features of a raw row. */
  get inputs(): number {
    return this.#parts.dimensions
  }

  /** Features of a scaled row; 0 when all were constant: there is nothing to model then. */
  get dimensions(): number {
    return this.#parts.kept.length
  }

  /** Index in the raw row of each scaled feature. */
  get kept(): readonly number[] {
    return [...this.#parts.kept]
  }

  /** The centre of each scaled feature in (logged) raw units, what was usual in training. */
  get centre(): readonly number[] {
    return [...this.#parts.centre]
  }

  /** One raw row scaled. Throws RangeError unless it holds finite numbers, counts 0 or more. */
  transform(row: ArrayLike<number>): Float64Array {
    checkRow(row, this.inputs)
    const { kept, counts, centre, scale } = this.#parts
    const scaled = new Float64Array(kept.length)
    for (let k = 0; k < scaled.length; k++) {
      const j = kept[k]
      scaled[k] = (logged(row[j], counts[j], j) - centre[k]) / scale[k]
    }
    return scaled
  }

  /** n raw rows scaled, row-major. */
  transformAll(rows: Float64Array, n: number): Float64Array {
    checkMatrix(rows, n, this.inputs)
    const scaled = new Float64Array(n * this.dimensions)
    for (let i = 0; i < n; i++) {
      scaled.set(this.transform(rows.subarray(i * this.inputs, (i + 1) * this.inputs)), i * this.dimensions)
    }
    return scaled
  }

  toJSON(): SavedModel {
    const { dimensions, floor, counts, kept, centre, scale } = this.#parts
    const lists = { counts: [...counts], kept: [...kept], centre: [...centre], scale: [...scale] }
    return { model: ID, version: VERSION, dimensions, floor, ...lists }
  }
}

/**
 * Learns centre and scale from n >= 1 rows of d features. Throws RangeError on anything that is not a finite number.
 */
export function fitScaler(
  rows: Float64Array,
  n: number,
  d: number,
  { counts = [], floor = 0.05 }: ScalerOptions = {},
): Scaler {
  checkMatrix(rows, n, d, 1)
  if (!(floor > 0 && floor < Infinity)) throw new RangeError(`floor is ${floor}; expected a finite number above 0`)
  const isCount = Int32Array.from({ length: d }, (_, j) => (counts[j] ? 1 : 0))
  const kept: number[] = []
  const centre: number[] = []
  const scale: number[] = []
  for (let j = 0; j < d; j++) {
    const column = Float64Array.from({ length: n }, (_, i) => logged(rows[i * d + j], isCount[j], j))
    // In order once: the quantiles below each put it in order again, which then costs next to nothing.
    column.sort()
    if (column[0] === column[n - 1]) continue
    kept.push(j)
    centre.push(median(column))
    scale.push(Math.max(interquartileRange(column) / NORMAL_IQR, medianAbsoluteDeviation(column), floor))
  }
  return new Scaler({
    dimensions: d,
    floor,
    counts: isCount,
    kept: Int32Array.from(kept),
    centre: Float64Array.from(centre),
    scale: Float64Array.from(scale),
  })
}

/** A saved scaler. Throws RangeError when it is none. */
export function restoreScaler(saved: unknown): Scaler {
  const parts = readSaved(saved, ID, VERSION)
  const dimensions = parts.integer('dimensions', 1)
  const kept = parts.integers('kept', 0, dimensions - 1)
  const scale = parts.numbers('scale', kept.length)
  if (scale.some(value => value <= 0))
    throw new RangeError('"scale" of the saved scaler is not right; expected above 0')
  return new Scaler({
    dimensions,
    floor: parts.number('floor', Number.MIN_VALUE),
    counts: parts.integers('counts', 0, 1, dimensions),
    kept,
    centre: parts.numbers('centre', kept.length),
    scale,
  })
}

function logged(value: number, isCount: number, feature: number): number {
  if (isCount === 0) return value
  if (value < 0) throw new RangeError(`feature ${feature} is ${value}; expected a count, 0 or more`)
  return Math.log1p(value)
}
