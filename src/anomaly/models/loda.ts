/**
 * LODA, lightweight on-line detector of anomalies (Pevný, Machine Learning 102, 2016): many histograms, each of one
 * random sparse projection. Quick, and hardly harmed by attacks hidden in its training.
 */
import type { Random } from '../../core/random.ts'
import type { AnomalyModel, Explanation, FittedModel, SavedModel } from './model.ts'
import { checkMatrix, checkRow, drawWithoutReplacement, scoreEach } from './model.ts'
import { readSaved } from './saved.ts'

const ID = 'loda'
const VERSION = 1
const MAX_BINS = 64
/** What an empty bin counts as, and the brim of the range: never seen is rare, not impossible. */
const UNSEEN = 0.5

export interface LodaOptions {
  /** Projections; 100 by default. */
  projections?: number
}

/** One projection and the law of the training rows along it. */
interface Projection {
  /** Features used, and their weights. */
  features: Int32Array
  weights: Float64Array
  low: number
  width: number
  /** log density of each bin. */
  logDensity: Float64Array
  /** log density just outside the range. */
  logBrim: number
}

/**
 * score = mean over projections of -log density. Outside the range of training a density falls off as 1 / distance^2
 * (our addition: with the paper's flat floor everything out there would be alike).
 *
 * The explanation's total is score - least, `least` being the score of a row at the mode of every projection; what a
 * projection adds is shared among its features by |weight x distance from the training mean|.
 */
export class Loda implements FittedModel {
  readonly model = ID
  readonly dimensions: number
  /** The lowest score there can be. */
  readonly least: number
  readonly #mean: Float64Array
  readonly #projections: readonly Projection[]
  readonly #modes: Float64Array

  constructor(mean: Float64Array, projections: readonly Projection[]) {
    this.dimensions = mean.length
    this.#mean = mean
    this.#projections = projections
    this.#modes = Float64Array.from(projections, projection => Math.max(...projection.logDensity, projection.logBrim))
    this.least = -this.#modes.reduce((sum, mode) => sum + mode, 0) / projections.length
  }

