/** The last 60 seconds of many series, one count a second and measure, in typed arrays. Time is in whole seconds of event time. */
import { asArray, asNumber, type Json } from '../kit/state/primitive.ts'
import { MEASURE_COUNT } from './measures.ts'

/** Seconds of the window. */
export const WINDOW = 60
const HALF = WINDOW / 2
const ROW = WINDOW * MEASURE_COUNT
/** Room in the beginning, in entities of which the window holds anything. */
const FIRST_BLOCKS = 16
const WHAT = 'seconds of rates'

/** The place of a second in a window. Not `%`: of floating-point numbers, which seconds are here, that is a slow division. */
export function placeOf(second: number): number {
  return second - Math.floor(second / WINDOW) * WINDOW
}

export class SecondRings {
  /** Entities: a server, path groups, or slots of sources. */
  readonly size: number
  /** By entity and measure: events of the last 60 seconds. */
  readonly sums: Float64Array
  /** The latest second of each entity; -1 for none. */
  readonly latest: Float64Array
  /**
   * Counts of the seconds, in blocks of `ROW`: only what holds anything has one, and gives it to others when its seconds
   * have passed. All sources of a day in their own would be megabytes of zeros.
   */
  #counts = new Uint32Array(FIRST_BLOCKS * ROW)
  /** Where an entity's block begins; -1 for none. */
  readonly #block: Int32Array
  /** Blocks nobody has; those from `#used` on were never taken. */
  readonly #free: number[] = []
  #used = 0
  /** The latest second of all. */
  #newest = -1
  /** By entity: which seconds hold anything, a bit each in two halves of 30. Most seconds of most entities are empty. */
  readonly #busy: Int32Array
  /** The second counted into last, and its place. */
  #second = -1
  #place = 0

  constructor(size: number) {
    this.size = size
    this.sums = new Float64Array(size * MEASURE_COUNT)
    this.latest = new Float64Array(size).fill(-1)
    this.#block = new Int32Array(size).fill(-1)
    this.#busy = new Int32Array(size * 2)
  }

  /** Moves an entity's window so that it ends with `second`. Where the clock was set back, the window begins anew. */
  advance(entity: number, second: number): void {
    const last = this.latest[entity]
    if (second === last) return
    if (second > this.#newest) this.#newest = second
    else if (second <= this.#newest - WINDOW) this.#setBack(second)
    this.latest[entity] = second
    // What has passed for others has passed for it, whether or not somebody needed its room.
    if (last < 0 || second < last || this.#newest - last >= WINDOW) {
      this.#wipe(entity)
      return
    }
    const from = placeOf(last + 1)
    const to = placeOf(second)
    if (from <= to) this.#clear(entity, from, to)
    else {
      this.#clear(entity, from, WINDOW - 1)
      this.#clear(entity, 0, to)
    }
  }

  /** Empties the places `from` to `to`. */
  #clear(entity: number, from: number, to: number): void {
    if (from < HALF) this.#clearHalf(entity, 0, bits(from, Math.min(to, HALF - 1)))
    if (to >= HALF) this.#clearHalf(entity, 1, bits(Math.max(from - HALF, 0), to - HALF))
  }

  #clearHalf(entity: number, half: number, mask: number): void {
    let busy = this.#busy[entity * 2 + half] & mask
    if (busy === 0) return
    this.#busy[entity * 2 + half] &= ~mask
    const sum = entity * MEASURE_COUNT
    const base = this.#block[entity] + half * HALF * MEASURE_COUNT
    for (; busy !== 0; busy &= busy - 1) {
      const cell = base + (31 - Math.clz32(busy & -busy)) * MEASURE_COUNT
      for (let m = 0; m < MEASURE_COUNT; m++) {
        const count = this.#counts[cell + m]
        if (count === 0) continue
        this.sums[sum + m] -= count
        this.#counts[cell + m] = 0
      }
    }
  }

