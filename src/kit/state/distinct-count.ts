import type { EventRef } from '../../core/event.ts'
import { asArray, asKey, asNumber, DEFAULT_CAP, type Json, type Key, makeRoom, type Primitive } from './primitive.ts'
import { refFromJson, refToJson } from './refs.ts'
import type { Trail } from './sliding-count.ts'

export interface DistinctCountOptions {
  /** Length of the window in milliseconds. */
  window: number
  /** Values remembered a key; the count answered saturates here. */
  limit: number
  cap?: number
  /** Evidence pointers kept a key: the latest new values' lines. */
  evidence?: number
}

interface Slot {
  /** Value -> time last seen, least recently seen first. */
  values: Map<Key, number>
  last: number
  refs: EventRef[]
}

const DEFAULT_EVIDENCE = 5

/** Counts distinct values per key in a sliding window (names tried by a source, sources that tried a name ...). */
export class DistinctCount implements Primitive {
  evicted = 0
  readonly #window: number
  readonly #limit: number
  readonly #cap: number
  readonly #evidence: number
  readonly #slots = new Map<Key, Slot>()

  constructor(options: DistinctCountOptions) {
    this.#window = options.window
    this.#limit = options.limit
    this.#cap = options.cap ?? DEFAULT_CAP
    this.#evidence = options.evidence ?? DEFAULT_EVIDENCE
  }

  get size(): number {
    return this.#slots.size
  }

  /** Notes the value at `time` and answers how many distinct ones the window holds now, `limit` at most. */
  add(key: Key, value: Key, time: number, ref?: EventRef): number {
    let slot = this.#slots.get(key)
    if (slot === undefined) {
      if (this.#slots.size >= this.#cap) this.evicted += makeRoom(this.#slots, this.#cap, time - this.#window)
      slot = { values: new Map(), last: time, refs: [] }
      this.#slots.set(key, slot)
    }
    if (slot.last - time > this.#window) {
      slot.values.clear()
      slot.refs.length = 0
      slot.last = time
    }
    const at = Math.max(time, slot.last)
    slot.last = at
    const isNew = !slot.values.delete(value)
    slot.values.set(value, at)
    this.#expire(slot, at)
    if (isNew && ref !== undefined && this.#evidence > 0) {
      slot.refs.push(ref)
      if (slot.refs.length > this.#evidence) slot.refs.shift()
    }
    return slot.values.size
  }

  #expire(slot: Slot, now: number): void {
    const oldest = now - this.#window
    for (const [value, time] of slot.values) {
      if (time >= oldest && slot.values.size <= this.#limit) break
      slot.values.delete(value)
    }
    if (slot.values.size <= 1) slot.refs.length = 0
  }

  /** The values in the window that ends at `now`, least recently seen first. */
  values(key: Key, now: number): Key[] {
    const slot = this.#slots.get(key)
    if (slot === undefined) return []
    const oldest = now - this.#window
    return [...slot.values].filter(([, time]) => time >= oldest).map(([value]) => value)
  }

  count(key: Key, now: number): number {
    return this.values(key, now).length
  }

  trail(key: Key): Trail | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined || slot.values.size === 0) return undefined
    let first = Number.POSITIVE_INFINITY
    for (const time of slot.values.values()) if (time < first) first = time
    return { first, count: slot.values.size, refs: [...slot.refs] }
  }

  forget(key: Key): void {
    this.#slots.delete(key)
  }

  snapshot(): Json {
    return [...this.#slots].map(([key, slot]) => [key, [...slot.values], slot.last, slot.refs.map(refToJson)])
  }

  restore(snapshot: Json): void {
    this.#slots.clear()
    this.merge(snapshot)
  }

  merge(snapshot: Json): void {
    const what = 'a distinct count'
    for (const row of asArray(snapshot, what)) {
      const [key, values, last, refs] = asArray(row, what)
      const id = asKey(key, what)
      const slot = this.#slots.get(id) ?? { values: new Map<Key, number>(), last: Number.NEGATIVE_INFINITY, refs: [] }
      for (const pair of asArray(values, what)) {
        const [value, time] = asArray(pair, what)
        const known = slot.values.get(asKey(value, what)) ?? Number.NEGATIVE_INFINITY
        slot.values.set(asKey(value, what), Math.max(known, asNumber(time, what)))
      }
      slot.values = new Map([...slot.values].sort((a, b) => a[1] - b[1]).slice(-this.#limit))
      slot.last = Math.max(slot.last, asNumber(last, what))
      for (const ref of asArray(refs, what)) slot.refs.push(refFromJson(ref))
      slot.refs = slot.refs.slice(-this.#evidence)
      this.#slots.set(id, slot)
    }
  }
}
