import type { EventRef } from '../../core/event.ts'
import { clearEntry, KeyTable, moveEntry, setEntry } from './key-table.ts'
import { asArray, asKey, asNumber, DEFAULT_CAP, type Json, type Key, type Primitive } from './primitive.ts'
import { Recencies, type Recency } from './recency.ts'
import { RefLists } from './ref-lists.ts'
import { refToJson } from './refs.ts'
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

const DEFAULT_EVIDENCE = 5

/** What stands in the window, its places gathered only when they are asked for: most hits update a story that has its beginning. */
class LazyTrail implements Trail {
  readonly first: number
  readonly count: number
  readonly #refs: () => readonly EventRef[]

  constructor(first: number, count: number, refs: () => readonly EventRef[]) {
    this.first = first
    this.count = count
    this.#refs = refs
  }

  get refs(): readonly EventRef[] {
    return this.#refs()
  }
}

/** Counts distinct values per key in a sliding window (names tried by a source, sources that tried a name ...). */
export class DistinctCount implements Primitive {
  readonly #window: number
  readonly #limit: number
  readonly #evidence: number
  readonly #evidenceFrom: number
  readonly #ofSources: boolean
  readonly #table: KeyTable
  /** The value noted last, where it is still there. A key's only value was seen at the time of the key's last use. */
  readonly #newest: (Key | undefined)[] = []
  /** Most keys never have a second value, and a list of them takes more than all the rest. */
  readonly #several: (Recency | undefined)[] = []
  readonly #lists = new Recencies()
  readonly #refs: RefLists

