import type { EventRef } from '../../core/event.ts'
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
import { append, refToJson } from './refs.ts'
import type { Placed, Trail } from './sliding-count.ts'
import { SAME, type Translation } from './translation.ts'

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
  /** What the values are; source ids mean something else on another node. */
  values?: 'sources'
}

interface Slot {
  /**
   * Value -> time last seen; least recently seen first where the limit is a large one. Absent until there is a second
   * value: most keys never have one, and a map takes more than all the rest.
   */
  values: Map<Key, number> | undefined
  /** The value noted last, where it is still there. */
  newest: Key | undefined
  /** When `newest` was noted last; kept only while there is no map. */
  newestAt: number
  /** No value was seen before this. */
  floor: number
  last: number
  refs: EventRef[]
}

/**
 * Up to this many values, looking through them all is cheaper than keeping them in order, which is a deletion and an
 * insertion for every event.
 */
const FEW = 32

const DEFAULT_EVIDENCE = 5

/** What a slot without evidence has; nothing is ever written into it. */
const NO_REFS: EventRef[] = []

/** How many values the slot has. */
function sizeOf({ values, newest }: Slot): number {
  return values === undefined ? (newest === undefined ? 0 : 1) : values.size
}

/** The slot's values with the times they were last seen at. */
function entriesOf({ values, newest, newestAt }: Slot): Iterable<readonly [Key, number]> {
  return values ?? (newest === undefined ? [] : [[newest, newestAt]])
}

/** Their times alone, which makes no pairs. */
function timesOf({ values, newest, newestAt }: Slot): Iterable<number> {
  return values?.values() ?? (newest === undefined ? [] : [newestAt])
}

/** Reads the slot only when it is asked: most hits update a story that has its beginning already. */
class SlotTrail implements Trail {
  readonly #slot: Slot

  constructor(slot: Slot) {
    this.#slot = slot
  }

