/**
 * The rows of a state table: which row a key has, and when it was last used. What a row holds lies in columns of the
 * owner's. A table of 25,000 sources is a few arrays, not 25,000 objects in a map.
 */
import { HOUR } from '../../core/time.ts'
import type { Key } from './primitive.ts'

/** The owner's columns, which follow the rows. */
export interface Columns {
  /** Room for so many rows is needed. */
  grow(rows: number): void
  /** A row's content goes to an earlier one, which is blank, and its own is then. */
  move(from: number, to: number): void
  /** A row's content goes: it is blank, as those are that never were used. */
  drop(row: number): void
}

/** Rows in the beginning: most tables of most servers stay nearly empty. */
const FIRST_ROWS = 16
/** Rows from which on those that are over are looked for. */
const FIRST_SWEEP = 1024
/** While there is room, lines that come so much too late still find what their keys had, milliseconds. */
const LATE = HOUR
/** Knuth's multiplier: keys that follow one another are spread. */
const SPREAD = 0x9e3779b1

export class KeyTable {
  /** Entries dropped because the table was full. */
  evicted = 0
  /** Times of last use by row. */
  last = new Float64Array(FIRST_ROWS)
  readonly #cap: number
  readonly #columns: Columns
  /** Keys in the order in which they came; gaps where they went. */
  readonly #keys: (Key | undefined)[] = []
  #live = 0
  /** Rows of keys that are small whole numbers, hashed: open addressing. */
  #slots = new Int32Array(FIRST_ROWS * 2).fill(-1)
  #hashed = 0
  #shift = 32 - Math.log2(FIRST_ROWS * 2)
  /** Rows of all other keys. */
  readonly #others = new Map<Key, number>()
  #sweepAt: number

  constructor(cap: number, columns: Columns) {
    this.#cap = cap
    this.#columns = columns
    this.#sweepAt = Math.min(cap, FIRST_SWEEP)
    columns.grow(FIRST_ROWS)
  }

  get size(): number {
    return this.#live
  }

