/**
 * What happened in each hour, as one row per (source, name) or (source, path), however many lines it took. Window
 * features are computed from the rows when they are asked for, so that the events of sources which a rule or a
 * campaign explains can be taken out first. Bounded: the oldest hours are forgotten when there is no room.
 */
import type { EventRef } from '../core/event.ts'
import { HOUR, MINUTE } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import { COLUMN_NAMES, isAccepted, makeColumns, ROW, type RowColumns } from './activity-columns.ts'

/** About 45 bytes a row. */
export const ROW_LIMIT = 1 << 19
/** Part of the rows that one hour may have; what comes on top shares a few, so that one hour cannot push out all others. */
const HOUR_SHARE = 4
const REST_ROWS = 1024
/** Eleven years of hours. */
export const HOURS_LIMIT = 100_000
/** Lines of which the text is kept. */
const TEXT_LIMIT = 4096
/** An event this much before the open hour is a straggler and counted there; earlier ones open their hour anew. */
const STRAGGLER = 10 * MINUTE

/** The rows of one hour: [from, to). An hour may come twice where the clock was set back. */
export interface HourRows {
  hour: number
  from: number
  to: number
}

/**
 * The rows of one surface: fed by its `SurfaceFeed`, which writes into `columns` by the row that `rowOf` answers,
 * and read hour by hour by the window features. Events come about in order of time: one that is too late opens its
 * hour a second time.
 */
export class Activity {
  readonly limit: number
  readonly hourLimit: number
  rows = 0
  columns: RowColumns = makeColumns(1024)
  /** Hours with rows or with nothing but life (from = to), in order of arrival. */
  readonly hours: HourRows[] = []
  /** Rows forgotten for want of room. */
  forgotten = 0
  #slots = new Int32Array(4096).fill(-1)
  #open: HourRows = { hour: Number.NaN, from: 0, to: 0 }
  #lastRow = -1
  /** Texts of first lines, by what `#numberOf` calls the row; the oldest first. */
  readonly #texts = new Map<number, string>()
  /** Inputs that cannot be read again. */
  readonly #passing = new Set<number>()

  constructor(limit = ROW_LIMIT) {
    this.limit = limit
    this.hourLimit = Math.floor(limit / HOUR_SHARE)
  }

