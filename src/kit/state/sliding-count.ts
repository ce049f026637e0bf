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
import { SAME, type Translation } from './translation.ts'

export interface SlidingCountOptions {
  /** Length of the window in milliseconds. */
  window: number
  /** The count of interest; the count answered saturates here. */
  limit: number
  /** Keys held at once. */
  cap?: number
  /** Evidence pointers kept a key: the latest ones. */
  evidence?: number
  /** `addEvent` takes evidence only from this count on (default 1): pointers cost more than the count itself. */
  evidenceFrom?: number
  /** `addEvent` takes evidence ever more rarely while the count grows: for long counts that may never come to a hit. */
  sparse?: boolean
}

/** What has a place in a log: an event view, whose pointer is made only when it is asked for. */
export interface Placed {
  readonly time: number
  readonly ref: EventRef
}

/** What led up to a hit: since when, how often, where it stands in the logs. */
export interface Trail {
  readonly first: number
  readonly count: number
  readonly refs: readonly EventRef[]
}

interface Slot {
  /** Times of the latest occurrences: a ring of at most `limit`, oldest at `head`. */
  times: number[]
  head: number
  size: number
  last: number
  refs: EventRef[]
  refHead: number
}

/** A slot's trail as it stands; its places are gathered only when a story asks for them, which most hits do not. */
class SlotTrail implements Trail {
  readonly first: number
  readonly count: number
  readonly #slot: Slot

  constructor(slot: Slot) {
    this.first = timeAt(slot, 0)
    this.count = slot.size
    this.#slot = slot
  }

  get refs(): readonly EventRef[] {
    return refsOf(this.#slot)
  }
}

const DEFAULT_EVIDENCE = 5

/** Keys from which on those that are over are looked for. */
const FIRST_SWEEP = 1024

/** What a new slot has; nothing is ever written into them. */
const NO_TIMES: number[] = []
const NO_REFS: EventRef[] = []

/** Counts occurrences per key in a window that slides with event time. */
export class SlidingCount implements Primitive {
  evicted = 0
  readonly #window: number
  readonly #limit: number
  readonly #cap: number
  readonly #evidence: number
  readonly #evidenceFrom: number
  readonly #sparse: boolean
  readonly #slots = new Map<Key, Slot>()
  /** Keys at which the table is looked through next. */
  #sweepAt: number

  constructor(options: SlidingCountOptions) {
    this.#window = options.window
    this.#limit = Math.max(1, options.limit)
    this.#cap = options.cap ?? DEFAULT_CAP
    this.#evidence = options.evidence ?? DEFAULT_EVIDENCE
    this.#evidenceFrom = options.evidenceFrom ?? 1
    this.#sparse = options.sparse ?? false
    this.#sweepAt = Math.min(this.#cap, FIRST_SWEEP)
  }

  get size(): number {
    return this.#slots.size
  }

  /**
   * Counts `weight` occurrences at `time` and answers how many stand in the window now, `limit` at most. A stamp a
   * little earlier than the last counts as the last; one earlier by more than the window is a clock set back, and the
   * key starts afresh.
   */
  add(key: Key, time: number, weight = 1, ref?: EventRef): number {
    const slot = this.#count(key, time, weight)
    if (ref !== undefined) this.#keepRef(slot, ref)
    return slot.size
  }

