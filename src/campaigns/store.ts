/**
 * The attempt store: one row per (source, name), however many lines it took. Columns of numbers, rows in order of first
 * appearance, a cap, and what was dropped is counted. About 55 bytes a row.
 */
import type { EventRef } from '../core/event.ts'
import { DAY } from '../core/time.ts'
import { LoginTable } from './logins.ts'
import { NameTable } from './names.ts'
import { SourceTokens } from './source-tokens.ts'
import { NAMES_PER_SOURCE, SURFACES } from './surfaces.ts'
import { Visits } from './visits.ts'

/** Bits of a row. */
export const ROW = {
  /** The log says that the account exists; of an attack on the web site: that it was answered as a page that is there. */
  KNOWN: 1,
  /** The source's first row on this surface. */
  FIRST: 2,
  /** Attempts with a key rather than a password. */
  KEY: 4,
  /** Another row of the source counts the same attempts under another name. */
  AGAIN: 8,
} as const

export const ROW_LIMIT = 1 << 19
const TEXT_LIMIT = 4096

/** Who can say where the event stands; asked only for a row's first event. An EventView is one. */
export interface Placed {
  readonly ref: EventRef
}

const NOWHERE: Placed = { ref: { input: 0, line: 0, offset: 0, length: 0 } }

/** A row by itself. */
interface SavedRow {
  source: number
  name: number
  first: number
  last: number
  count: number
  bits: number
  ref: EventRef | undefined
}

/**
 * Fed event by event by `add`; the columns are read by row, 0 to `rows` - 1, times in milliseconds. A row's number
 * holds until rows are dropped for want of room.
 */
export class AttemptStore {
  readonly names: NameTable
  readonly logins = new LoginTable()
  readonly visits = new Visits()
  readonly tokens = new SourceTokens()
  readonly limit: number
  /** Rows dropped because the table was full. */
  evicted = 0
  /** Attempts counted in all. */
  attempts = 0
  rows = 0
  source = new Int32Array(1024)
  name = new Int32Array(1024)
  first = new Float64Array(1024)
  last = new Float64Array(1024)
  count = new Uint32Array(1024)
  bits = new Uint8Array(1024)
  #input = new Uint16Array(1024)
  #line = new Uint32Array(1024)
  #offset = new Float64Array(1024)
  #length = new Uint32Array(1024)
  #slots = new Int32Array(4096).fill(-1)
  /** Names of a source, summed over surfaces; saturates. */
  #width = new Uint8Array(1024)
  /** Surfaces on which a source was seen, one bit each. */
  #seen = new Uint16Array(1024)
  readonly #texts = new Map<string, string>()
  /** Days (since 1970) on which the log was alive. */
  readonly days = new Set<number>()
  #day = Number.NaN
  firstTime = Number.NaN
  lastTime = Number.NaN

  constructor(limit = ROW_LIMIT, names = new NameTable()) {
    this.limit = limit
    this.names = names
  }

  /** Notes that the log lived at `time` (any event): a silence of days is a gap in the log and not a quiet time. */
  alive(time: number): void {
    const day = Math.floor(time / DAY)
    if (day !== this.#day) {
      this.#day = day
      if (this.days.size < 100_000) this.days.add(day)
    }
    if (!(time >= this.firstTime)) this.firstTime = time
    if (!(time <= this.lastTime)) this.lastTime = time
  }

  /**
   * Adds attempts of a source on a name. `name` is a number of `names`. Events come in time order; what comes a little
   * late is taken as it is.
   */
  add(time: number, source: number, name: number, attempts = 1, bits = 0, place: Placed = NOWHERE): void {
    this.alive(time)
    this.attempts += attempts
    if (source >= this.#width.length) this.#growSources(source)
    let row = this.#find(source, name)
    if (row < 0) {
      const surface = this.names.surfaceOf(name)
      const wide = this.#width[source] >= NAMES_PER_SOURCE[surface]
      if (wide && !this.names.isRest(name)) {
        this.add(time, source, surface, attempts, bits, place)
        return
      }
      if (this.rows >= this.limit) this.#makeRoom(name)
      row = this.#insert(time, source, name, surface, place)
    }
    if (time > this.last[row]) this.last[row] = time
    this.count[row] += attempts
    this.bits[row] |= bits
  }

  /** Adds a whole row, as a snapshot has it. */
  put(saved: SavedRow): void {
    if (saved.source >= this.#width.length) this.#growSources(saved.source)
    let row = this.#find(saved.source, saved.name)
    if (row < 0) {
      if (this.rows >= this.limit) this.#makeRoom(saved.name)
      const place = { ref: saved.ref ?? NOWHERE.ref }
      row = this.#insert(saved.first, saved.source, saved.name, this.names.surfaceOf(saved.name), place)
      // Whether it was the source's first is known: that may have been dropped since.
      this.bits[row] = 0
    }
    this.first[row] = Math.min(this.first[row], saved.first)
    this.last[row] = Math.max(this.last[row], saved.last)
    this.count[row] += saved.count
    this.bits[row] |= saved.bits
  }

  /** Drops all rows, and nothing else: for whoever puts them in anew. */
  clearRows(): void {
    this.rows = 0
    this.#slots.fill(-1)
    this.#width.fill(0)
    this.#seen.fill(0)
    this.#texts.clear()
  }

  #insert(time: number, source: number, name: number, surface: number, place: Placed): number {
    if (this.rows === this.source.length) this.#growRows()
    const row = this.rows++
    this.source[row] = source
    this.name[row] = name
    this.first[row] = time
    this.last[row] = time
    this.count[row] = 0
    const bit = 1 << surface
    this.bits[row] = (this.#seen[source] & bit) === 0 ? ROW.FIRST : 0
    this.#seen[source] |= bit
    if (this.#width[source] < 255) this.#width[source]++
    const { ref } = place
    this.#input[row] = ref.input
    this.#line[row] = ref.line
    this.#offset[row] = ref.offset
    this.#length[row] = ref.length
    if (ref.text !== undefined) this.#keepText(row, ref.text)
    this.#link(row)
    if (this.rows * 2 > this.#slots.length) this.#rebuild(this.#slots.length * 2)
    return row
  }

  /** Names a row's first line. A log that was rotated counts its lines anew: its time tells it from an older one. */
  #placeOf(row: number): string {
    return `${this.#input[row]}:${this.#line[row]}:${this.first[row]}`
  }

  /** Keeps a line that may not be there to be read again; of more than can be kept, the latest. */
  #keepText(row: number, text: string): void {
    if (this.#texts.size >= TEXT_LIMIT) {
      for (const oldest of this.#texts.keys()) {
        this.#texts.delete(oldest)
        break
      }
    }
    this.#texts.set(this.#placeOf(row), text)
  }

  /** The row of a pair, -1 where there is none. */
  #find(source: number, name: number): number {
    const mask = this.#slots.length - 1
    let slot = pairHash(source, name) & mask
    for (;;) {
      const row = this.#slots[slot]
      if (row < 0) return -1
      if (this.source[row] === source && this.name[row] === name) return row
      slot = (slot + 1) & mask
    }
  }

  #link(row: number): void {
    const mask = this.#slots.length - 1
    let slot = pairHash(this.source[row], this.name[row]) & mask
    while (this.#slots[slot] >= 0) slot = (slot + 1) & mask
    this.#slots[slot] = row
  }

  #rebuild(size: number): void {
    this.#slots = size === this.#slots.length ? this.#slots.fill(-1) : new Int32Array(size).fill(-1)
    for (let row = 0; row < this.rows; row++) this.#link(row)
  }

