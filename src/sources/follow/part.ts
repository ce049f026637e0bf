/** One file of the sequence that a log's text is spread over, as its follower knows it. */
import type { Reader } from './readers.ts'
import type { Mark } from './track.ts'

export interface Part {
  /** Absent: it is gone, not found yet, or read to its end and closed. */
  reader: Reader | undefined
  /** Where it was left, where there is no reader. */
  mark: Mark | undefined
  /** Bytes before the mark that are to be read again. */
  back: number
  /** Its search was made. */
  searched: boolean
  /** Device and inode of the log while this was it: a copy of it has others. */
  origin: { device: string; inode: string }
  /** Bytes that were seen behind the mark. */
  backlog: number
}

/** A part that is to be found by its mark. */
export function partAt(mark: Mark, back: number): Part {
  const { device, inode } = mark
  return { reader: undefined, mark, back, searched: false, origin: { device, inode }, backlog: 0 }
}

/** A part that is open. */
export function partOf(reader: Reader): Part {
  const origin = { device: String(reader.device), inode: String(reader.inode) }
  return { reader, mark: undefined, back: 0, searched: true, origin, backlog: 0 }
}

/** The place reached in it, under the numbers that its file had as the log; undefined where nothing was read. */
export function markOf(part: Part): Mark | undefined {
  return part.reader === undefined ? part.mark : { ...part.reader.mark(), ...part.origin }
}

/** Closes its file, if one is open, and keeps the place. */
export async function closePart(part: Part): Promise<void> {
  const { reader } = part
  if (reader === undefined) return
  part.mark = markOf(part)
  part.backlog = reader.backlog
  part.reader = undefined
  await reader.close()
}

/**
 * Whether two marks are of the same offset in text that begins and ends alike; the file's number does not matter.
 * False where there is no first one.
 */
export const samePlace = (a: Mark | undefined, b: Mark): boolean =>
  a !== undefined && a.offset === b.offset && a.head === b.head && a.tail === b.tail
