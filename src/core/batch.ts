/**
 * Columnar batches: events travel as a struct of typed arrays that crosses worker threads by transfer. Texts and
 * addresses are dictionaries of the batch, so a name that stands in a thousand lines is stored once and becomes a
 * string only when somebody asks for it.
 */
import { type Columns, columnsSize, growColumns, makeColumns, sliceColumns } from './columns.ts'
import type { AddressScratch } from './ip.ts'
import { createScratch, parseAddressBytes } from './ip.ts'
import { LastText } from './last-text.ts'
import { TextPool } from './text-pool.ts'

export { type Columns, TEXT_COLUMNS } from './columns.ts'

/** Why lines gave no event. */
export interface LineCounts {
  lines: number
  /** Understood, and not a matter of security. */
  irrelevant: number
  /** No format or program we know. */
  unknown: number
  /** Of a known format, but cut, garbled or over-long. */
  malformed: number
}

/** A stamped line: its time as the parser left it (with the YEARLESS and LOCAL flags), and where it stands. */
export interface Stamp {
  time: number
  flags: number
  /** From the start of the batch's range, from 0. */
  line: number
  offset: number
  length: number
  host: string | undefined
}

export interface Batch {
  readonly length: number
  readonly columns: Columns
  /** Concatenated texts; text i is bytes [textEnds[i-1], textEnds[i]). */
  readonly textBytes: Uint8Array
  readonly textEnds: Uint32Array
  /** Four words an address. Word 0 = NAME_TAG marks a host name; word 3 is then its text's index. */
  readonly addresses: Uint32Array
  readonly counts: LineCounts
  /** Events and irrelevant lines by parser id. */
  readonly formats: Record<string, number>
  /** Up to three lines that no format understood. */
  readonly samples: string[]
  /** The first and last stamped line; absent where none has a stamp. */
  readonly stamps?: { first: Stamp; last: Stamp } | undefined
  /** The bytes that the events' offsets point into, and the offset of their first; only for inputs that cannot be read again. */
  readonly raw?: { bytes: Uint8Array; offset: number }
}

/** Marks an entry of `addresses` as a host name (ff00::/8 is multicast: no client has such an address). */
export const NAME_TAG = 0xff004e41

const FIRST_CAPACITY = 1024

const encoder = new TextEncoder()
/** Strings remembered a batch, so that a program's constant texts are encoded once. */
const MOST_STRINGS = 1024

/**
 * What parsers write events into. `add` opens a row with every other column empty; the parser then sets the columns it
 * knows. One writer is reused from batch to batch.
 */
export class BatchWriter {
  length = 0
  /** How many batches were taken before: an index of a text holds for one batch. */
  batch = 0
  columns: Columns = makeColumns(FIRST_CAPACITY)
  readonly counts: LineCounts = { lines: 0, irrelevant: 0, unknown: 0, malformed: 0 }
  formats: Record<string, number> = {}
  samples: string[] = []
  /** Set by the line loop before a parser is called: where the present line stands. */
  lineNumber = 0
  lineOffset = 0
  lineLength = 0
  /** Memory of batches that nobody needs any more, for the next ones. */
  readonly spare: ArrayBuffer[] = []
  readonly #texts = new TextPool()
  /** Texts given as strings that this batch has already. */
  readonly #strings = new Map<string, number>()
  #addresses = new Uint32Array(4 * 256)
  #addressCount = 0
  #addressSlots = new Int32Array(1024).fill(-1)
  readonly #scratch: AddressScratch = createScratch()
  /** The address read last, as it was written. */
  readonly #last = new LastText()
  #lastIndex = -1

  /** Opens an event of the kind (its number) at the time; answers its row. */
  add(kind: number, time: number, flags: number): number {
    const row = this.length
    if (row === this.columns.time.length) this.columns = growColumns(this.columns)
    const columns = this.columns
    columns.time[row] = time
    columns.kind[row] = kind
    columns.flags[row] = flags
    columns.source[row] = -1
    columns.port[row] = 0
    columns.count[row] = 1
    columns.attempts[row] = 0
    columns.status[row] = 0
    columns.size[row] = 0
    columns.pid[row] = 0
    columns.traits[row] = 0
    columns.line[row] = this.lineNumber
    columns.offset[row] = this.lineOffset
    columns.length[row] = this.lineLength
    columns.user[row] = -1
    columns.host[row] = -1
    columns.service[row] = -1
    columns.method[row] = -1
    columns.path[row] = -1
    columns.query[row] = -1
    columns.referrer[row] = -1
    columns.agent[row] = -1
    columns.target[row] = -1
    columns.detail[row] = -1
    this.length = row + 1
    return row
  }

  /** Takes back the row opened last (a parser that found out late that the line is no event). */
  undo(): void {
    this.length--
  }

  /** Index of a text given as bytes; equal texts share one. */
  text(bytes: Uint8Array, start: number, end: number): number {
    return this.#texts.intern(bytes, start, end)
  }