  /** As `add`, with the event's time and place. Once the count stands at the limit no more places are noted. */
  addEvent(key: Key, event: Placed, weight = 1): number {
    const slot = this.#count(key, event.time, weight)
    if (this.#evidence > 0 && slot.size >= this.#evidenceFrom && this.#isWanted(slot)) this.#keepRef(slot, event.ref)
    return slot.size
  }

  #isWanted(slot: Slot): boolean {
    if (slot.refs.length < this.#evidence) return true
    return slot.size < this.#limit && (!this.#sparse || (slot.size & (slot.size - 1)) === 0)
  }

  #count(key: Key, time: number, weight: number): Slot {
    let slot = this.#slots.get(key)
    if (slot === undefined) {
      if (this.#slots.size >= this.#sweepAt) this.#sweep(time - this.#window)
      slot = { times: NO_TIMES, head: 0, size: 0, last: time, refs: NO_REFS, refHead: 0 }
      this.#slots.set(key, slot)
    }
    if (slot.last - time > this.#window) clear(slot)
    const at = Math.max(time, slot.last)
    slot.last = at
    expire(slot, at - this.#window)
    for (let i = Math.min(weight, this.#limit); i > 0; i--) push(slot, at, this.#limit)
    return slot
  }

  /**
   * Drops the keys in whose window nothing stands any more, each time the table has doubled, and makes room where it is
   * full: a window of a minute must not hold every source of a month.
   */
  #sweep(horizon: number): void {
    if (this.#slots.size >= this.#cap) this.evicted += makeRoom(this.#slots, this.#cap, horizon)
    else for (const [key, slot] of this.#slots) if (slot.last < horizon) this.#slots.delete(key)
    this.#sweepAt = Math.min(this.#cap, Math.max(FIRST_SWEEP, this.#slots.size * 2))
  }

  #keepRef(slot: Slot, ref: EventRef): void {
    if (slot.refs.length < this.#evidence) slot.refs = append(slot.refs, ref)
    else if (this.#evidence > 0) {
      slot.refs[slot.refHead] = ref
      slot.refHead = (slot.refHead + 1) % this.#evidence
    }
  }

  /** How many stand in the window that ends at `now`. */
  count(key: Key, now: number): number {
    const slot = this.#slots.get(key)
    if (slot === undefined) return 0
    const oldest = now - this.#window
    let expired = 0
    while (expired < slot.size && timeAt(slot, expired) < oldest) expired++
    return slot.size - expired
  }

  /** The most occurrences that any `span` milliseconds of the window hold, `limit` at most. */
  densest(key: Key, span: number): number {
    const slot = this.#slots.get(key)
    if (slot === undefined) return 0
    let most = 0
    let from = 0
    for (let i = 0; i < slot.size; i++) {
      while (timeAt(slot, i) - timeAt(slot, from) > span) from++
      most = Math.max(most, i - from + 1)
    }
    return most
  }

  /** What stands in the window: for the hit that opens a story. */
  trail(key: Key): Trail | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined || slot.size === 0) return undefined
    return new SlotTrail(slot)
  }

  /** Forgets a key (a login succeeded, say). */
  forget(key: Key): void {
    this.#slots.delete(key)
  }

  snapshot(): Json {
    return [...this.#slots].map(([key, slot]) => [key, timesOf(slot), slot.last, refsOf(slot).map(refToJson)])
  }

  restore(snapshot: Json): void {
    this.#slots.clear()
    this.merge(snapshot)
  }

  merge(snapshot: Json, from: Translation = SAME): void {
    for (const row of asArray(snapshot, 'a sliding count')) {
      const [key, times, last, refs] = asArray(row, 'a sliding count')
      const theirs = asArray(times, 'a sliding count').map(time => asNumber(time, 'a sliding count'))
      const id = from.key(asKey(key, 'a sliding count'))
      const mine = this.#slots.get(id)
      const own = mine === undefined ? [] : timesOf(mine)
      const merged = [...own, ...theirs].sort((a, b) => a - b).slice(-this.#limit)
      const slot: Slot = {
        times: merged,
        head: 0,
        size: merged.length,
        last: Math.max(mine?.last ?? Number.NEGATIVE_INFINITY, asNumber(last, 'a sliding count')),
        refs: mine?.refs ?? [],
        refHead: mine?.refHead ?? 0,
      }
      for (const ref of asArray(refs, 'a sliding count')) this.#keepRef(slot, from.ref(ref))
      this.#slots.set(id, slot)
    }
    this.evicted += holdToCap(this.#slots, this.#cap)
  }
}

function timeAt(slot: Slot, index: number): number {
  const at = slot.head + index
  return slot.times[at < slot.times.length ? at : at - slot.times.length]
}

function timesOf(slot: Slot): number[] {
  return Array.from({ length: slot.size }, (_, index) => timeAt(slot, index))
}

function refsOf(slot: Slot): EventRef[] {
  return [...slot.refs.slice(slot.refHead), ...slot.refs.slice(0, slot.refHead)]
}

function push(slot: Slot, time: number, limit: number): void {
  const { times } = slot
  if (slot.size < times.length) {
    const at = slot.head + slot.size
    times[at < times.length ? at : at - times.length] = time
    slot.size++
  } else if (times.length === 0) {
    slot.times = [time]
    slot.head = 0
    slot.size = 1
  } else if (times.length < limit) {
    // Room doubles from one place on: most keys stay at a few occurrences, and a busy one is copied seldom. The list put
    // behind itself is one of floating-point numbers from the start; an empty one would become that by being copied again.
    const room = times.concat(times)
    if (room.length > limit) room.length = limit
    for (let i = 0; i < slot.size; i++) room[i] = timeAt(slot, i)
    room[slot.size++] = time
    slot.times = room
    slot.head = 0
  } else {
    times[slot.head] = time
    slot.head = slot.head + 1 === times.length ? 0 : slot.head + 1
  }
}

function expire(slot: Slot, oldest: number): void {
  while (slot.size > 0 && slot.times[slot.head] < oldest) {
    slot.head = slot.head + 1 === slot.times.length ? 0 : slot.head + 1
    slot.size--
  }
  if (slot.size === 0) clear(slot)
}

function clear(slot: Slot): void {
  slot.head = 0
  slot.size = 0
  if (slot.refs.length > 0) {
    slot.refs.length = 0
    slot.refHead = 0
  }
}
