/** Bytes that grow at the end and are taken from the front. */
export class ByteStore {
  #bytes: Uint8Array
  #length = 0

  constructor(capacity = 0) {
    this.#bytes = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** The bytes as they stand, valid until the next change. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#length + end - start
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2, 4096))
      grown.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = grown
    }
    this.#bytes.set(bytes.subarray(start, end), this.#length)
    this.#length = needed
  }

  /** Copies the first `count` bytes out and drops them. */
  take(count: number): Uint8Array {
    const taken = this.#bytes.slice(0, count)
    this.#bytes.copyWithin(0, count, this.#length)
    this.#length -= count
    return taken
  }

  clear(): void {
    this.#length = 0
  }
}
