import { clearEntry, KeyTable, moveEntry, setEntry } from './key-table.ts'
import { asArray, asKey, asNumber, DEFAULT_CAP, type Json, type Key, type Primitive } from './primitive.ts'
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

/**
 * A bounded table of small JSON values by key: the last login's place of a user, the networks a user came from, first
 * sightings. Values are replaced, never changed in place.
 */
export class Memory<V extends Json> implements Primitive {
  readonly #keep: number
  readonly #ofInputs: boolean
  readonly #combine: ((mine: V, theirs: V) => V) | undefined
  readonly #table: KeyTable
  readonly #values: (V | undefined)[] = []

  constructor(options: MemoryOptions<V>) {
    this.#keep = options.keep
    this.#ofInputs = options.keys === 'inputs'
    this.#combine = options.combine
    this.#table = new KeyTable(options.cap ?? DEFAULT_CAP, {
      grow: () => {},
      move: (from, to) => moveEntry(this.#values, from, to),
      drop: row => clearEntry(this.#values, row),
    })
  }

  get size(): number {
    return this.#table.size
  }

  get evicted(): number {
    return this.#table.evicted
  }

  /** The value, where there is one no older than `keep` at `now`. */
  get(key: Key, now: number): V | undefined {
    const row = this.#table.rowOf(key)
    return row < 0 || now - this.#table.last[row] > this.#keep ? undefined : this.#values[row]
  }

  set(key: Key, value: V, time: number): void {
    const known = this.#table.rowOf(key)
    const row = known < 0 ? this.#table.insert(key, time, this.#keep) : known
    this.#values[row] = value
    const { last } = this.#table
    if (time > last[row]) last[row] = time
  }

  forget(key: Key): void {
    this.#table.forget(key)
  }

  snapshot(): Json {
    return [...this.entries()]
  }

  *entries(): Generator<Json> {
    const { last } = this.#table
    for (const row of this.#table.rows()) yield [this.#table.keyAt(row), this.#values[row] ?? null, last[row]]
  }

  restore(snapshot: Json): void {
    this.#table.clear()
    this.merge(snapshot)
  }

  merge(snapshot: Json, from: Translation = SAME): void {
    for (const entry of asArray(snapshot, 'a memory')) {
      const [id, value, last] = asArray(entry, 'a memory')
      const saved = asKey(id, 'a memory')
      const key = this.#ofInputs && typeof saved === 'number' ? from.input(saved) : from.key(saved)
      const time = asNumber(last, 'a memory')
      // The snapshot was written by this class with the same V; its shape inside is the rule's own affair.
      const theirs = value as V
      const known = this.#table.rowOf(key)
      const mine = known < 0 ? undefined : this.#values[known]
      const row = this.#table.enter(key)
      if (mine === undefined || (this.#combine === undefined && time > this.#table.last[row]))
        setEntry(this.#values, row, theirs)
      else if (this.#combine !== undefined) this.#values[row] = this.#combine(mine, theirs)
      this.#table.last[row] = Math.max(this.#table.last[row], time)
    }
    this.#table.holdToCap()
  }
}
