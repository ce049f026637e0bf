/** The stamps of a batch's lines: its first and last, and the candidates for gaps and steps back between two lines. */
import type { Batch, BatchWriter, Stamp } from '../core/batch.ts'
import { FLAG, KIND } from '../core/event.ts'
import type { Line } from '../core/line.ts'
import { DAY, MINUTE, SECOND } from '../core/time.ts'
import { hostText } from './support/emit.ts'

/** A silence longer than this is a candidate for `log.gap`; a step back by more than the other one for `log.backstep`. */
const GAP = 10 * MINUTE
const BACKSTEP = 60 * SECOND

/** The format whose rows stand in no order of time, and are far apart. */
const TABLE = 'last'

const OPEN_STAMP = FLAG.YEARLESS | FLAG.LOCAL
/** Stamps without a year are counted in a leap year. */
const LEAP_YEAR = 366 * DAY

/** Whether the span may be a gap or a step back: without a year, December to January is a short way forward. */
function isJump(span: number, flags: number): boolean {
  if (span <= GAP && span >= -BACKSTEP) return false
  if ((flags & FLAG.YEARLESS) === 0 || Math.abs(span) <= LEAP_YEAR / 2) return true
  const wrapped = span + (span < 0 ? LEAP_YEAR : -LEAP_YEAR)
  return wrapped > GAP || wrapped < -BACKSTEP
}

/** One stamped line in numbers, so that noting a line makes no object. */
class Mark {
  time = Number.NaN
  flags = 0
  line = 0
  offset = 0
  length = 0
  /** Index of the host's text in the batch under way. */
  host = -1

  set(time: number, flags: number, host: number, out: BatchWriter): void {
    this.time = time
    this.flags = flags
    this.host = host
    this.line = out.lineNumber
    this.offset = out.lineOffset
    this.length = out.lineLength
  }

  toStamp(out: BatchWriter): Stamp {
    const { time, flags, line, offset, length, host } = this
    return { time, flags, line, offset, length, host: host < 0 ? undefined : out.textAt(host) }
  }
}

export class StampTrack {
  readonly #first = new Mark()
  readonly #last = new Mark()

  /** Notes an understood line's stamp; `rows` is where its events begin. */
  note(line: Line, out: BatchWriter, rows: number): void {
    const hasEvent = out.length > rows
    // A web line has its stamp in its event only.
    const inLine = !Number.isNaN(line.time)
    if (!inLine && !hasEvent) return
    const { columns } = out
    const time = inLine ? line.time : columns.time[rows]
    const flags = (inLine ? line.flags : columns.flags[rows]) & OPEN_STAMP
    const host = hasEvent ? columns.host[rows] : hostText(line, out)
    const { time: before } = this.#last
    if (Number.isNaN(before)) this.#first.set(time, flags, host, out)
    else if (flags === this.#last.flags && isJump(time - before, flags) && line.format !== TABLE)
      addJump(out, time, flags, time - before, host)
    this.#last.set(time, flags, host, out)
  }

  /** The stamps of the batch that is about to be taken from the writer; starts afresh. */
  take(out: BatchWriter): Batch['stamps'] {
    const first = this.#first
    const last = this.#last
    if (Number.isNaN(last.time)) return undefined
    const stamps = { first: first.toStamp(out), last: last.toStamp(out) }
    last.time = Number.NaN
    return stamps
  }
}

/** Adds a candidate, measured in the log's own stamps: only the clock knows the years between them. */
function addJump(out: BatchWriter, time: number, flags: number, span: number, host: number): void {
  const row = out.add(span > 0 ? KIND['log.gap'] : KIND['log.backstep'], time, flags)
  out.columns.size[row] = Math.abs(span)
  out.columns.host[row] = host
}
