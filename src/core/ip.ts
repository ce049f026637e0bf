/**
 * Addresses as numbers. An address is four 32-bit words in network order; IPv4 is held as the mapped form
 * ::ffff:a.b.c.d, so that `::ffff:192.0.2.1` and `192.0.2.1` are one address (RFC 4291, 2.5.5.2).
 */
export type Words = readonly [number, number, number, number]

/** Second and first words' value that mark an IPv4 address. */
const MAPPED = 0xffff

const DOT = 46
const COLON = 58
const PERCENT = 37

/** The words that the last successful parse found: a scratch place, so that the parsing path allocates nothing. */
export interface AddressScratch {
  words: Uint32Array
}

/** Zeros, until something is parsed into it. */
export function createScratch(): AddressScratch {
  return { words: new Uint32Array(4) }
}

function hexValue(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

function parseV4(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 7 || end - start > 15) return -1
  let value = 0
  let octet = 0
  let digits = 0
  let dots = 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i]
    if (byte === DOT) {
      if (digits === 0 || dots === 3) return -1
      value = value * 256 + octet
      octet = 0
      digits = 0
      dots++
    } else {
      const digit = byte - 48
      if (digit < 0 || digit > 9) return -1
      // A leading zero is refused: some readers take it for octal, so what it names is anybody's guess (RFC 6943, 3.1.1).
      if (digits === 1 && octet === 0) return -1
      octet = octet * 10 + digit
      digits++
      if (octet > 255) return -1
    }
  }
  return dots === 3 && digits > 0 ? value * 256 + octet : -1
}

/**
 * Reads an address from bytes[start, end): IPv4, IPv6 (RFC 4291 text forms, a zone id is dropped), no brackets, no port.
 * Leaves the words in `scratch` and answers true, or answers false and leaves the scratch undefined.
 */
export function parseAddressBytes(bytes: Uint8Array, start: number, end: number, scratch: AddressScratch): boolean {
  const words = scratch.words
  const v4 = parseV4(bytes, start, end)
  if (v4 >= 0) {
    words[0] = 0
    words[1] = 0
    words[2] = MAPPED
    words[3] = v4
    return true
  }
  return parseV6(bytes, start, end, words)
}

/** A zone id (RFC 4007, 11.2), as interfaces are named. */
function isZone(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end) return false
  for (let i = start; i < end; i++) if (bytes[i] === PERCENT || bytes[i] === COLON || bytes[i] <= 32) return false
  return true
}

function parseV6(bytes: Uint8Array, start: number, end: number, words: Uint32Array): boolean {
  if (end - start < 2) return false
  const groups: number[] = []
  let gap = -1
  let i = start
  if (bytes[i] === COLON) {
    if (bytes[i + 1] !== COLON) return false
    gap = 0
    i += 2
  }
  while (i < end) {
    if (bytes[i] === PERCENT) {
      if (!isZone(bytes, i + 1, end)) return false
      break
    }
    let value = 0
    let digits = 0
    const groupStart = i
    for (; i < end; i++) {
      const hex = hexValue(bytes[i])
      if (hex < 0) break
      value = value * 16 + hex
      digits++
      if (digits > 4) break
    }
    if (i < end && bytes[i] === DOT) {
      let stop = i
      while (stop < end && bytes[stop] !== PERCENT) stop++
      const v4 = parseV4(bytes, groupStart, stop)
      if (v4 < 0) return false
      groups.push(v4 >>> 16, v4 & 0xffff)
      i = stop
      continue
    }
    if (digits === 0 || digits > 4) return false
    groups.push(value)
    if (groups.length > 8) return false
    if (i === end) break
    if (bytes[i] === PERCENT) continue
    if (bytes[i] !== COLON) return false
    i++
    if (i < end && bytes[i] === COLON) {
      if (gap >= 0) return false
      gap = groups.length
      i++
    } else if (i === end) return false
  }
  if (gap < 0 ? groups.length !== 8 : groups.length > 7) return false
  const missing = 8 - groups.length
  const full = gap < 0 ? groups : [...groups.slice(0, gap), ...new Array<number>(missing).fill(0), ...groups.slice(gap)]
  for (let word = 0; word < 4; word++) words[word] = (full[word * 2] << 16) | full[word * 2 + 1]
  // A v4-compatible or mapped address of all zeros in front stays what it is; only ::ffff:0:0/96 is IPv4.
  return true
}

const encoder = new TextEncoder()
const textScratch = createScratch()

/** Reads an address from text; brackets are allowed. Undefined where it is none. */
export function parseAddress(text: string): Words | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  if (bare.length > 64) return undefined
  const bytes = encoder.encode(bare)
  if (!parseAddressBytes(bytes, 0, bytes.length, textScratch)) return undefined
  const [a, b, c, d] = textScratch.words
  return [a, b, c, d]
}

