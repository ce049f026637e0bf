/** The request line: method, target, protocol. */
import { findByteFar } from '../../core/words.ts'
import type { WebFields } from './fields.ts'
import { splitHost } from './words.ts'

/** Bytes of an RFC 9110 token: what a method may be made of. */
const TOKEN = new Uint8Array(256)
for (const char of "!#$%&'*+-.^_|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ`")
  TOKEN[char.charCodeAt(0)] = 1

const LONGEST_METHOD = 32
const SLASH = 47

/** `HTTP/1.1`, `RTSP/1.0`, `SIP/2.0`: upper-case letters, a slash, a digit. */
function isProtocol(bytes: Uint8Array, start: number, end: number): boolean {
  if (
    end - start >= 6 &&
    bytes[start] === 72 &&
    bytes[start + 1] === 84 &&
    bytes[start + 2] === 84 &&
    bytes[start + 3] === 80
  ) {
    return bytes[start + 4] === 47
  }
  let i = start
  while (i < end && i < start + 9 && bytes[i] >= 65 && bytes[i] <= 90) i++
  return i > start + 1 && i + 1 < end && bytes[i] === 47 && bytes[i + 1] >= 48 && bytes[i + 1] <= 57
}

function isMethod(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > LONGEST_METHOD) return false
  for (let i = start; i < end; i++) if (TOKEN[bytes[i]] === 0) return false
  return true
}

/** Whether the text behind the method can be an HTTP/0.9 target: that old form has no protocol to tell it by. */
function isPlainTarget(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === 32) return false
  return end > start && bytes[start] === 47
}

/**
 * HTTP/2 and HTTP/3 have the scheme and the host of every request in fields of their own, and HAProxy writes them as a
 * whole URL: it is a visit of that host, where the same line of HTTP/1 asks for a proxy.
 */
function hasAuthority(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 6 && bytes[start] === 72 && (bytes[start + 5] === 50 || bytes[start + 5] === 51)
}

/**
 * Splits fields.request into method, target and protocol. A request that is none (TLS bytes, SSH banners, `quit`) gets
 * no method: its whole text stands as the target, so that it can be shown.
 */
export function splitRequest(fields: WebFields): void {
  const { bytes, requestStart: start, requestEnd: end } = fields
  let firstSpace = start
  while (firstSpace < end && bytes[firstSpace] !== 32) firstSpace++
  let lastSpace = end - 1
  while (lastSpace > firstSpace && bytes[lastSpace] !== 32) lastSpace--
  if (firstSpace < end && isMethod(bytes, start, firstSpace)) {
    const mark = findByteFar(bytes, firstSpace, end, 63)
    const query = mark < end ? mark : -1
    if (lastSpace > firstSpace && isProtocol(bytes, lastSpace + 1, end)) {
      setTarget(fields, firstSpace, lastSpace, query)
      fields.protocolStart = lastSpace + 1
      fields.protocolEnd = end
      if (bytes[firstSpace + 1] !== SLASH && hasAuthority(bytes, lastSpace + 1, end)) splitHost(fields)
      return
    }
    if (isPlainTarget(bytes, firstSpace + 1, end)) {
      setTarget(fields, firstSpace, end, query)
      return
    }
  }
  fields.targetStart = start
  fields.targetEnd = end
}

function setTarget(fields: WebFields, methodEnd: number, end: number, query: number): void {
  fields.methodStart = fields.requestStart
  fields.methodEnd = methodEnd
  fields.targetStart = methodEnd + 1
  fields.targetEnd = end
  fields.queryMark = query
}

/** Finds the query of a target that a format already knows. */
export function markQuery(fields: WebFields): void {
  fields.queryMark = -1
  for (let i = fields.targetStart; i < fields.targetEnd; i++) {
    if (fields.bytes[i] === 63) {
      fields.queryMark = i
      return
    }
  }
}
