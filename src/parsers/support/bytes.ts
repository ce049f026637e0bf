/** Byte-wise text work for the parsing path: nothing here allocates, unless its name says `decode`. */
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export const SPACE = 32
export const COLON = 58

/** A literal's bytes, made once when a module loads. */
export const literal = (text: string): Uint8Array => encoder.encode(text)

/** Whether bytes[pos, end) begins with the literal. */
export function startsWith(bytes: Uint8Array, pos: number, end: number, text: Uint8Array): boolean {
  const size = text.length
  if (end - pos < size) return false
  for (let i = 0; i < size; i++) if (bytes[pos + i] !== text[i]) return false
  return true
}

/** Whether bytes[start, end) ends with the literal. */
export function endsWith(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  return end - start >= text.length && startsWith(bytes, end - text.length, end, text)
}

/** Where the literal first stands in bytes[start, end), or -1. */
export function find(bytes: Uint8Array, start: number, end: number, text: Uint8Array): number {
  const first = text[0]
  const last = end - text.length
  for (let i = start; i <= last; i++) if (bytes[i] === first && startsWith(bytes, i, end, text)) return i
  return -1
}

/** Where the literal last stands in bytes[start, end), or -1. */
export function findLast(bytes: Uint8Array, start: number, end: number, text: Uint8Array): number {
  const first = text[0]
  for (let i = end - text.length; i >= start; i--) if (bytes[i] === first && startsWith(bytes, i, end, text)) return i
  return -1
}

/** Where the byte first stands in bytes[start, end); `end` where it does not. */
export function findByte(bytes: Uint8Array, start: number, end: number, byte: number): number {
  let i = start
  while (i < end && bytes[i] !== byte) i++
  return i
}

export function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57
}

/** The number that bytes[start, end) is, up to nine digits; -1 where it is none. */
export function readNumber(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end || end - start > 9) return -1
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = bytes[i] - 48
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

/** First position from `start` on that is no space. */
export function skipSpaces(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  while (i < end && bytes[i] === SPACE) i++
  return i
}

/** End of bytes[start, end) without spaces behind. */
export function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = end
  while (i > start && bytes[i - 1] === SPACE) i--
  return i
}

/** The text of bytes[start, end): for rare lines only. */
export function decode(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end))
}
