/**
 * One input's stream of batches, in file order: resolves stamps, attempts, repeated lines and gaps, and hands the events
 * on in the order of the file. What is not yet decided keeps its place; what follows waits behind it.
 */

import type { AddressTable } from '../core/addresses.ts'
import type { Batch } from '../core/batch.ts'
import { BatchWriter } from '../core/batch.ts'
import { FLAG, KIND } from '../core/event.ts'
import { DAY, HOUR, MINUTE } from '../core/time.ts'
import { OpenBatch } from '../core/view.ts'
import type { Json } from '../kit/state/primitive.ts'
import { AttemptLedger, type LedgerSnapshot, type Row } from './attempts.ts'
import type { Clock } from './clock.ts'
import { PeerMemory, type PeerSnapshot } from './peers.ts'
import { copyRow, loadRow, saveRow } from './rows.ts'

/** A stop of a log shorter than this is not told to the rules. */
export const LEAST_GAP = 10 * MINUTE
const LEAST_BACKSTEP = MINUTE
/** A stamp this far ahead of both its neighbours is a mistake of the clock. */
const OUTLIER = DAY

const GAP = KIND['log.gap']
const BACKSTEP = KIND['log.backstep']
const REPEAT = KIND['log.repeat']

/** Events waiting behind an undecided one are let through past this many, decided or not. */
const MOST_WAITING = 20_000

interface Waiting extends Row {
  /** `both`: held until it is clear whether time leapt, and then by the ledger. */
  state: 'ready' | 'held' | 'both' | 'dropped'
}

export type Emit = (open: OpenBatch, row: number) => void

export interface StreamTotals {
  lines: number
  events: number
  irrelevant: number
  unknown: number
  malformed: number
  formats: Record<string, number>
  samples: string[]
  first: number
  last: number
}

export class InputStream {
  readonly input: number
  readonly clock: Clock
  readonly totals: StreamTotals = {
    lines: 0,
    events: 0,
    irrelevant: 0,
    unknown: 0,
    malformed: 0,
    formats: {},
    samples: [],
    first: Number.NaN,
    last: Number.NaN,
  }
  readonly #ledger = new AttemptLedger()
  readonly #peers = new PeerMemory()
  readonly #addresses: AddressTable
  readonly #emit: Emit
  #waiting: Waiting[] = []
  #lastTime = Number.NaN
  /** The last event that was handed on or waits, for `last message repeated`. */
  #lastOpen: OpenBatch | undefined
  #lastRow = 0
  /** An event whose stamp leapt ahead and that waits for the next to say whether time did. */
  #leap: Waiting | undefined
  #previousStamp: { time: number; flags: number } | undefined
  /** Lines of the files before the present one: a log that is followed through rotations counts each file's from 1. */
  #linesBefore = 0

  constructor(input: number, clock: Clock, addresses: AddressTable, emit: Emit) {
    this.input = input
    this.clock = clock
    this.#addresses = addresses
    this.#emit = emit
  }

  /** Takes the next batch; answers it as the events that come of it know it. */
  push(batch: Batch): OpenBatch {
    const open = new OpenBatch(batch, this.input, this.totals.lines - this.#linesBefore, this.#addresses)
    this.#count(batch)
    this.#borderGap(batch)
    for (let row = 0; row < batch.length; row++) this.#take(open, row)
    if (batch.stamps !== undefined) {
      const { time, flags } = batch.stamps.last
      this.#previousStamp = { time, flags }
      const last = this.clock.resolveEarlier(time, flags, this.#lastTime)
      if (!(last < this.totals.last)) this.totals.last = last
    }
    return open
  }

  /** Whether an event of the batch waits, or may yet be repeated. */
  holds(open: OpenBatch): boolean {
    return this.#lastOpen === open || this.#leap?.open === open || this.#waiting.some(one => one.open === open)
  }

  #count(batch: Batch): void {
    const { totals } = this
    totals.lines += batch.counts.lines
    totals.irrelevant += batch.counts.irrelevant
    totals.unknown += batch.counts.unknown
    totals.malformed += batch.counts.malformed
    for (const [format, lines] of Object.entries(batch.formats))
      totals.formats[format] = (totals.formats[format] ?? 0) + lines
    for (const sample of batch.samples) if (totals.samples.length < 3) totals.samples.push(sample)
    if (Number.isNaN(totals.first) && batch.stamps !== undefined) {
      const { time, flags } = batch.stamps.first
      totals.first = this.clock.resolveEarlier(time, flags, Number.POSITIVE_INFINITY)
    }
  }

  /** A gap between two batches: the line loop sees only those inside one. */
  #borderGap(batch: Batch): void {
    const previous = this.#previousStamp
    const first = batch.stamps?.first
    if (previous === undefined || first === undefined) return
    if (((previous.flags ^ first.flags) & (FLAG.YEARLESS | FLAG.LOCAL)) !== 0) return
    const size = first.time - previous.time
    if (size <= LEAST_GAP && size >= -LEAST_BACKSTEP) return
    const writer = new BatchWriter()
    writer.lineNumber = first.line
    writer.lineOffset = first.offset
    writer.lineLength = first.length
    const row = writer.add(size > 0 ? GAP : BACKSTEP, first.time, first.flags)
    writer.columns.size[row] = Math.abs(size)
    if (first.host !== undefined) writer.columns.host[row] = writer.string(first.host)
    const firstLine = this.totals.lines - this.#linesBefore - batch.counts.lines
    this.#take(new OpenBatch(writer.take(undefined, batch.raw), this.input, firstLine, this.#addresses), row)
  }

