/**
 * Has the server changed since the model learned? Four measures: PSI with its chi-square threshold and
 * an effect size on counts, Kolmogorov-Smirnov on continuous features, Benjamini-Hochberg over all of them; Page-Hinkley
 * on the daily log rate; ADWIN on conformal p-values, whose mean stays at 1/2 while the model fits. Never a retraining:
 * an attack that is under way would be learned.
 */
import { createRandom } from '../core/random.ts'
import { benjaminiHochberg, conformalPValue } from '../kit/math/conformal.ts'
import { binCounts, kolmogorovSmirnov, quantileEdges, stabilityIndex } from '../kit/math/drift.ts'
import { Adwin, PageHinkley } from '../kit/math/stream-drift.ts'
import { meanAndVariance } from '../kit/math/summary.ts'
import { type FeatureSpec, NOVELTY, type Surface, tellNumber } from './feature-spec.ts'
import { SavedParts } from './models/saved.ts'
import { rowOf, type Series } from './window-series.ts'
import type { Yardstick } from './yardstick.ts'

/** Values kept of a continuous feature, evenly spread over its order. */
const SAMPLE = 256
const SCORES = 512
/** Hours that follow each other are alike: so many of them count as one independent window. */
const ALIKE = 6
/** A week: less of a log says nothing about a change. */
const LEAST_WINDOWS = 168
const FALSE_DISCOVERIES = 0.01
/** A shift of a distribution function that is worth a word. */
const LEAST_DISTANCE = 0.2
/** Page-Hinkley in standard deviations of the daily log rate. */
const PAGE_HINKLEY = { delta: 0.005, lambda: 50 }

interface FeatureBaseline {
  /** Counts: inner edges of the bins and how many windows fell in each. */
  edges: number[]
  bins: number[]
  /** Continuous: a thinned sample, ascending. */
  sample: number[]
  mean: number
}

export interface DriftBaseline {
  windows: number
  features: FeatureBaseline[]
  /** Mean and standard deviation of log(1 + events a day). */
  daily: { mean: number; deviation: number }
  /** Scores of training windows, thinned, ascending. */
  scores: number[]
}

const columnOf = (series: Series, j: number): Float64Array =>
  Float64Array.from(series.windows, (_, i) => series.rows[i * series.dimensions + j])

/** What a later log is compared with, from the hourly windows of training. */
export function driftBaselineOf(series: Series, specs: readonly FeatureSpec[], yardstick: Yardstick): DriftBaseline {
  const features = specs.map(({ count }, j) => {
    const column = columnOf(series, j)
    const edges = quantileEdges(column)
    return {
      edges: count ? [...edges] : [],
      bins: count ? [...binCounts(column, edges)] : [],
      sample: count ? [] : thinned(column, SAMPLE),
      mean: meanAndVariance(column).mean,
    }
  })
  const days = dailyLogs(series)
  const { mean, variance } = meanAndVariance(days)
  const scores = thinned(yardstick.scoreAll(series.rows, series.windows.length), SCORES)
  return {
    windows: series.windows.length,
    features,
    daily: { mean, deviation: Math.max(0.1, Math.sqrt(variance)) },
    scores,
  }
}

function thinned(values: Float64Array, most: number): number[] {
  const sorted = Float64Array.from(values).sort()
  const size = Math.min(most, sorted.length)
  return Array.from({ length: size }, (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / size)])
}

/** log(1 + events) of each day with 24 windows. */
function dailyLogs(series: Series): number[] {
  const days = new Map<number, { events: number; windows: number }>()
  for (const [i, { from }] of series.windows.entries()) {
    const day = Math.floor(from / 24)
    const sum = days.get(day) ?? { events: 0, windows: 0 }
    sum.events += rowOf(series, i)[0]
    sum.windows++
    days.set(day, sum)
  }
  const whole = [...days.values()].filter(({ windows }) => windows >= 24).map(({ events }) => Math.log1p(events))
  return whole.length > 0 ? whole : [0]
}

/** Plain lines; empty where nothing has changed or the log is too short to tell. */
export function driftLines(
  surface: Surface,
  series: Series,
  specs: readonly FeatureSpec[],
  baseline: DriftBaseline,
  yardstick: Yardstick | undefined,
  seed: number,
): string[] {
  if (series.windows.length < LEAST_WINDOWS) return []
  const lines: string[] = []
  const changed = changedFeatures(series, specs, baseline)
  if (changed.length > 0) {
    const words = changed.slice(0, 4).map(j => {
      const now = meanAndVariance(columnOf(series, j)).mean
      return `${tellMean(specs[j], now)} ${specs[j].many} an hour (it was ${tellMean(specs[j], baseline.features[j].mean)})`
    })
    lines.push(`${name(surface)} has changed since the model was trained: ${words.join('; ')}`)
  }
  const rate = rateChange(series, baseline)
  if (rate !== undefined) lines.push(`${name(surface)}: the number of events a day ${rate} lastingly`)
  if (yardstick !== undefined && isStale(series, baseline, yardstick, seed)) {
    lines.push(`${name(surface)}: the model's scores are no longer spread as in its training: it is stale`)
  }
  return lines
}

