/**
 * A memory of texts that come again: requests for the same page, the same browser's agent. A text is found by its length
 * and a few of its words and compared whole, which is cheaper than reading it.
 */
import { equalBytes, viewOf } from '../../core/words.ts'

/** Shorter texts are read as fast as they are compared. */
const LEAST = 18
/** Where words are taken from the end of a text: in a request, from before its ` HTTP/1.1`. */
const NEAR_END = 13

/**
 * Asked with `find` for every text; where it finds none and `free` is a slot, `keep` puts the text there. What a
 * slot means is the caller's: it keeps what it knows of the text in columns of its own.
 */
export class Recall {
  /** After `find` found nothing: the slot that the text may take; -1 where it was not seen before, or is too long or short. */
  free = -1
  readonly #longest: number
  readonly #shift: number
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #sizes: Uint16Array
  /** Hash of the text that came to the slot last: one that comes once only, as most attacks do, is not worth its place. */
  readonly #seen: Int32Array

  /** A memory of 2^bits texts of `longest` bytes at the most. */
  constructor(bits: number, longest: number) {
    this.#longest = longest
    this.#shift = 32 - bits
    this.#bytes = new Uint8Array(longest << bits)
    this.#view = new DataView(this.#bytes.buffer)
    this.#sizes = new Uint16Array(1 << bits)
    this.#seen = new Int32Array(1 << bits)
  }

  /** The slot that holds bytes[start, end); -1 for none. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const size = end - start
    this.free = -1
    if (size < LEAST || size > this.#longest) return -1
    const words = viewOf(bytes)
    let hash = Math.imul(size, 0x01000193) ^ words.getInt32(end - NEAR_END, true)
    hash = Math.imul(hash, 0x85ebca6b) ^ words.getInt32(end - NEAR_END - 4, true)
    hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35) ^ words.getInt32(start + (size >> 2), true)
    hash = Math.imul(hash, 0x27d4eb2f) ^ words.getInt32(start + (size >> 1), true)
    hash = Math.imul(hash ^ (hash >>> 13), 0x9e3779b1)
    const slot = hash >>> this.#shift
    if (this.#sizes[slot] === size && equalBytes(this.#view, slot * this.#longest, words, start, size)) return slot
    if (this.#seen[slot] === hash) this.free = slot
    this.#seen[slot] = hash
    return -1
  }

  /** Puts bytes[start, end), which `find` has just not found, into the slot that is free for it. */
  keep(bytes: Uint8Array, start: number, end: number): void {
    const at = this.free * this.#longest
    for (let i = start; i < end; i++) this.#bytes[at + i - start] = bytes[i]
    this.#sizes[this.free] = end - start
  }
}
