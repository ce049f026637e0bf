/**
 * Which windows are stranger than chance explains? Two things must come together. The models' score must pass the
 * threshold that clean days set (split-conformal on daily maxima over all windows, lengths and surfaces), and some
 * count must be far beyond what is seen, by a negative binomial tail within the budget: a window that is strange in no
 * way a person can be told of is no finding. Both are one statistic, so the conformal promise holds for it.
 */
import { DAY, HOUR } from '../core/time.ts'
import { blockMaximaThreshold, falseAlarmBand } from '../kit/math/conformal.ts'
import { FEATURES, type Surface } from './feature-spec.ts'
import { rowOf, type Series } from './window-series.ts'
import { fitYardstick, type Yardstick } from './yardstick.ts'

/** Blocks of time of which each is judged by what the others teach. */
const BLOCKS = 4

/** One window with its score and the measure it was judged by. */
export interface Judged {
  series: Series
  index: number
  day: number
  /** The models' score; 0 where no count stands out. */
  statistic: number
  yardstick: Yardstick
}

/** How much a count must exceed what 99 of 100 windows have, by how sure the calibration is. */
export interface Strictness {
  times: number
  plus: number
}

const CALIBRATED: Strictness = { times: 1, plus: 3 }
const UNCALIBRATED: Strictness = { times: 2, plus: 5 }
/** log10 of a chance that is none. */
const DOUBTLESS_LOG10 = -10
/** Less than a week: robust z-scores, and only what nobody could overlook. */
const COLD: Strictness = { times: 3, plus: 10 }

export interface Judgement {
  judged: Judged[]
  /** Day -> largest statistic. */
  maxima: Map<number, number>
}

/**
 * Counts that can make a finding; the others only describe. All of them are of many sources doing one thing: what one
 * source does is a rule's matter, many names or paths may be one source's, and many visitors may be a good day.
 */
const TELLING: Readonly<Record<Surface, ReadonlySet<string>>> = {
  ssh: new Set(['sources', 'new_sources', 'fan_in', 'new_network_logins']),
  web: new Set(['form_fan_in', 'failing_sources']),
}

/** Features that can make a finding, with their place in the vector. */
export function tellingFeatures(surface: Surface): number[] {
  return FEATURES[surface].flatMap(({ id }, j) => (TELLING[surface].has(id) ? [j] : []))
}

/** Judges each window by a yardstick fitted on the other blocks of time: early windows are judged too. */
export function judgeBySelf(
  all: readonly Series[],
  {
    seed,
    fallback,
    strictness,
    log10Alpha,
  }: { seed: number; fallback: boolean; strictness: Strictness; log10Alpha: number },
): Judgement {
  const judged: Judged[] = []
  for (const series of all) {
    const n = series.windows.length
    const d = series.dimensions
    for (let block = 0; block < BLOCKS; block++) {
      const from = Math.floor((block * n) / BLOCKS)
      const to = Math.floor(((block + 1) * n) / BLOCKS)
      const others = new Float64Array((n - (to - from)) * d)
      others.set(series.rows.subarray(0, from * d))
      others.set(series.rows.subarray(to * d), from * d)
      const stream = `${series.surface} ${series.scale} ${block}`
      const specs = FEATURES[series.surface]
      const yardstick = fitYardstick({ specs, rows: others, n: n - (to - from), seed, stream, fallback })
      if (yardstick !== undefined) judgeRange({ series, from, to, yardstick, strictness, log10Alpha, judged })
    }
  }
  return { judged, maxima: maximaOf(all, judged) }
}

/** Judges all windows by yardsticks that a model brought along; one a series, undefined where it has none. */
export function judgeByModel(
  all: readonly Series[],
  yardsticks: readonly (Yardstick | undefined)[],
  strictness: Strictness,
  log10Alpha: number,
): Judgement {
  const judged: Judged[] = []
  for (const [i, series] of all.entries()) {
    const yardstick = yardsticks[i]
    const to = series.windows.length
    if (yardstick !== undefined) judgeRange({ series, from: 0, to, yardstick, strictness, log10Alpha, judged })
  }
  return { judged, maxima: maximaOf(all, judged) }
}

interface Range {
  series: Series
  from: number
  to: number
  yardstick: Yardstick
  strictness: Strictness
  log10Alpha: number
  judged: Judged[]
}

