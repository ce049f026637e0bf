/** Drift seen one value at a time: Page-Hinkley for a slow rise, ADWIN for any change of the mean. */
import { requireInteger, requireNonNegative, requirePositive, requireSample, requireWithin } from './check.ts'

export interface PageHinkleyOptions {
  /** Drift tolerated, in the units of the values (0.005 standard deviations, say). */
  delta: number
  /** lambda: alarm when the sum has risen this far above its lowest point. */
  lambda: number
}

/**
 * The Page-Hinkley test for a rise of the mean (Page 1954; Gama et al. 2014, "A survey on concept drift adaptation"):
 * m_t = sum of (x_i - mean_i - delta), alarm when m_t - min m > lambda. Use a second one on -x for falls.
 */
export class PageHinkley {
  readonly options: PageHinkleyOptions
  #seen = 0
  #mean = 0
  #sum = 0
  #least = 0

  constructor(options: Partial<PageHinkleyOptions> = {}) {
    this.options = { delta: 0.005, lambda: 50, ...options }
    requireNonNegative('delta', this.options.delta)
    requirePositive('lambda', this.options.lambda)
  }

  /** How far the sum is above its lowest point. */
  get value(): number {
    return this.#sum - this.#least
  }

  /** Adds a value; true when the mean has risen. Throws RangeError when it is not finite. */
  observe(x: number): boolean {
    requireWithin('value', x, -Number.MAX_VALUE, Number.MAX_VALUE)
    this.#seen++
    this.#mean += (x - this.#mean) / this.#seen
    this.#sum += x - this.#mean - this.options.delta
    this.#least = Math.min(this.#least, this.#sum)
    return this.value > this.options.lambda
  }

  reset(): void {
    this.#seen = 0
    this.#mean = 0
    this.#sum = 0
    this.#least = 0
  }