  /** Index of a text given as a string (rare paths: JSON logs, constants). */
  string(text: string): number {
    const known = this.#strings.get(text)
    if (known !== undefined) return known
    const bytes = encoder.encode(text)
    const index = this.#texts.intern(bytes, 0, bytes.length)
    if (this.#strings.size < MOST_STRINGS) this.#strings.set(text, index)
    return index
  }

  /** The text of an index. */
  textAt(index: number): string {
    return this.#texts.at(index)
  }

  /** Index of the address in bytes[start, end), or -1 where it is no address. */
  address(bytes: Uint8Array, start: number, end: number): number {
    // The lines of one connection follow one another.
    if (this.#last.is(bytes, start, end)) return this.#lastIndex
    if (!parseAddressBytes(bytes, start, end, this.#scratch)) return -1
    const { words } = this.#scratch
    const index = this.#internAddress(words[0], words[1], words[2], words[3])
    this.#last.keep(bytes, start, end)
    this.#lastIndex = index
    return index
  }

  addressWords(words: ArrayLike<number>): number {
    return this.#internAddress(words[0], words[1], words[2], words[3])
  }

  /** Index of a source that the log names by host name only. */
  hostName(bytes: Uint8Array, start: number, end: number): number {
    return this.#internAddress(NAME_TAG, 0, 0, this.text(bytes, start, end))
  }

  #internAddress(a: number, b: number, c: number, d: number): number {
    const mask = this.#addressSlots.length - 1
    let slot = addressHash(a, b, c, d) & mask
    const words = this.#addresses
    for (;;) {
      const index = this.#addressSlots[slot]
      if (index < 0) break
      const at = index * 4
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return index
      slot = (slot + 1) & mask
    }
    const index = this.#addressCount++
    if (index * 4 === words.length) {
      const grown = new Uint32Array(words.length * 2)
      grown.set(words)
      this.#addresses = grown
    }
    this.#addresses[index * 4] = a
    this.#addresses[index * 4 + 1] = b
    this.#addresses[index * 4 + 2] = c
    this.#addresses[index * 4 + 3] = d
    this.#addressSlots[slot] = index
    if (this.#addressCount * 2 > this.#addressSlots.length) this.#growAddressSlots()
    return index
  }

  #growAddressSlots(): void {
    const slots = new Int32Array(this.#addressSlots.length * 2).fill(-1)
    const mask = slots.length - 1
    const words = this.#addresses
    for (let index = 0; index < this.#addressCount; index++) {
      const at = index * 4
      let slot = addressHash(words[at], words[at + 1], words[at + 2], words[at + 3]) & mask
      while (slots[slot] >= 0) slot = (slot + 1) & mask
      slots[slot] = index
    }
    this.#addressSlots = slots
  }

  /** A buffer of at least so many bytes: one to spare that is not much larger, or a new one. */
  #room(bytes: number): ArrayBuffer {
    const at = this.spare.findIndex(({ byteLength }) => byteLength >= bytes && byteLength <= bytes * 2)
    return at < 0 ? new ArrayBuffer(bytes) : this.spare.splice(at, 1)[0]
  }

  /** Copies what was written into a batch of its own and starts afresh. */
  take(stamps?: Batch['stamps'], raw?: Batch['raw']): Batch {
    const { used } = this.#texts
    const textBytes = new Uint8Array(this.#room(used), 0, used)
    textBytes.set(this.#texts.bytes.subarray(0, used))
    const batch: Batch = {
      length: this.length,
      columns: sliceColumns(this.columns, this.length, this.#room(columnsSize(this.length))),
      textBytes,
      textEnds: this.#texts.ends.slice(0, this.#texts.count),
      addresses: this.#addresses.slice(0, this.#addressCount * 4),
      counts: { ...this.counts },
      formats: this.formats,
      samples: this.samples,
      ...(stamps === undefined ? {} : { stamps }),
      ...(raw === undefined ? {} : { raw }),
    }
    this.length = 0
    this.batch++
    this.formats = {}
    this.samples = []
    this.counts.lines = 0
    this.counts.irrelevant = 0
    this.counts.unknown = 0
    this.counts.malformed = 0
    this.#texts.clear()
    this.#strings.clear()
    this.#addressCount = 0
    this.#addressSlots.fill(-1)
    this.#last.clear()
    return batch
  }
}

/** A hash of an address by its four words, below 2^32. */
export function addressHash(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 15) ^ c, 0x27d4eb2f) ^ Math.imul(d ^ (d >>> 16), 0x165667b1)
  return (hash ^ (hash >>> 13)) >>> 0
}

/** The buffers of a batch that are worth being used again, once nobody needs it. */
export function spareBuffers({ columns, textBytes }: Batch): ArrayBuffer[] {
  return [columns.time.buffer, textBytes.buffer].filter(buffer => buffer instanceof ArrayBuffer)
}

/** The buffers of a batch, for `postMessage`'s transfer list. */
export function transferList(batch: Batch): ArrayBuffer[] {
  const buffers: ArrayBufferLike[] = [
    batch.columns.time.buffer,
    batch.textBytes.buffer,
    batch.textEnds.buffer,
    batch.addresses.buffer,
  ]
  if (batch.raw !== undefined) buffers.push(batch.raw.bytes.buffer)
  return buffers.filter(buffer => buffer instanceof ArrayBuffer)
}
