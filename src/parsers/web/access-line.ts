/**
 * The access line in all its dialects, read in one pass over bytes:
 *
 *     [vhost[:port]] address[:port] [ident [user]] [stamp] "request" status size ["referrer" "agent" ["forwarded"]] ...
 *
 * The anchor is the stamp between brackets with ` "` behind it, or behind a word or two: servers escape quotes in every field a client can
 * write, so that no user name or host header can imitate it.
 */
import { findByteFar } from '../../core/words.ts'
import {
  behindQuotedHost,
  behindWords,
  betweenEnd,
  betweenStart,
  forgetBetween,
  isHostLike,
  isNameOrAddress,
  looksLikeAddress,
  takeColoursOff,
} from './access-words.ts'
import type { WebFields } from './fields.ts'
import { splitRequest } from './request.ts'
import { readClfStamp, readIsoStamp, stamp } from './stamp.ts'

export const ACCESS = {
  none: 0,
  /** Begins like an access line and ends before its request does. */
  cut: 1,
  common: 2,
  combined: 3,
} as const
export type AccessShape = (typeof ACCESS)[keyof typeof ACCESS]

const ESCAPE = 27
const SPACE = 32
const QUOTE = 34
const COMMA = 44
const DASH = 45
const SLASH = 47
const DIGIT_NINE = 57
const COLON = 58
const OPEN = 91
const BACKSLASH = 92
const CLOSE = 93

/** Words before the stamp that are looked at one by one; a user name may have any number of them. */
const MOST_WORDS = 8
const wordStarts = new Int32Array(MOST_WORDS)
const wordEnds = new Int32Array(MOST_WORDS)

/**
 * Reads bytes[start, end) into the fields; they must be reset. Lines with a virtual host in front are read only where
 * `withVhost`, the others only where not.
 */
export function readAccessLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  fields: WebFields,
  withVhost: boolean,
): AccessShape {
  let from = start
  while (from < end && bytes[from] === SPACE) from++
  let words = 0
  let total = 0
  let i = from
  let request = -1
  let leftEnd = from
  forgetBetween()
  while (i < end) {
    const byte = bytes[i]
    if (byte === OPEN) {
      request = stampAt(bytes, i, end)
      if (request >= 0) {
        leftEnd = i
        break
      }
    } else if (byte === QUOTE && total !== 2) return ACCESS.none
    const wordStart = i
    while (i < end && bytes[i] !== SPACE) i++
    if (words < MOST_WORDS) {
      wordStarts[words] = wordStart
      wordEnds[words] = i
      words++
    }
    total++
    while (i < end && bytes[i] === SPACE) i++
  }
  if (total === 0) return ACCESS.none
  if (request < 0)
    return !withVhost && total >= 3 && isDash(bytes, 1) && looksLikeAddress(bytes, wordStarts[0], wordEnds[0])
      ? ACCESS.cut
      : ACCESS.none
  while (leftEnd > from && bytes[leftEnd - 1] === SPACE) leftEnd--
  if (!readLeft(bytes, words, leftEnd, fields) || withVhost !== fields.vhostEnd > 0) return ACCESS.none
  fields.time = stamp.time
  fields.flags = stamp.flags
  if (betweenEnd > 0 && !withVhost && isHostLike(bytes, betweenStart, betweenEnd)) {
    fields.vhostStart = betweenStart
    fields.vhostEnd = betweenEnd
  }
  return readRight(bytes, request, end, fields)
}

/** Where a stamp stands between brackets at `at` with a quote behind it: the place behind that quote, else -1. */
function stampAt(bytes: Uint8Array, at: number, end: number): number {
  if (!readClfStamp(bytes, at + 1, end) && !readIsoStamp(bytes, at + 1, end)) return -1
  let i = stamp.end
  while (bytes[i] === SPACE && i < end) i++
  if (bytes[i] !== CLOSE || i >= end) return -1
  i++
  while (i < end && bytes[i] === SPACE) i++
  if (i < end && bytes[i] === QUOTE) return i + 1
  return behindWords(bytes, i, end)
}

function isDash(bytes: Uint8Array, word: number): boolean {
  return wordEnds[word] - wordStarts[word] === 1 && bytes[wordStarts[word]] === DASH
}

