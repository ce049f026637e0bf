/**
 * The journal's export format: records of fields, one field a line, or a name followed by eight bytes of length and that
 * many bytes of anything (also line feeds); an empty line ends a record. So a record is what a line is elsewhere: this
 * reader finds the records and hands on the fields we want as one block.
 */
import { literal, startsWith } from './support/bytes.ts'

/** Fields that are handed on; the message comes last, so that nothing it holds can pass for a field. */
const WANTED = [
  '__REALTIME_TIMESTAMP',
  '_SOURCE_REALTIME_TIMESTAMP',
  '_HOSTNAME',
  'SYSLOG_IDENTIFIER',
  'SYSLOG_PID',
  '_PID',
  '_UID',
  '_COMM',
  '_EXE',
  'MESSAGE',
]
const NAMES = new Set(WANTED)
const CURSOR = literal('__CURSOR=')
const REALTIME = literal('__REALTIME_TIMESTAMP=')
/** How many bytes tell an export from a log of lines. */
export const EXPORT_HEAD = REALTIME.length
const LONGEST = 1 << 20
const NEWLINE = 10
const EQUALS = 61

/** Whether an input that begins so is an export. It cannot be read from its middle on. */
export function isExport(head: Uint8Array): boolean {
  return startsWith(head, 0, head.length, CURSOR) || startsWith(head, 0, head.length, REALTIME)
}

export interface ExportRecord {
  /** `NAME=value` lines with `MESSAGE=` last, or undefined where the record is torn or has no message. */
  block: Uint8Array | undefined
  /** Where the message's field stands in the input. */
  offset: number
  length: number
  /** Its line's number, counted from the record's first. */
  messageLine: number
  /** Line feeds in the record. */
  lines: number
  /** Offset behind the record. */
  end: number
}

type State = 'line' | 'size' | 'data' | 'dataEnd'

const decoder = new TextDecoder()

/** Finds the records of an export, pushed in pieces of any size. */
export class ExportReader {
  readonly #record: (record: ExportRecord) => void
  #state: State = 'line'
  #held = new Uint8Array(4096)
  #length = 0
  #tooLong = false
  #name = ''
  #left = 0
  #fieldOffset = 0
  #fields = new Map<string, Uint8Array>()
  #lines = 0
  #torn = false
  #messageOffset = 0
  #messageLength = 0
  #messageLine = 0

  constructor(record: (record: ExportRecord) => void) {
    this.#record = record
  }

  push(bytes: Uint8Array, offset: number): void {
    let pos = 0
    while (pos < bytes.length) {
      if (this.#length === 0 && this.#state === 'line' && !this.#tooLong) this.#fieldOffset = offset + pos
      if (this.#state === 'line') pos = this.#line(bytes, pos, offset)
      else if (this.#state === 'size') pos = this.#size(bytes, pos)
      else if (this.#state === 'data') pos = this.#data(bytes, pos)
      else {
        // A line feed ends the data; anything else means that the record is torn.
        if (bytes[pos] !== NEWLINE) this.#torn = true
        this.#field(this.#name, offset + pos)
        this.#lines++
        this.#state = 'line'
        pos++
      }
    }
  }

  /** The input is at its end: its last record may lack its empty line. */
  end(offset: number): void {
    if (this.#state !== 'line' || this.#length > 0) this.#torn = true
    if (this.#fields.size > 0 || this.#lines > 0 || this.#torn) this.#finish(offset, 0)
  }

  #line(bytes: Uint8Array, pos: number, offset: number): number {
    const newline = bytes.indexOf(NEWLINE, pos)
    this.#hold(bytes, pos, newline < 0 ? bytes.length : newline)
    if (newline < 0) return bytes.length
    const held = this.#held.subarray(0, this.#length)
    if (held.length === 0 && !this.#tooLong) this.#finish(offset + newline + 1, 1)
    else {
      const equals = held.indexOf(EQUALS)
      if (equals >= 0 || this.#tooLong) {
        this.#name = equals < 0 ? '' : decoder.decode(held.subarray(0, equals))
        this.#held.copyWithin(0, equals + 1, this.#length)
        this.#length -= equals + 1
        this.#field(this.#name, offset + newline)
        this.#lines++
      } else {
        this.#name = decoder.decode(held)
        this.#state = 'size'
        this.#lines++
        this.#length = 0
      }
    }
    return newline + 1
  }

  #size(bytes: Uint8Array, pos: number): number {
    const end = Math.min(bytes.length, pos + 8 - this.#length)
    this.#hold(bytes, pos, end)
    if (this.#length === 8) {
      this.#left = Number(new DataView(this.#held.buffer, 0, 8).getBigUint64(0, true))
      this.#length = 0
      this.#state = this.#left === 0 ? 'dataEnd' : 'data'
    }
    return end
  }

  #data(bytes: Uint8Array, pos: number): number {
    const end = Math.min(bytes.length, pos + this.#left)
    for (let i = bytes.indexOf(NEWLINE, pos); i >= 0 && i < end; i = bytes.indexOf(NEWLINE, i + 1)) this.#lines++
    this.#hold(bytes, pos, end)
    this.#left -= end - pos
    if (this.#left === 0) this.#state = 'dataEnd'
    return end
  }

  #hold(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#length + end - start
    if (this.#tooLong || needed > LONGEST) {
      this.#tooLong = true
      return
    }
    if (needed > this.#held.length) {
      const grown = new Uint8Array(Math.max(needed, this.#held.length * 2))
      grown.set(this.#held.subarray(0, this.#length))
      this.#held = grown
    }
    this.#held.set(bytes.subarray(start, end), this.#length)
    this.#length = needed
  }

  #field(name: string, end: number): void {
    if (!this.#tooLong && NAMES.has(name) && !this.#fields.has(name)) {
      this.#fields.set(name, this.#held.slice(0, this.#length))
      if (name === 'MESSAGE') {
        this.#messageOffset = this.#fieldOffset
        this.#messageLength = end - this.#fieldOffset
        this.#messageLine = this.#lines
      }
    }
    this.#length = 0
    this.#tooLong = false
  }

  #finish(end: number, blankLines: number): void {
    if (this.#lines === 0 && this.#fields.size === 0 && !this.#torn) {
      // A second empty line is no record.
      this.#record({ block: new Uint8Array(0), offset: end, length: 0, messageLine: 0, lines: blankLines, end })
      return
    }
    const hasMessage = this.#fields.has('MESSAGE')
    this.#record({
      block: this.#torn ? undefined : this.#block(),
      offset: hasMessage ? this.#messageOffset : this.#fieldOffset,
      length: hasMessage ? this.#messageLength : 0,
      messageLine: this.#messageLine,
      lines: this.#lines + blankLines,
      end,
    })
    this.#fields.clear()
    this.#lines = 0
    this.#length = 0
    this.#torn = false
    this.#tooLong = false
    this.#state = 'line'
    this.#messageLine = 0
  }

  #block(): Uint8Array {
    const parts: Uint8Array[] = []
    for (const name of WANTED) {
      const value = this.#fields.get(name)
      if (value !== undefined) parts.push(literal(`${name}=`), value, LINE_FEED)
    }
    const block = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
    let at = 0
    for (const part of parts) {
      block.set(part, at)
      at += part.length
    }
    return at === 0 ? block : block.subarray(0, at - 1)
  }
}

const LINE_FEED = new Uint8Array([NEWLINE])