  #growRows(): void {
    const size = Math.min(this.limit, this.source.length * 2)
    const grow = <T extends Int32Array | Uint32Array | Float64Array | Uint8Array | Uint16Array>(
      old: T,
      grown: T,
    ): T => {
      grown.set(old)
      return grown
    }
    this.source = grow(this.source, new Int32Array(size))
    this.name = grow(this.name, new Int32Array(size))
    this.first = grow(this.first, new Float64Array(size))
    this.last = grow(this.last, new Float64Array(size))
    this.count = grow(this.count, new Uint32Array(size))
    this.bits = grow(this.bits, new Uint8Array(size))
    this.#input = grow(this.#input, new Uint16Array(size))
    this.#line = grow(this.#line, new Uint32Array(size))
    this.#offset = grow(this.#offset, new Float64Array(size))
    this.#length = grow(this.#length, new Uint32Array(size))
  }

  #growSources(source: number): void {
    let size = this.#width.length
    while (size <= source) size *= 2
    const width = new Uint8Array(size)
    width.set(this.#width)
    this.#width = width
    const seen = new Uint16Array(size)
    seen.set(this.#seen)
    this.#seen = seen
  }

  /** Drops the quarter of the rows that was longest unused, and the names that nobody has any more. */
  #makeRoom(pending: number): void {
    const drop = Math.max(1, this.rows >> 2)
    const horizon = Float64Array.from(this.last.subarray(0, this.rows)).sort()[drop - 1]
    let kept = 0
    let surplus = drop
    for (let row = 0; row < this.rows; row++) {
      if (this.last[row] <= horizon && surplus > 0) {
        surplus--
        this.#texts.delete(this.#placeOf(row))
        const source = this.source[row]
        this.#width[source] = Math.max(0, this.#width[source] - 1)
        continue
      }
      this.#move(row, kept++)
    }
    this.evicted += this.rows - kept
    this.rows = kept
    const used = new Uint8Array(this.names.size)
    used[pending] = 1
    for (let row = 0; row < kept; row++) used[this.name[row]] = 1
    for (const { name } of this.logins.entries()) used[name] = 1
    this.names.sweep(used)
    this.#rebuild(this.#slots.length)
  }

  #move(from: number, to: number): void {
    if (from === to) return
    this.source[to] = this.source[from]
    this.name[to] = this.name[from]
    this.first[to] = this.first[from]
    this.last[to] = this.last[from]
    this.count[to] = this.count[from]
    this.bits[to] = this.bits[from]
    this.#input[to] = this.#input[from]
    this.#line[to] = this.#line[from]
    this.#offset[to] = this.#offset[from]
    this.#length[to] = this.#length[from]
  }

  /** The row's first line as evidence; undefined where the store was fed without places. */
  refOf(row: number): EventRef | undefined {
    const line = this.#line[row]
    if (line === 0) return undefined
    const input = this.#input[row]
    const text = this.#texts.get(this.#placeOf(row))
    const place = { input, line, offset: this.#offset[row], length: this.#length[row] }
    return text === undefined ? place : { ...place, text }
  }

  /** Which surfaces have rows. */
  surfaces(): number[] {
    const present = new Uint8Array(SURFACES.length)
    for (let row = 0; row < this.rows; row++) present[this.names.surfaceOf(this.name[row])] = 1
    return [...present.keys()].filter(surface => present[surface] === 1)
  }
}

/** Attempts that a row alone counts. */
export function attemptsOf({ count, bits }: AttemptStore, row: number): number {
  return (bits[row] & ROW.AGAIN) === 0 ? count[row] : 0
}

function pairHash(source: number, name: number): number {
  let hash = Math.imul(source, 0x9e3779b1) ^ Math.imul(name + 1, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}
