/** Byte texts: the few searches that the slower web formats need. */
const encoder = new TextEncoder()

/** A constant text as bytes. */
export const bytesOf = (text: string): Uint8Array => encoder.encode(text)

/** First place in [start, end) at which the whole needle stands, -1 for none. */
export function find(bytes: Uint8Array, start: number, end: number, needle: Uint8Array): number {
  const first = needle[0]
  const last = end - needle.length
  for (let i = start; i <= last; i++) {
    if (bytes[i] !== first) continue
    let j = 1
    while (j < needle.length && bytes[i + j] === needle[j]) j++
    if (j === needle.length) return i
  }
  return -1
}

/** Last place in [start, end) at which the whole needle stands, -1 for none. */
export function findLast(bytes: Uint8Array, start: number, end: number, needle: Uint8Array): number {
  for (let i = end - needle.length; i >= start; i--) if (startsWith(bytes, i, end, needle)) return i
  return -1
}

/** Whether bytes[start, end) begin with the needle, letter for letter. */
export function startsWith(bytes: Uint8Array, start: number, end: number, needle: Uint8Array): boolean {
  if (end - start < needle.length) return false
  for (let i = 0; i < needle.length; i++) if (bytes[start + i] !== needle[i]) return false
  return true
}

/** First place of the byte in [start, end), or `end`. */
export function until(bytes: Uint8Array, start: number, end: number, byte: number): number {
  let i = start
  while (i < end && bytes[i] !== byte) i++
  return i
}

/** Reads digits as a number; 0 where there are none. */
export function digits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let i = start; i < end && i < start + 15; i++) {
    const digit = bytes[i] - 48
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  return value
}
