/**
 * Split-conformal calibration: an alarm budget that holds whatever the law of the scores, as long as clean calibration
 * windows and clean live windows are exchangeable. Bates, Candès, Lei, Romano & Sesia, "Testing for outliers with
 * conformal p-values" (arXiv 2104.08279); Vovk, "Conditional validity of inductive conformal predictors" (2012).
 * Scores grow with strangeness throughout.
 */
import { betaQuantile } from './beta.ts'
import { requireInteger, requirePositive, requireSample, requireWithin } from './check.ts'

/** A sorted copy of calibration scores, ascending. Throws RangeError on NaN. Infinite scores are allowed. */
export function sortScores(scores: ArrayLike<number>): Float64Array {
  return Float64Array.from(requireSample('scores', scores, 0, true)).sort()
}

/** How many of the ascending scores are at least `score`. */
export function countAtLeast(sorted: Float64Array, score: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle] < score) low = middle + 1
    else high = middle
  }
  return sorted.length - low
}

/**
 * p = (1 + #{calibration >= score}) / (n + 1), Bates et al. eq. 2. With no calibration it is 1: nothing can be said.
 */
export function conformalPValue(sorted: Float64Array, score: number): number {
  if (Number.isNaN(score)) throw new RangeError('score is NaN; expected a number')
  return (1 + countAtLeast(sorted, score)) / (sorted.length + 1)
}

/**
 * The threshold t such that a new exchangeable score exceeds it (score > t) with probability of at most `alpha`: the
 * ceil((n+1)(1-alpha))-th smallest. Infinity when n is too small for that alpha: no honest threshold exists yet.
 */
export function conformalThreshold(sorted: Float64Array, alpha: number): number {
  requireWithin('alpha', alpha, 0, 1)
  // The product is a whole number in the best-calibrated cases; rounding must not push it past one.
  const rank = Math.ceil((sorted.length + 1) * (1 - alpha) - 1e-9)
  if (rank < 1) return -Infinity
  return rank > sorted.length ? Infinity : sorted[rank - 1]
}

/**
 * The largest score of each block (a day, say): many correlated tests become one exchangeable number a block, which
 * absorbs multiplicity and dependence without Bonferroni. Blocks without any test count too: they are `blocks` in
 * number, and an empty one holds `empty`, the score of "nothing to see".
 */
export class BlockMaxima {
  readonly #maxima = new Map<number, number>()
  readonly #empty: number

  constructor(empty = 0) {
    this.#empty = empty
  }

  /** Notes a score tested in the given block (a whole number: the day's index). Throws RangeError on NaN. */
  observe(block: number, score: number): void {
    requireInteger('block', block, Number.MIN_SAFE_INTEGER)
    if (Number.isNaN(score)) throw new RangeError('score is NaN; expected a number')
    const known = this.#maxima.get(block)
    if (known === undefined || score > known) this.#maxima.set(block, score)
  }

  /** Forgets a block: it held an attack, so it is no sample of the quiet. */
  exclude(block: number): void {
    this.#maxima.delete(block)
  }

  /** The maxima of the blocks first .. last (both included) in order; blocks without a test hold the empty score. */
  values(first: number, last: number, excluded?: ReadonlySet<number>): Float64Array {
    requireInteger('last block', last, first - 1)
    const values: number[] = []
    for (let block = first; block <= last; block++) {
      if (!excluded?.has(block)) values.push(this.#maxima.get(block) ?? this.#empty)
    }
    return Float64Array.from(values)
  }

  /** Every block with its maximum, by block. */
  entries(): [block: number, maximum: number][] {
    return [...this.#maxima].sort(([a], [b]) => a - b)
  }

  /** Takes the larger maximum of each block from another node's blocks. */
  merge(entries: Iterable<readonly [block: number, maximum: number]>): void {
    for (const [block, maximum] of entries) this.observe(block, maximum)
  }
}

/**
 * The score above which there is at most one false alarm in `blocksPerAlarm` clean blocks: the 1 - 1/W quantile of
 * clean block maxima. Infinity when fewer than W - 1 blocks were seen; the lowest rate n blocks can control is 1 in n +
 * 1.
 */
export function blockMaximaThreshold(maxima: ArrayLike<number>, blocksPerAlarm: number): number {
  requireWithin('blocksPerAlarm', blocksPerAlarm, 1, Number.MAX_VALUE)
  return conformalThreshold(sortScores(maxima), 1 / blocksPerAlarm)
}

/** False alarms a week that a calibration may really give. */
export interface FalseAlarmBand {
  lower: number
  median: number
  upper: number
  /** The mean over calibrations: at most the budget. */
  expected: number
}

/**
 * The honest band. Given n clean calibration windows and a budget of false alarms a week, the rate that this very
 * calibration realises is windowsPerWeek * Beta(a, n + 1 - a), a = floor((n + 1) budget / windowsPerWeek) (Vovk 2012,
 * Prop. 2a). When a = 0 the budget is below what n windows can promise and the threshold is Infinity: all zero.
 */
export function falseAlarmBand(n: number, windowsPerWeek = 168, budget = 1, level = 0.95): FalseAlarmBand {
  requireInteger('n of calibration windows', n, 0)
  requirePositive('windowsPerWeek', windowsPerWeek)
  requireWithin('budget', budget, 0, windowsPerWeek)
  requireWithin('level', level, 0, 1)
  const a = Math.min(n, Math.floor(((n + 1) * budget) / windowsPerWeek + 1e-9))
  if (a === 0) return { lower: 0, median: 0, upper: 0, expected: 0 }
  const quantile = (p: number): number => windowsPerWeek * betaQuantile(p, a, n + 1 - a)
  return {
    lower: quantile((1 - level) / 2),
    median: quantile(0.5),
    upper: quantile((1 + level) / 2),
    expected: (windowsPerWeek * a) / (n + 1),
  }
}

/** What Benjamini-Hochberg decided: which hypotheses fall, and the largest p-value among them (0 when none does). */
export interface Discoveries {
  rejected: boolean[]
  threshold: number
  count: number
}

/**
 * Benjamini & Hochberg (1995) at false discovery rate q; valid for conformal p-values, which depend positively on each
 * other (Bates et al., Thm. 2). Throws RangeError when a p-value is not in [0, 1].
 */
export function benjaminiHochberg(pValues: ArrayLike<number>, q: number): Discoveries {
  requireWithin('q', q, 0, 1)
  const sorted = Float64Array.from(pValues).sort()
  for (let i = 0; i < pValues.length; i++) requireWithin(`pValues[${i}]`, pValues[i], 0, 1)
  let count = sorted.length
  while (count > 0 && sorted[count - 1] > (q * count) / sorted.length) count--
  const threshold = count > 0 ? sorted[count - 1] : 0
  const rejected = Array.from({ length: pValues.length }, (_, i) => count > 0 && pValues[i] <= threshold)
  return { rejected, threshold, count }
}
