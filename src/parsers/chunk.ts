/**
 * The line loop: bytes in, batches of events out. How the bytes are cut into pushes changes nothing, not even where a
 * batch ends; live inputs may ask for a batch early.
 */
import type { Batch } from '../core/batch.ts'
import { BatchWriter } from '../core/batch.ts'
import { FLAG, KIND } from '../core/event.ts'
import { createLine, VERDICT } from '../core/line.ts'
import { DAY, MINUTE, SECOND } from '../core/time.ts'
import type { LineParser, LineParserOptions } from './detect.ts'
import { createLineParser } from './detect.ts'
import { EXPORT_HEAD, ExportReader, type ExportRecord, isExport } from './export.ts'
import { decode } from './support/bytes.ts'

export interface ChunkOptions extends LineParserOptions {
  /** Keep the bytes of each batch, for inputs that cannot be read again. */
  keepRaw?: boolean
  /** A line parser opened before with these options: a thread that parses many ranges opens the formats once. */
  lineParser?: LineParser
}

/** A line longer than this is counted as malformed and never held in memory. */
export const MAX_LINE = 1 << 20
const MAX_EVENTS = 8192
const MAX_INPUT = 1 << 20
const MAX_SAMPLES = 3
const SAMPLE_LENGTH = 200

/** A silence longer than this is a candidate for `log.gap`; a step back by more than the other one for `log.backstep`. */
export const GAP = 10 * MINUTE
export const BACKSTEP = 60 * SECOND

const OPEN_STAMP = FLAG.YEARLESS | FLAG.LOCAL
/** Stamps without a year are counted in a leap year. */
const LEAP_YEAR = 366 * DAY

const NEWLINE = 10

/** Parses one input, or a range of one that begins where a line begins. */
export class ChunkParser {
  readonly #parse: LineParser
  readonly #keepRaw: boolean
  readonly #out = new BatchWriter()
  readonly #line = createLine()
  #batches: Batch[] = []
  /** The beginning of a line whose end has not come yet. */
  #carry = new Uint8Array(64 * 1024)
  #carryLength = 0
  #carryOffset = 0
  /** Inside a line that is too long. */
  #skipping = false
  #started = false
  /** Whether the input is an export of the journal; undefined until enough of it was seen. */
  #export: ExportReader | false | undefined
  readonly #forced: string | undefined
  /** Offset of the batch's first byte. */
  #batchStart = 0
  /** Offset behind the last whole line. */
  #position = 0
  #raw = new Uint8Array(0)
  #rawLength = 0
  #lineNumber = 0
  #firstTime = Number.NaN
  #firstFlags = 0
  #lastTime = Number.NaN
  #lastFlags = 0
  #format = ''
  #formatCount = 0

  constructor(options: ChunkOptions = {}) {
    this.#parse = options.lineParser ?? createLineParser(options)
    this.#keepRaw = options.keepRaw ?? false
    this.#forced = options.force
  }

