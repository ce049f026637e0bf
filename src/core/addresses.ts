/**
 * The run's table of sources: every address (IPv6: every /64, since one subscriber holds at least that; host names by
 * their text) gets a small number, its source id, by which all state is keyed. Typed arrays, about 30 bytes a source.
 */
import { addressHash, NAME_TAG } from './batch.ts'
import { formatAddress, formatPrefix, isInternal, isV4, maskWords } from './ip.ts'

export interface AddressTableSnapshot {
  words: number[]
  several: number[]
  names: string[]
  overflow: number
}

/** Bits of a source's class, given by the lists of the config. */
export const SOURCE_CLASS = { whitelisted: 1, blacklisted: 2 } as const

/** What is known of a source's being internal; found out when it is first asked. */
const INTERNAL = { unknown: 0, no: 1, yes: 2 } as const

/** How sources beyond the limit are called, in so many groups; no log names a host so. */
const FURTHER = 'further sources, group '
const GROUPS = 64

/** Texts of networks kept at the most. */
const KEPT_TEXTS = 4096

/** Classifies a source once, when it is first met; the bits are the caller's. */
export type Classify = (words: ArrayLike<number>, name: string | undefined) => number

/**
 * Ids count from 0 in the order in which sources are met, and hold for the run. Addresses are four words of 32 bits
 * (IPv4 as ::ffff:0:0/96, see ip.ts).
 */
export class AddressTable {
  /**
   * Beyond this many, sources are not told apart by what they are: they share a few ids that name nobody, so that memory
   * stays bounded, and no flood of addresses can put what it does to the account of somebody else. `overflow` counts
   * their look-ups.
   */
  readonly limit: number
  overflow = 0
  #count = 0
  #words = new Uint32Array(4 * 1024)
  #several = new Uint8Array(1024)
  #classes = new Uint8Array(1024)
  #internal = new Uint8Array(1024)
  #slots = new Int32Array(4096).fill(-1)
  readonly #names: string[] = []
  readonly #nameIds = new Map<string, number>()
  readonly #networkTexts = new Map<number, string>()
  readonly #classify: Classify

  constructor(classify: Classify = () => 0, limit = 1 << 20) {
    this.#classify = classify
    this.limit = limit
  }

  get size(): number {
    return this.#count
  }

  /** The id of an address given as four words; equal for all addresses of one IPv6 /64. */
  idOf(words: ArrayLike<number>): number {
    const a = words[0]
    const b = words[1]
    const v4 = isV4(words)
    const c = v4 ? 0xffff : 0
    const d = v4 ? words[3] : 0
    const mask = this.#slots.length - 1
    let slot = addressHash(a, b, c, d) & mask
    for (;;) {
      const id = this.#slots[slot]
      if (id < 0) break
      const at = id * 4
      const table = this.#words
      if (
        table[at] === a &&
        table[at + 1] === b &&
        (v4 ? table[at + 2] === c && table[at + 3] === d : table[at] !== NAME_TAG && !isV4At(table, at))
      ) {
        if (!v4 && (table[at + 2] !== words[2] || table[at + 3] !== words[3])) this.#several[id] = 1
        return id
      }
      slot = (slot + 1) & mask
    }
    if (this.#count >= this.limit) {
      this.overflow++
      return this.#furtherOf(addressHash(a, b, c, d))
    }
    return this.#insert(slot, [a, b, words[2], words[3]], undefined)
  }

  /** The id of a source that the log names by host name. */
  idOfName(name: string): number {
    const known = this.#nameIds.get(name)
    if (known !== undefined) return known
    if (this.#count >= this.limit && !name.startsWith(FURTHER)) {
      this.overflow++
      return this.#furtherOf(name.length)
    }
    const index = this.#names.length
    this.#names.push(name)
    const id = this.#insert(-1, [NAME_TAG, 0, 0, index], name)
    this.#nameIds.set(name, id)
    return id
  }

