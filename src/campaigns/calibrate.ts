/**
 * The alarm budget: how unlikely must it be to be told? Model chances are checked against the largest score of every
 * clean day (split conformal on block maxima, spec 4.2); where the log is too short for that, the number of tests a
 * week sets the threshold, and the findings say "uncalibrated".
 */
import { blockMaximaThreshold, type FalseAlarmBand, falseAlarmBand } from '../kit/math/conformal.ts'

/** The part of the whole alarm budget that campaigns may spend: .6 for D1 and D2 together, .1 for D4 (spec 4.2). */
export const BUDGET_SHARE = 0.7
/** What D1 and D2 have of it. */
const SCAN_SHARE = 0.6
/** Clean days that calibration takes. */
const LEAST_DAYS = 14
/**
 * Of a budget of one false alarm a week, model chances alone may spend a quarter: they rest on assumptions, which the
 * conformal threshold then checks.
 */
const MODEL_SHARE = 0.25
/** Windows that end at an arrival and are nearly independent of each other: seven scales of three kinds, much correlated. */
const TESTS_PER_ARRIVAL = 2.5
const LEAST_SCORE = 3.6
const MOST_SCORE = 6
/** A score beyond this is no false alarm on any account: such days are left out of the calibration. */
export const BEYOND_DOUBT = 10

export interface Calibration {
  /** -log10 of the chance from which on a campaign is told. */
  threshold: number
  calibrated: boolean
  /** Clean days that the calibration rests on. */
  days: number
  band: FalseAlarmBand | undefined
  budget: number
}

/** The threshold that the number of tests sets. `arrivals` in `weeks`; shorter logs count as one week. */
export function modelThreshold(arrivals: number, weeks: number, budget: number): number {
  const tests = (arrivals / Math.max(1, weeks)) * TESTS_PER_ARRIVAL
  return Math.min(MOST_SCORE, Math.max(LEAST_SCORE, Math.log10(Math.max(1, tests) / (MODEL_SHARE * budget))))
}

/** The final threshold from the clean days' maxima (days without any test count 0). */
export function calibrate(floor: number, maxima: ArrayLike<number>, budget: number): Calibration {
  const days = maxima.length
  if (days < LEAST_DAYS) return { threshold: floor, calibrated: false, days, band: undefined, budget }
  const empirical = blockMaximaThreshold(maxima, Math.max(1, 7 / (SCAN_SHARE * budget)))
  // Too few days for so small a budget: then the model's chance is all there is.
  if (empirical === Infinity) return { threshold: floor, calibrated: false, days, band: undefined, budget }
  const band = falseAlarmBand(days, 7, Math.min(7, SCAN_SHARE * budget))
  return { threshold: Math.max(floor, empirical), calibrated: true, days, band, budget }
}

/**
 * How sure a finding is: the odds of a true alarm against a false one, when campaigns come about once a week and a false
 * alarm at the threshold as often as the budget allows; a tenth as often for every further point of score.
 */
export function confidenceOf(score: number, { threshold, calibrated, budget }: Calibration): number {
  const margin = score - threshold - (calibrated ? 0 : 0.5)
  const falseRate = SCAN_SHARE * budget * 10 ** -margin
  return Math.round(100 * Math.min(0.99, Math.max(0.5, 1 / (1 + falseRate)))) / 100
}
