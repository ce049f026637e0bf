/** The text that was read last, for readers that most often meet it again in the next line. */
import { equalBytes, viewOf } from './words.ts'

/** Longer texts are not kept: an address in any notation is shorter. */
const LONGEST = 48

/** One text's bytes; empty at first. */
export class LastText {
  readonly #bytes = new Uint8Array(LONGEST)
  readonly #view = new DataView(this.#bytes.buffer)
  /** 0: nothing is kept; an empty text is never the last one. */
  #size = 0

  /** Whether bytes[start, end) are those that were kept. */
  is(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#size > 0 && end - start === this.#size && equalBytes(this.#view, 0, viewOf(bytes), start, this.#size)
  }

  /** Keeps bytes[start, end), where they are not too long, instead of what was kept. */
  keep(bytes: Uint8Array, start: number, end: number): void {
    this.#size = end - start <= LONGEST ? end - start : 0
    for (let i = 0; i < this.#size; i++) this.#bytes[i] = bytes[start + i]
  }

  /** Keeps nothing: no text is the last one any more. */
  clear(): void {
    this.#size = 0
  }
}
