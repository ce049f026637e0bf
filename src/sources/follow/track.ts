/**
 * How a place in a file is known again. Names and inode numbers do not do: rotation changes the one, copying and
 * compressing the other, and a deleted file's number is given to the next. So a place is the hash of the file's first
 * bytes, the hash of the bytes just before the place, and the offset in the (uncompressed) text.
 */
import { createHash } from 'node:crypto'

/** Bytes before the place whose hash makes it certain. */
const TAIL = 1024
const HASH_LENGTH = 22

/** A place, as a checkpoint keeps it. */
export interface Mark {
  device: string
  inode: string
  /** Bytes of the file that were delivered. */
  offset: number
  headBytes: number
  head: string
  tailBytes: number
  tail: string
  /** When the file was last written, as far as is known; milliseconds. */
  mtime: number
}

/** 22 letters of a SHA-256: enough that no two beginnings are taken for one. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url').slice(0, HASH_LENGTH)
}

/** What was read of a file so far: how far, how it begins, and what came last. */
export class Track {
  offset = 0
  head: Uint8Array = new Uint8Array(0)
  tail: Uint8Array = new Uint8Array(0)
  readonly #headBytes: number

  constructor(headBytes: number) {
    this.#headBytes = headBytes
  }

  take(bytes: Uint8Array): void {
    if (this.offset < this.#headBytes && this.head.length === this.offset)
      this.head = Buffer.concat([this.head, bytes.subarray(0, this.#headBytes - this.head.length)])
    this.tail = bytes.length >= TAIL ? bytes.slice(-TAIL) : Buffer.concat([this.tail, bytes]).subarray(-TAIL)
    this.offset += bytes.length
  }

  /** Goes to a place without having read what is before it. */
  jump(offset: number, head: Uint8Array, tail: Uint8Array): void {
    this.offset = offset
    this.head = head.slice(0, Math.min(this.#headBytes, offset))
    this.tail = tail.slice(-TAIL)
  }

  mark(device: bigint, inode: bigint, mtime: number): Mark {
    return {
      device: String(device),
      inode: String(inode),
      offset: this.offset,
      headBytes: this.head.length,
      head: hashOf(this.head),
      tailBytes: this.tail.length,
      tail: hashOf(this.tail),
      mtime,
    }
  }
}

/** Bytes before a place that are kept to prove it. */
export const tailLength = (offset: number): number => Math.min(TAIL, offset)

const FIELDS = 8

/** A mark in one word. */
export function encodeMark(mark: Mark): string {
  const { device, inode, offset, headBytes, head, tailBytes, tail, mtime } = mark
  return [device, inode, offset, headBytes, head, tailBytes, tail, mtime].join(':')
}

/** The mark that `encodeMark` wrote; undefined for anything else. */
export function decodeMark(text: string): Mark | undefined {
  const parts = text.split(':')
  if (parts.length !== FIELDS) return undefined
  const [device, inode, offset, headBytes, head, tailBytes, tail, mtime] = parts
  const mark: Mark = {
    device,
    inode,
    offset: Number(offset),
    headBytes: Number(headBytes),
    head,
    tailBytes: Number(tailBytes),
    tail,
    mtime: Number(mtime),
  }
  const sizes = [mark.offset, mark.headBytes, mark.tailBytes]
  const sound =
    sizes.every(size => Number.isSafeInteger(size) && size >= 0) &&
    mark.headBytes <= mark.offset &&
    mark.tailBytes <= tailLength(mark.offset) &&
    Number.isFinite(mark.mtime) &&
    /^\d+$/.test(device) &&
    /^\d+$/.test(inode)
  return sound ? mark : undefined
}
