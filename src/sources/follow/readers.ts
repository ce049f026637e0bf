/** Reading one file of a log, plain or packed, so that what was delivered is known to be that file's and no other's. */
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { EXIT, Problem } from '../../core/errors.ts'
import { packingOfHandle, unpackHandle } from '../compressed.ts'
import { openRegular } from '../file.ts'
import { pathProblem } from '../problems.ts'
import type { Entry } from './family.ts'
import type { Mark } from './track.ts'
import { hashOf, Track, tailLength } from './track.ts'

/** Most bytes of one read. Of what is read, a log keeps several copies until the next: of ten logs, ten times as many. */
export const MOST_READ = 1 << 18
const LEAST = 64 * 1024
const NEWLINE = 10

/** `end`: nothing more for now. `changed`: the file was truncated or written anew; nothing of it was delivered. */
export type ReadResult = Uint8Array | 'end' | 'changed'

/** How a file compares with a place: it goes on from there, it is an earlier state of it, or it is another file. */
export type Match = 'full' | 'short' | 'other'

export interface Reader {
  /** The name it was found under. */
  path: string
  readonly device: bigint
  readonly inode: bigint
  readonly track: Track
  /** When the file was last seen to be written, in milliseconds; 0 for a packed one, which nobody adds to. */
  readonly written: number
  /** The file was not written before this; milliseconds. Says what a packed file's own time, that of its packing, does not. */
  floor: number
  /** Bytes at `track.offset`, which moves behind them; valid until the next call. `lines`: only up to a line's end. @throws Problem */
  next(lines?: boolean): Promise<ReadResult>
  /** Compares the file with a mark; where it matches fully, reading goes on `back` bytes before it. Only before `next`. @throws Problem */
  seek(mark: Mark, back: number): Promise<Match>
  mark(): Mark
  /** Bytes of the file that were seen to exist behind what was delivered. */
  readonly backlog: number
  close(): Promise<void>
}

