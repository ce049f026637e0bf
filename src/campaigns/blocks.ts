/**
 * Counts by block of time, winsorised, for leave-block-out estimates: what the rest of the log says is usual. Blocks in
 * which the log was silent for days are no observation.
 */
import { DAY, HOUR, MINUTE } from '../core/time.ts'
import { criticalCount } from '../kit/math/tails.ts'

const LENGTHS = [5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY]
/** Silence longer than this many days is a gap in the log. */
const LONGEST_SILENCE = 3
const MOST_BLOCKS = 20_000
/** Dispersion assumed while there are too few blocks to measure it. */
const UNSURE_DISPERSION = 0.25
const ENOUGH_BLOCKS = 7
/** Share of a block that must have been observed for its count to speak of dispersion. */
const WHOLE = 0.9
/** Least dispersion: what a short log cannot show. Blocks below a day show less of the restlessness between days. */
const FLOOR = 0.02
const SHORT_FLOOR = 0.05
/** A block's count beyond the 99.9 % quantile of the negative binomial law is cut to it (spec: baseline hygiene). */
const WINSOR_LOG10 = -3
const WINSOR_SHAPE = 4

/** The log's period cut into blocks, and which of them the log lived through. */
export interface Calendar {
  readonly start: number
  readonly block: number
  readonly blocks: number
  /** Observed milliseconds of each block. */
  readonly exposure: Float64Array
}

/** Length of a block such that a log has about 28 of them, a day at most. */
function blockLength(span: number): number {
  const wanted = span / 28
  const length = LENGTHS.find(candidate => candidate >= wanted) ?? DAY
  return Math.max(length, Math.ceil(span / MOST_BLOCKS / DAY) * (span / MOST_BLOCKS > DAY ? DAY : 0))
}

/** Cuts [start, end] into blocks. `days` are the days (since 1970) on which anything was logged. */
export function openCalendar(start: number, end: number, days: ReadonlySet<number>): Calendar {
  const block = blockLength(end - start)
  const blocks = Math.max(1, Math.floor((end - start) / block) + 1)
  const exposure = new Float64Array(blocks)
  const alive = [...days].sort((a, b) => a - b)
  const gaps: [number, number][] = []
  for (let i = 1; i < alive.length; i++) {
    if (alive[i] - alive[i - 1] > LONGEST_SILENCE) gaps.push([(alive[i - 1] + 1) * DAY, alive[i] * DAY])
  }
  let gap = 0
  for (let i = 0; i < blocks; i++) {
    const from = start + i * block
    const to = Math.min(end, from + block)
    while (gap < gaps.length && gaps[gap][1] <= from) gap++
    let observed = to - from
    for (let g = gap; g < gaps.length && gaps[g][0] < to; g++) {
      observed -= Math.max(0, Math.min(to, gaps[g][1]) - Math.max(from, gaps[g][0]))
    }
    exposure[i] = Math.max(0, observed)
  }
  return { start, block, blocks, exposure }
}

/**
 * Counts `times` (milliseconds, in any order) by the calendar's blocks; what lies outside the calendar is left out.
 * A block that a period touches is left out whole.
 */
export class BlockCounts {
  readonly calendar: Calendar
  /** Prefix sums of winsorised counts and of exposure. */
  readonly #counts: Float64Array
  readonly #exposure: Float64Array
  /** Prefix sums over fully observed blocks: how many, their counts, and the squares. */
  readonly #whole: Float64Array
  readonly #sum: Float64Array
  readonly #squares: Float64Array

  constructor(calendar: Calendar, times: ArrayLike<number>) {
    this.calendar = calendar
    const { start, block, blocks, exposure } = calendar
    const counts = new Float64Array(blocks)
    for (let i = 0; i < times.length; i++) {
      const at = Math.floor((times[i] - start) / block)
      if (at >= 0 && at < blocks) counts[at]++
    }
    winsorise(counts, exposure, block)
    const whole = exposure.map(observed => (observed > block * WHOLE ? 1 : 0))
    this.#counts = prefix(counts)
    this.#exposure = prefix(exposure)
    this.#whole = prefix(whole)
    this.#sum = prefix(counts.map((count, i) => count * whole[i]))
    this.#squares = prefix(counts.map((count, i) => count * count * whole[i]))
  }

  /** Winsorised count and exposure (ms) of all blocks but those that touch (from, to]. */
  outside(from: number, to: number): { count: number; exposure: number } {
    const [low, high] = this.#range(from, to)
    return { count: without(this.#counts, low, high), exposure: without(this.#exposure, low, high) }
  }

  /**
   * Extra-Poisson dispersion phi of the blocks outside (from, to], by moments: (variance - mean) / mean^2. Left out like the
   * counts, or else a campaign of a week would make every week look restless.
   */
  dispersionOutside(from: number, to: number): number {
    const [low, high] = this.#range(from, to)
    const n = without(this.#whole, low, high)
    if (n < ENOUGH_BLOCKS) return UNSURE_DISPERSION
    const mean = without(this.#sum, low, high) / n
    const floor = this.calendar.block < DAY ? SHORT_FLOOR : FLOOR
    if (mean === 0) return floor
    const variance = Math.max(0, without(this.#squares, low, high) / n - mean * mean) * (n / (n - 1))
    return Math.min(1, Math.max(floor, (variance - mean) / (mean * mean)))
  }

  #range(from: number, to: number): [number, number] {
    const { start, block, blocks } = this.calendar
    const low = Math.min(blocks, Math.max(0, Math.floor((from - start) / block)))
    return [low, Math.min(blocks, Math.max(low, Math.floor((to - start) / block) + 1))]
  }

  /** Winsorised count and exposure (ms) of the blocks that were over at `time`. */
  before(time: number): { count: number; exposure: number } {
    const { start, block, blocks } = this.calendar
    const high = Math.min(blocks, Math.max(0, Math.floor((time - start) / block)))
    return { count: this.#counts[high], exposure: this.#exposure[high] }
  }
}

function prefix(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1)
  for (let i = 0; i < values.length; i++) sums[i + 1] = sums[i] + values[i]
  return sums
}

/** The sum of what lies outside [low, high). */
function without(sums: Float64Array, low: number, high: number): number {
  return sums[sums.length - 1] - (sums[high] - sums[low])
}

/** Cuts outlying blocks in place. */
function winsorise(counts: Float64Array, exposure: Float64Array, block: number): void {
  const whole: number[] = []
  for (let i = 0; i < counts.length; i++) if (exposure[i] > block / 2) whole.push(i)
  if (whole.length < 3) return
  const sorted = whole.map(i => counts[i]).sort((a, b) => a - b)
  const kept = sorted.slice(0, Math.ceil(sorted.length * 0.8))
  let mean = kept.reduce((sum, count) => sum + count, 0) / kept.length
  let cap = Infinity
  for (let round = 0; round < 3; round++) {
    // Half a count: a server of zeros must still let one stranger in.
    cap = criticalCount(Math.max(mean, 0.5 / whole.length), WINSOR_SHAPE, WINSOR_LOG10)
    let sum = 0
    for (const count of sorted) sum += Math.min(cap, count)
    mean = sum / sorted.length
  }
  for (let i = 0; i < counts.length; i++) counts[i] = Math.min(counts[i], cap)
}
