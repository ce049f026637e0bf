/**
 * One row of figures for each source, in typed arrays: about 115 bytes. Bounded: when it is full, slight sources
 * (seen once, say) make room, the earliest first.
 */
import { entropy } from '../kit/math/summary.ts'
import type { Translation } from '../kit/state/translation.ts'

export const SOURCE_LIMIT = 1 << 17
const NUMBERS = 8
const BIT_WORDS = 4
const BUCKETS = 16
const BITS = BIT_WORDS * 32
/** Place of the time last seen in the numbers; the rest is the caller's. */
export const LAST = 7

/**
 * Figures by row, and the row by source id. A row holds until the next `open`, `sort` or `merge`, which may move it;
 * what the figures at places 0 to 6 mean is the caller's.
 */
export class SourceTable {
  readonly limit: number
  /** Sources that found no room or lost it. */
  dropped = 0
  size = 0
  #slots = new Int32Array(1024).fill(-1)
  #sources = new Int32Array(256)
  #numbers = new Float64Array(256 * NUMBERS)
  #bits = new Uint32Array(256 * BIT_WORDS)
  #buckets = new Uint16Array(256 * BUCKETS)

  readonly #isSlight: (figures: (place: number) => number) => boolean

  /** `isSlight` says of a row's figures whether it may be dropped when there is no room. */
  constructor(limit: number, isSlight: (figures: (place: number) => number) => boolean) {
    this.limit = limit
    this.#isSlight = isSlight
  }

