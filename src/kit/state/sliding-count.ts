import type { EventRef } from '../../core/event.ts'
import { asArray, asKey, asNumber, DEFAULT_CAP, type Json, type Key, makeRoom, type Primitive } from './primitive.ts'
import { refFromJson, refToJson } from './refs.ts'

export interface SlidingCountOptions {
  /** Length of the window in milliseconds. */
  window: number
  /** The count of interest; the count answered saturates here. */
  limit: number
  /** Keys held at once. */
  cap?: number
  /** Evidence pointers kept a key. */
  evidence?: number
}

/** What led up to a hit: since when, how often, where it stands in the logs. */
export interface Trail {
  readonly first: number
  readonly count: number
  readonly refs: readonly EventRef[]
}

interface Slot {
  /** Times of the latest occurrences, oldest first from `head`; at most `limit`. */
  times: number[]
  head: number
  last: number
  refs: EventRef[]
  refHead: number
}

const DEFAULT_EVIDENCE = 5

/** Counts occurrences per key in a window that slides with event time. */
export class SlidingCount implements Primitive {
  evicted = 0
  readonly #window: number
  readonly #limit: number
  readonly #cap: number
  readonly #evidence: number
  readonly #slots = new Map<Key, Slot>()

  constructor(options: SlidingCountOptions) {
    this.#window = options.window
    this.#limit = Math.max(1, options.limit)
    this.#cap = options.cap ?? DEFAULT_CAP
    this.#evidence = options.evidence ?? DEFAULT_EVIDENCE
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
    let slot = this.#slots.get(key)
    if (slot === undefined) {
      if (this.#slots.size >= this.#cap) this.evicted += makeRoom(this.#slots, this.#cap, time - this.#window)
      slot = { times: [], head: 0, last: time, refs: [], refHead: 0 }
      this.#slots.set(key, slot)
    }
    if (slot.last - time > this.#window) clear(slot)
    const at = Math.max(time, slot.last)
    slot.last = at
    this.#expire(slot, at)
    for (let i = Math.min(weight, this.#limit); i > 0; i--) slot.times.push(at)
    const surplus = slot.times.length - slot.head - this.#limit
    if (surplus > 0) slot.head += surplus
    if (slot.head > 32 && slot.head * 2 > slot.times.length) {
      slot.times = slot.times.slice(slot.head)
      slot.head = 0
    }
    if (ref !== undefined) this.#keepRef(slot, ref)
    return slot.times.length - slot.head
  }

  #expire(slot: Slot, now: number): void {
    const oldest = now - this.#window
    while (slot.head < slot.times.length && slot.times[slot.head] < oldest) slot.head++
    if (slot.head === slot.times.length) clear(slot)
  }

  #keepRef(slot: Slot, ref: EventRef): void {
    if (slot.refs.length < this.#evidence) slot.refs.push(ref)
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
    let from = slot.head
    while (from < slot.times.length && slot.times[from] < oldest) from++
    return slot.times.length - from
  }

  /** What stands in the window: for the hit that opens a story. */
  trail(key: Key): Trail | undefined {
    const slot = this.#slots.get(key)
    if (slot === undefined || slot.head === slot.times.length) return undefined
    const refs = [...slot.refs.slice(slot.refHead), ...slot.refs.slice(0, slot.refHead)]
    return { first: slot.times[slot.head], count: slot.times.length - slot.head, refs }
  }

  /** Forgets a key (a login succeeded, say). */
  forget(key: Key): void {
    this.#slots.delete(key)
  }

  snapshot(): Json {
    return [...this.#slots].map(([key, slot]) => [
      key,
      slot.times.slice(slot.head),
      slot.last,
      [...slot.refs.slice(slot.refHead), ...slot.refs.slice(0, slot.refHead)].map(refToJson),
    ])
  }

  restore(snapshot: Json): void {
    this.#slots.clear()
    this.merge(snapshot)
  }

  merge(snapshot: Json): void {
    for (const row of asArray(snapshot, 'a sliding count')) {
      const [key, times, last, refs] = asArray(row, 'a sliding count')
      const theirs = asArray(times, 'a sliding count').map(time => asNumber(time, 'a sliding count'))
      const id = asKey(key, 'a sliding count')
      const mine = this.#slots.get(id)
      const own = mine === undefined ? [] : mine.times.slice(mine.head)
      const slot: Slot = {
        times: [...own, ...theirs].sort((a, b) => a - b).slice(-this.#limit),
        head: 0,
        last: Math.max(mine?.last ?? Number.NEGATIVE_INFINITY, asNumber(last, 'a sliding count')),
        refs: mine?.refs ?? [],
        refHead: mine?.refHead ?? 0,
      }
      for (const ref of asArray(refs, 'a sliding count')) this.#keepRef(slot, refFromJson(ref))
      this.#slots.set(id, slot)
    }
  }
}

function clear(slot: Slot): void {
  slot.times.length = 0
  slot.head = 0
  slot.refs.length = 0
  slot.refHead = 0
}
