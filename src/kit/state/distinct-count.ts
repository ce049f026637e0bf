import type { EventRef } from '../../core/event.ts'
import { asArray, asKey, asNumber, DEFAULT_CAP, type Json, type Key, makeRoom, type Primitive } from './primitive.ts'
import { append, refFromJson, refToJson } from './refs.ts'
import type { Placed, Trail } from './sliding-count.ts'

export interface DistinctCountOptions {
  /** Length of the window in milliseconds. */
  window: number
  /** Values remembered a key; the count answered saturates here. */
  limit: number
  cap?: number
  /** Evidence pointers kept a key: the latest new values' lines. */
  evidence?: number
  /** `addEvent` takes evidence only from this count on (default 1): pointers cost more than the count itself. */
  evidenceFrom?: number
}

/** When a value was last seen, and when it was last put at the end of the slot's order. */
interface Sighting {
  seen: number
  placed: number
}

interface Slot {
  /**
   * In the order of `placed`. A value that is seen again is not moved at once (that would be a deletion and an
   * insertion for every event) but when it has come to the front.
   */
  values: Map<Key, Sighting>
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
  readonly #evidenceFrom: number
  readonly #slots = new Map<Key, Slot>()

  constructor(options: DistinctCountOptions) {
    this.#window = options.window
    this.#limit = options.limit
    this.#cap = options.cap ?? DEFAULT_CAP
    this.#evidence = options.evidence ?? DEFAULT_EVIDENCE
    this.#evidenceFrom = options.evidenceFrom ?? 1
  }

  get size(): number {
    return this.#slots.size
  }

  /** Notes the value at `time` and answers how many distinct ones the window holds now, `limit` at most. */
  add(key: Key, value: Key, time: number, ref?: EventRef): number {
    const slot = this.#slotOf(key, time)
    if (this.#note(slot, value) && ref !== undefined) this.#keepRef(slot, ref)
    return slot.values.size
  }

  /** As `add`, with the event's time and place. */
  addEvent(key: Key, value: Key, event: Placed): number {
    const slot = this.#slotOf(key, event.time)
    if (this.#note(slot, value) && slot.values.size >= this.#evidenceFrom) this.#keepRef(slot, event.ref)
    return slot.values.size
  }

  #slotOf(key: Key, time: number): Slot {
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
    slot.last = Math.max(time, slot.last)
    return slot
  }

  /** Answers whether the value is a new one. */
  #note(slot: Slot, value: Key): boolean {
    const now = slot.last
    const known = slot.values.get(value)
    if (known !== undefined) known.seen = now
    else slot.values.set(value, { seen: now, placed: now })
    this.#expire(slot, now)
    return known === undefined
  }

  #keepRef(slot: Slot, ref: EventRef): void {
    if (this.#evidence === 0) return
    slot.refs.push(ref)
    if (slot.refs.length > this.#evidence) slot.refs.shift()
  }

  #expire(slot: Slot, now: number): void {
    const oldest = now - this.#window
    for (const [value, sighting] of slot.values) {
      if (sighting.placed >= oldest && slot.values.size <= this.#limit) break
      const { seen, placed } = sighting
      slot.values.delete(value)
      if (seen < oldest) continue
      // Seen again since it was placed: to its place by that. Otherwise it is the least recently seen, and one too many.
      if (seen > placed) {
        sighting.placed = seen
        slot.values.set(value, sighting)
      } else if (slot.values.size < this.#limit) {
        slot.values.set(value, sighting)
        break
      }
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
