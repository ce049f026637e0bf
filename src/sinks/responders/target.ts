/** Prefixes on their way into a firewall: read, checked and written anew, so that no text of a log gets there. */
import { EXIT, Problem } from '../../core/errors.ts'
import { formatAddress, isV4, maskWords, type Prefix, parsePrefix } from '../../core/ip.ts'

export interface Target {
  /** The network's address. */
  address: string
  v4: boolean
  /** The prefix length in the family's own bits: 0 to 32, or 0 to 128. */
  bits: number
}

const V6_SUBSCRIBER = 64

/** A prefix of the 128-bit form as firewalls write it: IPv4 with a length of its own. */
export function targetOfPrefix({ words, length }: Prefix): Target {
  const v4 = isV4(words) && length >= 96
  return { address: formatAddress(words), v4, bits: v4 ? length - 96 : length }
}

/** @throws Problem (usage) where the text is no address or prefix, or one of everything. */
export function targetOf(text: string): Target {
  const prefix = parsePrefix(text)
  if (prefix === undefined) throw notAPrefix(text)
  const target = targetOfPrefix(prefix)
  // ::/0 to ::/95 with zeros would also be read as families mixed; nobody means them, and /0 is the whole Internet.
  if (target.bits === 0) throw notAPrefix(text)
  return target
}

/** As the firewall and the ledger write it: single IPv4 addresses bare, everything else with its length. */
export function formatTarget({ address, v4, bits }: Target): string {
  return v4 && bits === 32 ? address : `${address}/${bits}`
}

/** The prefix that is blocked for a source: an IPv6 address stands for its /64, which is one subscriber's. */
export function blockPrefix(prefix: Prefix): Prefix {
  if (isV4(prefix.words) || prefix.length <= V6_SUBSCRIBER) return prefix
  return { words: maskWords(prefix.words, V6_SUBSCRIBER), length: V6_SUBSCRIBER }
}

/** The canonical text of a block of these words: `203.0.113.7`, `203.0.113.0/24`, `2001:db8:0:1::/64`. */
export const blockText = (prefix: Prefix): string => formatTarget(targetOfPrefix(blockPrefix(prefix)))

/** The Problem (exit 2) for a text that names no address or network. */
export function notAPrefix(text: string): Problem {
  return new Problem(EXIT.usage, 'this is no address and no network', {
    where: text.slice(0, 80),
    expected: '203.0.113.7, 203.0.113.0/24, 2001:db8::1 or 2001:db8:0:1::/64',
  })
}

/** The mask of so many bits, as nft writes it. */
export function maskText(v4: boolean, bits: number): string {
  const ones: [number, number, number, number] = [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff]
  return v4 ? formatAddress([0, 0, 0xffff, maskWords(ones, 96 + bits)[3]]) : formatAddress(maskWords(ones, bits))
}