  /** Takes the input's next bytes, which begin at `offset`; answers the batches that are full. The bytes may be overwritten afterwards. */
  push(bytes: Uint8Array, offset: number): Batch[] {
    if (!this.#started) {
      this.#started = true
      this.#batchStart = this.#position = offset
    }
    if (this.#export === undefined && !this.#decide(bytes, offset)) return []
    if (this.#export) return this.#pushExport(this.#export, bytes, offset)
    let pos = 0
    if (this.#carryLength > 0 || this.#skipping) {
      const newline = bytes.indexOf(NEWLINE)
      this.#append(bytes, newline < 0 ? bytes.length : newline, offset)
      if (newline < 0) return this.#taken()
      this.#finishCarry(offset + newline + 1)
      pos = newline + 1
    }
    pos = this.#lines(bytes, pos, offset)
    if (pos < bytes.length) {
      this.#carryOffset = offset + pos
      this.#append(bytes.subarray(pos), bytes.length - pos, offset + pos)
    }
    return this.#taken()
  }

  /** The input is at its end: its last line may have no line end. */
  end(): Batch[] {
    if (this.#export) this.#export.end(this.#position)
    else if (this.#carryLength > 0 || this.#skipping) this.#finishCarry(this.#carryOffset + this.#carryLength)
    this.#flush()
    return this.#taken()
  }

  /** Closes the present batch early, for a live input that has nothing more for now. A line without its end stays behind. */
  flush(): Batch[] {
    this.#flush()
    return this.#taken()
  }

  /** Tells an export from lines by the input's first bytes; false while there are too few of them (they are carried). */
  #decide(bytes: Uint8Array, offset: number): boolean {
    const carried = this.#carry.slice(0, this.#carryLength)
    const head = new Uint8Array(carried.length + Math.min(bytes.length, EXPORT_HEAD))
    head.set(carried)
    head.set(bytes.subarray(0, EXPORT_HEAD), carried.length)
    if (head.length < EXPORT_HEAD && !head.includes(NEWLINE)) {
      this.#append(bytes, bytes.length, offset)
      return false
    }
    this.#export = false
    if (this.#forced === 'journald-export' || (this.#forced === undefined && this.#batchStart === 0 && isExport(head))) {
      this.#export = new ExportReader(record => this.#record(record))
      this.#carryLength = 0
      if (carried.length > 0) this.#pushExport(this.#export, carried, this.#carryOffset)
    }
    return true
  }

  #pushExport(reader: ExportReader, bytes: Uint8Array, offset: number): Batch[] {
    // Kept first: a record that ends in this piece may have a message that does.
    this.#keep(bytes, 0, bytes.length)
    reader.push(bytes, offset)
    if (this.#isFull(this.#position)) this.#flushAt(this.#position)
    return this.#taken()
  }

  /** One record of an export; its message's line stands for it, its other lines tell nothing. */
  #record(record: ExportRecord): void {
    const out = this.#out
    const { counts } = out
    const first = this.#lineNumber
    this.#position = record.end
    this.#lineNumber = first + record.lines
    counts.lines += record.lines
    counts.irrelevant += record.lines - 1
    if (record.block === undefined) {
      counts.malformed++
      return
    }
    out.lineNumber = first + record.messageLine
    out.lineOffset = record.offset
    out.lineLength = record.length
    this.#parseRange(record.block, 0, record.block.length)
  }

  #taken(): Batch[] {
    if (this.#batches.length === 0) return []
    const batches = this.#batches
    this.#batches = []
    return batches
  }

  /** Parses the whole lines of bytes[from, end); answers where the last one ends. */
  #lines(bytes: Uint8Array, from: number, offset: number): number {
    let pos = from
    let kept = from
    let nul = bytes.indexOf(0, from)
    for (;;) {
      const newline = bytes.indexOf(NEWLINE, pos)
      if (newline < 0) break
      if (nul >= 0 && nul < pos) nul = bytes.indexOf(0, pos)
      const hasNul = nul >= 0 && nul < newline
      const next = newline + 1
      if (newline - pos > MAX_LINE) {
        if (this.#keepRaw) {
          this.#keep(bytes, kept, pos)
          this.#flushAt(offset + next)
        }
        this.#overlong()
        kept = next
      } else this.#parseLine(bytes, pos, newline, offset + pos, hasNul)
      pos = next
      if (this.#isFull(offset + pos)) {
        this.#keep(bytes, kept, pos)
        kept = pos
        this.#flushAt(offset + pos)
      }
    }
    this.#keep(bytes, kept, pos)
    this.#position = offset + pos
    return pos
  }

  #isFull(offset: number): boolean {
    return this.#out.length >= MAX_EVENTS || offset - this.#batchStart >= MAX_INPUT
  }