  snapshot(): number[] {
    return [this.#seen, this.#mean, this.#sum, this.#least]
  }

  restore(saved: readonly number[]): void {
    requireSample('saved Page-Hinkley state', saved, 4)
    ;[this.#seen, this.#mean, this.#sum, this.#least] = saved
  }
}

export interface AdwinOptions {
  /** Confidence: a false cut has at most about this probability. */
  delta: number
  /** Cuts are looked for every so many values. */
  clock: number
  /** Buckets of one size before two of them are merged (M). */
  bucketsPerSize: number
  /** No cut before the window holds this many values. */
  grace: number
  /** Neither side of a cut is shorter. */
  leastSide: number
}

/** Values summed up: 2^row of them. */
interface Bucket {
  sum: number
  /** Sum of squared distances from the bucket's mean. */
  squares: number
}

/** rows[k] holds buckets of 2^k values, oldest first. */
export interface AdwinSnapshot {
  rows: { sum: number; squares: number }[][]
  ticks: number
}

/**
 * ADWIN2 (Bifet & Gavaldà, "Learning from time-changing data with adaptive windowing", SDM 2007): a window that drops
 * its old part when the means of old and new differ by more than chance allows. Exponential histogram of buckets, so
 * memory is logarithmic. Defaults as in River (delta 0.002, clock 32).
 */
export class Adwin {
  readonly options: AdwinOptions
  /** rows[k] holds buckets of 2^k values, oldest first. */
  #rows: Bucket[][] = [[]]
  #width = 0
  #sum = 0
  #ticks = 0

  constructor(options: Partial<AdwinOptions> = {}) {
    this.options = { delta: 0.002, clock: 32, bucketsPerSize: 5, grace: 10, leastSide: 5, ...options }
    requireWithin('delta', this.options.delta, Number.MIN_VALUE, 1)
    requireInteger('clock', this.options.clock, 1)
    requireInteger('bucketsPerSize', this.options.bucketsPerSize, 1)
    requireInteger('grace', this.options.grace, 0)
    requireInteger('leastSide', this.options.leastSide, 1)
  }

  /** Values in the window. */
  get width(): number {
    return this.#width
  }

  /** Mean of the window; 0 while it is empty. */
  get mean(): number {
    return this.#width === 0 ? 0 : this.#sum / this.#width
  }

  /**
   * Adds a value; true when old values were dropped because the mean has changed. Throws RangeError when not finite.
   */
  observe(x: number): boolean {
    requireWithin('value', x, -Number.MAX_VALUE, Number.MAX_VALUE)
    this.#rows[0].push({ sum: x, squares: 0 })
    this.#width++
    this.#sum += x
    this.#compress()
    this.#ticks++
    if (this.#ticks % this.options.clock !== 0 || this.#width <= this.options.grace) return false
    let changed = false
    while (this.#cutFound()) {
      this.#dropOldest()
      changed = true
    }
    return changed
  }

  snapshot(): AdwinSnapshot {
    return { rows: this.#rows.map(row => row.map(bucket => ({ ...bucket }))), ticks: this.#ticks }
  }

  restore(saved: AdwinSnapshot): void {
    this.#rows = saved.rows.length > 0 ? saved.rows.map(row => row.map(bucket => ({ ...bucket }))) : [[]]
    this.#ticks = requireInteger('ticks of the saved ADWIN', saved.ticks, 0)
    this.#width = 0
    this.#sum = 0
    for (const [k, row] of this.#rows.entries()) {
      this.#width += row.length * 2 ** k
      for (const bucket of row)
        this.#sum += requireWithin('bucket sum', bucket.sum, -Number.MAX_VALUE, Number.MAX_VALUE)
    }
  }

  /** The two oldest buckets of a full row become one of the next. */
  #compress(): void {
    for (let k = 0; this.#rows[k].length > this.options.bucketsPerSize; k++) {
      const [older, newer] = this.#rows[k].splice(0, 2)
      if (k + 1 === this.#rows.length) this.#rows.push([])
      this.#rows[k + 1].push(mergeBuckets(older, newer, 2 ** k))
    }
  }

  #dropOldest(): void {
    const last = this.#rows.length - 1
    const oldest = this.#rows[last].shift()
    if (oldest) {
      this.#width -= 2 ** last
      this.#sum -= oldest.sum
    }
    while (this.#rows.length > 1 && this.#rows[this.#rows.length - 1].length === 0) this.#rows.pop()
  }

  /** Whether some split into older and newer values has means further apart than epsilon_cut (eq. 3.1 of the paper). */
  #cutFound(): boolean {
    const { delta, leastSide } = this.options
    const variance = this.#variance()
    const logTerm = Math.log((2 * Math.log(this.#width)) / delta)
    let oldCount = 0
    let oldSum = 0
    for (let k = this.#rows.length - 1; k >= 0; k--) {
      for (const bucket of this.#rows[k]) {
        oldCount += 2 ** k
        oldSum += bucket.sum
        const newCount = this.#width - oldCount
        if (newCount < leastSide) return false
        if (oldCount < leastSide) continue
        const harmonic = 1 / (oldCount - leastSide + 1) + 1 / (newCount - leastSide + 1)
        const epsilon = Math.sqrt(2 * harmonic * variance * logTerm) + (2 / 3) * harmonic * logTerm
        if (Math.abs(oldSum / oldCount - (this.#sum - oldSum) / newCount) > epsilon) return true
      }
    }
    return false
  }

  /** Variance of the window: within the buckets and between them. */
  #variance(): number {
    const mean = this.mean
    let squares = 0
    for (const [k, row] of this.#rows.entries()) {
      const size = 2 ** k
      for (const bucket of row) squares += bucket.squares + size * (bucket.sum / size - mean) ** 2
    }
    return squares / this.#width
  }
}

/** Both hold `size` values; the squares gain what lies between the two means. */
function mergeBuckets(a: Bucket, b: Bucket, size: number): Bucket {
  const difference = (a.sum - b.sum) / size
  return { sum: a.sum + b.sum, squares: a.squares + b.squares + (size * difference * difference) / 2 }
}
