/**
 * Values in the order in which they were last seen: doubly linked lists in shared columns. To see a value again moves two
 * links; in a map that is kept in order it is a deletion and an insertion, and a number in a box.
 */
import type { Key } from './primitive.ts'

/** One list. */
export interface Recency {
  /** Where each value stands in the columns. */
  readonly places: Map<Key, number>
  /** The places of the value seen longest ago and of the one seen last; -1 in an empty list. */
  oldest: number
  newest: number
}

const FIRST = 64

/**
 * Holds the values of many lists; a list itself is what `begin` answers, and must be given back by `end`. Times are
 * the caller's and never go back within a list.
 */
export class Recencies {
  readonly #values: Key[] = []
  #times = new Float64Array(FIRST)
  /** The value seen next after it; of a place that was given back, another such place. */
  #next = new Int32Array(FIRST)
  #previous = new Int32Array(FIRST)
  #free = -1

  /** A list of one value. */
  begin(value: Key, time: number): Recency {
    const list = { places: new Map<Key, number>(), oldest: -1, newest: -1 }
    this.#append(list, value, time)
    return list
  }

  /** Notes that the value was seen, at no earlier a time than any other of the list; answers whether it is new in it. */
  see(list: Recency, value: Key, time: number): boolean {
    const place = list.places.get(value)
    if (place === undefined) {
      this.#append(list, value, time)
      return true
    }
    this.#times[place] = time
    if (place !== list.newest) {
      this.#unlink(list, place)
      this.#link(list, place)
    }
    return false
  }

  /** Notes that the value seen last was seen again. */
  seeNewest(list: Recency, time: number): void {
    this.#times[list.newest] = time
  }

  /** Drops what was last seen before `oldest`, and the longest unseen of what is more than `limit`. */
  expire(list: Recency, oldest: number, limit: number): void {
    while (list.oldest >= 0 && (list.places.size > limit || this.#times[list.oldest] < oldest)) this.#drop(list)
  }

  /** Gives all of the list's places back. */
  end(list: Recency): void {
    if (list.oldest < 0) return
    for (let place = list.oldest; place >= 0; place = this.#next[place]) this.#values[place] = 0
    this.#next[list.newest] = this.#free
    this.#free = list.oldest
    list.oldest = list.newest = -1
    list.places.clear()
  }

  /** How many values were seen at `oldest` or later. */
  since(list: Recency, oldest: number): number {
    let count = list.places.size
    for (let place = list.oldest; place >= 0 && this.#times[place] < oldest; place = this.#next[place]) count--
    return count
  }

  /** When the longest unseen value was seen. */
  firstTime(list: Recency): number {
    return this.#times[list.oldest]
  }

  /** Values with the times they were last seen at, the longest unseen first. */
  *entries(list: Recency): Generator<readonly [Key, number]> {
    for (let place = list.oldest; place >= 0; place = this.#next[place]) yield [this.#values[place], this.#times[place]]
  }

  #append(list: Recency, value: Key, time: number): void {
    let place = this.#free
    if (place >= 0) this.#free = this.#next[place]
    else {
      place = this.#values.length
      if (place === this.#times.length) this.#grow()
    }
    this.#values[place] = value
    this.#times[place] = time
    list.places.set(value, place)
    this.#link(list, place)
  }

  #link(list: Recency, place: number): void {
    this.#previous[place] = list.newest
    this.#next[place] = -1
    if (list.newest >= 0) this.#next[list.newest] = place
    else list.oldest = place
    list.newest = place
  }

  #unlink(list: Recency, place: number): void {
    const previous = this.#previous[place]
    const next = this.#next[place]
    if (previous >= 0) this.#next[previous] = next
    else list.oldest = next
    if (next >= 0) this.#previous[next] = previous
    else list.newest = previous
  }

  /** Drops the value seen longest ago. */
  #drop(list: Recency): void {
    const place = list.oldest
    list.places.delete(this.#values[place])
    this.#unlink(list, place)
    // A long text must not stay for the sake of an empty place.
    this.#values[place] = 0
    this.#next[place] = this.#free
    this.#free = place
  }

  #grow(): void {
    const times = new Float64Array(this.#times.length * 2)
    times.set(this.#times)
    this.#times = times
    const next = new Int32Array(times.length)
    next.set(this.#next)
    this.#next = next
    const previous = new Int32Array(times.length)
    previous.set(this.#previous)
    this.#previous = previous
  }
}