  constructor(options: DistinctCountOptions) {
    this.#window = options.window
    this.#limit = options.limit
    this.#evidence = options.evidence ?? DEFAULT_EVIDENCE
    this.#evidenceFrom = options.evidenceFrom ?? 1
    this.#ofSources = options.values === 'sources'
    this.#refs = new RefLists(this.#evidence)
    this.#table = new KeyTable(options.cap ?? DEFAULT_CAP, {
      grow: () => {},
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

  #move(from: number, to: number): void {
    moveEntry(this.#newest, from, to)
    moveEntry(this.#several, from, to)
    this.#refs.move(from, to)
  }

  #clear(row: number): void {
    const several = this.#several[row]
    if (several !== undefined) this.#lists.end(several)
    clearEntry(this.#newest, row)
    clearEntry(this.#several, row)
    this.#refs.clear(row)
  }

  /** How many values the row has. */
  #sizeOf(row: number): number {
    return this.#several[row]?.places.size ?? (this.#newest[row] === undefined ? 0 : 1)
  }

  /** The row's values with the times they were last seen at. */
  #valuesOf(row: number): Iterable<readonly [Key, number]> {
    const several = this.#several[row]
    if (several !== undefined) return this.#lists.entries(several)
    const newest = this.#newest[row]
    return newest === undefined ? [] : [[newest, this.#table.last[row]]]
  }

  /** Notes the value at `time` and answers how many distinct ones the window holds now, `limit` at most. */
  add(key: Key, value: Key, time: number, ref?: EventRef): number {
    const row = this.#rowOf(key, time)
    if (this.#note(row, value, time) && ref !== undefined) this.#refs.keep(row, ref)
    return this.#sizeOf(row)
  }

  /** As `add`, with the event's time and place. */
  addEvent(key: Key, value: Key, event: Placed): number {
    const { time } = event
    const row = this.#rowOf(key, time)
    if (this.#note(row, value, time) && this.#sizeOf(row) >= this.#evidenceFrom) this.#refs.keep(row, event.ref)
    return this.#sizeOf(row)
  }

  #rowOf(key: Key, time: number): number {
    const { last } = this.#table
    const row = this.#table.rowOf(key)
    if (row < 0) return this.#table.insert(key, time, this.#window)
    if (last[row] - time > this.#window) {
      this.#clear(row)
      last[row] = time
    }
    return row
  }

  /** Answers whether the value is a new one. */
  #note(row: number, value: Key, time: number): boolean {
    const newest = this.#newest[row]
    const before = this.#table.last[row]
    const last = Math.max(time, before)
    this.#table.last[row] = last
    setEntry(this.#newest, row, value)
    let several = this.#several[row]
    if (several === undefined) {
      if (newest === undefined) this.#refs.clear(row)
      if (newest === undefined || newest === value) return newest === undefined
      several = this.#lists.begin(newest, before)
      setEntry(this.#several, row, several)
    }
    const oldest = last - this.#window
    if (newest === value) {
      // The value of the time before again: nothing changes its place.
      this.#lists.seeNewest(several, last)
      this.#lists.expire(several, oldest, this.#limit)
      return false
    }
    const isNew = this.#lists.see(several, value, last)
    this.#lists.expire(several, oldest, this.#limit)
    if (several.places.size <= 1) this.#refs.clear(row)
    return isNew
  }

  /** The values in the window that ends at `now`, least recently seen first. */
  values(key: Key, now: number): Key[] {
    const row = this.#table.rowOf(key)
    if (row < 0) return []
    const oldest = now - this.#window
    return Array.from(this.#valuesOf(row))
      .filter(([, time]) => time >= oldest)
      .map(([value]) => value)
  }

  /** How many distinct values stand in the window that ends at `now`. */
  count(key: Key, now: number): number {
    const row = this.#table.rowOf(key)
    if (row < 0) return 0
    const oldest = now - this.#window
    const several = this.#several[row]
    if (several !== undefined) return this.#lists.since(several, oldest)
    return this.#newest[row] !== undefined && this.#table.last[row] >= oldest ? 1 : 0
  }

  trail(key: Key): Trail | undefined {
    const row = this.#table.rowOf(key)
    const size = row < 0 ? 0 : this.#sizeOf(row)
    if (size === 0) return undefined
    const several = this.#several[row]
    const first = several === undefined ? this.#table.last[row] : this.#lists.firstTime(several)
    return new LazyTrail(first, size, () => this.#refs.of(row))
  }

  forget(key: Key): void {
    this.#table.forget(key)
  }

  snapshot(): Json {
    return [...this.entries()]
  }

  *entries(): Generator<Json> {
    for (const row of this.#table.rows()) {
      const refs = this.#refs.of(row).map(refToJson)
      yield [this.#table.keyAt(row), [...this.#valuesOf(row)], this.#table.last[row], refs]
    }
  }

  restore(snapshot: Json): void {
    this.#table.clear()
    this.merge(snapshot)
  }

  merge(snapshot: Json, from: Translation = SAME): void {
    const what = 'a distinct count'
    for (const entry of asArray(snapshot, what)) {
      const [id, values, last, refs] = asArray(entry, what)
      const row = this.#table.enter(from.key(asKey(id, what)))
      const seen = new Map(this.#valuesOf(row))
      for (const pair of asArray(values, what)) {
        const [value, time] = asArray(pair, what)
        const theirs = asKey(value, what)
        const here = this.#ofSources ? from.key(theirs) : theirs
        seen.set(here, Math.max(seen.get(here) ?? Number.NEGATIVE_INFINITY, asNumber(time, what)))
      }
      const kept = [...seen].sort((a, b) => a[1] - b[1]).slice(-this.#limit)
      const latest = Math.max(this.#table.last[row], asNumber(last, what))
      this.#table.last[row] = latest
      const known = this.#several[row]
      if (known !== undefined) this.#lists.end(known)
      clearEntry(this.#several, row)
      clearEntry(this.#newest, row)
      const [oldest, ...later] = kept
      if (later.length === 0 && oldest?.[1] === latest) setEntry(this.#newest, row, oldest[0])
      else if (oldest !== undefined) {
        const list = this.#lists.begin(...oldest)
        for (const [value, time] of later) this.#lists.see(list, value, time)
        setEntry(this.#several, row, list)
      }
      for (const ref of asArray(refs, what)) this.#refs.keep(row, from.ref(ref))
    }
    this.#table.holdToCap()
  }
}
