/**
 * Where a message names its peer. Most of a message is the attacker's text: the user name, a certificate's id, a
 * disconnect reason. So a peer is taken only where the program's own grammar puts one, and where two places fit the
 * grammar with different addresses, none is taken: a name can hide its own line's source (the connection's other lines
 * tell it), but it can never accuse somebody else.
 */
import { COLON, findByte, isDigit, literal, SPACE, startsWith } from './bytes.ts'

/** Scratch place that the readers below fill. */
export interface Peer {
  /** The address or host name. */
  start: number
  end: number
  port: number
  /** Start of the space before the peer's `from`: the user's end. */
  before: number
  /** What follows (`: RSA SHA256:...` behind its colon and space); equal to the message's end where nothing does. */
  tail: number
}

export const createPeer = (): Peer => ({ start: 0, end: 0, port: 0, before: 0, tail: 0 })

const FROM = literal(' from ')
const PORT = literal(' port ')
const SSH = literal(' ssh')
const ON = literal(' on ')
const VIA = literal(' via ')

/** Position behind ` port N` at `pos` (its number in `lastPort`), or `pos` where there is none. */
function skipPort(bytes: Uint8Array, pos: number, end: number): number {
  lastPort = 0
  if (!startsWith(bytes, pos, end, PORT)) return pos
  let i = pos + PORT.length
  let port = 0
  while (i < end && isDigit(bytes[i]) && i - pos < 12) port = port * 10 + bytes[i++] - 48
  if (i === pos + PORT.length) return pos
  lastPort = port <= 65_535 ? port : 0
  return i
}
let lastPort = 0

/** Whether bytes[start, end) are all characters that an address or a host name can have. */
function isPeerWord(bytes: Uint8Array, start: number, end: number): boolean {
  if (end <= start || end - start > 255) return false
  for (let i = start; i < end; i++) {
    const byte = bytes[i]
    const lower = byte | 32
    // Letters, digits, and . : % _ -
    if (!((lower >= 97 && lower <= 122) || (byte >= 45 && byte <= 58 && byte !== 47) || byte === 37 || byte === 95))
      return false
  }
  return true
}

