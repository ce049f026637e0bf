/**
 * The hour-of-week factor of a rate: strangers come nearly evenly by day and night, logins and visitors do not. A rate
 * times the factor of its hour is what is usual then.
 *
 * Factors are shrunk towards 1 (an hour starts with four weeks of the mean), and none are used before they have shown
 * on weeks that they were not fitted to that they predict better than a flat rate: 168 factors fit any noise.
 */
import { DAY, HOUR, WEEK } from '../../core/time.ts'
import { requireInteger, requireNonNegative, requirePositive, requireWithin } from './check.ts'
import { meanAndVariance } from './summary.ts'
import { logNegativeBinomialPmf } from './tails.ts'

/** Hours of a week: how many factors there are. */
export const HOURS_OF_WEEK = 168
const HOURS_OF_DAY = 24
/** Weeks of an hour that the mean is worth. */
const PRIOR_WEEKS = 4
/** Weeks of observation below which no season is looked for. */
export const LEAST_WEEKS = 3
/** Dispersion that a short log cannot show; as in `estimateDispersion`. */
const LEAST_DISPERSION = 0.02
/** Standard errors by which the held-out gain must exceed 0: one chance in 20 for a flat rate. */
const GAIN = 1.645
/** 1 January 1970 was a Thursday: a week had begun 3 days before. */
const EPOCH_SHIFT = 3 * DAY

/** What was seen by hour of the week (168 values each) or of the day (24). */
export interface HourlyTotals {
  /** Events of the hour, over all weeks. */
  counts: ArrayLike<number>
  /** How many times the hour was observed; fractions are right for hours that a gap has cut. */
  weeks: ArrayLike<number>
}

/** Counts of successive hours. */
export interface HourSeries {
  /** Hour of the week of the first (`hourOfWeek`). */
  start: number
  /** Events of each hour. */
  counts: ArrayLike<number>
  /** Which part of each hour was observed, 0 to 1; all of it where left out. */
  observed?: ArrayLike<number>
}

/** Factors by hour of the week, 168 of them, with mean 1. */
export type Season = Float64Array

/** A season and the flat rate that it has to beat, fitted to the same hours. */
export interface SeasonFit {
  /** Factors by hour of the week (168) or of the day (24). */
  factors: Float64Array
  /** Events an hour, without a season. */
  rate: number
  /**
   * phi (variance m + phi m^2) of the hourly counts about the flat rate. Both are judged by it: with a phi of its own a
   * season that explains one wild hour would win every other hour too.
   */
  dispersion: number
}

/** Hour of the week of a time in milliseconds since 1970 UTC, 0 to 167; 0 is Monday 00:00 to 01:00 UTC. */
export function hourOfWeek(time: number): number {
  const hours = Math.floor((time + EPOCH_SHIFT) / HOUR) % HOURS_OF_WEEK
  return (hours + HOURS_OF_WEEK) % HOURS_OF_WEEK
}

/**
 * Factors by hour: s_h = (x_h + 4 m) / ((w_h + 4) m), with x_h events in w_h weeks of the hour and m the mean of an hour;
 * then scaled so that their mean is 1. All 1 where nothing was seen. Throws RangeError where the two lists differ in
 * length or hold what is no count.
 */
export function fitSeason({ counts, weeks }: HourlyTotals, priorWeeks = PRIOR_WEEKS): Float64Array {
  requirePositive('priorWeeks', priorWeeks)
  if (counts.length !== weeks.length)
    throw new RangeError(`weeks has ${weeks.length} values; expected ${counts.length}, one for each count`)
  let events = 0
  let exposure = 0
  for (let h = 0; h < counts.length; h++) {
    events += requireNonNegative(`counts[${h}]`, counts[h])
    exposure += requireNonNegative(`weeks[${h}]`, weeks[h])
  }
  const factors = new Float64Array(counts.length).fill(1)
  if (events === 0 || exposure === 0) return factors
  const mean = events / exposure
  for (let h = 0; h < factors.length; h++)
    factors[h] = (counts[h] + priorWeeks * mean) / ((weeks[h] + priorWeeks) * mean)
  const average = factors.reduce((sum, factor) => sum + factor, 0) / factors.length
  return factors.map(factor => factor / average)
}

/** Factors, rate and dispersions of a series, by hour of the week or (`slots` 24) of the day. Throws RangeError as `fitSeason`. */
export function fitHours(series: HourSeries, slots: 24 | 168 = HOURS_OF_WEEK): SeasonFit {
  return fitTotals(totalsOf(checked(series), slots), series)
}

/**
 * Whether a season predicts hours that it was not fitted to better than the flat rate does: the gain in negative
 * binomial log likelihood (half the fall in deviance, whose saturated terms cancel), summed by day, is above 0 by 1.645
 * standard errors.
 */
export function improves(heldOut: HourSeries, fit: SeasonFit): boolean {
  return isGain(gainsByDay(checked(heldOut), fit))
}

/**
 * The season of a series, where it has one: by hour of the week or by hour of the day, whichever predicts left-out weeks
 * better. Undefined below three weeks, and where neither beats the flat rate (`improves`, each week judged by factors
 * fitted to the others). O(hours). Throws RangeError on lengths that differ and on what is no count.
 */
