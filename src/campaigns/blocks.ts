/**
 * Counts by block of time, winsorised, for leave-block-out estimates: what the rest of the log says is usual. Blocks in
 * which the log was silent for days are no observation.
 */
import { DAY, HOUR, MINUTE } from '../core/time.ts'
import { estimateDispersion } from '../kit/math/gamma-poisson.ts'
import { criticalCount } from '../kit/math/tails.ts'

const LENGTHS = [5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, DAY]
/** Silence longer than this many days is a gap in the log. */
const LONGEST_SILENCE = 3
const MOST_BLOCKS = 20_000
/** Dispersion assumed while there are too few blocks to measure it. */
const UNSURE_DISPERSION = 0.25
const ENOUGH_BLOCKS = 7
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

/** Length of a block such that a log has about 24 of them, a day at most. */
export function blockLength(span: number): number {
  const wanted = span / 24
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

export class BlockCounts {
  readonly calendar: Calendar
  /** Prefix sums of winsorised counts and of exposure. */
  readonly #counts: Float64Array
  readonly #exposure: Float64Array
  /** Extra-Poisson dispersion of the winsorised counts. */
  readonly dispersion: number

  constructor(calendar: Calendar, times: ArrayLike<number>) {
    this.calendar = calendar
    const { start, block, blocks, exposure } = calendar
    const counts = new Float64Array(blocks)
    for (let i = 0; i < times.length; i++) {
      const at = Math.floor((times[i] - start) / block)
      if (at >= 0 && at < blocks) counts[at]++
    }
    this.dispersion = winsorise(counts, exposure, block)
    this.#counts = prefix(counts)
    this.#exposure = prefix(exposure)
  }

  /** Winsorised count and exposure (ms) of all blocks but those that touch (from, to]. */
  outside(from: number, to: number): { count: number; exposure: number } {
    const { start, block, blocks } = this.calendar
    const low = Math.min(blocks, Math.max(0, Math.floor((from - start) / block)))
    const high = Math.min(blocks, Math.max(low, Math.floor((to - start) / block) + 1))
    const all = this.#counts[blocks]
    return {
      count: all - (this.#counts[high] - this.#counts[low]),
      exposure: this.#exposure[blocks] - (this.#exposure[high] - this.#exposure[low]),
    }
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

/** Cuts outlying blocks in place; answers the dispersion of what remains. */
function winsorise(counts: Float64Array, exposure: Float64Array, block: number): number {
  const whole: number[] = []
  for (let i = 0; i < counts.length; i++) if (exposure[i] > block / 2) whole.push(i)
  if (whole.length < 3) return UNSURE_DISPERSION
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
  if (whole.length < ENOUGH_BLOCKS) return UNSURE_DISPERSION
  // Shorter blocks hold fewer counts and so show less of the restlessness between days.
  const floor = block < DAY ? 0.1 : 0.02
  return Math.min(1, estimateDispersion(whole.map(i => counts[i]), floor))
}
