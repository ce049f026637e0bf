/**
 * The access line in all its dialects, read in one pass over bytes:
 *
 *     [vhost[:port]] address[:port] [ident [user]] [stamp] "request" status size ["referrer" "agent" ["forwarded"]] ...
 *
 * The anchor is the stamp between brackets with ` "` behind it, or behind a word or two: servers escape quotes in every field a client can
 * write, so that no user name or host header can imitate it.
 */
import { equalBytes, viewOf } from '../../core/words.ts'
import { ACCESS, type AccessShape, readRight } from './access-right.ts'
import {
  behindWords,
  betweenEnd,
  betweenStart,
  forgetBetween,
  isHostLike,
  isNameOrAddress,
  looksLikeAddress,
} from './access-words.ts'
import type { WebFields } from './fields.ts'
import { readClfStamp, readIsoStamp, stamp } from './stamp.ts'

const SPACE = 32
const QUOTE = 34
const COMMA = 44
const DASH = 45
const SLASH = 47
const DIGIT_NINE = 57
const OPEN = 91
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
  forgetBetween()
  let request = readSameLeft(bytes, from, end, fields, withVhost)
  if (request >= 0) return finish(bytes, request, end, fields, withVhost)
  forgetBetween()
  let words = 0
  let total = 0
  let i = from
  let leftEnd = from
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
  keepLeft(bytes, from, i, fields, withVhost)
  return finish(bytes, request, end, fields, withVhost)
}

/** Takes the stamp read last, and reads what stands behind it. */
function finish(bytes: Uint8Array, request: number, end: number, fields: WebFields, withVhost: boolean): AccessShape {
  fields.time = stamp.time
  fields.flags = stamp.flags
  if (betweenEnd > 0 && !withVhost && isHostLike(bytes, betweenStart, betweenEnd)) {
    fields.vhostStart = betweenStart
    fields.vhostEnd = betweenEnd
  }
  return readRight(bytes, request, end, fields)
}

/**
 * What stood before the stamp of a line before, up to its bracket, and where its parts are, counted from its start: the
 * parts of a page are asked for by one client, one after the other.
 */
const left = {
  bytes: new Uint8Array(128),
  size: 0,
  withVhost: false,
  peerStart: 0,
  peerEnd: 0,
  userStart: 0,
  userEnd: 0,
  vhostStart: 0,
  vhostEnd: 0,
}
const leftView = new DataView(left.bytes.buffer)

/** Reads the left side of a line that is that of a line before, and the stamp behind it; answers where the request begins, or -1. */
function readSameLeft(bytes: Uint8Array, from: number, end: number, fields: WebFields, withVhost: boolean): number {
  const { size } = left
  const at = from + size
  if (size === 0 || at >= end || bytes[at] !== OPEN || withVhost !== left.withVhost) return -1
  if (!equalBytes(leftView, 0, viewOf(bytes), from, size)) return -1
  const request = stampAt(bytes, at, end)
  if (request < 0) return -1
  fields.peerStart = from + left.peerStart
  fields.peerEnd = from + left.peerEnd
  fields.userStart = from + left.userStart
  fields.userEnd = from + left.userEnd
  if (withVhost) {
    fields.vhostStart = from + left.vhostStart
    fields.vhostEnd = from + left.vhostEnd
  }
  return request
}

/** Keeps the left side bytes[from, end) with the parts that the fields have, if it is of the usual form. */
function keepLeft(bytes: Uint8Array, from: number, end: number, fields: WebFields, withVhost: boolean): void {
  left.size = 0
  if (end - from > left.bytes.length || fields.forwardedEnd > 0 || fields.peerEnd === 0) return
  for (let i = from; i < end; i++) {
    // Whether a bracket in a user's name begins a stamp is for what stands behind it to say.
    if (bytes[i] === OPEN) return
    left.bytes[i - from] = bytes[i]
  }
  left.size = end - from
  left.withVhost = withVhost
  left.peerStart = fields.peerStart - from
  left.peerEnd = fields.peerEnd - from
  left.userStart = fields.userEnd > 0 ? fields.userStart - from : 0
  left.userEnd = fields.userEnd > 0 ? fields.userEnd - from : 0
  left.vhostStart = fields.vhostStart - from
  left.vhostEnd = fields.vhostEnd - from
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
