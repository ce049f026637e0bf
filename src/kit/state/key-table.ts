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
/** In place of a key that is a small whole number: the row has none, or one of another kind. */
const GAP = -1
const OTHER = -2
/** Of fewer rows than this, two bytes can tell each, and none. */
const NARROW = 1 << 16

export class KeyTable {
  /** Entries dropped because the table was full. */
  evicted = 0
  /** Times of last use by row. */
  last = new Float64Array(FIRST_ROWS)
  readonly #cap: number
  readonly #columns: Columns
  /** Keys in the order in which they came, gaps where they went; the rows behind the `#used` ones were never used. */
  #keys = new Int32Array(FIRST_ROWS)
  #used = 0
  #live = 0
  /** Rows of keys that are small whole numbers, hashed: open addressing. A row stands there as the number after its own, 0 is a free place. */
  #slots: Uint16Array | Int32Array = new Uint16Array(FIRST_ROWS * 2)
  #hashed = 0
  #shift = 32 - Math.log2(FIRST_ROWS * 2)
  /** Rows of all other keys, and those keys by row. */
  readonly #others = new Map<Key, number>()
  readonly #otherKeys: (Key | undefined)[] = []
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
      const row = this.#slots[slot] - 1
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
    if (this.#used === this.last.length) this.#makeRows()
    const row = this.#used++
    this.#live++
    this.last[row] = time
    if (isSmall(key)) {
      this.#keys[row] = key
      if ((this.#hashed + 1) * 3 > this.#slots.length * 2) this.#hash(this.#slots.length * 2)
      else this.#link(key, row)
    } else {
      this.#keys[row] = OTHER
      this.#others.set(key, row)
      setEntry(this.#otherKeys, row, key)
    }
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
    for (let row = 0; row < this.#used; row++) if (this.#keys[row] !== GAP) yield row
  }

  keyAt(row: number): Key {
    const key = this.#keys[row]
    return key >= 0 ? key : (this.#otherKeys[row] ?? '')
  }

  #drop(row: number): void {
    this.#columns.drop(row)
    this.#keys[row] = GAP
    clearEntry(this.#otherKeys, row)
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
    if (this.#live * 4 < this.#used * 3) {
      this.#compact()
      return
    }
    const rows = this.last.length * 2
    this.last = grown(this.last, new Float64Array(rows))
    this.#keys = grown(this.#keys, new Int32Array(rows))
    if (rows === NARROW) this.#hash(this.#slots.length)
    this.#columns.grow(rows)
  }

  /** Closes the gaps. */
  #compact(): void {
    let to = 0
    this.#others.clear()
    for (let from = 0; from < this.#used; from++) {
      const key = this.#keys[from]
      if (key === GAP) continue
      const other = this.#otherKeys[from]
      if (other !== undefined) this.#others.set(other, to)
      if (from !== to) {
        this.#keys[to] = key
        this.last[to] = this.last[from]
        moveEntry(this.#otherKeys, from, to)
        this.#columns.move(from, to)
      }
      to++
    }
    this.#used = to
    this.#otherKeys.length = Math.min(to, this.#otherKeys.length)
    this.#hash(this.#slots.length)
  }

  #link(key: number, row: number): void {
    const mask = this.#slots.length - 1
    let slot = Math.imul(key, SPREAD) >>> this.#shift
    while (this.#slots[slot] > 0) slot = (slot + 1) & mask
    this.#slots[slot] = row + 1
    this.#hashed++
  }

  /** Takes a key out of the hash; those behind it move up, so that no search ends before it should. */
  #unlink(key: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let gap = Math.imul(key, SPREAD) >>> this.#shift
    while (this.#keys[slots[gap] - 1] !== key) gap = (gap + 1) & mask
    for (let slot = (gap + 1) & mask; slots[slot] > 0; slot = (slot + 1) & mask) {
      const home = Math.imul(this.#keys[slots[slot] - 1], SPREAD) >>> this.#shift
      // It may stand in the gap unless its own place lies between the two.
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue
      slots[gap] = slots[slot]
      gap = slot
    }
    slots[gap] = 0
    this.#hashed--
  }

  #hash(size: number): void {
    this.#slots = this.last.length < NARROW ? new Uint16Array(size) : new Int32Array(size)
    this.#shift = 32 - Math.log2(size)
    this.#hashed = 0
    for (let row = 0; row < this.#used; row++) if (this.#keys[row] >= 0) this.#link(this.#keys[row], row)
  }
}

/** Whether a key is hashed: the ids of sources are. */
function isSmall(key: Key): key is number {
  return typeof key === 'number' && (key | 0) === key && key >= 0
}

/** A column in a longer one of its kind. */
export function grown<T extends Float64Array | Int32Array | Uint16Array | Uint8Array>(column: T, longer: T): T {
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
