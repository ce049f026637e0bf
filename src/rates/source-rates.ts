/**
 * The sources of the moment: a fixed number of places, each with its last 60 seconds and its own mean. A place whose source
 * rests is given to the next; where all are busy, the least busy of some gives way, so that a flood of addresses cannot
 * push out those that matter.
 */
import { asArray, asNumber, type Json } from '../kit/state/primitive.ts'
import { MEASURE_COUNT } from './measures.ts'
import { SecondRings, WINDOW } from './second-rings.ts'

/** Places looked at for the next one to give away. */
const PROBES = 16
/** A source's own mean fades to half in 30 minutes. */
const FADE = 2 ** (-1 / 30)
const WHAT = 'sources of rates'

/** A source and its events of one measure in the window. */
export interface SourceCount {
  source: number
  count: number
}

/**
 * By place, which `enter` answers for a source and which may go to another at the next `enter`. Seconds and minutes
 * count from 1970; means are events a minute.
 */
export class SourceRates {
  readonly rings: SecondRings
  /** Busy sources that had to give way. */
  evicted = 0
  /** Source id by place, -1 for none. */
  readonly #sources: Int32Array
  readonly #internal: Uint8Array
  /** Place by source id. */
  #places = new Int32Array(1024).fill(-1)
  readonly #minute: Float64Array
  readonly #counts: Float64Array
  readonly #means: Float64Array
  /** The window's sum from which on a source is looked at, by place and measure; the caller's. */
  readonly gates: Float64Array
  #hand = 0
  readonly #onMinute: (measure: number, count: number) => void
  readonly #isInternal: (source: number) => boolean
  readonly #gate: readonly number[]

  /**
   * `onMinute` is told of every minute of a source in which there was something; `gate` are the least sums of interest by
   * measure.
   */
  constructor(
    places: number,
    gate: readonly number[],
    isInternal: (source: number) => boolean,
    onMinute: (measure: number, count: number) => void,
  ) {
    this.rings = new SecondRings(places)
    this.#sources = new Int32Array(places).fill(-1)
    this.#internal = new Uint8Array(places)
    this.#minute = new Float64Array(places)
    this.#counts = new Float64Array(places * MEASURE_COUNT)
    this.#means = new Float64Array(places * MEASURE_COUNT)
    this.gates = new Float64Array(places * MEASURE_COUNT)
    this.#gate = gate
    this.#isInternal = isInternal
    this.#onMinute = onMinute
  }

  /** The source's place, its window moved to `second`. */
  enter(source: number, second: number, minute: number): number {
    let place = source < this.#places.length ? this.#places[source] : -1
    if (place < 0) place = this.#settle(source, second, minute)
    this.rings.advance(place, second)
    if (this.#minute[place] !== minute) this.#closeMinute(place, minute)
    return place
  }

  /** Counts into a second of the window; answers the window's sum. */
  add(place: number, second: number, measure: number, weight: number): number {
    this.#counts[place * MEASURE_COUNT + measure] += weight
    return this.rings.add(place, second, measure, weight)
  }

  /** The source's own mean a minute. */
  mean(place: number, measure: number): number {
    return this.#means[place * MEASURE_COUNT + measure]
  }

  sourceAt(place: number): number {
    return this.#sources[place]
  }

  isInternal(place: number): boolean {
    return this.#internal[place] === 1
  }

  #settle(source: number, second: number, minute: number): number {
    const place = this.#give(second)
    const before = this.#sources[place]
    if (before >= 0) {
      this.#closeMinute(place, minute)
      this.#places[before] = -1
    }
    this.#settleAt(place, source, minute)
    const from = place * MEASURE_COUNT
    for (let m = 0; m < MEASURE_COUNT; m++) {
      this.#counts[from + m] = 0
      this.#means[from + m] = 0
      this.gates[from + m] = this.#gate[m]
    }
    this.rings.clear(place)
    return place
  }

  /** The next place of a source that rests, or else the least busy of those looked at. */
  #give(second: number): number {
    const size = this.#sources.length
    let least = -1
    let leastSum = 0
    for (let i = 0; i < PROBES; i++) {
      const place = this.#hand
      this.#hand = (this.#hand + 1) % size
      if (this.#sources[place] < 0 || !this.#isActive(place, second)) return place
      let sum = 0
      for (let m = 0; m < MEASURE_COUNT; m++) sum += this.rings.sum(place, m)
      if (least < 0 || sum < leastSum) {
        least = place
        leastSum = sum
      }
    }
    this.evicted++
    return least
  }

