/** The words of an access line: what can be an address, a host, or something a format puts before the request. */
import { findByteFar } from '../../core/words.ts'
import type { WebFields } from './fields.ts'

const ESCAPE = 27
const SPACE = 32
const QUOTE = 34
const COMMA = 44
const DOT = 46
const SLASH = 47
const COLON = 58
const OPEN = 91
const CLOSE = 93
const LETTER_M = 109
/** `ESC[38;5;208m`. */
const LONGEST_COLOUR = 16

/** Formats put up to this many words of their own between stamp and request: a virtual host, a port, the version and cipher of TLS. */
const MOST_BETWEEN = 3
/** The first of the words between the last stamp and its request; empty where there is none. */
export let betweenStart = 0
export let betweenEnd = 0

/** To be called before a line is looked at: the words between belong to the last one until then. */
export function forgetBetween(): void {
  betweenStart = betweenEnd = 0
}

/** Behind the quote that follows a few words at `at`, -1 for none. A bracket is no word's: behind an imitated stamp stands the true one. */
export function behindWords(bytes: Uint8Array, at: number, end: number): number {
  let i = at
  for (let words = 0; words < MOST_BETWEEN; words++) {
    const start = i
    while (i < end && bytes[i] !== SPACE) {
      if (bytes[i] === QUOTE || bytes[i] === OPEN) return -1
      i++
    }
    if (i === end || i === start) return -1
    if (words === 0) {
      betweenStart = start
      betweenEnd = i
    }
    while (i < end && bytes[i] === SPACE) i++
    if (bytes[i] === QUOTE && i < end) return i + 1
  }
  return -1
}

/** Where the request begins when a quoted host stands before it (`"www.example" "GET / HTTP/1.1"`), else `start`. */
export function behindQuotedHost(bytes: Uint8Array, start: number, end: number, fields: WebFields): number {
  let i = start
  // A request has a space before its quote: the first byte that is neither settles it.
  while (i < end && bytes[i] !== SPACE && bytes[i] !== QUOTE && bytes[i] !== SLASH) i++
  if (bytes[i] !== QUOTE || i === start || bytes[i + 1] !== SPACE || bytes[i + 2] !== QUOTE || i + 3 >= end)
    return start
  let word = i + 3
  while (word < end && bytes[word] >= 65 && bytes[word] <= 90) word++
  if (word === i + 3 || bytes[word] !== SPACE) return start
  if (fields.vhostEnd === 0) {
    fields.vhostStart = start
    fields.vhostEnd = i
  }
  return i + 3
}

/** Four dotted numbers or a text with two colons, perhaps with a port: not yet a proof, but no host name. */
export function looksLikeAddress(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < 2 || end - start > 64) return false
  let dots = 0
  let colons = 0
  let letters = 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i]
    if (byte >= 48 && byte <= 57) continue
    if (byte === DOT) dots++
    else if (byte === COLON) colons++
    else if ((byte | 32) >= 97 && (byte | 32) <= 102) letters++
    else if (byte === OPEN || byte === CLOSE) continue
    else if (byte === COMMA && i === end - 1) continue
    // A zone id: anything may follow.
    else if (byte === 37 && colons >= 2) return true
    else return false
  }
  return colons >= 2 || (dots === 3 && letters === 0)
}

/** A name with a dot that begins with a letter: no port, no version of TLS. */
export function isHostLike(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] | 32
  // `TLSv1.2` has a dot too.
  if (first < 97 || first > 122 || (bytes[start] === 84 && bytes[start + 1] === 76 && bytes[start + 2] === 83))
    return false
  for (let i = start; i < end; i++) if (bytes[i] === DOT) return isNameOrAddress(bytes, start, end)
  return false
}

/** What can stand for a client: an address, a host name, or the `-` of a log that leaves it out. */
export function isNameOrAddress(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > 255) return false
  for (let i = start; i < end; i++) {
    const byte = bytes[i]
    const lower = byte | 32
    const plain =
      (lower >= 97 && lower <= 122) || (byte >= 45 && byte <= 58 && byte !== 47) || byte === 95 || byte >= 128
    if (!plain && byte !== OPEN && byte !== CLOSE && byte !== 37 && byte !== COMMA) return false
  }
  return true
}

/** Flask puts a terminal's colours around the request: `ESC[33mGET / HTTP/1.1ESC[0m`. */
export function takeColoursOff(fields: WebFields): void {
  const { bytes, requestStart, requestEnd } = fields
  const start = findByteFar(bytes, requestStart, requestEnd, LETTER_M) + 1
  if (start >= requestEnd) return
  fields.requestStart = start
  let end = requestEnd
  while (bytes[end - 1] === LETTER_M) {
    const colour = bytes.lastIndexOf(ESCAPE, end - 1)
    if (colour < start || end - colour > LONGEST_COLOUR) break
    end = colour
  }
  fields.requestEnd = end
}
