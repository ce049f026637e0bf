/** How surprising a count of sources is: -log10 of its chance, with the background's own small bursts allowed for. */
import { negativeBinomialTail } from '../kit/math/tails.ts'
import type { Expectation } from './baseline.ts'

/**
 * Strangers come in little groups: five machines of one owner try `monitor` within the hour, where one a month is
 * usual. Under a law of single arrivals that is one chance in 10^9, and it happens every few weeks (docs/detection.md).
 * So arrivals are groups of geometric size, and each further source of a group counts for this chance at least.
 */
const COMPANY = 0.3
const POINTS_PER_SOURCE = -Math.log10(COMPANY)

interface Surprise {
  /** -log10 of the chance; what alarms are judged by. */
  score: number
  /** -log10 of the chance if all came singly; the sharper one, by which windows are compared. */
  tail: number
}

/**
 * `tail` is the negative binomial P(C >= c). `score` is that or, where it is less, the chance of one group of c sources in
 * a place where groups arrive at the expected rate (compound Poisson: m p^(c-1) for m < 1, the excess over m above).
 */
export function surprise(count: number, { mean, shape }: Expectation): Surprise {
  const tail = -negativeBinomialTail(count, mean, shape)
  const group = POINTS_PER_SOURCE * (count - Math.max(1, mean)) - Math.log10(Math.min(1, mean))
  return { score: Math.min(tail, Math.max(0, group)), tail }
}
