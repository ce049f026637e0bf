/**
 * Bracketing: when did it begin and end? The stretch whose log-likelihood ratio between the alarm's rate and the usual
 * one is largest, which is where a CUSUM last left 0 to where it stood highest (Page 1954). For arrivals at
 * t_1 < t_2 ... the stretch i..j scores n ln R - (R - 1) lambda (t_j - t_i); the best one is found in one pass (Kadane).
 */
import type { Test } from './scan.ts'

export interface Interval {
  start: number
  end: number
}

/**
 * @param times ascending arrivals of what the alarm is about.
 * @param test the alarm: its scale says how far to look, its count and expectation the two rates.
 */
export function bracket(times: ArrayLike<number>, test: Test): Interval {
  const rate = Math.max(test.expected, 1e-9) / test.scale
  // The campaign's rate is the excess's; at least twice the usual one, else the ramp has no edges.
  const ratio = Math.max(2, test.count / (rate * test.scale))
  const gain = Math.log(ratio)
  const loss = (ratio - 1) * rate
  let best = -Infinity
  let found: Interval = { start: test.time - test.scale, end: test.time }
  let score = 0
  let start = 0
  for (let i = 0; i < times.length; i++) {
    if (i > 0) score -= loss * (times[i] - times[i - 1])
    if (score <= 0) {
      score = 0
      start = i
    }
    score += gain
    if (score > best && times[i] >= test.time - test.scale && times[start] <= test.time) {
      best = score
      found = { start: times[start], end: times[i] }
    }
  }
  return found
}