  #append(bytes: Uint8Array, length: number, offset: number): void {
    if (this.#skipping) return
    if (this.#carryLength === 0) this.#carryOffset = offset
    const needed = this.#carryLength + length
    if (needed > MAX_LINE) {
      this.#skipping = true
      this.#carryLength = 0
      return
    }
    if (needed > this.#carry.length) {
      const grown = new Uint8Array(Math.max(needed, this.#carry.length * 2))
      grown.set(this.#carry.subarray(0, this.#carryLength))
      this.#carry = grown
    }
    this.#carry.set(length === bytes.length ? bytes : bytes.subarray(0, length), this.#carryLength)
    this.#carryLength = needed
  }

  /** Parses the carried line, now whole; `next` is the offset behind its line end. */
  #finishCarry(next: number): void {
    if (this.#skipping) {
      this.#skipping = false
      if (this.#keepRaw) this.#flushAt(next)
      this.#overlong()
    } else {
      const length = this.#carryLength
      this.#carryLength = 0
      const nul = this.#carry.indexOf(0)
      this.#parseLine(this.#carry, 0, length, this.#carryOffset, nul >= 0 && nul < length)
      this.#keep(this.#carry, 0, length)
      if (this.#keepRaw && next > this.#carryOffset + length) this.#keep(LINE_END, 0, 1)
    }
    this.#position = next
    if (this.#isFull(next)) this.#flushAt(next)
  }

  #overlong(): void {
    this.#lineNumber++
    this.#out.counts.lines++
    this.#out.counts.malformed++
  }

  #parseLine(bytes: Uint8Array, lineStart: number, lineEnd: number, lineOffset: number, hasNul: boolean): void {
    const out = this.#out
    const { counts } = out
    let start = lineStart
    let end = lineEnd
    if (end > start && bytes[end - 1] === 13) end--
    if (lineOffset === 0 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf) start += 3
    counts.lines++
    out.lineNumber = this.#lineNumber++
    if (hasNul) {
      // A crash leaves a run of NULs before the first line written after it; inside a line they mean that it is torn.
      while (start < end && bytes[start] === 0) start++
      const inside = bytes.indexOf(0, start)
      if (start === end || (inside >= 0 && inside < end)) {
        counts.malformed++
        return
      }
    }
    out.lineOffset = lineOffset + start - lineStart
    out.lineLength = end - start
    this.#parseRange(bytes, start, end)
  }

  #parseRange(bytes: Uint8Array, start: number, end: number): void {
    const out = this.#out
    const line = this.#line
    const { counts } = out
    line.bytes = bytes
    line.start = start
    line.end = end
    const rows = out.length
    const verdict = this.#parse(line, out)
    if (verdict === VERDICT.event) {
      this.#stamped(rows)
      this.#countFormat(line.format)
    } else if (verdict === VERDICT.irrelevant) {
      counts.irrelevant++
      this.#stamped(rows)
      this.#countFormat(line.format)
    } else if (verdict === VERDICT.unknownMessage) {
      counts.unknown++
      this.#stamped(rows)
    } else if (verdict === VERDICT.malformed) counts.malformed++
    else {
      counts.unknown++
      if (out.samples.length < MAX_SAMPLES) out.samples.push(decode(bytes, start, Math.min(end, start + SAMPLE_LENGTH)))
    }
  }

  #countFormat(format: string): void {
    if (format !== this.#format) {
      this.#storeFormat()
      this.#format = format
    }
    this.#formatCount++
  }

  #storeFormat(): void {
    if (this.#formatCount > 0 && this.#format !== '') {
      const { formats } = this.#out
      formats[this.#format] = (formats[this.#format] ?? 0) + this.#formatCount
    }
    this.#formatCount = 0
  }

  /** Notes the present line's stamp, and what it says about the time since the one before; `rows` is where its events begin. */
  #stamped(rows: number): void {
    const line = this.#line
    const { columns, length } = this.#out
    // A web line has its stamp in its event only.
    const inLine = line.time === line.time
    if (!inLine && length === rows) return
    const time = inLine ? line.time : columns.time[rows]
    const flags = (inLine ? line.flags : columns.flags[rows]) & OPEN_STAMP
    const before = this.#lastTime
    if (before !== before) {
      this.#firstTime = time
      this.#firstFlags = flags
    } else if (flags === this.#lastFlags) {
      const span = time - before
      if ((span > GAP || span < -BACKSTEP) && isJump(span, flags)) this.#addJump(time, flags, span, rows)
    }
    this.#lastTime = time
    this.#lastFlags = flags
  }

  /** Adds a candidate, measured in the log's own stamps: only the clock knows the years between them. */
  #addJump(time: number, flags: number, span: number, rows: number): void {
    const out = this.#out
    const line = this.#line
    const row = out.add(span > 0 ? KIND['log.gap'] : KIND['log.backstep'], time, flags)
    out.columns.size[row] = Math.abs(span)
    if (row > rows) out.columns.host[row] = out.columns.host[rows]
    else if (line.host >= 0) out.columns.host[row] = line.host
    else if (line.hostEnd > line.hostStart) out.columns.host[row] = out.text(line.bytes, line.hostStart, line.hostEnd)
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#keepRaw || end <= start) return
    const needed = this.#rawLength + end - start
    if (needed > this.#raw.length) {
      const grown = new Uint8Array(Math.max(needed, this.#raw.length * 2, 64 * 1024))
      grown.set(this.#raw.subarray(0, this.#rawLength))
      this.#raw = grown
    }
    this.#raw.set(bytes.subarray(start, end), this.#rawLength)
    this.#rawLength = needed
  }

  #flush(): void {
    this.#flushAt(this.#position)
  }

  /** Closes the batch; the next one's bytes begin at `next`. */
  #flushAt(next: number): void {
    this.#storeFormat()
    // An export's record that has not ended yet stays for the next batch.
    const kept = Math.min(this.#rawLength, Math.max(0, next - this.#batchStart))
    if (this.#out.counts.lines > 0) {
      const times = {
        firstTime: this.#firstTime, lastTime: this.#lastTime, firstFlags: this.#firstFlags, lastFlags: this.#lastFlags,
      }
      const raw = this.#keepRaw ? { bytes: this.#raw.slice(0, kept), offset: this.#batchStart } : undefined
      this.#batches.push(this.#out.take(times, raw))
    }
    this.#batchStart = next
    this.#raw.copyWithin(0, kept, this.#rawLength)
    this.#rawLength -= kept
    this.#lineNumber = 0
    this.#firstTime = this.#lastTime = Number.NaN
    this.#firstFlags = this.#lastFlags = 0
  }
}

const LINE_END = new Uint8Array([NEWLINE])

/** Whether the span may be a gap or a step back: without a year, December to January is a short way forward. */
function isJump(span: number, flags: number): boolean {
  if ((flags & FLAG.YEARLESS) === 0 || Math.abs(span) <= LEAP_YEAR / 2) return true
  const wrapped = span + (span < 0 ? LEAP_YEAR : -LEAP_YEAR)
  return wrapped > GAP || wrapped < -BACKSTEP
}
