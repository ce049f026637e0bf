/** Replaces addresses, users and hosts in a text in one pass, so that a placeholder is never read as a name again. */
import { formatAddress, formatPrefix, parseAddress, parsePrefix } from '../../../core/ip.ts'
import type { KnownNames } from './names.ts'
import type { Pseudonyms } from './pseudonyms.ts'

const OCTET = '\\d{1,3}'
const DOT = '(?:\\.|%2e|\\[\\.\\])'
const DASH = '[-_]'
/** Dotted quads wherever they are, and the dashed form of reverse names (`203-0-113-7.example`). */
const V4 = `${OCTET}(?:${DOT}${OCTET}){3}|(?<!\\d)${OCTET}(?:${DASH}${OCTET}){3}(?!\\d)`
const COLON = '(?::|%3a)'
/** An escape before an address ends in what could be its first digits. */
const BEFORE_V6 = '(?:(?<![0-9a-f:])|(?<=%[0-9a-f]{2}|\\\\x[0-9a-f]{2}|\\\\[nrtbfv]))'
const V6 = `${BEFORE_V6}(?:[0-9a-f]{0,4}${COLON}){2,7}(?:${OCTET}(?:\\.${OCTET}){3}|[0-9a-f]{0,4})(?![0-9a-f])`
const LENGTH = '(?:\\/\\d{1,3}(?![\\w.]))?'
const ARPA = '(?:[0-9a-f]\\.){4,}ip6\\.arpa'
/** What an escape stands for separates words, though its letters look like a part of the next one. */
const ESCAPED = '%[0-9a-f]{2}|\\\\x[0-9a-f]{2}|\\\\[nrtbfv](?=[0-9a-f]{1,4}:)'
const TOKEN = '[\\p{L}\\p{N}_][\\p{L}\\p{N}_.@+$-]*'
const PLAIN_NAME = new RegExp(`^${TOKEN}$`, 'u')
const REST = `(?<arpa>${ARPA})|(?<address>(?:${V6}|${V4})${LENGTH})|(?<escaped>${ESCAPED})|(?<token>${TOKEN})`
const V4_IN_TOKEN = new RegExp(V4, 'iu')
const TOKEN_IN_MATCH = new RegExp(TOKEN, 'giu')
/** Letters that an escape like `\n` takes from the word behind it. */
const ESCAPE_LETTERS = 'nrtbfv'