/** Sorts the words before the stamp into virtual host, client, remote user. */
function readLeft(bytes: Uint8Array, words: number, leftEnd: number, fields: WebFields): boolean {
  let peer = 0
  if (words > 1 && bytes[wordEnds[0] - 1] === COMMA) return readLeftList(bytes, words, leftEnd, fields)
  if (words > 1 && !isDash(bytes, 1)) {
    // Two addresses in front: the first is a host header (the client's word) or a proxy's; the second is the peer.
    while (peer + 1 < words && peer < 3 && looksLikeAddress(bytes, wordStarts[peer + 1], wordEnds[peer + 1])) peer++
    if (peer === 0 && words > 3 && !looksLikeAddress(bytes, wordStarts[0], wordEnds[0])) peer = 1
  } else if (words > 3 && isDash(bytes, 0) && looksLikeAddress(bytes, wordStarts[1], wordEnds[1])) peer = 1
  if (peer > 0) {
    // `2026/02/28`: a date in front is no host's name.
    if (bytes[wordStarts[0] + 4] === SLASH && bytes[wordStarts[0]] <= DIGIT_NINE) return false
    fields.vhostStart = wordStarts[0]
    fields.vhostEnd = wordEnds[0]
  }
  return setLeft(bytes, peer, peer, words, leftEnd, fields)
}

/** `client, proxy, proxy - - [`: a forwarded list stands where the address should. */
function readLeftList(bytes: Uint8Array, words: number, leftEnd: number, fields: WebFields): boolean {
  let last = 0
  while (last + 1 < words && bytes[wordEnds[last] - 1] === COMMA) last++
  fields.forwardedStart = wordStarts[0]
  fields.forwardedEnd = bytes[wordEnds[last] - 1] === QUOTE ? wordEnds[last] - 1 : wordEnds[last]
  // `"client, proxy" peer - - [`: the list, and who connected.
  const peer = last + 1 < words && looksLikeAddress(bytes, wordStarts[last + 1], wordEnds[last + 1]) ? last + 1 : -1
  return setLeft(bytes, peer, peer < 0 ? last : peer, words, leftEnd, fields)
}

function setLeft(
  bytes: Uint8Array,
  peer: number,
  last: number,
  words: number,
  leftEnd: number,
  fields: WebFields,
): boolean {
  if (peer >= 0) {
    fields.peerStart = wordStarts[peer]
    fields.peerEnd = wordEnds[peer]
    if (!isNameOrAddress(bytes, fields.peerStart, fields.peerEnd)) return false
  }
  // address ident user, or address user
  let user = words - last >= 3 ? last + 2 : last + 1
  while (user + 1 < words && isDash(bytes, user)) user++
  if (user < words) {
    const quoted = bytes[wordStarts[user]] === QUOTE && bytes[leftEnd - 1] === QUOTE && leftEnd > wordStarts[user] + 1
    fields.userStart = wordStarts[user] + (quoted ? 1 : 0)
    fields.userEnd = leftEnd - (quoted ? 1 : 0)
  }
  return true
}

/** Status, size, referrer, agent and what formats add behind them. */
function readRight(bytes: Uint8Array, request: number, end: number, fields: WebFields): AccessShape {
  const start = behindQuotedHost(bytes, request, end, fields)
  const close = requestEnd(bytes, start, end)
  if (close < 0) return ACCESS.cut
  fields.requestStart = start
  fields.requestEnd = close
  if (bytes[start] === ESCAPE) takeColoursOff(fields)
  splitRequest(fields)
  let i = readStatus(bytes, close + 1, end, fields)
  i = readSize(bytes, i, end, fields)
  i = nextQuote(bytes, i, end)
  if (i < 0) return ACCESS.common
  let stop = quotedEnd(bytes, i + 1, end)
  fields.referrerStart = i + 1
  fields.referrerEnd = stop
  i = nextQuote(bytes, stop + 1, end)
  if (i < 0) return ACCESS.combined
  stop = quotedEnd(bytes, i + 1, end)
  fields.agentStart = i + 1
  fields.agentEnd = stop
  if (stop + 2 < end) readForwarded(bytes, stop + 1, end, fields)
  return ACCESS.combined
}