export function chooseSeason(series: HourSeries): Season | undefined {
  const { counts, observed } = checked(series)
  let seen = 0
  for (let i = 0; i < counts.length; i++) seen += observed?.[i] ?? 1
  if (seen < LEAST_WEEKS * HOURS_OF_WEEK) return undefined
  let best: { gain: number; season: Season } | undefined
  for (const slots of [HOURS_OF_DAY, HOURS_OF_WEEK] as const) {
    const all = totalsOf(series, slots)
    const gains = gainsOfLeftOutWeeks(series, all)
    const gain = gains.reduce((sum, value) => sum + value, 0)
    if (!isGain(gains) || gain <= (best?.gain ?? 0)) continue
    const factors = fitSeason(all)
    best = { gain, season: Float64Array.from({ length: HOURS_OF_WEEK }, (_, h) => factors[h % slots]) }
  }
  return best?.season
}

/** Mean factor between two times (milliseconds); that of the hour where they are the same. 1 without a season. */
export function seasonBetween(season: Season | undefined, start: number, end: number): number {
  if (season === undefined) return 1
  if (!(end > start)) return season[hourOfWeek(start)]
  // Whole weeks have mean 1.
  let sum = Math.floor((end - start) / WEEK) * WEEK
  for (let at = start + sum; at < end; ) {
    const next = Math.min(end, (Math.floor(at / HOUR) + 1) * HOUR)
    sum += (next - at) * season[hourOfWeek(at)]
    at = next
  }
  return sum / (end - start)
}

function checked(series: HourSeries): HourSeries {
  const { start, counts, observed } = series
  requireInteger('start', start, 0, HOURS_OF_WEEK - 1)
  if (observed !== undefined && observed.length !== counts.length)
    throw new RangeError(`observed has ${observed.length} values; expected ${counts.length}, one for each count`)
  for (let i = 0; i < counts.length; i++) {
    requireNonNegative(`counts[${i}]`, counts[i])
    if (observed !== undefined) requireWithin(`observed[${i}]`, observed[i], 0, 1)
  }
  return series
}

function totalsOf({ start, counts, observed }: HourSeries, slots: number, from = 0, to = counts.length) {
  const totals = { counts: new Float64Array(slots), weeks: new Float64Array(slots) }
  for (let i = from; i < to; i++) {
    const h = (start + i) % slots
    totals.counts[h] += counts[i]
    totals.weeks[h] += observed?.[i] ?? 1
  }
  return totals
}

function fitTotals(totals: HourlyTotals, series: HourSeries): SeasonFit {
  const factors = fitSeason(totals)
  let events = 0
  let hours = 0
  for (let h = 0; h < factors.length; h++) {
    events += totals.counts[h]
    hours += totals.weeks[h]
  }
  const rate = hours === 0 ? 0 : events / hours
  return { factors, rate, dispersion: dispersionOf(series, rate) }
}

/** phi by moments about the flat rate: (sum of (x - m)^2 - m) / sum of m^2. */
function dispersionOf({ counts, observed }: HourSeries, rate: number): number {
  let surplus = 0
  let squares = 0
  for (let i = 0; i < counts.length; i++) {
    const mean = rate * (observed?.[i] ?? 1)
    surplus += (counts[i] - mean) ** 2 - mean
    squares += mean ** 2
  }
  return Math.max(LEAST_DISPERSION, squares > 0 ? surplus / squares : 0)
}

/** Held-out gains by day, each week judged by factors fitted to all others; the dispersions are those of the whole. */
function gainsOfLeftOutWeeks(series: HourSeries, all: HourlyTotals): number[] {
  const slots = all.counts.length
  const { dispersion } = fitTotals(all, series)
  const gains: number[] = []
  for (let from = 0; from < series.counts.length; from += HOURS_OF_WEEK) {
    const to = Math.min(series.counts.length, from + HOURS_OF_WEEK)
    const own = totalsOf(series, slots, from, to)
    const rest = {
      counts: own.counts.map((count, h) => Math.max(0, all.counts[h] - count)),
      weeks: own.weeks.map((weeks, h) => Math.max(0, all.weeks[h] - weeks)),
    }
    const events = rest.counts.reduce((sum, count) => sum + count, 0)
    const hours = rest.weeks.reduce((sum, weeks) => sum + weeks, 0)
    if (events > 0)
      gains.push(...gainsByDay(series, { factors: fitSeason(rest), rate: events / hours, dispersion }, from, to))
  }
  return gains
}

function gainsByDay(
  { start, counts, observed }: HourSeries,
  { factors, rate, dispersion }: SeasonFit,
  from = 0,
  to = counts.length,
): number[] {
  const gains = new Float64Array(Math.ceil((to - from) / HOURS_OF_DAY))
  for (let i = from; i < to; i++) {
    const flat = rate * (observed?.[i] ?? 1)
    const seasonal = flat * factors[(start + i) % factors.length]
    if (flat === 0) continue
    gains[Math.floor((i - from) / HOURS_OF_DAY)] +=
      logNegativeBinomialPmf(counts[i], seasonal, 1 / dispersion) -
      logNegativeBinomialPmf(counts[i], flat, 1 / dispersion)
  }
  return [...gains]
}

function isGain(gains: readonly number[]): boolean {
  if (gains.length < 2) return false
  const { mean, variance } = meanAndVariance(gains)
  return mean > 0 && mean > GAIN * Math.sqrt(variance / gains.length)
}