  #take(open: OpenBatch, row: number): void {
    const { columns } = open.batch
    const kind = columns.kind[row]
    if (kind === GAP || kind === BACKSTEP) {
      // A log that has told no event yet is no record of who came: its silence hides nothing (dpkg.log, kern.log).
      if (this.#isGap(open, row) && this.#lastOpen !== undefined) this.#pass(open, row, 'ready')
      return
    }
    if (kind === REPEAT) {
      this.#repeat(open, row)
      return
    }
    const time = this.#moment(open, row)
    if (!this.#peers.rule(open, row, time)) return
    const ruling = this.#ledger.rule(open, row, time, this.#decide)
    if (ruling === 'drop') return
    if (open !== this.#lastOpen) this.#lastOpen = open
    this.#lastRow = row
    this.#pass(open, row, ruling === 'hold' ? 'held' : 'ready')
  }

  #moment(open: OpenBatch, row: number): number {
    const { columns } = open.batch
    const time = this.clock.resolve(columns.time[row], columns.flags[row])
    columns.time[row] = time
    columns.flags[row] &= ~(FLAG.YEARLESS | FLAG.LOCAL)
    this.#settleLeap(time)
    if (time - this.#lastTime > OUTLIER) this.#leap = { open, row, state: 'held' }
    else this.#lastTime = time
    return time
  }

  /** The event after a leap in time decides: either time did leap, or the one stamp was wrong and gets its neighbour's. */
  #settleLeap(next: number): void {
    const leap = this.#leap
    if (leap === undefined) return
    this.#leap = undefined
    const { columns } = leap.open.batch
    const leapt = columns.time[leap.row]
    if (next < leapt - HOUR && next >= this.#lastTime - HOUR) {
      this.clock.jumps++
      columns.time[leap.row] = this.#lastTime
    } else this.#lastTime = leapt
    if (leap.state !== 'dropped') leap.state = leap.state === 'both' ? 'held' : 'ready'
    this.#drain()
  }

  /** Turns the line loop's candidate, measured in the log's own stamps, into a gap of real time; false where it is none. */
  #isGap(open: OpenBatch, row: number): boolean {
    const { columns } = open.batch
    const raw = columns.time[row]
    const flags = columns.flags[row]
    const before = columns.kind[row] === GAP ? raw - columns.size[row] : raw + columns.size[row]
    const now = this.clock.resolve(raw, flags)
    const gap = now - this.clock.resolveEarlier(before, flags, now)
    if (gap > LEAST_GAP) columns.kind[row] = GAP
    else if (gap < -LEAST_BACKSTEP) {
      columns.kind[row] = BACKSTEP
      this.clock.backsteps++
    } else return false
    columns.size[row] = Math.abs(gap)
    columns.time[row] = now
    columns.flags[row] = flags & ~(FLAG.YEARLESS | FLAG.LOCAL)
    return true
  }

  /** `last message repeated 3 times`: the event before it, three times more, where it stands on the line before. */
  #repeat(open: OpenBatch, row: number): void {
    const previous = this.#lastOpen === undefined ? undefined : { open: this.#lastOpen, row: this.#lastRow }
    const { columns } = open.batch
    if (previous === undefined) return
    const line = open.firstLine + columns.line[row]
    if (previous.open.firstLine + previous.open.batch.columns.line[previous.row] !== line - 1) return
    const copy = copyRow(previous.open, previous.row, { batch: open, row }, this.#addresses)
    const time = this.#moment(copy, 0)
    if (this.#ledger.rule(copy, 0, time, this.#decide) === 'emit') this.#pass(copy, 0, 'ready')
  }

  #pass(open: OpenBatch, row: number, state: 'ready' | 'held'): void {
    const leap = this.#leap
    if (leap !== undefined && leap.open === open && leap.row === row) {
      if (state === 'held') leap.state = 'both'
      this.#waiting.push(leap)
      return
    }
    if (state === 'ready' && this.#waiting.length === 0) {
      this.#hand(open, row)
      return
    }
    this.#waiting.push({ open, row, state })
    if (this.#waiting.length > MOST_WAITING) this.flush()
  }

  #hand(open: OpenBatch, row: number): void {
    const kind = open.batch.columns.kind[row]
    if (kind !== GAP && kind !== BACKSTEP) this.totals.events++
    this.#emit(open, row)
  }

