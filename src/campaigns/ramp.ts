/**
 * Ramps: a campaign that grows, or goes on for longer than any window, a little at a time. A cumulative sum of the
 * log-likelihood ratio between twice the usual rate and the usual one, a step every six hours (Page 1954).
 * Its increments are exact likelihood ratios, so P(S >= h) <= e^-h at any step, and S / ln 10 is a score like the scan's.
 */
import { HOUR, WEEK } from '../core/time.ts'
import { Cusum, countIncrement } from '../kit/math/cusum.ts'
import { lowerBound } from './arrivals.ts'
import type { Expectation } from './baseline.ts'
import { LEAST_SOURCES } from './scales.ts'

/** The smallest change of interest: twice the usual rate. */
const RATIO = 2
const STEP = 6 * HOUR
/** Fewer arrivals than this on a key cannot make a ramp that the windows do not see. */
export const LEAST_ARRIVALS = 20

export interface Ramp {
  /** When S last left 0, and where it stood at its highest. */
  since: number
  time: number
  count: number
  expected: number
  score: number
}

/**
 * Steps through [start, end] and calls `see` with S as a score at every step where it is above 0.
 * `expect` answers what is usual in (from, to]; it is asked about the week before each step, so that a ramp is not judged
 * by itself.
 */
export function followRamp(
  times: readonly number[],
  start: number,
  end: number,
  expect: (from: number, to: number) => Expectation | undefined,
  see: (ramp: Ramp) => void,
): void {
  const sum = new Cusum(Number.MAX_VALUE)
  let expected = 0
  let from = 0
  for (let time = start + STEP; time <= end + STEP; time += STEP) {
    const week = expect(time - WEEK, time)
    if (week === undefined) {
      sum.reset()
      continue
    }
    const to = lowerBound(times, time)
    const before = lowerBound(times, time - STEP)
    const mean = (week.mean * STEP) / WEEK
    if (sum.value === 0) {
      expected = 0
      from = before
    }
    expected += mean
    sum.step(countIncrement(to - before, mean, week.shape, RATIO), time - STEP)
    if (sum.since === undefined || to - from < LEAST_SOURCES) continue
    see({ since: sum.since, time, count: to - from, expected, score: sum.value / Math.LN10 })
  }
}