function judgeRange({ series, from, to, yardstick, strictness, log10Alpha, judged }: Range): void {
  const telling = tellingFeatures(series.surface)
  const standing: number[] = []
  for (let i = from; i < to; i++) {
    const row = rowOf(series, i)
    if (telling.some(j => standsOut(yardstick, j, row[j], strictness, log10Alpha))) standing.push(i)
  }
  // Only what stands out needs the models' opinion: of a quiet log that is next to nothing, and fitting them is dear.
  if (standing.length === 0) return
  const d = series.dimensions
  const rows = new Float64Array(standing.length * d)
  for (const [k, i] of standing.entries()) rows.set(rowOf(series, i), k * d)
  const scores = yardstick.scoreAll(rows, standing.length)
  for (const [k, index] of standing.entries()) {
    const day = dayOf(series.windows[index].from)
    judged.push({ series, index, day, statistic: scores[k], yardstick })
  }
}

/** Whether a count is far beyond what is seen and beyond what chance gives within the budget. */
export function standsOut(
  yardstick: Yardstick,
  feature: number,
  observed: number,
  { times, plus }: Strictness,
  log10Alpha: number,
): boolean {
  const { high } = yardstick.usual[feature]
  return observed >= times * high + plus + Math.sqrt(high) && yardstick.chance(feature, observed) <= log10Alpha
}

/**
 * Windows with a count that chance gives once in 10^10: an attack, whatever the other days are like. Swarms that come
 * every few days vouch for one another as long as each is a reference for the next; none of them may teach.
 */
export function beyondDoubt({ judged }: Judgement): Judged[] {
  return judged.filter(({ series, index, yardstick }) => {
    const row = rowOf(series, index)
    return tellingFeatures(series.surface).some(j => yardstick.chance(j, row[j]) <= DOUBTLESS_LOG10)
  })
}

const dayOf = (hour: number): number => Math.floor((hour * HOUR) / DAY)

/** The largest statistic of every day that has a window. */
function maximaOf(all: readonly Series[], judged: readonly Judged[]): Map<number, number> {
  const maxima = new Map<number, number>()
  for (const { windows } of all) for (const { from } of windows) maxima.set(dayOf(from), 0)
  for (const { day, statistic } of judged) maxima.set(day, Math.max(statistic, maxima.get(day) ?? 0))
  return maxima
}

export interface Calibration {
  calibrated: boolean
  /** Clean days it rests on. */
  days: number
  band?: [number, number]
}

/** What `days` clean days can promise of `budget` false alarms a week. */
export function calibrationOf(days: number, budget: number): Calibration {
  const calibrated = Number.isFinite(blockMaximaThreshold(new Float64Array(days), daysPerAlarm(budget)))
  if (!calibrated) return { calibrated, days }
  const { lower, upper } = falseAlarmBand(days, 7, Math.min(7, budget))
  return { calibrated, days, band: [lower, upper] }
}

const daysPerAlarm = (budget: number): number => Math.max(1, 7 / budget)

/**
 * The windows that pass the threshold of the reference days: a model's, or this log's others without the day before
 * and after, so that an attack over midnight does not vouch for itself. Where the days are too few for the budget, a
 * window must exceed them all.
 */
export function alarmsOf({ judged, maxima }: Judgement, budget: number, reference?: readonly number[]): Judged[] {
  const thresholds = new Map<number, number>()
  return judged.filter(({ day, statistic }) => {
    let threshold = thresholds.get(day)
    if (threshold === undefined) {
      const days = reference ?? [...maxima].filter(([other]) => Math.abs(other - day) > 1).map(([, maximum]) => maximum)
      threshold = blockMaximaThreshold(days, daysPerAlarm(budget))
      if (threshold === Number.POSITIVE_INFINITY) threshold = days.reduce((a, b) => Math.max(a, b), 0)
      thresholds.set(day, threshold)
    }
    return statistic > threshold
  })
}

/** Hours of a week. */
const WEEK_HOURS = 168

/** log10 of the chance that one count of one window may have so that all together stay within the budget. */
export function alphaOf(all: readonly Series[], budget: number): number {
  const tests = all.reduce((sum, { scale, surface }) => sum + (WEEK_HOURS / scale) * tellingFeatures(surface).length, 0)
  return Math.log10(budget / Math.max(1, tests))
}

/** How strict to be, given the hours of the log that teaches and whether its days are enough for the budget. */
export function strictnessOf(hours: number, calibrated: boolean): Strictness {
  if (calibrated) return CALIBRATED
  return hours < WEEK_HOURS ? COLD : UNCALIBRATED
}

/** Whether the log has less than a week of hours: too little for the models, so that z-scores judge. */
export const isCold = (hours: number): boolean => hours < WEEK_HOURS