/** Means of counts are rarely whole. */
const tellMean = (spec: FeatureSpec, mean: number): string =>
  spec.count && mean < 100 ? mean.toFixed(mean < 10 ? 2 : 1) : tellNumber(spec, mean)

const name = (surface: Surface): string => (surface === 'ssh' ? 'SSH' : 'the web site')

/** The features whose law has changed, the surest first. */
export function changedFeatures(series: Series, specs: readonly FeatureSpec[], baseline: DriftBaseline): number[] {
  const tests = specs.map(({ id, count }, j) => {
    // What is new depends on what is remembered, and a model remembers more than the log that taught it did.
    if (NOVELTY.has(id)) return { pValue: 1, large: false }
    const column = columnOf(series, j)
    const was = baseline.features[j]
    if (count) {
      if (was.bins.length < 2) return { pValue: 1, large: false }
      const thin = (bins: ArrayLike<number>): number[] => Array.from(bins, value => value / ALIKE)
      const index = stabilityIndex(thin(was.bins), thin(binCounts(column, Float64Array.from(was.edges))))
      return { pValue: index.pValue, large: index.drifted }
    }
    const every = thinned(column, Math.max(1, Math.floor(column.length / ALIKE)))
    const sample = was.sample.filter(
      (_, i) =>
        i % Math.max(1, Math.round((was.sample.length * ALIKE) / Math.max(was.sample.length, baseline.windows))) === 0,
    )
    const { distance, pValue } = kolmogorovSmirnov(sample, every)
    return { pValue, large: distance >= LEAST_DISTANCE }
  })
  const { rejected } = benjaminiHochberg(
    tests.map(({ pValue }) => pValue),
    FALSE_DISCOVERIES,
  )
  return tests
    .map((_, j) => j)
    .filter(j => rejected[j] && tests[j].large)
    .sort((a, b) => tests[a].pValue - tests[b].pValue || a - b)
}

function rateChange(series: Series, { daily }: DriftBaseline): string | undefined {
  const rise = new PageHinkley(PAGE_HINKLEY)
  const fall = new PageHinkley(PAGE_HINKLEY)
  // The baseline's own mean comes first, for Page-Hinkley asks how the mean has moved from where it began.
  for (let i = 0; i < 30; i++) {
    rise.observe(0)
    fall.observe(0)
  }
  let rising = false
  let falling = false
  for (const value of dailyLogs(series)) {
    const z = (value - daily.mean) / daily.deviation
    if (rise.observe(z)) rising = true
    if (fall.observe(-z)) falling = true
  }
  return rising ? 'has risen' : falling ? 'has fallen' : undefined
}

/** ADWIN over p-values of this log's windows, after as many of the training's own, whose mean is 1/2 by construction. */
function isStale(series: Series, { scores, windows }: DriftBaseline, yardstick: Yardstick, seed: number): boolean {
  const random = createRandom(seed, `drift ${series.surface}`)
  const calibration = Float64Array.from(scores)
  // Ties (hours without an event) are broken by chance, so that p is uniform.
  const pOf = (score: number): number => {
    const atLeast = conformalPValue(calibration, score)
    const above = conformalPValue(calibration, nextUp(score))
    return above + (atLeast - above) * random.next()
  }
  const adwin = new Adwin()
  for (let i = 0; i < Math.min(windows, 24 * 28); i++) adwin.observe(random.next())
  let stale = false
  for (const score of yardstick.scoreAll(series.rows, series.windows.length)) {
    if (adwin.observe(pOf(score))) stale = true
  }
  return stale
}

const nextUp = (value: number): number => value + Math.max(Math.abs(value), 1e-9) * 1e-12

/** A saved baseline. @throws RangeError */
export function restoreDriftBaseline(saved: unknown, specs: readonly FeatureSpec[]): DriftBaseline {
  const parts = new SavedParts(Object.fromEntries(Object.entries(Object(saved))), 'drift baseline')
  const daily = parts.object('daily')
  const features = parts.objects('features').map(one => ({
    edges: [...one.numbers('edges')],
    bins: [...one.numbers('bins')],
    sample: [...one.numbers('sample')],
    mean: one.number('mean'),
  }))
  if (features.length !== specs.length)
    throw new RangeError(`the drift baseline has other features; expected ${specs.length}`)
  return {
    windows: parts.integer('windows', 1),
    features,
    daily: { mean: daily.number('mean'), deviation: daily.number('deviation', Number.MIN_VALUE) },
    scores: [...parts.numbers('scores')],
  }
}
