/** A message that came in a container (a journal record, a JSON object): laid out as bytes, so that programs read it like any line. */
import type { BatchWriter } from '../../core/batch.ts'
import type { Line } from '../../core/line.ts'
import { trimEnd } from './bytes.ts'

const encoder = new TextEncoder()

/** Bytes that are used again from record to record. */
export class RecordBuffer {
  #bytes = new Uint8Array(4096)
  #length = 0

  clear(): void {
    this.#length = 0
  }

  /** Adds a text or bytes; answers where it begins. */
  add(value: string | Uint8Array): number {
    const start = this.#length
    const most = typeof value === 'string' ? value.length * 3 : value.length
    if (start + most > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, start + most))
      grown.set(this.#bytes.subarray(0, start))
      this.#bytes = grown
    }
    if (typeof value === 'string') this.#length += encoder.encodeInto(value, this.#bytes.subarray(start)).written
    else {
      this.#bytes.set(value, start)
      this.#length += value.length
    }
    return start
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  get length(): number {
    return this.#length
  }
}

/** What a journal record says, whatever it was written as. */
export interface JournalRecord {
  message: string | Uint8Array
  /** SYSLOG_IDENTIFIER, or what stands in for it. */
  program: string
  host?: string | undefined
  pid?: number | undefined
  /** Milliseconds since 1970. */
  time: number
}

/** Fills the line from a record. Control characters in the message (a terminal's, a line feed) become spaces. */
export function fillLine(line: Line, out: BatchWriter, buffer: RecordBuffer, record: JournalRecord): void {
  buffer.clear()
  const program = buffer.add(record.program)
  const message = buffer.add(record.message)
  const { bytes, length } = buffer
  for (let i = message; i < length; i++) if (bytes[i] === 10 || bytes[i] === 13) bytes[i] = 32
  line.bytes = bytes
  line.start = message
  line.end = length
  line.programStart = program
  line.programEnd = message
  line.messageStart = message
  line.messageEnd = trimEnd(bytes, message, length)
  line.time = record.time
  line.pid = record.pid ?? 0
  if (record.host !== undefined && record.host !== '') line.host = out.string(record.host)
}