  score(row: ArrayLike<number>): number {
    checkRow(row, this.dimensions)
    let sum = 0
    for (const projection of this.#projections) sum -= logDensityAt(projection, row)
    return sum / this.#projections.length
  }

  scoreAll(rows: Float64Array, n: number): Float64Array {
    return scoreEach(this, rows, n)
  }

  explain(row: ArrayLike<number>): Explanation {
    checkRow(row, this.dimensions)
    const contributions = new Float64Array(this.dimensions)
    let total = 0
    for (const [i, projection] of this.#projections.entries()) {
      const { features, weights } = projection
      const amount = (this.#modes[i] - logDensityAt(projection, row)) / this.#projections.length
      total += amount
      const pulls = weights.map((weight, k) => Math.abs(weight * (row[features[k]] - this.#mean[features[k]])))
      const pull = pulls.reduce((sum, value) => sum + value, 0)
      for (let k = 0; k < features.length; k++) {
        contributions[features[k]] += amount * (pull > 0 ? pulls[k] / pull : 1 / features.length)
      }
    }
    return { contributions, total }
  }

  toJSON(): SavedModel {
    const projections = this.#projections.map(({ features, weights, low, width, logDensity, logBrim }) => ({
      features: [...features],
      weights: [...weights],
      low,
      width,
      logDensity: [...logDensity],
      logBrim,
    }))
    return { model: ID, version: VERSION, mean: [...this.#mean], projections }
  }
}

function project({ features, weights }: Projection, row: ArrayLike<number>): number {
  let sum = 0
  for (let k = 0; k < features.length; k++) sum += weights[k] * row[features[k]]
  return sum
}

function logDensityAt(projection: Projection, row: ArrayLike<number>): number {
  const { low, width, logDensity, logBrim } = projection
  const bins = logDensity.length
  const position = (project(projection, row) - low) / width
  if (position >= 0 && position <= bins) return logDensity[Math.min(bins - 1, Math.floor(position))]
  const outside = position < 0 ? -position : position - bins
  return logBrim - 2 * Math.log1p(outside / bins)
}

/** LODA as a kind of model. */
export function loda({ projections = 100 }: LodaOptions = {}): AnomalyModel<Loda> {
  if (!Number.isInteger(projections) || projections < 1) {
    throw new RangeError(`projections is ${projections}; expected a whole number above 0`)
  }
  return {
    id: ID,
    title: 'LODA',
    leastRows: 2,
    fit: (rows, n, d, random) => {
      checkMatrix(rows, n, d, 2)
      const mean = new Float64Array(d)
      for (let i = 0; i < rows.length; i++) mean[i % d] += rows[i] / n
      return new Loda(
        mean,
        Array.from({ length: projections }, (_, i) => fitProjection(rows, n, d, random.fork(i))),
      )
    },
    fromJSON: restoreLoda,
  }
}

/** ceil(sqrt d) features with normal weights (Pevný 2016, section 3), and the histogram along them. */
function fitProjection(rows: Float64Array, n: number, d: number, random: Random): Projection {
  const features = drawWithoutReplacement(d, Math.ceil(Math.sqrt(d)), random).sort()
  const weights = Float64Array.from(features, () => random.normal())
  const values = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let sum = 0
    for (let k = 0; k < features.length; k++) sum += weights[k] * rows[i * d + features[k]]
    values[i] = sum
  }
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (low === high) {
    // Constant along this direction: one bin of unit width round it.
    low -= 0.5
    high += 0.5
  }
  const counts = bestHistogram(values, low, high)
  const width = (high - low) / counts.length
  const density = (count: number): number => Math.log(Math.max(count, UNSEEN) / (n * width))
  return { features, weights, low, width, logDensity: counts.map(density), logBrim: density(0) }
}

/**
 * The number of equal bins by penalised likelihood (Birgé & Rozenholc 2006), as in Pevný 2016: maximises
 * sum n_i log(b n_i / n) - (b - 1 + (log b)^2.5) over b up to n / log n, and 64 at most. Returns the counts.
 */
function bestHistogram(values: Float64Array, low: number, high: number): Float64Array {
  const n = values.length
  const most = Math.max(1, Math.min(MAX_BINS, Math.floor(n / Math.log(Math.max(n, 3)))))
  // Dozens of histograms of each of a hundred projections: what they have in common is worked out once, in one buffer.
  const places = values.map(value => (value - low) / (high - low))
  const counts = new Float64Array(most)
  let best = Float64Array.of(n)
  let bestGain = 0
  for (let bins = 2; bins <= most; bins++) {
    counts.fill(0, 0, bins)
    for (let i = 0; i < n; i++) counts[Math.min(bins - 1, (places[i] * bins) | 0)]++
    let gain = -(bins - 1 + Math.log(bins) ** 2.5)
    for (let bin = 0; bin < bins; bin++) if (counts[bin] > 0) gain += counts[bin] * Math.log((bins * counts[bin]) / n)
    if (gain > bestGain) {
      bestGain = gain
      best = counts.slice(0, bins)
    }
  }
  return best
}

function restoreLoda(saved: unknown): Loda {
  const parts = readSaved(saved, ID, VERSION)
  const mean = parts.numbers('mean')
  const projections = parts.objects('projections').map(projection => {
    const features = projection.integers('features', 0, mean.length - 1)
    return {
      features,
      weights: projection.numbers('weights', features.length),
      low: projection.number('low'),
      width: projection.number('width', Number.MIN_VALUE),
      logDensity: projection.numbers('logDensity'),
      logBrim: projection.number('logBrim'),
    }
  })
  const whole = projections.every(projection => projection.features.length > 0 && projection.logDensity.length > 0)
  if (projections.length === 0 || !whole) throw new RangeError(`a projection of the saved ${ID} is empty or missing`)
  return new Loda(mean, projections)
}
