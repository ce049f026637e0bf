const decoder = new TextDecoder()

/** Deduplicating store of byte strings: open addressing over FNV-1a. */
export class TextPool {
  bytes = new Uint8Array(16_384)
  ends = new Uint32Array(1024)
  count = 0
  #used = 0
  #slots = new Int32Array(4096).fill(-1)
  #hashes = new Uint32Array(1024)

  intern(source: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ source[i], 0x01000193)
    hash = (hash ^ (hash >>> 15)) >>> 0
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
    if (this.ends[index] - from !== size) return false
    for (let i = 0; i < size; i++) if (this.bytes[from + i] !== source[start + i]) return false
    return true
  }

  #append(source: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const size = end - start
    if (this.#used + size > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.#used + size))
      grown.set(this.bytes.subarray(0, this.#used))
      this.bytes = grown
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
  }
}