  /** The key's row; -1 for none. */
  rowOf(key: Key): number {
    if (!isSmall(key)) return this.#others.get(key) ?? -1
    const mask = this.#slots.length - 1
    for (let slot = Math.imul(key, SPREAD) >>> this.#shift; ; slot = (slot + 1) & mask) {
      const row = this.#slots[slot]
      if (row < 0 || this.#keys[row] === key) return row
    }
  }

  /**
   * A row for a key that has none, last used at `time`; its columns are blank. Where the table has doubled, the keys that
   * were not used for longer than `keep` milliseconds are dropped first: a window of a minute must not hold every source
   * of a month. Where it is full, so is the tenth that was longest unused.
   */
  insert(key: Key, time: number, keep: number): number {
    if (this.#live >= this.#sweepAt) this.#sweep(time - keep - (this.#live < this.#cap ? Math.min(keep, LATE) : 0))
    return this.#append(key, time)
  }

  /** The row of a key of a snapshot: where it has none a blank one, never used, whatever the cap. `holdToCap` comes after the last. */
  enter(key: Key): number {
    const row = this.rowOf(key)
    return row < 0 ? this.#append(key, Number.NEGATIVE_INFINITY) : row
  }

  /** Drops the longest unused of what is past the cap. */
  holdToCap(): void {
    const surplus = this.#live - this.#cap
    if (surplus > 0) this.#dropOldest(surplus)
    this.#compact()
  }

  #append(key: Key, time: number): number {
    if (this.#keys.length === this.last.length) this.#makeRows()
    const row = this.#keys.length
    this.#keys.push(key)
    this.#live++
    this.last[row] = time
    if (isSmall(key)) {
      if ((this.#hashed + 1) * 3 > this.#slots.length * 2) this.#hash(this.#slots.length * 2)
      else this.#link(key, row)
    } else this.#others.set(key, row)
    return row
  }

  forget(key: Key): void {
    const row = this.rowOf(key)
    if (row < 0) return
    if (isSmall(key)) this.#unlink(key)
    else this.#others.delete(key)
    this.#drop(row)
  }

  clear(): void {
    for (const row of this.rows()) this.#drop(row)
    this.#compact()
  }

  /** Rows in the order in which their keys came. */
  *rows(): Generator<number> {
    for (let row = 0; row < this.#keys.length; row++) if (this.#keys[row] !== undefined) yield row
  }

  keyAt(row: number): Key {
    return this.#keys[row] ?? ''
  }

  #drop(row: number): void {
    this.#columns.drop(row)
    this.#keys[row] = undefined
    this.#live--
  }

  #sweep(horizon: number): void {
    for (const row of this.rows()) if (this.last[row] < horizon) this.#drop(row)
    if (this.#live >= this.#cap) this.#dropOldest(Math.max(1, Math.ceil(this.#cap / 10)))
    this.#compact()
    this.#sweepAt = Math.min(this.#cap, Math.max(FIRST_SWEEP, this.#live * 2))
  }

  /** Drops those that were longest unused; of equal ones those whose keys came first. */
  #dropOldest(count: number): void {
    // Times alone are sorted, as numbers: a flood of new keys comes here for every tenth of the table, in every table.
    const ages = Float64Array.from(this.rows(), row => this.last[row]).sort()
    const limit = ages[count - 1]
    let ofLimit = count
    for (let i = 0; i < count && ages[i] < limit; i++) ofLimit--
    for (const row of this.rows())
      if (this.last[row] < limit || (this.last[row] === limit && ofLimit-- > 0)) this.#drop(row)
    this.evicted += count
  }

  /** Room for one more row: gaps are closed where they are many, and otherwise the columns grow. */
  #makeRows(): void {
    if (this.#live * 4 < this.#keys.length * 3) {
      this.#compact()
      return
    }
    const rows = this.last.length * 2
    this.last = grown(this.last, new Float64Array(rows))
    this.#columns.grow(rows)
  }

  /** Closes the gaps. */
  #compact(): void {
    let to = 0
    for (let from = 0; from < this.#keys.length; from++) {
      const key = this.#keys[from]
      if (key === undefined) continue
      if (from !== to) {
        this.#keys[to] = key
        this.last[to] = this.last[from]
        this.#columns.move(from, to)
      }
      to++
    }
    this.#keys.length = to
    this.#others.clear()
    for (const [row, key] of this.#keys.entries()) if (key !== undefined && !isSmall(key)) this.#others.set(key, row)
    this.#hash(this.#slots.length)
  }

  #link(key: number, row: number): void {
    const mask = this.#slots.length - 1
    let slot = Math.imul(key, SPREAD) >>> this.#shift
    while (this.#slots[slot] >= 0) slot = (slot + 1) & mask
    this.#slots[slot] = row
    this.#hashed++
  }

  /** Takes a key out of the hash; those behind it move up, so that no search ends before it should. */
  #unlink(key: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let gap = Math.imul(key, SPREAD) >>> this.#shift
    while (this.#keys[slots[gap]] !== key) gap = (gap + 1) & mask
    for (let slot = (gap + 1) & mask; slots[slot] >= 0; slot = (slot + 1) & mask) {
      const home = Math.imul(Number(this.#keys[slots[slot]]), SPREAD) >>> this.#shift
      // It may stand in the gap unless its own place lies between the two.
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue
      slots[gap] = slots[slot]
      gap = slot
    }
    slots[gap] = -1
    this.#hashed--
  }

  #hash(size: number): void {
    this.#slots = new Int32Array(size).fill(-1)
    this.#shift = 32 - Math.log2(size)
    this.#hashed = 0
    for (const [row, key] of this.#keys.entries()) if (key !== undefined && isSmall(key)) this.#link(key, row)
  }
}

/** Whether a key is hashed: the ids of sources are. */
function isSmall(key: Key): key is number {
  return typeof key === 'number' && (key | 0) === key && key >= 0
}

/** A column in a longer one of its kind. */
export function grown<T extends Float64Array | Int32Array | Uint8Array>(column: T, longer: T): T {
  longer.set(column)
  return longer
}

/** Sets a row of a column of anything; such a column ends with the last row that has been set. */
export function setEntry<T>(column: (T | undefined)[], row: number, entry: T): void {
  while (column.length < row) column.push(undefined)
  column[row] = entry
}

/** What `Columns.drop` does to a column of anything. */
export function clearEntry(column: unknown[], row: number): void {
  if (row < column.length) column[row] = undefined
}

/** What `Columns.move` does to one. */
export function moveEntry(column: unknown[], from: number, to: number): void {
  if (from >= column.length) {
    clearEntry(column, to)
    return
  }
  column[to] = column[from]
  column[from] = undefined
}
