import { equalBytes, hashBytes, viewOf } from './words.ts'

const decoder = new TextDecoder()

/** Texts from this many bytes on are looked for among the recent ones first. */
const LONG = 24
const RECENT = 512

/** Deduplicating store of byte strings: open addressing over a hash of their words. */
export class TextPool {
  bytes = new Uint8Array(16_384)
  #view: DataView = new DataView(this.bytes.buffer)
  ends = new Uint32Array(1024)
  count = 0
  #used = 0
  #slots = new Int32Array(4096).fill(-1)
  #hashes = new Uint32Array(1024)
  /** The long text met last with each hint: a user agent stands in line after line, and hashing it costs more than comparing. */
  readonly #recent = new Int32Array(RECENT).fill(-1)

  intern(source: Uint8Array, start: number, end: number): number {
    const size = end - start
    if (size < LONG) return this.#find(source, start, end)
    const hint =
      (Math.imul(size, 0x9e37) ^
        Math.imul(source[start + (size >> 1)], 0x85eb) ^
        Math.imul(source[start + (size >> 2)], 0xca6b) ^
        Math.imul(source[end - 1] ^ (source[end - 6] << 3), 0x27d4)) &
      (RECENT - 1)
    const recent = this.#recent[hint]
    if (recent >= 0 && this.#equals(recent, source, start, size)) return recent
    const index = this.#find(source, start, end)
    this.#recent[hint] = index
    return index
  }

  #find(source: Uint8Array, start: number, end: number): number {
    const hash = hashBytes(viewOf(source), start, end)
    const size = end - start
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (;;) {
      const index = this.#slots[slot]
      if (index < 0) break
      if (this.#hashes[index] === hash && this.#equals(index, source, start, size)) return index
      slot = (slot + 1) & mask
    }
    return this.#append(source, start, end, hash, slot)
  }

  #equals(index: number, source: Uint8Array, start: number, size: number): boolean {
    const from = index === 0 ? 0 : this.ends[index - 1]
    return this.ends[index] - from === size && equalBytes(this.#view, from, viewOf(source), start, size)
  }

  #append(source: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const size = end - start
    if (this.#used + size > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.#used + size))
      grown.set(this.bytes.subarray(0, this.#used))
      this.bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    if (this.count === this.ends.length) {
      const ends = new Uint32Array(this.ends.length * 2)
      ends.set(this.ends)
      this.ends = ends
      const hashes = new Uint32Array(this.ends.length)
      hashes.set(this.#hashes)
      this.#hashes = hashes
    }
    for (let i = 0; i < size; i++) this.bytes[this.#used + i] = source[start + i]
    this.#used += size
    const index = this.count++
    this.ends[index] = this.#used
    this.#hashes[index] = hash
    this.#slots[slot] = index
    if (this.count * 2 > this.#slots.length) this.#grow()
    return index
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1)
    const mask = slots.length - 1
    for (let index = 0; index < this.count; index++) {
      let slot = this.#hashes[index] & mask
      while (slots[slot] >= 0) slot = (slot + 1) & mask
      slots[slot] = index
    }
    this.#slots = slots
  }

  at(index: number): string {
    return decoder.decode(this.bytes.subarray(index === 0 ? 0 : this.ends[index - 1], this.ends[index]))
  }

  get used(): number {
    return this.#used
  }

  clear(): void {
    this.count = 0
    this.#used = 0
    this.#slots.fill(-1)
    this.#recent.fill(-1)
  }
}