  /** The id that sources beyond the limit share with others of the same hash. */
  #furtherOf(hash: number): number {
    return this.idOfName(`${FURTHER}${(hash % GROUPS) + 1}`)
  }

  #insert(slot: number, words: readonly number[], name: string | undefined): number {
    const id = this.#count++
    if (id === this.#several.length) this.#growRows()
    for (let i = 0; i < 4; i++) this.#words[id * 4 + i] = words[i]
    this.#classes[id] = this.#classify(words, name)
    if (slot >= 0) this.#slots[slot] = id
    if (this.#count * 2 > this.#slots.length) this.#growSlots()
    return id
  }

  #growRows(): void {
    const size = this.#several.length * 2
    const words = new Uint32Array(size * 4)
    words.set(this.#words)
    this.#words = words
    const several = new Uint8Array(size)
    several.set(this.#several)
    this.#several = several
    const classes = new Uint8Array(size)
    classes.set(this.#classes)
    this.#classes = classes
    const internal = new Uint8Array(size)
    internal.set(this.#internal)
    this.#internal = internal
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1)
    const mask = slots.length - 1
    for (let id = 0; id < this.#count; id++) {
      const at = id * 4
      const words = this.#words
      if (words[at] === NAME_TAG) continue
      const v4 = isV4At(words, at)
      let slot = addressHash(words[at], words[at + 1], v4 ? 0xffff : 0, v4 ? words[at + 3] : 0) & mask
      while (slots[slot] >= 0) slot = (slot + 1) & mask
      slots[slot] = id
    }
    this.#slots = slots
  }

  /** The bits that `classify` gave. */
  classOf(id: number): number {
    return this.#classes[id]
  }

  /** The first address met with this id (host names: undefined). */
  words(id: number): [number, number, number, number] | undefined {
    const at = id * 4
    const words = this.#words
    return words[at] === NAME_TAG ? undefined : [words[at], words[at + 1], words[at + 2], words[at + 3]]
  }

  /** How the source is written: the address; the /64 where several of its addresses were met; or the host name. */
  format(id: number): string {
    const words = this.words(id)
    if (words === undefined) return this.#names[this.#words[id * 4 + 3]] ?? ''
    if (this.#several[id] === 1) return formatPrefix({ words: maskWords(words, 64), length: 64 })
    return formatAddress(words)
  }

  /** A text that names the source in every run alike: as `format`, but an IPv6 source is always its /64. */
  identity(id: number): string {
    const words = this.words(id)
    if (words === undefined || isV4(words)) return this.format(id)
    return formatPrefix({ words: maskWords(words, 64), length: 64 })
  }

  /** Whether the source is private, loopback ... (see isInternal); host names are not. */
  internal(id: number): boolean {
    const known = this.#internal[id]
    if (known !== INTERNAL.unknown) return known === INTERNAL.yes
    const words = this.words(id)
    const internal = words !== undefined && isInternal(words)
    this.#internal[id] = internal ? INTERNAL.yes : INTERNAL.no
    return internal
  }

  /**
   * A number equal for sources of one neighbourhood: IPv4 /24, IPv6 /48. Host names are their own.
   * Positive for IPv4, negative for the rest, so the two never meet.
   */
  network(id: number): number {
    const words = this.words(id)
    if (words === undefined) return -(id + 1)
    if (isV4(words)) return words[3] >>> 8
    return -(words[0] * 0x10000 + (words[1] >>> 16)) - 0x1_0000_0000
  }

  /** The neighbourhood of `network` as CIDR text, or the host name. */
  formatNetwork(id: number): string {
    const known = this.#networkTexts.get(id)
    if (known !== undefined) return known
    const text = this.#formatNetwork(id)
    // Rules ask for the same few sources again and again: those that log in.
    if (this.#networkTexts.size >= KEPT_TEXTS) this.#networkTexts.clear()
    this.#networkTexts.set(id, text)
    return text
  }

  #formatNetwork(id: number): string {
    const words = this.words(id)
    if (words === undefined) return this.format(id)
    const length = isV4(words) ? 120 : 48
    return formatPrefix({ words: maskWords(words, length), length })
  }

  snapshot(): AddressTableSnapshot {
    return {
      words: Array.from(this.#words.subarray(0, this.#count * 4)),
      several: Array.from(this.#several.subarray(0, this.#count)),
      names: [...this.#names],
      overflow: this.overflow,
    }
  }

  /** Fills an empty table from a snapshot; ids stay what they were. */
  restore(snapshot: AddressTableSnapshot): void {
    for (let at = 0; at < snapshot.words.length; at += 4) {
      const words = snapshot.words.slice(at, at + 4)
      const id = words[0] === NAME_TAG ? this.idOfName(snapshot.names[words[3]]) : this.idOf(words)
      this.#several[id] = snapshot.several[at / 4]
    }
    this.overflow = snapshot.overflow
  }

  /**
   * Adds another node's sources; answers the id that each of its ids has here. Where the table is full they share ids that
   * name nobody, as sources that are met then do.
   */
  merge(snapshot: AddressTableSnapshot): Int32Array {
    const ids = new Int32Array(snapshot.words.length / 4)
    for (const [theirs] of ids.entries()) {
      const words = snapshot.words.slice(theirs * 4, theirs * 4 + 4)
      const id = words[0] === NAME_TAG ? this.idOfName(snapshot.names[words[3]]) : this.idOf(words)
      if (snapshot.several[theirs] === 1) this.#several[id] = 1
      ids[theirs] = id
    }
    this.overflow += snapshot.overflow
    return ids
  }
}

function isV4At(words: Uint32Array, at: number): boolean {
  return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0xffff
}