  readonly #decide = (held: Row, keep: boolean): void => {
    const at = placeOf(this.#waiting, held)
    const waiting = at < 0 ? undefined : this.#waiting[at]
    if (waiting !== undefined) waiting.state = !keep ? 'dropped' : waiting.state === 'both' ? 'held' : 'ready'
    this.#drain()
  }

  #drain(): void {
    const waiting = this.#waiting
    let done = 0
    while (done < waiting.length && waiting[done].state !== 'held' && waiting[done].state !== 'both') {
      const { open, row, state } = waiting[done++]
      if (state === 'ready') this.#hand(open, row)
    }
    // In place: at most one or two wait, and a list made anew at every attempt would keep the collector busy.
    if (done === 0) return
    for (let i = done; i < waiting.length; i++) waiting[i - done] = waiting[i]
    for (; done > 0; done--) waiting.pop()
  }

  /** Live: the batches that follow are of another file, whose lines count from 1. */
  beginFile(): void {
    this.#linesBefore = this.totals.lines
  }

  /**
   * Live: `now` is the wall clock's. An event that seems to have leapt ahead but stands within an hour of it is right, and
   * need not wait for the next one.
   */
  confirm(now: number): void {
    this.clock.advance(now)
    const leap = this.#leap
    if (leap === undefined) return
    if (Math.abs(now - leap.open.batch.columns.time[leap.row]) < HOUR) this.#settleLeap(Number.NEGATIVE_INFINITY)
  }

  /** Decides all that waits: the input has ended, or nothing more has come for a while (live). */
  flush(): void {
    this.#settleLeap(Number.NEGATIVE_INFINITY)
    this.#ledger.settle(this.#decide)
    for (const waiting of this.#waiting) if (waiting.state === 'held') waiting.state = 'ready'
    this.#drain()
  }

  /** The input has ended, and nothing will follow: decides all that waits, and lets go of what is remembered of processes. */
  end(): void {
    this.flush()
    this.#peers.clear()
  }

  /** All that the stream remembers, as JSON. */
  snapshot(): StreamSnapshot {
    const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
    const place = (held: Row): number => placeOf(this.#waiting, held)
    return {
      totals: { ...this.totals, first: finite(this.totals.first), last: finite(this.totals.last) },
      clock: this.clock.snapshot(),
      ledger: this.#ledger.snapshot(place),
      peers: this.#peers.snapshot(),
      waiting: this.#waiting.map(({ open, row, state }) => ({ row: saveRow(open, row), state })),
      leap: this.#leap === undefined ? null : place(this.#leap),
      lastTime: finite(this.#lastTime),
      lastEvent: this.#lastOpen === undefined ? null : saveRow(this.#lastOpen, this.#lastRow),
      previousStamp: this.#previousStamp ?? null,
      linesBefore: this.#linesBefore,
    }
  }

  /** Fills a fresh stream from a snapshot. */
  restore(saved: StreamSnapshot): void {
    Object.assign(this.totals, saved.totals, {
      first: saved.totals.first ?? Number.NaN,
      last: saved.totals.last ?? Number.NaN,
    })
    this.clock.restore(saved.clock)
    this.#waiting = saved.waiting.map(({ row, state }) => ({ open: loadRow(row, this.#addresses), row: 0, state }))
    this.#ledger.restore(saved.ledger, at => this.#waiting[at])
    this.#peers.restore(saved.peers)
    this.#leap = saved.leap === null ? undefined : this.#waiting[saved.leap]
    this.#lastTime = saved.lastTime ?? Number.NaN
    this.#lastOpen = saved.lastEvent === null ? undefined : loadRow(saved.lastEvent, this.#addresses)
    this.#lastRow = 0
    this.#previousStamp = saved.previousStamp ?? undefined
    this.#linesBefore = saved.linesBefore
  }
}

/** Where the row waits; -1 where it does not. A plain loop: it is asked at every attempt. */
function placeOf(waiting: readonly Waiting[], held: Row): number {
  for (let i = 0; i < waiting.length; i++) if (waiting[i].open === held.open && waiting[i].row === held.row) return i
  return -1
}

export interface StreamSnapshot {
  totals: Omit<StreamTotals, 'first' | 'last'> & { first: number | null; last: number | null }
  clock: ReturnType<Clock['snapshot']>
  ledger: LedgerSnapshot
  peers: PeerSnapshot
  waiting: { row: Json; state: Waiting['state'] }[]
  leap: number | null
  lastTime: number | null
  lastEvent: Json
  previousStamp: { time: number; flags: number } | null
  linesBefore: number
}
