/**
 * The access line in all its dialects, read in one pass over bytes:
 *
 *     [vhost[:port]] address[:port] [ident [user]] [stamp] "request" status size ["referrer" "agent" ["forwarded"]] ...
 *
 * The anchor is the stamp between brackets with ` "` behind it, or behind a word or two: servers escape quotes in every field a client can
 * write, so that no user name or host header can imitate it.
 */
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
