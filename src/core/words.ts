/**
 * Bytes looked at four at a time, for texts of some length: a DataView reads a word at any place in one instruction,
 * which is a third of the time of a step a byte. All words are little-endian, so that the machine does not matter.
 */

/** The view that was made last: parsers ask about one buffer for thousands of lines. */
let seen: Uint8Array = new Uint8Array(0)
let view: DataView = new DataView(seen.buffer)

/** A view of the bytes, with the same positions. */
export function viewOf(bytes: Uint8Array): DataView {
  if (bytes !== seen) {
    seen = bytes
    view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  return view
}

/**
 * Where the byte first stands in bytes[start, end); `end` where it does not. A word has a zero byte exactly where
 * `(word - 0x01010101) & ~word & 0x80808080` is not zero (Warren, Hacker's Delight, 6-1), so it is asked of the word
 * with the byte taken out of every place.
 */
export function findByteFar(bytes: Uint8Array, start: number, end: number, byte: number): number {
  const words = viewOf(bytes)
  const pattern = Math.imul(byte, 0x01010101)
  let i = start
  for (const last = end - 4; i <= last; i += 4) {
    const word = words.getInt32(i, true) ^ pattern
    if (((word - 0x01010101) & ~word & 0x80808080) !== 0) break
  }
  while (i < end && bytes[i] !== byte) i++
  return i
}

/**
 * Whether `size` bytes at `a` of one view are those at `b` of the other. Eight at a time are compared as a number, which
 * is equal to itself alone, but for zero (of either sign) and what is none: those are looked at again.
 */
export function equalBytes(mine: DataView, a: number, theirs: DataView, b: number, size: number): boolean {
  let i = 0
  for (; i <= size - 8; i += 8) {
    const number = mine.getFloat64(a + i, true)
    if (number !== 0 && number === theirs.getFloat64(b + i, true)) continue
    if (mine.getInt32(a + i, true) !== theirs.getInt32(b + i, true)) return false
    if (mine.getInt32(a + i + 4, true) !== theirs.getInt32(b + i + 4, true)) return false
  }
  for (; i <= size - 4; i += 4) if (mine.getInt32(a + i, true) !== theirs.getInt32(b + i, true)) return false
  for (; i < size; i++) if (mine.getUint8(a + i) !== theirs.getUint8(b + i)) return false
  return true
}

/** A hash of bytes [start, end) of the view; not one that withstands somebody who looks for collisions. */
export function hashBytes(words: DataView, start: number, end: number): number {
  let hash = Math.imul(end - start, 0x01000193) ^ 0x811c9dc5
  let i = start
  for (const last = end - 4; i <= last; i += 4) {
    hash = Math.imul(hash ^ words.getInt32(i, true), 0x85ebca6b)
    // A product carries upwards only: without this the low bits, which choose the slot, would know the low bytes alone.
    hash ^= hash >>> 15
  }
  for (; i < end; i++) hash = Math.imul(hash ^ words.getUint8(i), 0x01000193)
  return (hash ^ (hash >>> 13)) >>> 0
}
