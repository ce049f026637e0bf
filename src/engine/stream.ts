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
import { AttemptLedger, type Row } from './attempts.ts'
import type { Clock } from './clock.ts'
import { copyRow } from './rows.ts'

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
  state: 'ready' | 'held' | 'dropped'
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
  readonly #addresses: AddressTable
  readonly #emit: Emit
  #waiting: Waiting[] = []
  #lastTime = Number.NaN
  #lastEvent: Row | undefined
  /** An event whose stamp leapt ahead and that waits for the next to say whether time did. */
  #leap: Waiting | undefined
  #previousStamp: { time: number; flags: number } | undefined

  constructor(input: number, clock: Clock, addresses: AddressTable, emit: Emit) {
    this.input = input
    this.clock = clock
    this.#addresses = addresses
    this.#emit = emit
  }

  push(batch: Batch): void {
    const open = new OpenBatch(batch, this.input, this.totals.lines, this.#addresses)
    this.#count(batch)
    this.#borderGap(batch)
    for (let row = 0; row < batch.length; row++) this.#take(open, row)
    if (!Number.isNaN(batch.lastTime)) {
      this.#previousStamp = { time: batch.lastTime, flags: batch.lastFlags }
      const last = this.clock.resolveEarlier(batch.lastTime, batch.lastFlags, this.#lastTime)
      if (!(last < this.totals.last)) this.totals.last = last
    }
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
    if (Number.isNaN(totals.first) && !Number.isNaN(batch.firstTime)) {
      totals.first = this.clock.resolveEarlier(batch.firstTime, batch.firstFlags, Number.POSITIVE_INFINITY)
    }
  }

  /** A gap between two batches: the line loop sees only those inside one. */
  #borderGap(batch: Batch): void {
    const previous = this.#previousStamp
    if (previous === undefined || Number.isNaN(batch.firstTime)) return
    if (((previous.flags ^ batch.firstFlags) & (FLAG.YEARLESS | FLAG.LOCAL)) !== 0) return
    const size = batch.firstTime - previous.time
    if (size <= LEAST_GAP && size >= -LEAST_BACKSTEP) return
    const writer = new BatchWriter()
    const row = writer.add(size > 0 ? GAP : BACKSTEP, batch.firstTime, batch.firstFlags)
    writer.columns.size[row] = Math.abs(size)
    if (batch.length > 0) {
      writer.columns.offset[row] = batch.columns.offset[0]
      writer.columns.length[row] = batch.columns.length[0]
      writer.columns.line[row] = batch.columns.line[0]
    }
    const times = { firstTime: Number.NaN, lastTime: Number.NaN, firstFlags: 0, lastFlags: 0 }
    this.#take(
      new OpenBatch(writer.take(times, batch.raw), this.input, this.totals.lines - batch.counts.lines, this.#addresses),
      0,
    )
  }

  #take(open: OpenBatch, row: number): void {
    const { columns } = open.batch
    const kind = columns.kind[row]
    if (kind === GAP || kind === BACKSTEP) {
      if (this.#isGap(open, row)) this.#pass(open, row, 'ready')
      return
    }
    if (kind === REPEAT) {
      this.#repeat(open, row)
      return
    }
    const time = this.#moment(open, row)
    const ruling = this.#ledger.rule(open, row, time, this.#decide)
    if (ruling === 'drop') return
    this.#lastEvent = { open, row }
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
    leap.state = 'ready'
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
    const previous = this.#lastEvent
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
      // The leap's own decision comes first; one that PAM also holds is let go with it.
      this.#waiting.push(leap)
      return
    }
    if (state === 'ready' && this.#waiting.length === 0) {
      this.totals.events++
      this.#emit(open, row)
      return
    }
    this.#waiting.push({ open, row, state })
    if (this.#waiting.length > MOST_WAITING) this.flush()
  }

  readonly #decide = (held: Row, keep: boolean): void => {
    const waiting = this.#waiting.find(one => one.open === held.open && one.row === held.row)
    if (waiting !== undefined) waiting.state = keep ? 'ready' : 'dropped'
    this.#drain()
  }

  #drain(): void {
    let done = 0
    while (done < this.#waiting.length && this.#waiting[done].state !== 'held') {
      const { open, row, state } = this.#waiting[done++]
      if (state === 'ready') {
        this.totals.events++
        this.#emit(open, row)
      }
    }
    if (done > 0) this.#waiting = this.#waiting.slice(done)
  }

  /** Decides all that waits: the input has ended, or nothing more has come for a while (live). */
  flush(): void {
    this.#settleLeap(Number.NEGATIVE_INFINITY)
    this.#ledger.settle(this.#decide)
    for (const waiting of this.#waiting) if (waiting.state === 'held') waiting.state = 'ready'
    this.#drain()
  }

  /** Whether nothing waits: the moment at which a checkpoint is whole. */
  get settled(): boolean {
    return this.#waiting.length === 0 && !this.#ledger.holding
  }
}