/** Opens a file of the family. @throws Problem where it may not be read or is none */
export async function openReader(entry: Entry, headBytes: number): Promise<Reader> {
  const file = await openRegular(entry.path)
  try {
    const info = await file.stat({ bigint: true })
    const packing = entry.packed ? await packingOfHandle(file, entry.path) : undefined
    if (packing === undefined) return new PlainReader(entry.path, file, info, headBytes)
    return new PackedReader(entry.path, file, info, headBytes, () => unpackHandle(file, entry.path, packing))
  } catch (cause) {
    await file.close()
    throw pathProblem(entry.path, cause)
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

async function readAt(file: FileHandle, buffer: Uint8Array, length: number, offset: number): Promise<Uint8Array> {
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}

class PlainReader implements Reader {
  path: string
  floor = 0
  readonly device: bigint
  readonly inode: bigint
  readonly track: Track
  readonly #file: FileHandle
  readonly #headBytes: number
  #info: BigIntStats
  /** State of the file when it was last compared; undefined before. */
  #compared: BigIntStats | undefined
  #size: number
  #buffer = new Uint8Array(0)

  constructor(path: string, file: FileHandle, info: BigIntStats, headBytes: number) {
    this.path = path
    this.device = info.dev
    this.inode = info.ino
    this.track = new Track(headBytes)
    this.#file = file
    this.#headBytes = headBytes
    this.#info = info
    this.#size = Number(info.size)
  }

  get written(): number {
    return Number(this.#info.mtimeNs / 1_000_000n)
  }

  get backlog(): number {
    return Math.max(0, this.#size - this.track.offset)
  }

  async next(lines = false): Promise<ReadResult> {
    const { offset, tail, head } = this.track
    const info = await this.#asked(this.#file.stat({ bigint: true }))
    const size = Number(info.size)
    if (size < offset) return 'changed'
    const known = this.#compared
    if (size === offset && known?.mtimeNs === info.mtimeNs && known.ctimeNs === info.ctimeNs) {
      if (this.#buffer.length > LEAST) this.#buffer = new Uint8Array(0)
      return 'end'
    }
    // The bytes before the place are read together with those behind it, the beginning after them: a file that was
    // truncated and written anew before this read differs in one of the two.
    const wanted = Math.min(MOST_READ, size - offset)
    if (this.#buffer.length < tail.length + wanted) this.#buffer = new Uint8Array(tail.length + Math.max(wanted, LEAST))
    const read = await this.#asked(readAt(this.#file, this.#buffer, tail.length + wanted, offset - tail.length))
    if (read.length < tail.length || !sameBytes(read.subarray(0, tail.length), tail)) return 'changed'
    const begin = await this.#range(0, head.length)
    if (!sameBytes(begin, head)) return 'changed'
    this.#info = info
    this.#compared = info
    this.#size = Math.max(size, offset + read.length - tail.length)
    let bytes = read.subarray(tail.length)
    if (lines && bytes.length < MOST_READ) bytes = bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1)
    if (bytes.length === 0) return 'end'
    this.track.take(bytes)
    return bytes
  }

  async seek(mark: Mark, back: number): Promise<Match> {
    const size = await this.#sizeNow()
    const head = await this.#range(0, Math.min(mark.headBytes, size))
    if (head.length < mark.headBytes) return 'other'
    if (hashOf(head) !== mark.head) return 'other'
    if (size < mark.offset) return 'short'
    const tail = await this.#range(mark.offset - mark.tailBytes, mark.tailBytes)
    if (hashOf(tail) !== mark.tail) return 'other'
    await this.goTo(mark.offset - back)
    return 'full'
  }

  /** Goes to an offset that exists. */
  async goTo(offset: number): Promise<void> {
    const length = tailLength(offset)
    const head = await this.#range(0, Math.min(this.#headBytes, offset))
    this.track.jump(offset, head, await this.#range(offset - length, length))
  }

  /** Offset behind the last whole line; the end, where the last line is longer than what is looked at. */
  async lastLineEnd(): Promise<number> {
    const size = await this.#sizeNow()
    const from = Math.max(0, size - LEAST)
    const last = await this.#range(from, size - from)
    const end = last.lastIndexOf(NEWLINE) + 1
    return end > 0 ? from + end : from === 0 ? 0 : size
  }

  #range(offset: number, length: number): Promise<Uint8Array> {
    return this.#asked(readAt(this.#file, new Uint8Array(length), length, offset))
  }

  async #sizeNow(): Promise<number> {
    return (await this.#asked(this.#file.stat())).size
  }

  /** @throws Problem where a disk, or one of the network's, does not give what it should hold */
  async #asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (cause) {
      throw pathProblem(this.path, cause)
    }
  }

  mark(): Mark {
    return this.track.mark(this.device, this.inode, this.written)
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

/** Opens the log itself, never as packed. @throws Problem */
export async function openLive(path: string, headBytes: number): Promise<PlainReader> {
  const file = await openRegular(path)
  try {
    return new PlainReader(path, file, await file.stat({ bigint: true }), headBytes)
  } catch (cause) {
    await file.close()
    throw pathProblem(path, cause)
  }
}

class PackedReader implements Reader {
  path: string
  floor = 0
  readonly device: bigint
  readonly inode: bigint
  readonly track: Track
  readonly backlog = 0
  readonly written = 0
  readonly #file: FileHandle
  readonly #headBytes: number
  readonly #unpack: () => AsyncGenerator<Uint8Array>
  #chunks: AsyncGenerator<Uint8Array>
  /** Read behind the place that `seek` went to. */
  #ahead: Uint8Array | undefined

  constructor(
    path: string,
    file: FileHandle,
    info: BigIntStats,
    headBytes: number,
    unpack: () => AsyncGenerator<Uint8Array>,
  ) {
    this.path = path
    this.device = info.dev
    this.inode = info.ino
    this.track = new Track(headBytes)
    this.#file = file
    this.#headBytes = headBytes
    this.#unpack = unpack
    this.#chunks = unpack()
  }

  async next(): Promise<ReadResult> {
    const bytes = this.#ahead ?? (await this.#pull())
    this.#ahead = undefined
    if (bytes === undefined) return 'end'
    this.track.take(bytes)
    return bytes
  }

  async #pull(): Promise<Uint8Array | undefined> {
    for (;;) {
      const next = await this.#chunks.next()
      if (next.done === true) return undefined
      if (next.value.length > 0) return next.value
    }
  }

  async seek(mark: Mark, back: number): Promise<Match> {
    const whole = await this.#skip(mark.offset, mark)
    if (whole === 'full') this.floor = mark.mtime
    if (whole === 'full' && back > 0) {
      await this.#again()
      await this.#skip(mark.offset - back)
    }
    return whole
  }

  async #again(): Promise<void> {
    await this.#chunks.return(undefined)
    this.#chunks = this.#unpack()
    this.#ahead = undefined
    this.track.jump(0, new Uint8Array(0), new Uint8Array(0))
  }

  /** Reads up to an offset, comparing with the mark on the way. */
  async #skip(offset: number, mark?: Mark): Promise<Match> {
    let compared = mark === undefined || mark.headBytes === 0
    while (this.track.offset < offset) {
      const bytes = await this.#pull()
      if (bytes === undefined) return compared ? 'short' : 'other'
      const part = bytes.subarray(0, offset - this.track.offset)
      this.track.take(part)
      if (part.length < bytes.length) this.#ahead = bytes.slice(part.length)
      if (!compared && mark !== undefined && this.track.head.length >= Math.min(mark.headBytes, this.#headBytes)) {
        if (hashOf(this.track.head.subarray(0, mark.headBytes)) !== mark.head) return 'other'
        compared = true
      }
    }
    if (mark === undefined || mark.tailBytes === 0) return 'full'
    return hashOf(this.track.tail.subarray(-mark.tailBytes)) === mark.tail ? 'full' : 'other'
  }

  mark(): Mark {
    return this.track.mark(this.device, this.inode, this.floor)
  }

  async close(): Promise<void> {
    await this.#chunks.return(undefined)
    await this.#file.close()
  }
}

/** Opens a file of the family if it is the one that was listed. @throws Problem */
export async function openListed(entry: Entry, headBytes: number): Promise<Reader | undefined> {
  const reader = entry.live ? await openLive(entry.path, headBytes) : await openReader(entry, headBytes)
  if (String(reader.inode) === entry.inode && String(reader.device) === entry.device) return reader
  await reader.close()
  return undefined
}

/** Where a problem is none of the program's making, its sentence. @throws whatever is no Problem */
export function sentenceOf(cause: unknown): string {
  if (!(cause instanceof Problem)) throw cause
  const hint = cause.hint === undefined || cause.exitCode !== EXIT.permission ? '' : `: ${cause.hint}`
  return `${cause.message}${hint}`
}
