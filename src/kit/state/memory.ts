import {
  asArray,
  asKey,
  asNumber,
  DEFAULT_CAP,
  holdToCap,
  type Json,
  type Key,
  makeRoom,
  type Primitive,
} from './primitive.ts'
import { SAME, type Translation } from './translation.ts'

export interface MemoryOptions<V extends Json> {
  /** Entries unused for longer than this many milliseconds may be forgotten. */
  keep: number
  cap?: number
  /** What keys that are numbers are, where they are not source ids: inputs mean something else on another node, too. */
  keys?: 'inputs'
  /** Puts two nodes' values of one key together; without it the later one stands. */
  combine?: (mine: V, theirs: V) => V
}

interface Slot<V> {
  value: V
  last: number
}

/**
 * A bounded table of small JSON values by key: the last login's place of a user, the networks a user came from, first
 * sightings. Values are replaced, never changed in place.
 */
export class Memory<V extends Json> implements Primitive {
  evicted = 0
  readonly #keep: number
  readonly #cap: number
  readonly #ofInputs: boolean
  readonly #combine: ((mine: V, theirs: V) => V) | undefined
  readonly #slots = new Map<Key, Slot<V>>()

  constructor(options: MemoryOptions<V>) {
    this.#keep = options.keep
    this.#cap = options.cap ?? DEFAULT_CAP
    this.#ofInputs = options.keys === 'inputs'
    this.#combine = options.combine
  }

  get size(): number {
    return this.#slots.size
  }

  /** The value, where there is one no older than `keep` at `now`. */
  get(key: Key, now: number): V | undefined {
    const slot = this.#slots.get(key)
    return slot === undefined || now - slot.last > this.#keep ? undefined : slot.value
  }

  set(key: Key, value: V, time: number): void {
    const slot = this.#slots.get(key)
    if (slot !== undefined) {
      slot.value = value
      slot.last = Math.max(slot.last, time)
      return
    }
    if (this.#slots.size >= this.#cap) this.evicted += makeRoom(this.#slots, this.#cap, time - this.#keep)
    this.#slots.set(key, { value, last: time })
  }

  forget(key: Key): void {
    this.#slots.delete(key)
  }

  *entries(): Generator<[Key, V]> {
    for (const [key, slot] of this.#slots) yield [key, slot.value]
  }

  snapshot(): Json {
    return [...this.#slots].map(([key, slot]) => [key, slot.value, slot.last])
  }

  restore(snapshot: Json): void {
    this.#slots.clear()
    this.merge(snapshot)
  }

  merge(snapshot: Json, from: Translation = SAME): void {
    for (const row of asArray(snapshot, 'a memory')) {
      const [key, value, last] = asArray(row, 'a memory')
      const saved = asKey(key, 'a memory')
      const id = this.#ofInputs && typeof saved === 'number' ? from.input(saved) : from.key(saved)
      const time = asNumber(last, 'a memory')
      // The snapshot was written by this class with the same V; its shape inside is the rule's own affair.
      const theirs = value as V
      const mine = this.#slots.get(id)
      if (mine === undefined) this.#slots.set(id, { value: theirs, last: time })
      else if (this.#combine !== undefined) {
        this.#slots.set(id, { value: this.#combine(mine.value, theirs), last: Math.max(mine.last, time) })
      } else if (time > mine.last) this.#slots.set(id, { value: theirs, last: time })
    }
    this.evicted += holdToCap(this.#slots, this.#cap)
  }
}