/** Whether four words are an IPv4 address: `::ffff:a.b.c.d` (RFC 4291, 2.5.5.2). */
export function isV4(words: ArrayLike<number>): boolean {
  return words[0] === 0 && words[1] === 0 && words[2] === MAPPED
}

/** Writes an address: dotted IPv4, or IPv6 in the canonical form of RFC 5952. */
export function formatAddress(words: ArrayLike<number>): string {
  if (isV4(words)) return formatV4(words[3])
  const groups: number[] = []
  for (let word = 0; word < 4; word++) groups.push(words[word] >>> 16, words[word] & 0xffff)
  let best = -1
  let bestLength = 1
  for (let i = 0; i < 8; ) {
    if (groups[i] !== 0) {
      i++
      continue
    }
    let j = i
    while (j < 8 && groups[j] === 0) j++
    if (j - i > bestLength) {
      best = i
      bestLength = j - i
    }
    i = j
  }
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map(group => group.toString(16))
      .join(':')
  return best < 0 ? hex(0, 8) : `${hex(0, best)}::${hex(best + bestLength, 8)}`
}

/** Dotted, from the 32 bits as a number. */
export function formatV4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`
}

/** A CIDR prefix; `length` counts bits of the 128-bit form (an IPv4 /24 is 120 here). */
export interface Prefix {
  readonly words: Words
  readonly length: number
}

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a single address. Undefined where it is none or the length does not fit. Host bits are cleared. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/')
  const words = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (words === undefined) return undefined
  const v4 = isV4(words)
  const most = v4 ? 32 : 128
  let bits = most
  if (slash >= 0) {
    const digits = text.slice(slash + 1)
    if (!/^\d{1,3}$/.test(digits)) return undefined
    bits = Number(digits)
    if (bits > most) return undefined
  }
  const length = v4 ? 96 + bits : bits
  return { words: maskWords(words, length), length }
}

/** The first `length` bits (0 to 128); the others are 0. */
export function maskWords(words: ArrayLike<number>, length: number): Words {
  const part = (index: number): number => maskWord(words[index], length - index * 32)
  return [part(0), part(1), part(2), part(3)]
}

/** With its length always, an IPv4 one counted from 0 to 32: `203.0.113.7/32`. */
export function formatPrefix(prefix: Prefix): string {
  const v4 = isV4(prefix.words) && prefix.length >= 96
  return `${formatAddress(prefix.words)}/${v4 ? prefix.length - 96 : prefix.length}`
}

/** The prefixes of one length. */
interface SameLength {
  length: number
  /** IPv4 networks; every prefix of 96 bits and more that covers an IPv4 address is one. */
  readonly v4: Set<number>
  /** First words of the others: most addresses are told apart by them, without making a key. */
  readonly firsts: Set<number>
  readonly keys: Set<string>
}

/** A set of prefixes: `has` costs one look-up for each distinct prefix length in it. */
export class PrefixSet {
  readonly #lengths: SameLength[] = []
  #size = 0

  constructor(prefixes: Iterable<Prefix> = []) {
    for (const prefix of prefixes) this.add(prefix)
  }

  get size(): number {
    return this.#size
  }

  add({ words, length }: Prefix): void {
    let same = this.#lengths.find(one => one.length === length)
    if (same === undefined) {
      same = { length, v4: new Set(), firsts: new Set(), keys: new Set() }
      this.#lengths.push(same)
    }
    const before = same.v4.size + same.keys.size
    if (length >= 96 && isV4(words)) same.v4.add(maskWord(words[3], length - 96))
    else {
      same.firsts.add(maskWord(words[0], length))
      same.keys.add(keyOf(words, length))
    }
    this.#size += same.v4.size + same.keys.size - before
  }

  has(words: ArrayLike<number>): boolean {
    const v4 = isV4(words)
    for (const { length, v4: networks, firsts, keys } of this.#lengths) {
      if (v4 && length >= 96) {
        if (networks.has(maskWord(words[3], length - 96))) return true
      } else if (firsts.has(maskWord(words[0], length)) && keys.has(keyOf(words, length))) return true
    }
    return false
  }
}

/** The first `bits` bits of a word; all of it for 32 and more. */
function maskWord(word: number, bits: number): number {
  return bits >= 32 ? word : bits <= 0 ? 0 : (word & (0xffffffff << (32 - bits))) >>> 0
}

function keyOf(words: ArrayLike<number>, length: number): string {
  const masked = maskWords(words, length)
  return `${masked[0]},${masked[1]},${masked[2]},${masked[3]}`
}

const ranges = (...texts: string[]): PrefixSet =>
  new PrefixSet(texts.map(parsePrefix).filter(prefix => prefix !== undefined))

const INTERNAL = ranges(
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/3',
  '::/128',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
)

/**
 * Addresses of no outside host: private (RFC 1918, RFC 4193), shared (RFC 6598), loopback, link-local, multicast,
 * unspecified. Documentation ranges count as outside, since examples and tests are written with them.
 */
export function isInternal(words: ArrayLike<number>): boolean {
  return INTERNAL.has(words)
}
