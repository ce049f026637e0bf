/**
 * The smallest set of prefixes that covers the participants, touches nobody who ever logged in, and takes in few
 * strangers: exact, by a minimum over the compressed binary trie of the participants' addresses.
 */
import { formatPrefix, isV4, maskWords, type Prefix, type Words } from '../core/ip.ts'

interface CoverOptions {
  /** Addresses (IPv6: /64 networks) that one prefix may cover. */
  most: number
  /** Addresses covered for each participant, at most: two neighbours are no reason to shut out a /24. */
  perParticipant: number
}

const DEFAULTS: CoverOptions = { most: 256, perParticipant: 32 }

/** Bits of an IPv4 address's mapped form that stand before it, and of an IPv6 network that is one subscriber. */
const V4_WHOLE = 128
const V6_WHOLE = 64

interface Cover {
  prefixes: Prefix[]
  addresses: number
}

/**
 * @param members the participants as prefixes: single addresses, or IPv6 /64s.
 * @param spared addresses that no prefix may contain. A member that is spared itself is left out.
 * @returns prefixes in CIDR text, by address. Among the smallest sets the one that covers the fewest addresses.
 */
export function coverWithPrefixes(
  members: readonly Prefix[],
  spared: readonly Words[],
  options: Partial<CoverOptions> = {},
): string[] {
  const limits = { ...DEFAULTS, ...options }
  const free = spared.map(words => ({ words, length: 128 })).sort(comparePrefixes)
  const wanted = widest(members.filter(member => !containsAny(member, free)))
  return wanted.length === 0 ? [] : best(wanted, 0, wanted.length, free, limits).prefixes.map(formatPrefix)
}

/** Sorted, without repetitions and without members inside other members. */
function widest(members: readonly Prefix[]): Prefix[] {
  const kept: Prefix[] = []
  for (const member of [...members].sort(comparePrefixes)) {
    const last = kept.at(-1)
    if (last === undefined || commonLength(last.words, member.words) < last.length) kept.push(member)
  }
  return kept
}

/** The best cover of wanted[from, to), which share a node of the trie. */
function best(
  wanted: readonly Prefix[],
  from: number,
  to: number,
  spared: readonly Prefix[],
  limits: CoverOptions,
): Cover {
  if (to - from === 1) return { prefixes: [wanted[from]], addresses: addressesOf(wanted[from]) }
  const length = commonLength(wanted[from].words, wanted[to - 1].words)
  const node: Prefix = { words: maskWords(wanted[from].words, length), length }
  let split = from + 1
  while (bitAt(wanted[split].words, length) === 0) split++
  const left = best(wanted, from, split, spared, limits)
  const right = best(wanted, split, to, spared, limits)
  const apart = { prefixes: [...left.prefixes, ...right.prefixes], addresses: left.addresses + right.addresses }
  const whole = addressesOf(node)
  const allowed = whole <= limits.most && whole <= limits.perParticipant * (to - from) && !containsAny(node, spared)
  return allowed ? { prefixes: [node], addresses: whole } : apart
}

function addressesOf({ words, length }: Prefix): number {
  const whole = isV4(words) && length >= 96 ? V4_WHOLE : V6_WHOLE
  return 2 ** Math.max(0, whole - length)
}

function containsAny(prefix: Prefix, sorted: readonly Prefix[]): boolean {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareWords(sorted[middle].words, prefix.words) < 0) low = middle + 1
    else high = middle
  }
  return low < sorted.length && commonLength(sorted[low].words, prefix.words) >= prefix.length
}

function comparePrefixes(a: Prefix, b: Prefix): number {
  return compareWords(a.words, b.words) || a.length - b.length
}

function compareWords(a: Words, b: Words): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3]
}

/** How many leading bits are equal. */
function commonLength(a: Words, b: Words): number {
  for (let word = 0; word < 4; word++) {
    const difference = (a[word] ^ b[word]) >>> 0
    if (difference !== 0) return word * 32 + Math.clz32(difference)
  }
  return 128
}

function bitAt(words: Words, index: number): number {
  return (words[index >> 5] >>> (31 - (index & 31))) & 1
}
