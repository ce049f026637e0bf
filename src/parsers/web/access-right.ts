/** What stands behind the stamp of an access line: the request, status, size, referrer, agent, and what formats add. */
import { findByteFar } from '../../core/words.ts'
import { behindQuotedHost, looksLikeAddress, takeColoursOff } from './access-words.ts'
import type { WebFields } from './fields.ts'
import { knownRequests, knownTails } from './known.ts'
import { splitRequest } from './request.ts'

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
const COLON = 58
const OPEN = 91
const BACKSLASH = 92

/** Status, size, referrer, agent and what formats add behind them. */
export function readRight(bytes: Uint8Array, request: number, end: number, fields: WebFields): AccessShape {
  const start = behindQuotedHost(bytes, request, end, fields)
  const close = requestEnd(bytes, start, end)
  if (close < 0) return ACCESS.cut
  fields.requestStart = start
  fields.requestEnd = close
  if (bytes[start] === ESCAPE) takeColoursOff(fields)
  if (!knownRequests.find(fields)) {
    splitRequest(fields)
    knownRequests.learn(fields)
  }
  const tail = readSize(bytes, readStatus(bytes, close + 1, end, fields), end, fields)
  return knownTails.find(fields, tail, end) ? ACCESS.combined : readTail(bytes, tail, end, fields)
}

/** Referrer and agent, and what formats add behind them. */
function readTail(bytes: Uint8Array, tail: number, end: number, fields: WebFields): AccessShape {
  let i = nextQuote(bytes, tail, end)
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
  else knownTails.learn(fields, tail, end)
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
