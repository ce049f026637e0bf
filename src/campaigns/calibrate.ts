/**
 * The alarm budget: how unlikely must it be to be told? Model chances are checked against the largest score of every
 * clean day (split conformal on block maxima); where the log is too short for that, the number of tests a
 * week sets the threshold, and the findings say "uncalibrated".
 */
import {
  conformalPValue,
  conformalThreshold,
  type FalseAlarmBand,
  falseAlarmBand,
  sortScores,
} from '../kit/math/conformal.ts'

/** What D1 and D2 have of it. */
const SCAN_SHARE = 0.55
/** What of that they try to spend, where the log is long enough to promise so little. */
const THRIFT = 0.5
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
/** Points added where nothing but the model vouches for a chance. */
const UNSURE = 0.25

/** The largest score of a day. */
export interface DayScore {
  day: number
  score: number
}

/** The threshold that the number of tests sets. `arrivals` in `weeks`; shorter logs count as one week. */
export function modelThreshold(arrivals: number, weeks: number, budget: number): number {
  const tests = (arrivals / Math.max(1, weeks)) * TESTS_PER_ARRIVAL
  return Math.min(MOST_SCORE, Math.max(LEAST_SCORE, Math.log10(Math.max(1, tests) / (MODEL_SHARE * budget))))
}

/** What makes an alarm. */
export class Calibration {
  readonly budget: number
  /** Whether there are enough clean days to keep the budget. */
  readonly calibrated: boolean
  /** -log10 of the chance from which on an alarm is told. */
  readonly threshold: number
  /** 95 % band of false alarms a week. */
  readonly band: FalseAlarmBand | undefined
  readonly #floor: number
  readonly #scores: readonly DayScore[]
  readonly #alpha: number

  /** @param floor what `modelThreshold` gave. @param scores every clean day, those without a test with score 0. */
  constructor(floor: number, scores: readonly DayScore[], budget: number) {
    const n = scores.length
    this.budget = budget
    this.#scores = scores
    const most = Math.min(1, (SCAN_SHARE * budget) / 7)
    // n days can promise no less than one alarm in n + 1.
    this.#alpha = Math.max(THRIFT * most, 1 / (n + 1))
    this.calibrated = this.#alpha <= most
    this.#floor = this.calibrated ? floor : floor + UNSURE
    const sorted = sortScores(scores.map(({ score }) => score))
    this.threshold = this.calibrated ? Math.max(floor, conformalThreshold(sorted, this.#alpha)) : this.#floor
    this.band = this.calibrated ? falseAlarmBand(n, 7, Math.min(7, 7 * this.#alpha)) : undefined
  }

  /** Days that the calibration rests on. */
  get days(): number {
    return this.#scores.length
  }

  /** Whether a score is told. `own` are the days on which it was reached: they are no witnesses in their own case. */
  passes(score: number, own: ReadonlySet<number> = new Set()): boolean {
    if (score < this.#floor) return false
    if (!this.calibrated || score >= BEYOND_DOUBT) return true
    const others = sortScores(this.#scores.filter(({ day }) => !own.has(day)).map(one => one.score))
    return conformalPValue(others, score) <= Math.max(this.#alpha, 1 / (others.length + 1))
  }

  /**
   * How sure an alarm is: the odds of a true one against a false one, when campaigns come about once a week and false
   * alarms at the threshold as often as the budget allows; a tenth as often for every further point of score.
   */
  confidence(score: number): number {
    const falseRate = SCAN_SHARE * this.budget * 10 ** (this.threshold - score)
    return Math.round(100 * Math.min(0.99, Math.max(0.5, 1 / (1 + falseRate)))) / 100
  }
}
