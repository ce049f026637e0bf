/**
 * The line loop: bytes in, batches of events out. How the bytes are cut into pushes changes nothing, not even where a
 * batch ends (but for journal exports); live inputs may ask for a batch early.
 */
import type { Batch } from '../core/batch.ts'
import { BatchWriter } from '../core/batch.ts'
import { createLine, VERDICT } from '../core/line.ts'
import { ByteStore } from './byte-store.ts'
import type { LineParser, LineParserOptions } from './detect.ts'
import { createLineParser } from './detect.ts'
import { EXPORT_HEAD, ExportReader, type ExportRecord, isExport } from './export.ts'
import { StampTrack } from './stamp-track.ts'
import { decode } from './support/bytes.ts'

export interface ChunkOptions extends LineParserOptions {
  /** Keep the bytes of each batch, for inputs that cannot be read again. */
  keepRaw?: boolean
  /** A line parser that was built before; building one costs more than parsing a thousand lines. */
  lineParser?: LineParser
  /** A writer that is used again, empty: a thread that parses many ranges lets its tables grow once. */
  writer?: BatchWriter
}

/** A line longer than this is counted as malformed and never held in memory. */
export const MAX_LINE = 1 << 20
const MAX_EVENTS = 8192
const MAX_INPUT = 1 << 20
const MAX_SAMPLES = 3
const SAMPLE_LENGTH = 200

const NEWLINE = 10
const RETURN = 13
const LINE_END = new Uint8Array([NEWLINE])

/** Parses one input, or a range of one that begins where a line begins. */
export class ChunkParser {
  readonly #parse: LineParser
  readonly #keepRaw: boolean
  readonly #forced: string | undefined
  readonly #out: BatchWriter
  readonly #line = createLine()
  readonly #stamps = new StampTrack()
  #batches: Batch[] = []
  /** The beginning of a line whose end has not come yet. */
  readonly #carry = new ByteStore()
  #carryOffset = 0
  /** Inside a line that is too long. */
  #skipping = false
  #started = false
  /** Reads the input if it is an export of the journal; undefined until enough of it was seen. */
  #export: ExportReader | false | undefined
  /** Offset of the batch's first byte. */
  #batchStart = 0
  /** Offset behind the last whole line. */
  #position = 0
  /** Offset behind the last byte that was taken. */
  #taken = 0
  readonly #raw = new ByteStore()
  #lineNumber = 0
  #format = ''
  #formatCount = 0

