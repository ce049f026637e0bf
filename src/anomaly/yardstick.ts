/**
 * The measure of one kind of window: a scaler, the trio of models, and per feature what was usual, what was high and
 * how counts spread. Fitted on clean windows in order of time; it goes into the model file as it is.
 */
import { createRandom } from '../core/random.ts'
import { estimateDispersion } from '../kit/math/gamma-poisson.ts'
import { meanAndVariance, median, quantile } from '../kit/math/summary.ts'
import { negativeBinomialTail } from '../kit/math/tails.ts'
import type { FeatureSpec } from './feature-spec.ts'
import { ensemble } from './models/ensemble.ts'
import type { AnomalyModel, Explanation, FittedModel } from './models/model.ts'
import { readSaved } from './models/saved.ts'
import { fitScaler, restoreScaler, type Scaler } from './models/scaler.ts'
import { zScore } from './models/zscore.ts'

const ID = 'yardstick'
const VERSION = 1
/** Windows learned from at most, evenly spread: more move no tree. */
const MOST_ROWS = 2048
/** What training windows are cut down to, so that attacks hidden in them cannot stretch the measure. */
const WINSOR = 0.99
/** Restlessness of counts that a short log cannot show (campaigns take 0.02 for days; hours are more restless). */
const LEAST_DISPERSION = 0.1
/** Added to the mean: a feature that never stirred in training may still stir by chance (half an event in all windows). */
const HALF = 0.5

/** What one feature did in the clean windows, in raw units. */
export interface Usual {
  median: number
  /** What 99 of 100 windows do not exceed: unlike the largest of all, a few attacks hidden in training do not move it. */
  high: number
  mean: number
  /** r of the negative binomial law with that mean: variance = mean + mean^2 / r. */
  shape: number
}

/** The scaler and the models behind it. */
interface Models {
  scaler: Scaler
  fitted: FittedModel
}

/**
 * Fitted or read from a model file by the functions of this file. Rows are raw windows in the order of the features,
 * `n` of them one after the other.
 */
export class Yardstick {
  readonly usual: readonly Usual[]
  /** Clean windows learned from. */
  readonly windows: number
  /** Whether there was too little to learn from for the models, so that robust z-scores judge. */
  readonly isFallback: boolean
  readonly #fit: () => Models
  #models: Models | undefined

  /** The models are fitted when they are first asked: most logs have no window that is worth the question. */
  constructor(usual: readonly Usual[], windows: number, isFallback: boolean, fit: () => Models) {
    this.usual = usual
    this.windows = windows
    this.isFallback = isFallback
    this.#fit = fit
  }

  get #ready(): Models {
    this.#models ??= this.#fit()
    return this.#models
  }

  /** Larger is stranger: the mean rank among calibration windows, 0 to 1, and beyond 1 only a little more; or a distance in z. */
  scoreAll(rows: Float64Array, n: number): Float64Array {
    const { scaler, fitted } = this.#ready
    return fitted.scoreAll(scaler.transformAll(rows, n), n)
  }

  /** The score of one raw window, shared among all raw features; those that training found constant get 0. */
  explain(row: ArrayLike<number>): Explanation {
    const { scaler, fitted } = this.#ready
    const { contributions, total } = fitted.explain(scaler.transform(row))
    const spread = new Float64Array(scaler.inputs)
    for (const [k, j] of scaler.kept.entries()) spread[j] = contributions[k]
    return { contributions: spread, total }
  }

  /** log10 of the chance that a clean window has a count as large. */
  chance(feature: number, observed: number): number {
    const { mean, shape } = this.usual[feature]
    return negativeBinomialTail(observed, mean, shape)
  }

  toJSON() {
    const { scaler, fitted } = this.#ready
    return {
      model: ID,
      version: VERSION,
      windows: this.windows,
      usual: this.usual.map(({ median, high, mean, shape }) => ({ median, high, mean, shape })),
      scaler: scaler.toJSON(),
      models: fitted.toJSON(),
    }
  }
}

/** Windows that a yardstick needs at the least. */
export const LEAST_WINDOWS = 20

export interface FitOptions {
  specs: readonly FeatureSpec[]
  /** n raw windows in order of time. */
  rows: Float64Array
  n: number
  seed: number
  /** Name of the stream of chance: one a yardstick. */
  stream: string
  /** Robust z-scores instead of the models. */
  fallback: boolean
}

/** Undefined where the windows are too few or all alike. */
export function fitYardstick({ specs, rows, n, seed, stream, fallback }: FitOptions): Yardstick | undefined {
  const d = specs.length
  if (n < LEAST_WINDOWS) return undefined
  const step = Math.max(1, n / MOST_ROWS)
  const size = Math.min(n, MOST_ROWS)
  const taken = new Float64Array(size * d)
  for (let i = 0; i < size; i++) {
    const row = Math.floor(i * step)
    taken.set(rows.subarray(row * d, (row + 1) * d), i * d)
  }
  const usual: (Usual & { isConstant: boolean })[] = []
  for (let j = 0; j < d; j++) {
    const column = Float64Array.from({ length: size }, (_, i) => taken[i * d + j])
    const ceiling = quantile(column, WINSOR)
    usual.push(usualOf(column, ceiling))
    for (let i = 0; i < size; i++) taken[i * d + j] = Math.min(taken[i * d + j], ceiling)
  }
  if (usual.every(({ isConstant }) => isConstant)) return undefined
  return new Yardstick(
    usual.map(({ isConstant: _, ...one }) => one),
    n,
    fallback,
    () => {
      const scaler = fitScaler(taken, size, d, { counts: specs.map(({ count }) => count) })
      const kind: AnomalyModel = fallback ? zScore : ensemble()
      const fitted = kind.fit(scaler.transformAll(taken, size), size, scaler.dimensions, createRandom(seed, stream))
      return { scaler, fitted }
    },
  )
}

function usualOf(column: Float64Array, ceiling: number): Usual & { isConstant: boolean } {
  const clipped = column.map(value => Math.min(value, ceiling))
  const mean = meanAndVariance(clipped).mean + HALF / column.length
  const dispersion = estimateDispersion(clipped, LEAST_DISPERSION)
  return {
    median: median(column),
    high: ceiling,
    mean,
    shape: 1 / dispersion,
    isConstant: clipped.every(value => value === clipped[0]),
  }
}

/** A saved yardstick. @throws RangeError naming the part that is not right */
export function restoreYardstick(saved: unknown, specs: readonly FeatureSpec[]): Yardstick {
  const parts = readSaved(saved, ID, VERSION)
  const usual = parts.objects('usual').map(one => ({
    median: one.number('median'),
    high: one.number('high'),
    mean: one.number('mean', Number.MIN_VALUE),
    shape: one.number('shape', Number.MIN_VALUE),
  }))
  const scaler = restoreScaler(parts.any('scaler'))
  const fallback = parts.object('models').any('model') === zScore.id
  const kind: AnomalyModel = fallback ? zScore : ensemble()
  const fitted = kind.fromJSON(parts.any('models'))
  if (usual.length !== specs.length || scaler.inputs !== specs.length || fitted.dimensions !== scaler.dimensions) {
    throw new RangeError(`the saved ${ID} has other features; expected ${specs.length}`)
  }
  return new Yardstick(usual, parts.integer('windows', 1), fallback, () => ({ scaler, fitted }))
}
