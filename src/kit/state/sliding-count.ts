import type { EventRef } from '../../core/event.ts'
import { Blocks } from './blocks.ts'
import { grown, KeyTable } from './key-table.ts'
import { asArray, asKey, asNumber, DEFAULT_CAP, type Json, type Key, type Primitive } from './primitive.ts'
import { RefLists } from './ref-lists.ts'
import { refToJson } from './refs.ts'
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

/** A key's trail as it stands; its places are gathered only when a story asks for them, which most hits do not. */
class LazyTrail implements Trail {
  readonly first: number
  readonly count: number
  readonly #gather: () => readonly EventRef[]

  constructor(first: number, count: number, gather: () => readonly EventRef[]) {
    this.first = first
    this.count = count
    this.#gather = gather
  }

  get refs(): readonly EventRef[] {
    return this.#gather()
  }
}

const DEFAULT_EVIDENCE = 5

/** Counts occurrences per key in a window that slides with event time. */
export class SlidingCount implements Primitive {
  readonly #window: number
  readonly #limit: number
  readonly #evidence: number
  readonly #evidenceFrom: number
  readonly #sparse: boolean
  readonly #table: KeyTable
  /**
   * Times of the latest occurrences: a ring of at most `limit` a key, oldest at `head`. A key's only occurrence has no
   * block: its time is that of the key's last use.
   */
  readonly #times: Blocks
  #block = new Int32Array()
  #kind = new Uint8Array()
  #head: Uint16Array | Int32Array = new Uint16Array()
  #size: Uint16Array | Int32Array = new Uint16Array()
  readonly #refs: RefLists