/** The quote that ends the request: unescaped, and followed by a status where there is such a one. */
function requestEnd(bytes: Uint8Array, start: number, end: number): number {
  const quote = findByteFar(bytes, start, end, QUOTE)
  if (quote === end) return -1
  if (!isEscapable(bytes, start, quote) && endsRequest(bytes, quote, end)) return quote
  let first = -1
  for (let i = start; i < end; i++) {
    const byte = bytes[i]
    if (byte === BACKSLASH) i++
    else if (byte === QUOTE) {
      if (endsRequest(bytes, i, end)) return i
      if (first < 0) first = i
    }
  }
  return first
}

/** Whether the line ends behind the quote, or goes on with a status. */
function endsRequest(bytes: Uint8Array, quote: number, end: number): boolean {
  let after = quote + 1
  while (after < end && bytes[after] === SPACE) after++
  return after === end || (after > quote + 1 && isStatusByte(bytes[after]))
}

function isStatusByte(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || byte === DASH
}

function readStatus(bytes: Uint8Array, at: number, end: number, fields: WebFields): number {
  let i = at
  while (i < end && bytes[i] === SPACE) i++
  const first = i
  let status = 0
  while (i < end && i < first + 4 && bytes[i] >= 48 && bytes[i] <= 57) status = status * 10 + bytes[i++] - 48
  fields.status = i - first === 3 ? status : 0
  if (i === first && bytes[i] === DASH) i++
  return i
}

function readSize(bytes: Uint8Array, at: number, end: number, fields: WebFields): number {
  let i = at
  while (i < end && bytes[i] === SPACE) i++
  let size = 0
  const first = i
  while (i < end && i < first + 15 && bytes[i] >= 48 && bytes[i] <= 57) size = size * 10 + bytes[i++] - 48
  fields.size = size
  return i
}

function nextQuote(bytes: Uint8Array, at: number, end: number): number {
  for (let i = at; i < end; i++) if (bytes[i] === QUOTE) return i
  return -1
}

/** The end of a quoted field: a quote with a space or the line's end behind it; the line's end where it was cut. */
function quotedEnd(bytes: Uint8Array, start: number, end: number): number {
  const quote = findByteFar(bytes, start, end, QUOTE)
  // Nearly always the first quote is the one; a backslash before it, or a word behind it, asks for a closer look.
  if (quote === end || (!isEscapable(bytes, start, quote) && (quote + 1 === end || bytes[quote + 1] === SPACE)))
    return quote
  for (let i = start; i < end; i++) {
    const byte = bytes[i]
    if (byte === BACKSLASH) i++
    else if (byte === QUOTE && (i + 1 === end || bytes[i + 1] === SPACE)) return i
  }
  return end
}

/** Whether a backslash stands before the place, escaped itself or not. */
const isEscapable = (bytes: Uint8Array, start: number, at: number): boolean => at > start && bytes[at - 1] === BACKSLASH

/** Whether the word is an IPv4 address with a port: logged bare, it is that of the server behind. */
function endsWithPort(bytes: Uint8Array, start: number, end: number): boolean {
  let colons = 0
  for (let i = start; i < end; i++) if (bytes[i] === COLON) colons++
  return colons === 1
}

/** Finds X-Forwarded-For behind the agent: the first word or quoted field that begins with an address. */
function readForwarded(bytes: Uint8Array, at: number, end: number, fields: WebFields): void {
  let i = at
  while (i < end) {
    while (i < end && bytes[i] === SPACE) i++
    const quoted = bytes[i] === QUOTE
    const start = quoted ? i + 1 : i
    let stop = start
    if (quoted) stop = quotedEnd(bytes, start, end)
    else while (stop < end && (bytes[stop] !== SPACE || bytes[stop - 1] === COMMA)) stop++
    let head = start
    while (head < stop && bytes[head] !== COMMA && bytes[head] !== SPACE) head++
    // ingress-nginx: the upstream's name in brackets, and its address with a port behind it; neither is a client's.
    if (!quoted && bytes[start] === OPEN) return
    if (looksLikeAddress(bytes, start, head) && (quoted || !endsWithPort(bytes, start, stop))) {
      fields.forwardedStart = start
      fields.forwardedEnd = stop
      return
    }
    i = stop + 1
  }
}