  /** The row of a source, opened where there is none; -1 where there is no room. */
  open(source: number, time: number): number {
    if (source >= this.#slots.length) this.#slots = grown(this.#slots, source + 1, -1)
    let row = this.#slots[source]
    if (row < 0) {
      if (this.size >= this.limit) this.#makeRoom()
      if (this.size >= this.limit) {
        this.dropped++
        return -1
      }
      row = this.size++
      if (row === this.#sources.length) this.#grow()
      this.#slots[source] = row
      this.#sources[row] = source
      this.#numbers[row * NUMBERS + LAST] = time
    }
    return row
  }

  /** Notes the time last seen; `last` answers it. */
  touch(row: number, time: number): void {
    this.#numbers[row * NUMBERS + LAST] = time
  }

  source(row: number): number {
    return this.#sources[row]
  }

  /** The figure at a place, 0 to 6. */
  get(row: number, place: number): number {
    return this.#numbers[row * NUMBERS + place]
  }

  set(row: number, place: number, value: number): void {
    this.#numbers[row * NUMBERS + place] = value
  }

  add(row: number, place: number, amount: number): void {
    this.#numbers[row * NUMBERS + place] += amount
  }

  last(row: number): number {
    return this.#numbers[row * NUMBERS + LAST]
  }

  /** Notes a value by its hash, for `distinct`. */
  mark(row: number, hash: number): void {
    const bit = (hash >>> 4) % BITS
    this.#bits[row * BIT_WORDS + (bit >> 5)] |= 1 << (bit & 31)
  }

  /**
   * Distinct values marked: linear counting (Whang et al. 1990) on 128 bits, -m ln(empty / m). Within a few per cent up
   * to a hundred; beyond about 600 it says 620.
   */
  distinct(row: number): number {
    let set = 0
    for (let i = 0; i < BIT_WORDS; i++) set += popCount(this.#bits[row * BIT_WORDS + i])
    return set === BITS ? 620 : Math.round(-BITS * Math.log(1 - set / BITS))
  }

  /** Counts into one of 16 buckets; saturates at 65,535. */
  count(row: number, bucket: number, amount: number): void {
    const at = row * BUCKETS + bucket
    this.#buckets[at] = Math.min(0xffff, this.#buckets[at] + amount)
  }

  /** Entropy over the buckets in bits: exact for up to 16 values that fall apart, a lower bound for more. */
  entropy(row: number): number {
    return entropy(this.#buckets.subarray(row * BUCKETS, (row + 1) * BUCKETS))
  }

  #grow(): void {
    const rows = Math.min(this.limit, this.#sources.length * 2)
    this.#sources = grown(this.#sources, rows, 0)
    const numbers = new Float64Array(rows * NUMBERS)
    numbers.set(this.#numbers)
    this.#numbers = numbers
    const bits = new Uint32Array(rows * BIT_WORDS)
    bits.set(this.#bits)
    this.#bits = bits
    const buckets = new Uint16Array(rows * BUCKETS)
    buckets.set(this.#buckets)
    this.#buckets = buckets
  }

  /** Drops the earlier half of the slight sources; others are never dropped. */
  #makeRoom(): void {
    const once: number[] = []
    for (let row = 0; row < this.size; row++) if (this.#slight(row)) once.push(this.last(row))
    if (once.length === 0) return
    const horizon = Float64Array.from(once).sort()[once.length >> 1]
    let kept = 0
    for (let row = 0; row < this.size; row++) {
      if (this.#slight(row) && this.last(row) <= horizon) {
        this.#slots[this.#sources[row]] = -1
        this.dropped++
      } else this.#move(row, kept++)
    }
    this.#numbers.fill(0, kept * NUMBERS)
    this.#bits.fill(0, kept * BIT_WORDS)
    this.#buckets.fill(0, kept * BUCKETS)
    this.size = kept
  }

  #slight(row: number): boolean {
    return this.#isSlight(place => this.get(row, place))
  }

  #move(from: number, to: number): void {
    this.#slots[this.#sources[from]] = to
    this.#sources[to] = this.#sources[from]
    this.#numbers.copyWithin(to * NUMBERS, from * NUMBERS, (from + 1) * NUMBERS)
    this.#bits.copyWithin(to * BIT_WORDS, from * BIT_WORDS, (from + 1) * BIT_WORDS)
    this.#buckets.copyWithin(to * BUCKETS, from * BUCKETS, (from + 1) * BUCKETS)
  }

  snapshot(): SourceTableSnapshot {
    return {
      sources: Array.from(this.#sources.subarray(0, this.size)),
      numbers: Array.from(this.#numbers.subarray(0, this.size * NUMBERS)),
      bits: Array.from(this.#bits.subarray(0, this.size * BIT_WORDS)),
      buckets: Array.from(this.#buckets.subarray(0, this.size * BUCKETS)),
      dropped: this.dropped,
    }
  }

  /**
   * Adds another table. `join` puts two rows' figures together, the caller's seven and the time last seen; distinct values are those of
   * both, exactly what one table would have marked.
   */
  merge(saved: SourceTableSnapshot, from: Translation, join: (mine: Float64Array, theirs: Float64Array) => void): void {
    for (const [i, id] of saved.sources.entries()) {
      const before = this.size
      const theirs = Float64Array.from(saved.numbers.slice(i * NUMBERS, (i + 1) * NUMBERS))
      const row = this.open(from.source(id), theirs[LAST])
      if (row < 0) continue
      const mine = this.#numbers.subarray(row * NUMBERS, (row + 1) * NUMBERS)
      if (row === before) mine.set(theirs)
      else join(mine, theirs)
      for (let word = 0; word < BIT_WORDS; word++)
        this.#bits[row * BIT_WORDS + word] |= saved.bits[i * BIT_WORDS + word]
      for (let bucket = 0; bucket < BUCKETS; bucket++) this.count(row, bucket, saved.buckets[i * BUCKETS + bucket])
    }
    this.dropped += saved.dropped
  }

  /** Orders the rows by the figure at a place. */
  sort(place: number): void {
    const { sources, numbers, bits, buckets } = this.snapshot()
    const rows = sources.map((_, row) => row).sort((a, b) => this.get(a, place) - this.get(b, place))
    for (const [to, from] of rows.entries()) {
      this.#slots[sources[from]] = to
      this.#sources[to] = sources[from]
      this.#numbers.set(numbers.slice(from * NUMBERS, (from + 1) * NUMBERS), to * NUMBERS)
      this.#bits.set(bits.slice(from * BIT_WORDS, (from + 1) * BIT_WORDS), to * BIT_WORDS)
      this.#buckets.set(buckets.slice(from * BUCKETS, (from + 1) * BUCKETS), to * BUCKETS)
    }
  }

  /** Fills an empty table. */
  restore(saved: SourceTableSnapshot): void {
    for (const source of saved.sources) this.open(source, 0)
    this.#numbers.set(saved.numbers)
    this.#bits.set(saved.bits)
    this.#buckets.set(saved.buckets)
    this.dropped = saved.dropped
  }
}

export interface SourceTableSnapshot {
  sources: number[]
  numbers: number[]
  bits: number[]
  buckets: number[]
  dropped: number
}

function grown(old: Int32Array<ArrayBuffer>, size: number, fill: number): Int32Array<ArrayBuffer> {
  const array = new Int32Array(Math.max(size, old.length * 2)).fill(fill)
  array.set(old)
  return array
}

function popCount(word: number): number {
  let rest = word - ((word >>> 1) & 0x5555_5555)
  rest = (rest & 0x3333_3333) + ((rest >>> 2) & 0x3333_3333)
  return Math.imul((rest + (rest >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}