/** A short number that was tried as a name is one only where a name stands; elsewhere it is a count, a port, a pid. */
const SHORT_NUMBER = /^\d{1,5}$/
const BEFORE_A_NAME = /(?:\b(?:user|for|as|by)\s|[=~@"'/]|[,:]\s)$/i

/** Endings that make `a.b` a file's name and not a host's. */
const FILE_ENDINGS = new Set(
  (
    'asp aspx bak bz2 cfg cgi conf css csv db dll env exe gif git gz htm html ico inc ini jpeg jpg js json jsonl jsp key log ' +
    'lock map md old pem php png py service sh so socket sql svg swp tar tgz timer toml txt wasm xml xz yaml yml zip zst'
  ).split(' '),
)
const HOST = /^(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*[a-z0-9]$/i

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/** `ids` maps what is known of finding ids to their placeholders: an id is a digest of an address and could be tried out. */
export function createRedactText(
  names: KnownNames,
  ids: ReadonlyMap<string, string>,
  pseudonyms: Pseudonyms,
): (text: string) => string {
  const known = new Map<string, string>(ids)
  for (const host of names.hosts) known.set(host, address(host) ?? pseudonyms.of('host', host.toLowerCase()))
  for (const user of names.users) if (!known.has(user)) known.set(user, address(user) ?? pseudonyms.of('user', user))
  // Names that are no token are looked for as they stand; one without letters would hit punctuation everywhere.
  const odd = [...known.keys()]
    .filter(name => !PLAIN_NAME.test(name) && /[\p{L}\p{N}]{2}/u.test(name))
    .sort((a, b) => b.length - a.length)
  const mostParts = [...known.keys()].reduce((most, name) => Math.max(most, name.split(/[.@+$-]/).length), 1)
  const pattern = new RegExp(odd.length === 0 ? REST : `(?<odd>${odd.map(escapeRegExp).join('|')})|${REST}`, 'giu')

  /** The placeholder of an address or a prefix in any spelling; undefined where the text is none. */
  function address(text: string): string | undefined {
    const plain = text.replace(/%2e|\[\.\]/gi, '.').replace(/%3a/gi, ':')
    const dotted = /^\d{1,3}(?:[-_]\d{1,3}){3}$/.test(plain) ? plain.replace(/[-_]/g, '.') : plain
    const prefix = dotted.includes('/') ? parsePrefix(dotted) : undefined
    if (prefix !== undefined) return `${pseudonyms.of('net', formatPrefix(prefix))}${dotted.slice(dotted.indexOf('/'))}`
    const words = parseAddress(dotted)
    if (words !== undefined) return pseudonyms.of('ip', formatAddress(words))
    // Four numbers that are no address (a leading zero, an octet of 300) are hidden too: readers differ on what they name.
    return /^\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,3})?$/.test(dotted) ? pseudonyms.of('ip', dotted) : undefined
  }

  function colons(match: string): string {
    const whole = address(match)
    if (whole !== undefined) return whole
    // `from 2001:db8::1: 11: Bye`: the last colon is the sentence's.
    const bare = match.replace(/(?::|%3a)$/i, '')
    const part = bare === match ? undefined : address(bare)
    if (part !== undefined) return part + match.slice(bare.length)
    // A time of day, or names between colons.
    return match.replace(TOKEN_IN_MATCH, piece => (SHORT_NUMBER.test(piece) ? piece : token(piece)))
  }

  function token(text: string): string {
    const whole = known.get(text)
    if (whole !== undefined) return whole
    const bare = text.replace(/[.@+$-]+$/, '')
    if (bare !== text) return token(bare) + text.slice(bare.length)
    const at = text.indexOf('@')
    if (at > 0) return `${token(text.slice(0, at))}@${token(text.slice(at + 1))}`
    if (HOST.test(text) && !FILE_ENDINGS.has(text.slice(text.lastIndexOf('.') + 1).toLowerCase()))
      return pseudonyms.of('host', text.toLowerCase())
    const quad = V4_IN_TOKEN.exec(text)
    if (quad !== null)
      return (
        token(text.slice(0, quad.index)) + (address(quad[0]) ?? '') + token(text.slice(quad.index + quad[0].length))
      )
    return parts(text)
  }

  /** Replaces the longest known names between the dots, dashes and at signs of a token. */
  function parts(text: string): string {
    const pieces = text.split(/([.@+$-])/)
    let out = ''
    for (let i = 0; i < pieces.length; ) {
      let end = Math.min(pieces.length, i + 2 * mostParts - 1)
      while (end > i && !known.has(pieces.slice(i, end).join(''))) end--
      if (end === i) out += pieces[i++]
      else {
        out += known.get(pieces.slice(i, end).join('')) ?? ''
        i = end
      }
    }
    return out
  }

  return text => {
    const exact = known.get(text)
    if (exact !== undefined) return exact
    let out = ''
    let done = 0
    for (const match of text.matchAll(pattern)) {
      const [found] = match
      const groups: Partial<Record<string, string>> = match.groups ?? {}
      out += text.slice(done, match.index)
      done = match.index + found.length
      if (groups.odd !== undefined) out += known.get(found) ?? pseudonyms.of('user', found)
      else if (groups.arpa !== undefined) out += pseudonyms.of('host', found.toLowerCase())
      else if (groups.address !== undefined) out += colons(found)
      else if (groups.escaped !== undefined) out += found
      else if (SHORT_NUMBER.test(found) && !BEFORE_A_NAME.test(text.slice(Math.max(0, match.index - 8), match.index)))
        out += found
      else if (text[match.index - 1] === '\\' && ESCAPE_LETTERS.includes(found[0]) && !known.has(found))
        out += found[0] + token(found.slice(1))
      else out += token(found)
    }
    return out + text.slice(done)
  }
}