  #closeMinute(place: number, minute: number): void {
    const passed = minute - this.#minute[place]
    this.#minute[place] = minute
    const from = place * MEASURE_COUNT
    for (let m = 0; m < MEASURE_COUNT; m++) {
      const count = this.#counts[from + m]
      this.#counts[from + m] = 0
      this.gates[from + m] = this.#gate[m]
      if (count > 0) this.#onMinute(m, count)
      const mean = this.#means[from + m]
      if (mean > 0 || count > 0)
        this.#means[from + m] = (mean * FADE + count * (1 - FADE)) * FADE ** Math.max(0, passed - 1)
    }
  }

  /** Sources with anything of the measure in the 60 seconds that end with `second`, most first. */
  active(measure: number, second: number): SourceCount[] {
    const list: SourceCount[] = []
    for (let place = 0; place < this.#sources.length; place++) {
      if (this.#sources[place] < 0 || !this.#isActive(place, second)) continue
      const count = this.rings.sumAt(place, measure, second)
      if (count > 0) list.push({ source: this.#sources[place], count })
    }
    return list.sort((a, b) => b.count - a.count || a.source - b.source)
  }

  /** Events of the measure that internal sources have in the window. */
  internalSum(measure: number, second: number): number {
    let sum = 0
    for (let place = 0; place < this.#sources.length; place++) {
      if (this.#internal[place] === 1 && this.#isActive(place, second)) sum += this.rings.sumAt(place, measure, second)
    }
    return sum
  }

  /** Whether the window that ends with `second` holds anything of the place; a place ahead of it is from before the clock was set back. */
  #isActive(place: number, second: number): boolean {
    const latest = this.rings.latest[place]
    return latest <= second && second - latest < WINDOW
  }

  /** Adds another table's sources of the last 60 seconds; `sourceOf` translates them. */
  absorb(other: SourceRates, second: number, minute: number, sourceOf: (id: number) => number): void {
    this.evicted += other.evicted
    for (let theirs = 0; theirs < other.#sources.length; theirs++) {
      const source = other.#sources[theirs]
      if (source < 0 || !other.#isActive(theirs, second)) continue
      if (other.#minute[theirs] !== minute) other.#closeMinute(theirs, minute)
      const place = this.enter(sourceOf(source), second, minute)
      this.rings.absorb(place, other.rings, theirs)
      for (let m = 0; m < MEASURE_COUNT; m++) {
        this.#counts[place * MEASURE_COUNT + m] += other.#counts[theirs * MEASURE_COUNT + m]
        this.#means[place * MEASURE_COUNT + m] += other.#means[theirs * MEASURE_COUNT + m]
      }
    }
  }

  snapshot(): Json {
    const rows: Json[] = []
    for (let place = 0; place < this.#sources.length; place++) {
      if (this.#sources[place] < 0) continue
      const from = place * MEASURE_COUNT
      const of = (array: Float64Array): number[] => Array.from(array.subarray(from, from + MEASURE_COUNT))
      const state = [...of(this.#counts), ...of(this.#means), ...of(this.gates)]
      rows.push([place, this.#sources[place], this.#minute[place], state])
    }
    return [rows, this.rings.snapshot(), this.#hand, this.evicted]
  }

  restore(snapshot: Json): void {
    const [rows, rings, hand, evicted] = asArray(snapshot, WHAT)
    this.#places.fill(-1)
    this.#sources.fill(-1)
    for (const row of asArray(rows, WHAT)) {
      const [at, id, minute, state] = asArray(row, WHAT)
      const place = asNumber(at, WHAT)
      const source = asNumber(id, WHAT)
      if (!(place >= 0 && place < this.#sources.length)) continue
      this.#settleAt(place, source, asNumber(minute, WHAT))
      const values = asArray(state, WHAT).map(value => asNumber(value, WHAT))
      const from = place * MEASURE_COUNT
      this.#counts.set(values.slice(0, MEASURE_COUNT), from)
      this.#means.set(values.slice(MEASURE_COUNT, 2 * MEASURE_COUNT), from)
      this.gates.set(values.slice(2 * MEASURE_COUNT), from)
    }
    this.rings.restore(rings)
    this.#hand = asNumber(hand, WHAT) % this.#sources.length
    this.evicted = asNumber(evicted, WHAT)
  }

  #settleAt(place: number, source: number, minute: number): void {
    if (source >= this.#places.length) {
      const places = new Int32Array(Math.max(source + 1, this.#places.length * 2)).fill(-1)
      places.set(this.#places)
      this.#places = places
    }
    this.#places[source] = place
    this.#sources[place] = source
    this.#internal[place] = this.#isInternal(source) ? 1 : 0
    this.#minute[place] = minute
  }
}