  get first(): number {
    let first = Number.POSITIVE_INFINITY
    for (const time of timesOf(this.#slot)) if (time < first) first = time
    return first
  }

  get count(): number {
    return sizeOf(this.#slot)
  }

  get refs(): readonly EventRef[] {
    return this.#slot.refs
  }
}

/** Counts distinct values per key in a sliding window (names tried by a source, sources that tried a name ...). */
export class DistinctCount implements Primitive {
  evicted = 0
  readonly #window: number
  readonly #limit: number
  readonly #cap: number
  readonly #evidence: number
  readonly #evidenceFrom: number
  readonly #ofSources: boolean
  readonly #slots = new Map<Key, Slot>()

  constructor(options: DistinctCountOptions) {
    this.#window = options.window
    this.#limit = options.limit
    this.#cap = options.cap ?? DEFAULT_CAP
    this.#evidence = options.evidence ?? DEFAULT_EVIDENCE
    this.#evidenceFrom = options.evidenceFrom ?? 1
    this.#ofSources = options.values === 'sources'
  }

  get size(): number {
    return this.#slots.size
  }

  /** Notes the value at `time` and answers how many distinct ones the window holds now, `limit` at most. */
  add(key: Key, value: Key, time: number, ref?: EventRef): number {
    const slot = this.#slotOf(key, time)
    if (this.#note(slot, value) && ref !== undefined) this.#keepRef(slot, ref)
    return sizeOf(slot)
  }

  /** As `add`, with the event's time and place. */
  addEvent(key: Key, value: Key, event: Placed): number {
    const slot = this.#slotOf(key, event.time)
    if (this.#note(slot, value) && sizeOf(slot) >= this.#evidenceFrom) this.#keepRef(slot, event.ref)
    return sizeOf(slot)
  }

  #slotOf(key: Key, time: number): Slot {
    let slot = this.#slots.get(key)
    if (slot === undefined) {
      if (this.#slots.size >= this.#cap) this.evicted += makeRoom(this.#slots, this.#cap, time - this.#window)
      slot = { values: undefined, newest: undefined, newestAt: time, floor: time, last: time, refs: NO_REFS }
      this.#slots.set(key, slot)
    }
    if (slot.last - time > this.#window) {
      slot.values = undefined
      slot.newest = undefined
      slot.refs = NO_REFS
      slot.floor = time
      slot.last = time
    }
    slot.last = Math.max(time, slot.last)
    return slot
  }

  /** Answers whether the value is a new one. */
  #note(slot: Slot, value: Key): boolean {
    const { last } = slot
    if (slot.values === undefined && (slot.newest === undefined || slot.newest === value)) {
      const isFirst = slot.newest === undefined
      slot.newest = value
      slot.newestAt = last
      if (isFirst) slot.refs = NO_REFS
      return isFirst
    }
    slot.values ??= new Map(entriesOf(slot))
    const { values } = slot
    const oldest = last - this.#window
    let isNew: boolean
    if (slot.newest === value && (values.size === 1 || slot.floor >= oldest)) {
      // The value of the time before again: nothing changes its place.
      values.set(value, last)
      return false
    }
    slot.newest = value
    if (this.#limit > FEW) {
      isNew = !values.delete(value)
      values.set(value, last)
      this.#dropFirst(values, oldest)
    } else {
      isNew = !values.has(value)
      values.set(value, last)
      if (slot.floor < oldest || values.size > this.#limit) this.#sweep(slot, values, oldest)
    }
    if (values.size <= 1) slot.refs = NO_REFS
    return isNew
  }

  /** Expires values that are kept in order. */
  #dropFirst(values: Map<Key, number>, oldest: number): void {
    for (const [value, time] of values) {
      if (time >= oldest && values.size <= this.#limit) break
      values.delete(value)
    }
  }

  /** Expires values that are not. */
  #sweep(slot: Slot, values: Map<Key, number>, oldest: number): void {
    let least: Key | undefined
    let floor = Number.POSITIVE_INFINITY
    for (const [value, time] of values) {
      if (time < oldest) values.delete(value)
      else if (time < floor) {
        floor = time
        least = value
      }
    }
    // The second least is not known; the floor stays a lower bound.
    if (values.size > this.#limit && least !== undefined) values.delete(least)
    slot.floor = floor
  }

  #keepRef(slot: Slot, ref: EventRef): void {
    if (this.#evidence === 0) return
    slot.refs = append(slot.refs.length < this.#evidence ? slot.refs : slot.refs.slice(1), ref)
  }

  /** The values in the window that ends at `now`, least recently seen first. */
  values(key: Key, now: number): Key[] {
    const slot = this.#slots.get(key)
    if (slot === undefined) return []
    const oldest = now - this.#window
    return [...entriesOf(slot)]
      .filter(([, time]) => time >= oldest)
      .sort((a, b) => a[1] - b[1])
      .map(([value]) => value)
  }

  /** How many distinct values stand in the window that ends at `now`. */
  count(key: Key, now: number): number {
    const slot = this.#slots.get(key)
    if (slot === undefined) return 0
    const oldest = now - this.#window
    if (slot.floor >= oldest) return sizeOf(slot)
    let count = 0
    for (const time of timesOf(slot)) if (time >= oldest) count++
    return count
  }

  trail(key: Key): Trail | undefined {
    const slot = this.#slots.get(key)
    return slot === undefined || sizeOf(slot) === 0 ? undefined : new SlotTrail(slot)
  }

  forget(key: Key): void {
    this.#slots.delete(key)
  }

  snapshot(): Json {
    return [...this.#slots].map(([key, slot]) => [key, [...entriesOf(slot)], slot.last, slot.refs.map(refToJson)])
  }

  restore(snapshot: Json): void {
    this.#slots.clear()
    this.merge(snapshot)
  }

  merge(snapshot: Json, from: Translation = SAME): void {
    const what = 'a distinct count'
    for (const row of asArray(snapshot, what)) {
      const [key, values, last, refs] = asArray(row, what)
      const id = from.key(asKey(key, what))
      const slot: Slot = this.#slots.get(id) ?? {
        values: undefined,
        newest: undefined,
        newestAt: Number.NEGATIVE_INFINITY,
        floor: 0,
        last: Number.NEGATIVE_INFINITY,
        refs: NO_REFS,
      }
      const seen = new Map(entriesOf(slot))
      for (const pair of asArray(values, what)) {
        const [value, time] = asArray(pair, what)
        const theirs = asKey(value, what)
        const here = this.#ofSources ? from.key(theirs) : theirs
        seen.set(here, Math.max(seen.get(here) ?? Number.NEGATIVE_INFINITY, asNumber(time, what)))
      }
      slot.values = new Map([...seen].sort((a, b) => a[1] - b[1]).slice(-this.#limit))
      slot.floor = Math.min(...slot.values.values())
      slot.last = Math.max(slot.last, asNumber(last, what))
      slot.refs = [...slot.refs, ...asArray(refs, what).map(ref => from.ref(ref))].slice(-this.#evidence)
      this.#slots.set(id, slot)
    }
    this.evicted += holdToCap(this.#slots, this.#cap)
  }
}