  constructor(options: SlidingCountOptions) {
    this.#window = options.window
    this.#limit = Math.max(1, options.limit)
    this.#evidence = options.evidence ?? DEFAULT_EVIDENCE
    this.#evidenceFrom = options.evidenceFrom ?? 1
    this.#sparse = options.sparse ?? false
    this.#times = new Blocks(this.#limit)
    this.#refs = new RefLists(this.#evidence)
    this.#table = new KeyTable(options.cap ?? DEFAULT_CAP, {
      grow: rows => this.#grow(rows),
      move: (from, to) => this.#move(from, to),
      drop: row => this.#clear(row),
    })
  }

  get size(): number {
    return this.#table.size
  }

  get evicted(): number {
    return this.#table.evicted
  }

  #grow(rows: number): void {
    this.#block = grown(this.#block, new Int32Array(rows).fill(-1))
    this.#kind = grown(this.#kind, new Uint8Array(rows))
    const isNarrow = this.#limit <= 0xffff
    this.#head = grown(this.#head, isNarrow ? new Uint16Array(rows) : new Int32Array(rows))
    this.#size = grown(this.#size, isNarrow ? new Uint16Array(rows) : new Int32Array(rows))
  }

  #move(from: number, to: number): void {
    this.#block[to] = this.#block[from]
    this.#kind[to] = this.#kind[from]
    this.#head[to] = this.#head[from]
    this.#size[to] = this.#size[from]
    this.#block[from] = -1
    this.#size[from] = 0
    this.#refs.move(from, to)
  }

  /**
   * Counts `weight` occurrences at `time` and answers how many stand in the window now, `limit` at most. A stamp a
   * little earlier than the last counts as the last; one earlier by more than the window is a clock set back, and the
   * key starts afresh.
   */
  add(key: Key, time: number, weight = 1, ref?: EventRef): number {
    const row = this.#count(key, time, weight)
    if (ref !== undefined) this.#refs.keep(row, ref)
    return this.#size[row]
  }

  /** As `add`, with the event's time and place. Once the count stands at the limit no more places are noted. */
  addEvent(key: Key, event: Placed, weight = 1): number {
    const row = this.#count(key, event.time, weight)
    const size = this.#size[row]
    if (this.#evidence > 0 && size >= this.#evidenceFrom && this.#isWanted(row, size)) this.#refs.keep(row, event.ref)
    return size
  }

  #isWanted(row: number, size: number): boolean {
    if (this.#refs.sizeOf(row) < this.#evidence) return true
    return size < this.#limit && (!this.#sparse || (size & (size - 1)) === 0)
  }

  #count(key: Key, time: number, weight: number): number {
    const table = this.#table
    let row = table.rowOf(key)
    if (row < 0) row = table.insert(key, time, this.#window)
    const before = table.last[row]
    const isSetBack = before - time > this.#window
    if (isSetBack) this.#clear(row)
    const at = isSetBack ? time : Math.max(time, before)
    this.#expire(row, at - this.#window)
    const more = Math.min(weight, this.#limit)
    if (this.#size[row] === 0 && more === 1) this.#size[row] = 1
    else this.#push(row, at, more)
    table.last[row] = at
    return row
  }

  /** Adds so many occurrences at a time that is not yet the key's last. */
  #push(row: number, time: number, count: number): void {
    const wanted = Math.min(this.#size[row] + count, this.#limit)
    if (wanted === 0) return
    if (this.#block[row] < 0 || this.#times.room(this.#kind[row]) < wanted) this.#widen(row, wanted)
    const room = this.#times.room(this.#kind[row])
    const { values } = this.#times
    const block = this.#block[row]
    for (let i = 0; i < count; i++) {
      const end = this.#head[row] + this.#size[row]
      values[block + (end < room ? end : end - room)] = time
      if (this.#size[row] < room) this.#size[row]++
      else this.#head[row] = this.#head[row] + 1 === room ? 0 : this.#head[row] + 1
    }
  }

  /** Gives a key a block with room for so many times. */
  #widen(row: number, wanted: number): void {
    let kind = 0
    while (this.#times.room(kind) < wanted) kind++
    const block = this.#times.take(kind)
    for (let i = 0; i < this.#size[row]; i++) this.#times.values[block + i] = this.#timeAt(row, i)
    if (this.#block[row] >= 0) this.#times.give(this.#block[row], this.#kind[row])
    this.#block[row] = block
    this.#kind[row] = kind
    this.#head[row] = 0
  }

  #timeAt(row: number, index: number): number {
    const block = this.#block[row]
    if (block < 0) return this.#table.last[row]
    const room = this.#times.room(this.#kind[row])
    const at = this.#head[row] + index
    return this.#times.values[block + (at < room ? at : at - room)]
  }

  #expire(row: number, oldest: number): void {
    const size = this.#size[row]
    let gone = 0
    while (gone < size && this.#timeAt(row, gone) < oldest) gone++
    if (gone === 0) return
    if (gone === size) {
      this.#clear(row)
      return
    }
    const room = this.#times.room(this.#kind[row])
    const head = this.#head[row] + gone
    this.#head[row] = head < room ? head : head - room
    this.#size[row] = size - gone
  }

  #clear(row: number): void {
    this.#size[row] = 0
    if (this.#block[row] >= 0) this.#times.give(this.#block[row], this.#kind[row])
    this.#block[row] = -1
    this.#refs.clear(row)
  }

  /** How many stand in the window that ends at `now`. */
  count(key: Key, now: number): number {
    const row = this.#table.rowOf(key)
    if (row < 0) return 0
    const oldest = now - this.#window
    const size = this.#size[row]
    let expired = 0
    while (expired < size && this.#timeAt(row, expired) < oldest) expired++
    return size - expired
  }

  /** The most occurrences that any `span` milliseconds of the window hold, `limit` at most. */
  densest(key: Key, span: number): number {
    const row = this.#table.rowOf(key)
    if (row < 0) return 0
    let most = 0
    let from = 0
    for (let i = 0; i < this.#size[row]; i++) {
      while (this.#timeAt(row, i) - this.#timeAt(row, from) > span) from++
      most = Math.max(most, i - from + 1)
    }
    return most
  }

  /** The time of the key's `nth` latest occurrence (1: the last one) that is remembered; undefined: there are fewer. */
  latest(key: Key, nth: number): number | undefined {
    const row = this.#table.rowOf(key)
    return row < 0 || this.#size[row] < nth ? undefined : this.#timeAt(row, this.#size[row] - nth)
  }

  /** What stands in the window: for the hit that opens a story. */
  trail(key: Key): Trail | undefined {
    const row = this.#table.rowOf(key)
    if (row < 0 || this.#size[row] === 0) return undefined
    return new LazyTrail(this.#timeAt(row, 0), this.#size[row], () => this.#refs.of(row))
  }

  /** Forgets a key (a login succeeded, say). */
  forget(key: Key): void {
    this.#table.forget(key)
  }

  #timesOf(row: number): number[] {
    return Array.from({ length: this.#size[row] }, (_, index) => this.#timeAt(row, index))
  }

  snapshot(): Json {
    return [...this.entries()]
  }

  *entries(): Generator<Json> {
    for (const row of this.#table.rows())
      yield [this.#table.keyAt(row), this.#timesOf(row), this.#table.last[row], this.#refs.of(row).map(refToJson)]
  }

  restore(snapshot: Json): void {
    this.#table.clear()
    this.merge(snapshot)
  }

  merge(snapshot: Json, from: Translation = SAME): void {
    const what = 'a sliding count'
    for (const entry of asArray(snapshot, what)) {
      const [id, times, last, refs] = asArray(entry, what)
      const theirs = asArray(times, what).map(time => asNumber(time, what))
      const row = this.#table.enter(from.key(asKey(id, what)))
      const merged = [...this.#timesOf(row), ...theirs].sort((a, b) => a - b).slice(-this.#limit)
      const latest = Math.max(this.#table.last[row], asNumber(last, what))
      this.#table.last[row] = latest
      this.#size[row] = merged.length
      const isOnly = merged.length === 1 && merged[0] === latest && this.#block[row] < 0
      if (merged.length > 0 && !isOnly) {
        this.#widen(row, merged.length)
        this.#times.values.set(merged, this.#block[row])
      }
      for (const ref of asArray(refs, what)) this.#refs.keep(row, from.ref(ref))
    }
    this.#table.holdToCap()
  }
}