const same = (bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean => {
  if (aEnd - a !== bEnd - b) return false
  for (let i = 0; i < aEnd - a; i++) if (bytes[a + i] !== bytes[b + i]) return false
  return true
}

/** By how far to go on where this byte stands at the place of the last byte of ` from ` (Horspool 1980). */
const SKIP = new Uint8Array(256).fill(FROM.length)
for (let i = 0; i < FROM.length - 1; i++) SKIP[FROM[i]] = FROM.length - 1 - i

/** Where the next ` from ` with a byte behind it stands in bytes[start, end); -1 where none does. */
function findFrom(bytes: Uint8Array, start: number, end: number): number {
  const last = FROM.length - 1
  for (let i = start + last; i < end - 1; i += SKIP[bytes[i]])
    if (bytes[i] === SPACE && startsWith(bytes, i - last, end, FROM)) return i - last
  return -1
}

const candidate = createPeer()

/** What may follow a peer: nothing, or (key, fingerprint) text of which a part may be the client's. */
export type AfterPeer = 'nothing' | 'text'

/**
 * Reads `USER from PEER[ port N][ on HOST[ port N]][ via HOST][ sshN][: text]` in bytes[start, end), with the user at
 * `start`. False where no peer stands there, or more than one might.
 */
export function readFrom(bytes: Uint8Array, start: number, end: number, after: AfterPeer, peer: Peer): boolean {
  let found = 0
  let atEnd = false
  let differ = false
  // The user may be empty, and whoever squeezes double spaces leaves one of its two.
  for (let i = findFrom(bytes, start - 1, end); i >= 0; i = findFrom(bytes, i + 1, end)) {
    const word = i + FROM.length
    const wordEnd = findByte(bytes, word, end, SPACE)
    let pos = skipPort(bytes, wordEnd, end)
    const port = lastPort
    const hasPort = pos > wordEnd
    let ssh = false
    pos = skipHost(bytes, skipHost(bytes, pos, end, ON), end, VIA)
    if (startsWith(bytes, pos, end, SSH)) {
      pos += SSH.length
      while (pos < end && isDigit(bytes[pos])) pos++
      ssh = true
    }
    const ends = pos === end
    if (!ends && !(after === 'text' && ssh && bytes[pos] === COLON)) continue
    if (!isPeerWord(bytes, word, wordEnd)) continue
    // Lines that may carry a text have had a port for as long: without one it is the text that ends so.
    if (found > 0 && after === 'text' && !hasPort) continue
    if (found > 0 && !same(bytes, candidate.start, candidate.end, word, wordEnd)) differ = true
    found++
    atEnd = ends
    candidate.before = Math.max(i, start)
    candidate.start = word
    candidate.end = wordEnd
    candidate.port = port
    candidate.tail = ends ? end : Math.min(pos + 2, end)
  }
  if (found === 0) return false
  // Several with text behind: sshd puts a plain key's type and fingerprint behind the true one, and nothing of the client's.
  if (differ && (atEnd || !isPlainKey(bytes, candidate.tail, end))) return false
  peer.before = candidate.before
  peer.start = candidate.start
  peer.end = candidate.end
  peer.port = candidate.port
  peer.tail = candidate.tail
  return true
}

/** Whether more than one peer may stand in the message, told after readFrom answered false: a line that is odd by intent, not cut. */
export function mentionsFrom(bytes: Uint8Array, start: number, end: number): boolean {
  return findFrom(bytes, start - 1, end) >= 0
}

function skipHost(bytes: Uint8Array, pos: number, end: number, word: Uint8Array): number {
  if (!startsWith(bytes, pos, end, word)) return pos
  const stop = findByte(bytes, pos + word.length, end, SPACE)
  if (!isPeerWord(bytes, pos + word.length, stop)) return pos
  return skipPort(bytes, stop, end)
}

/** `ED25519 SHA256:...` or `RSA 8c:e3:...`: two words and nothing more. */
function isPlainKey(bytes: Uint8Array, start: number, end: number): boolean {
  const space = findByte(bytes, start, end, SPACE)
  if (space === start || space >= end - 1) return false
  return findByte(bytes, space + 1, end, SPACE) === end && findByte(bytes, space + 1, end, COLON) < end
}

/**
 * Reads `PEER[ port N]` at the very end of bytes[start, end), from the right; `peer.before` is where the text before it
 * ends. `needsPort` refuses a bare last word.
 */
export function readPeerAtEnd(bytes: Uint8Array, start: number, end: number, needsPort: boolean, peer: Peer): boolean {
  let i = end
  while (i > start && isDigit(bytes[i - 1])) i--
  let wordEnd = end
  peer.port = 0
  if (i < end && i - PORT.length >= start && startsWith(bytes, i - PORT.length, end, PORT)) {
    wordEnd = i - PORT.length
    skipPort(bytes, wordEnd, end)
    peer.port = lastPort
  } else if (needsPort) return false
  let word = wordEnd
  while (word > start && bytes[word - 1] !== SPACE) word--
  if (!isPeerWord(bytes, word, wordEnd)) return false
  peer.before = Math.max(word - 1, start)
  peer.start = word
  peer.end = wordEnd
  peer.tail = end
  return true
}

/** Reads `PEER[ port N]` at `start`, followed by a colon, a space or the end; `peer.tail` is behind it. */
export function readPeerAtStart(bytes: Uint8Array, start: number, end: number, peer: Peer): boolean {
  const word = findByte(bytes, start, end, SPACE)
  const after = skipPort(bytes, word, end)
  peer.port = lastPort
  // `PEER: text` has no port; a colon is also what IPv6 is made of.
  const bare = after === word && word - start > 2 && bytes[word - 1] === COLON && bytes[word - 2] !== COLON
  peer.before = start
  peer.start = start
  peer.end = bare ? word - 1 : word
  peer.tail = bare ? word - 1 : after
  return isPeerWord(bytes, peer.start, peer.end)
}

/**
 * Reads `USER PEER port N: text` in bytes[start, end), where both the user and the text are the client's. Only a single
 * fit is an answer, unless `fromRight` says that the text is the program's own and the last fit is the true one.
 */
export function readPeerBeforeText(
  bytes: Uint8Array,
  start: number,
  end: number,
  fromRight: boolean,
  peer: Peer,
): boolean {
  let found = 0
  let differ = false
  for (let i = start; i < end - PORT.length; i++) {
    if (bytes[i] !== SPACE || bytes[i + 1] !== 112 || !startsWith(bytes, i, end, PORT)) continue
    const after = skipPort(bytes, i, end)
    if (after === i || bytes[after] !== COLON || after >= end) continue
    let word = i
    while (word > start && bytes[word - 1] !== SPACE) word--
    if (!isPeerWord(bytes, word, i)) continue
    if (found > 0 && !same(bytes, peer.start, peer.end, word, i)) differ = true
    found++
    peer.before = Math.max(word - 1, start)
    peer.start = word
    peer.end = i
    peer.port = lastPort
    peer.tail = after
  }
  return found > 0 && (!differ || fromRight)
}