  constructor(options: ChunkOptions = {}) {
    this.#out = options.writer ?? new BatchWriter()
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
    this.#taken = offset + bytes.length
    if (this.#export === undefined && !this.#decide(bytes, offset)) return []
    if (this.#export) return this.#pushExport(this.#export, bytes, offset)
    let pos = 0
    if (this.#carry.length > 0 || this.#skipping) {
      const newline = bytes.indexOf(NEWLINE)
      this.#carryOn(bytes, 0, newline < 0 ? bytes.length : newline, offset)
      if (newline < 0) return []
      this.#finishCarry(offset + newline + 1)
      pos = newline + 1
    }
    pos = this.#lines(bytes, pos, offset)
    if (pos < bytes.length) this.#carryOn(bytes, pos, bytes.length, offset + pos)
    return this.#takeBatches()
  }

  /** The input is at its end: its last line may have no line end. */
  end(): Batch[] {
    if (this.#export) this.#export.end(this.#position)
    else if (this.#carry.length > 0 || this.#skipping) this.#finishCarry(this.#carryOffset + this.#carry.length)
    return this.flush()
  }

  /** Bytes taken behind the last whole line: a run that restarts has to read them again. */
  get unfinished(): number {
    return this.#started ? this.#taken - this.#position : 0
  }

  /** Closes the present batch early, for a live input that has nothing more for now. A line without its end stays behind. */
  flush(): Batch[] {
    this.#closeBatch(this.#position)
    return this.#takeBatches()
  }

  #takeBatches(): Batch[] {
    if (this.#batches.length === 0) return []
    const batches = this.#batches
    this.#batches = []
    return batches
  }

  /** Tells an export from lines by the input's first bytes; false while there are too few of them (they are carried). */
  #decide(bytes: Uint8Array, offset: number): boolean {
    const carried = this.#carry.bytes.slice(0, this.#carry.length)
    const head = new Uint8Array([...carried, ...bytes.subarray(0, EXPORT_HEAD)])
    if (head.length < EXPORT_HEAD && !head.includes(NEWLINE)) {
      this.#carryOn(bytes, 0, bytes.length, offset)
      return false
    }
    this.#export = false
    if (
      this.#forced === 'journald-export' ||
      (this.#forced === undefined && this.#batchStart === 0 && isExport(head))
    ) {
      this.#export = new ExportReader(record => this.#record(record))
      this.#carry.clear()
      if (carried.length > 0) this.#pushExport(this.#export, carried, this.#carryOffset)
    }
    return true
  }

  #pushExport(reader: ExportReader, bytes: Uint8Array, offset: number): Batch[] {
    this.#keep(bytes, 0, bytes.length)
    reader.push(bytes, offset)
    if (this.#isFull(this.#position)) this.#closeBatch(this.#position)
    return this.#takeBatches()
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

  /** Parses the whole lines of bytes[from, end); answers where the last one ends. */
  #lines(bytes: Uint8Array, from: number, offset: number): number {
    let pos = from
    let kept = from
    // A Buffer's search costs a third of a plain array's, where the way is as short as a line.
    const search = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let nul = search.indexOf(0, from)
    for (;;) {
      const newline = search.indexOf(NEWLINE, pos)
      if (newline < 0) break
      if (nul >= 0 && nul < pos) nul = search.indexOf(0, pos)
      const next = newline + 1
      if (newline - pos > MAX_LINE) {
        this.#keep(bytes, kept, pos)
        this.#overlong(offset + pos, offset + next)
        kept = next
      } else this.#parseLine(bytes, pos, newline, offset + pos, nul >= 0 && nul < newline)
      pos = next
      if (this.#isFull(offset + pos)) {
        this.#keep(bytes, kept, pos)
        kept = pos
        this.#closeBatch(offset + pos)
      }
    }
    this.#keep(bytes, kept, pos)
    this.#position = offset + pos
    return pos
  }

  #isFull(offset: number): boolean {
    return this.#out.length >= MAX_EVENTS || offset - this.#batchStart >= MAX_INPUT
  }

  #carryOn(bytes: Uint8Array, start: number, end: number, offset: number): void {
    if (this.#skipping) return
    if (this.#carry.length === 0) this.#carryOffset = offset
    if (this.#carry.length + end - start > MAX_LINE) {
      this.#skipping = true
      this.#carry.clear()
    } else this.#carry.append(bytes, start, end)
  }

  /** Parses the carried line, now whole; `next` is the offset behind its line end. */
  #finishCarry(next: number): void {
    if (this.#skipping) {
      this.#skipping = false
      this.#overlong(this.#carryOffset, next)
    } else {
      const { bytes, length } = this.#carry
      const nul = bytes.indexOf(0)
      this.#parseLine(bytes, 0, length, this.#carryOffset, nul >= 0 && nul < length)
      this.#keep(bytes, 0, length)
      if (next > this.#carryOffset + length) this.#keep(LINE_END, 0, 1)
      this.#carry.clear()
    }
    this.#position = next
    if (this.#isFull(next)) this.#closeBatch(next)
  }

  /** Counts a line that is not looked at. Where bytes are kept, its own are not: a batch ends before it. */
  #overlong(offset: number, next: number): void {
    if (this.#keepRaw) this.#closeBatch(offset)
    this.#lineNumber++
    this.#out.counts.lines++
    this.#out.counts.malformed++
    if (this.#keepRaw) this.#closeBatch(next)
  }

  #parseLine(bytes: Uint8Array, lineStart: number, lineEnd: number, lineOffset: number, hasNul: boolean): void {
    const out = this.#out
    let start = lineStart
    let end = lineEnd
    while (end > start && bytes[end - 1] === RETURN) end--
    if (lineOffset === 0 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf)
      start = Math.min(start + 3, end)
    out.counts.lines++
    out.lineNumber = this.#lineNumber++
    if (hasNul) {
      // A crash leaves a run of NULs before the first line written after it; inside a line they mean that it is torn.
      while (start < end && bytes[start] === 0) start++
      const inside = bytes.indexOf(0, start)
      if (start === end || (inside >= 0 && inside < end)) {
        out.counts.malformed++
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
    switch (this.#parse(line, out)) {
      case VERDICT.event:
        break
      case VERDICT.irrelevant:
        counts.irrelevant++
        break
      case VERDICT.unknownMessage:
        counts.unknown++
        this.#stamps.note(line, out, rows)
        this.#sample(bytes, start, end)
        return
      case VERDICT.malformed:
        counts.malformed++
        this.#sample(bytes, start, end)
        return
      default:
        counts.unknown++
        this.#sample(bytes, start, end)
        return
    }
    this.#stamps.note(line, out, rows)
    this.#countFormat(line.format)
  }

  /** Keeps the first lines that tell nothing, so that a person sees what they look like. */
  #sample(bytes: Uint8Array, start: number, end: number): void {
    const { samples } = this.#out
    if (samples.length < MAX_SAMPLES) samples.push(decode(bytes, start, Math.min(end, start + SAMPLE_LENGTH)))
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

  #keep(bytes: Uint8Array, start: number, end: number): void {
    if (this.#keepRaw && end > start) this.#raw.append(bytes, start, end)
  }

  /** Ends the batch; the next one's bytes begin at `next`. */
  #closeBatch(next: number): void {
    this.#storeFormat()
    // An export's record that has not ended yet stays for the next batch.
    const kept = this.#raw.take(Math.min(this.#raw.length, Math.max(0, next - this.#batchStart)))
    const stamps = this.#stamps.take(this.#out)
    if (this.#out.counts.lines > 0) {
      this.#batches.push(this.#out.take(stamps, this.#keepRaw ? { bytes: kept, offset: this.#batchStart } : undefined))
    }
    this.#batchStart = next
    this.#lineNumber = 0
  }
}