  /** An event is counted into several windows at the same second. */
  #placeOf(second: number): number {
    if (second !== this.#second) {
      this.#second = second
      this.#place = placeOf(second)
    }
    return this.#place
  }

  /** Counts into a second of the entity's window, which the caller vouches for; answers the window's sum. */
  add(entity: number, second: number, measure: number, weight: number): number {
    const place = this.#placeOf(second)
    if (this.#block[entity] < 0) this.#take(entity)
    this.#counts[this.#block[entity] + place * MEASURE_COUNT + measure] += weight
    if (place < HALF) this.#busy[entity * 2] |= 1 << place
    else this.#busy[entity * 2 + 1] |= 1 << (place - HALF)
    const sum = entity * MEASURE_COUNT + measure
    this.sums[sum] += weight
    return this.sums[sum]
  }

  sum(entity: number, measure: number): number {
    return this.sums[entity * MEASURE_COUNT + measure]
  }

  /** The sum of the 60 seconds that end with `second`, without moving the window. */
  sumAt(entity: number, measure: number, second: number): number {
    if (second === this.latest[entity]) return this.sum(entity, measure)
    let sum = 0
    for (let at = second - WINDOW + 1; at <= second; at++) sum += this.at(entity, measure, at)
    return sum
  }

  /** The count of one second; 0 outside the entity's window. */
  at(entity: number, measure: number, second: number): number {
    const last = this.latest[entity]
    const block = this.#block[entity]
    if (block < 0 || last < 0 || second > last || second <= last - WINDOW) return 0
    return this.#counts[block + placeOf(second) * MEASURE_COUNT + measure]
  }

  /** Adds another window that ends with the same second, or a window before it. */
  absorb(entity: number, other: SecondRings, theirs: number): void {
    const latest = other.latest[theirs]
    if (latest < 0) return
    if (this.latest[entity] < latest) this.advance(entity, latest)
    for (let second = Math.max(latest, this.latest[entity]) - WINDOW + 1; second <= latest; second++) {
      for (let m = 0; m < MEASURE_COUNT; m++) {
        const count = other.at(theirs, m, second)
        if (count > 0) this.add(entity, second, m, count)
      }
    }
  }

  /** Forgets an entity. */
  clear(entity: number): void {
    this.#wipe(entity)
    this.latest[entity] = -1
  }

  #wipe(entity: number): void {
    this.#clearHalf(entity, 0, -1)
    this.#clearHalf(entity, 1, -1)
    if (this.#block[entity] >= 0) this.#free.push(this.#block[entity])
    this.#block[entity] = -1
  }

  /** Gives an entity a block, which holds nothing. */
  #take(entity: number): void {
    if (this.#free.length === 0 && (this.#used + 1) * ROW > this.#counts.length) {
      this.#wipePassed()
      // Where that frees few, there is to be room for twice as many.
      if (this.#free.length * 4 <= this.#used) {
        const counts = new Uint32Array(Math.min(this.#used * 2, this.size) * ROW)
        counts.set(this.#counts)
        this.#counts = counts
      }
    }
    this.#block[entity] = this.#free.pop() ?? this.#used++ * ROW
  }

  /** Empties the windows that lie before that of the latest second. */
  #wipePassed(): void {
    for (let entity = 0; entity < this.size; entity++)
      if (this.#newest - this.latest[entity] >= WINDOW) this.#wipe(entity)
  }

  /** The clock was set back: what had passed stays so. */
  #setBack(second: number): void {
    this.#wipePassed()
    this.#newest = second
  }

  /** Entities with anything in their window: [entity, latest, cell, count, cell, count ...]; as -1 the latest second of all. */
  snapshot(): Json {
    const rows: Json[] = [[-1, this.#newest]]
    for (let entity = 0; entity < this.size; entity++) {
      if (this.latest[entity] < 0) continue
      const row = [entity, this.latest[entity]]
      const block = this.#block[entity]
      for (let cell = 0; block >= 0 && cell < ROW; cell++) {
        const count = this.#counts[block + cell]
        if (count > 0) row.push(cell, count)
      }
      rows.push(row)
    }
    return rows
  }

  restore(snapshot: Json): void {
    for (let entity = 0; entity < this.size; entity++) this.clear(entity)
    this.#newest = -1
    for (const json of asArray(snapshot, WHAT)) {
      const row = asArray(json, WHAT).map(value => asNumber(value, WHAT))
      const [entity, latest] = row
      if (entity === -1) this.#newest = latest
      if (!(entity >= 0 && entity < this.size)) continue
      this.latest[entity] = latest
      for (let i = 2; i < row.length; i += 2) {
        if (this.#block[entity] < 0) this.#take(entity)
        this.#counts[this.#block[entity] + row[i]] = row[i + 1]
        const place = Math.floor(row[i] / MEASURE_COUNT)
        this.#busy[entity * 2 + (place < HALF ? 0 : 1)] |= 1 << (place % HALF)
        this.sums[entity * MEASURE_COUNT + (row[i] % MEASURE_COUNT)] += row[i + 1]
      }
    }
  }
}

/** A mask with the bits `from` to `to` set, 0 to 29. */
function bits(from: number, to: number): number {
  return ((1 << (to + 1)) - 1) & ~((1 << from) - 1)
}