  /** Opens the hour of a moment and answers it; the log was alive then, whether or not a row follows. */
  enter(time: number): number {
    const hour = Math.floor(time / HOUR)
    const open = this.#open.hour
    if (hour === open || (hour < open && open * HOUR - time <= STRAGGLER)) return open
    if (this.hours.length >= HOURS_LIMIT) this.#forget(HOURS_LIMIT / 4)
    this.#open = { hour, from: this.rows, to: this.rows }
    this.hours.push(this.#open)
    this.#lastRow = -1
    return hour
  }

  /** The row of a pair in the open hour; opened at the event's place if there is none. `isNew` tells. */
  rowOf(source: number, token: number, accepted: boolean, event: EventView): number {
    const { columns } = this
    const last = this.#lastRow
    if (
      last >= 0 &&
      columns.source[last] === source &&
      columns.token[last] === token &&
      isAccepted(columns, last) === accepted
    ) {
      return last
    }
    const slot = this.#slot(source, token, accepted)
    const known = this.#slots[slot]
    if (known >= this.#open.from) {
      this.#lastRow = known
      return known
    }
    const full = this.rows - this.#open.from >= this.hourLimit
    if (full && source >= 0) return this.rowOf(-1, this.restOf(source, token), accepted, event)
    return this.#insert(slot, source, token, accepted, event)
  }

  /** Which of the rows that are shared for want of room is a pair's; with them an hour has half of all rows at most. */
  restOf(source: number, token: number): number {
    return pairHash(source, token) % Math.min(REST_ROWS, this.hourLimit)
  }

  /** Whether the row was opened by the call of `rowOf` that answered it: nothing has been counted into it. */
  isFresh(row: number): boolean {
    return this.columns.count[row] === 0
  }

  #insert(slot: number, source: number, token: number, accepted: boolean, event: EventView): number {
    if (this.rows === this.columns.source.length) {
      if (this.rows >= this.limit) {
        this.#forgetOldest()
        return this.#insert(this.#slot(source, token, accepted), source, token, accepted, event)
      }
      this.#grow()
    }
    const row = this.rows++
    this.#open.to = this.rows
    const { columns } = this
    columns.source[row] = source
    columns.token[row] = token
    columns.count[row] = 0
    columns.marked[row] = 0
    columns.part[row] = 0
    columns.bytes[row] = 0
    columns.tag[row] = 0
    columns.second[row] = Math.max(0, Math.min(3599, Math.floor((event.time - this.#open.hour * HOUR) / 1000)))
    columns.bits[row] = accepted ? ROW.ACCEPTED : 0
    this.#place(row, event)
    this.#slots[slot] = row
    this.#lastRow = row
    if ((this.rows - this.#open.from) * 2 > this.#slots.length) this.#rebuild(this.#slots.length * 2)
    return row
  }

  /** Notes where the event stands without making an object of it. */
  #place(row: number, event: EventView): void {
    const { batch, input, firstLine } = event.open
    const { columns } = this
    columns.input[row] = input
    columns.line[row] = firstLine + batch.columns.line[event.row] + 1
    columns.offset[row] = batch.columns.offset[event.row]
    columns.length[row] = batch.columns.length[event.row]
    if (batch.raw === undefined) return
    this.#passing.add(input)
    const { text } = event.ref
    if (text !== undefined) this.#keepText(row, text)
  }

  /** A row's number among all rows there ever were. A line's place names none: a log that was rotated counts anew. */
  #numberOf(row: number): number {
    return this.forgotten + row
  }

  /** Keeps a line that cannot be read again; of more than can be kept, the latest. */
  #keepText(row: number, text: string): void {
    if (this.#texts.size >= TEXT_LIMIT) {
      for (const oldest of this.#texts.keys()) {
        this.#texts.delete(oldest)
        break
      }
    }
    this.#texts.set(this.#numberOf(row), text)
  }

  /** The row's first line; undefined where the input cannot be read again and its text was not kept. */
  refOf(row: number): EventRef | undefined {
    const { columns } = this
    const input = columns.input[row]
    const line = columns.line[row]
    const place = { input, line, offset: columns.offset[row], length: columns.length[row] }
    if (!this.#passing.has(input)) return place
    const text = this.#texts.get(this.#numberOf(row))
    return text === undefined ? undefined : { ...place, text }
  }

  /** The slot of a pair in the open hour, or the free one where it belongs. Rows of hours gone by count as free. */
  #slot(source: number, token: number, accepted: boolean): number {
    const mask = this.#slots.length - 1
    const { columns } = this
    let slot = pairHash(source, token) & mask
    for (;;) {
      const row = this.#slots[slot]
      if (row < this.#open.from) return slot
      if (columns.source[row] === source && columns.token[row] === token && isAccepted(columns, row) === accepted)
        return slot
      slot = (slot + 1) & mask
    }
  }

  #rebuild(size: number): void {
    this.#slots = new Int32Array(size).fill(-1)
    const { columns } = this
    for (let row = this.#open.from; row < this.rows; row++) {
      this.#slots[this.#slot(columns.source[row], columns.token[row], isAccepted(columns, row))] = row
    }
  }

  #grow(): void {
    this.#resize(Math.min(this.limit, this.columns.source.length * 2), 0)
  }

  /** Makes room for a quarter of the rows. */
  #forgetOldest(): void {
    const enough = this.hours.findIndex(({ to }) => to >= this.limit / 4)
    this.#forget(enough + 1)
  }

  /** Forgets the first `count` hours; the open one stays. */
  #forget(count: number): void {
    const gone = this.hours.splice(0, Math.min(count, this.hours.length - 1))
    const dropped = gone.at(-1)?.to ?? 0
    this.forgotten += dropped
    for (const number of this.#texts.keys()) if (number < this.forgotten) this.#texts.delete(number)
    this.#resize(this.columns.source.length, dropped)
    for (const hour of this.hours) {
      hour.from -= dropped
      hour.to -= dropped
    }
    this.rows -= dropped
    this.#lastRow = -1
    this.#rebuild(this.#slots.length)
  }

  /** Columns of another size that begin with the row `from`. */
  #resize(size: number, from: number): void {
    const old = this.columns
    const columns = makeColumns(size)
    for (const name of COLUMN_NAMES) columns[name].set(old[name].subarray(from, this.rows))
    this.columns = columns
  }

  snapshot(): ActivitySnapshot {
    const columns = Object.fromEntries(
      COLUMN_NAMES.map(name => [name, Array.from(this.columns[name].subarray(0, this.rows))]),
    )
    return {
      columns,
      hours: this.hours.map(hour => ({ ...hour })),
      forgotten: this.forgotten,
      texts: [...this.#texts],
      passing: [...this.#passing],
    }
  }

  restore(saved: ActivitySnapshot): void {
    const rows = saved.columns.source.length
    let size = 1024
    while (size < rows) size *= 2
    this.columns = makeColumns(Math.max(Math.min(size, this.limit), rows))
    for (const name of COLUMN_NAMES) this.columns[name].set(saved.columns[name])
    this.rows = rows
    this.forgotten = saved.forgotten
    this.hours.splice(0, this.hours.length, ...saved.hours.map(hour => ({ ...hour })))
    this.#open = this.hours.at(-1) ?? { hour: Number.NaN, from: 0, to: 0 }
    this.#lastRow = -1
    this.#texts.clear()
    this.#passing.clear()
    for (const input of saved.passing) this.#passing.add(input)
    for (const [number, text] of saved.texts) if (typeof number === 'number') this.#texts.set(number, text)
    this.#rebuild(this.#slots.length)
  }
}

export interface ActivitySnapshot {
  columns: Record<string, number[]>
  hours: HourRows[]
  forgotten: number
  /** By the row's number; a checkpoint of an older version names lines here, which tell no row. */
  texts: [number | string, string][]
  passing: number[]
}

function pairHash(source: number, token: number): number {
  let hash = Math.imul(source, 0x9e3779b1) ^ Math.imul(token + 1, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}
