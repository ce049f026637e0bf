/** The tags that PAM modules write before their text, `pam_unix(sshd:session): `: a host has a handful of them. */
import { equalBytes, viewOf } from '../../core/words.ts'
import { COLON, findByte, literal, SPACE, skipSpaces, startsWith } from './bytes.ts'

const PAM_ = literal('pam_')
const PAM_UNIX = literal('pam_unix')
const OPEN = 40
const CLOSE = 41

/** What a tag says. */
export interface PamTag {
  /** Bytes of the tag with the spaces behind it. */
  size: number
  /** The service in its brackets, counted from the tag's start; 0 where it has none. */
  serviceStart: number
  serviceEnd: number
  /** The module is pam_unix or a kin of it. */
  unix: boolean
}

interface Kept extends PamTag {
  bytes: DataView
}

/** A tag is looked for by eight of its bytes, which in `pam_unix(sshd:session)` are `sshd:ses`. */
const KEY = 9
const LEAST = KEY + 8
const LONGEST = 64
const SLOT_BITS = 5

const kept: (Kept | undefined)[] = new Array(1 << SLOT_BITS).fill(undefined)

/** The tag that bytes[start, end) begins with; undefined where it begins with none. */
export function pamTag(bytes: Uint8Array, start: number, end: number): PamTag | undefined {
  if (end - start < LEAST) return readTag(bytes, start, end)
  const words = viewOf(bytes)
  const key = Math.imul(words.getInt32(start + KEY, true), 0x9e3779b1) ^ words.getInt32(start + KEY + 4, true)
  const slot = Math.imul(key, 0x85ebca6b) >>> (32 - SLOT_BITS)
  const known = kept[slot]
  // The same bytes up to the first letter of the text, with which the spaces end.
  if (
    known !== undefined &&
    start + known.size < end &&
    bytes[start + known.size] !== SPACE &&
    equalBytes(known.bytes, 0, words, start, known.size)
  )
    return known
  const tag = readTag(bytes, start, end)
  if (tag !== undefined && tag.size <= LONGEST && start + tag.size < end)
    kept[slot] = { ...tag, bytes: new DataView(bytes.slice(start, start + tag.size).buffer) }
  return tag
}

function readTag(bytes: Uint8Array, start: number, end: number): PamTag | undefined {
  if (!startsWith(bytes, start, end, PAM_)) return undefined
  const colon = findTagEnd(bytes, start, end)
  if (colon < 0) return undefined
  const open = findByte(bytes, start, colon, OPEN)
  const close = Math.min(findByte(bytes, open, colon, COLON), findByte(bytes, open, colon, CLOSE))
  return {
    size: skipSpaces(bytes, colon + 1, end) - start,
    serviceStart: open < colon ? open + 1 - start : 0,
    serviceEnd: open < colon ? close - start : 0,
    unix: startsWith(bytes, start, end, PAM_UNIX),
  }
}

/** The colon that ends `pam_unix(sshd:auth):` or `pam_unix:`. */
function findTagEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]
    if (byte === SPACE) return -1
    if (byte === COLON && (i + 1 === end || bytes[i + 1] === SPACE)) return i
  }
  return -1
}
