/** Which file of a family a place is in, and which file comes after it. */
import { Problem } from '../../core/errors.ts'
import type { Entry } from './family.ts'
import { entryOf, familyOf, looseFiles, signatureOf } from './family.ts'
import type { Match, Reader } from './readers.ts'
import { openListed, openLive, openReader } from './readers.ts'
import type { Mark } from './track.ts'

/** Less text than this may be the same in several files: then order and inode decide before content. */
const LITTLE = 32
const MOST_SEARCHES = 10

/** What is known when a family is searched. */
export interface Known {
  path: string
  headBytes: number
  /** Where a link led before. */
  previous: string | undefined
  /** The place reached in the file that is read, if one was. */
  mark: Mark | undefined
  /** The file that is held open at the place, which so cannot be another by its number. */
  held: Reader | undefined
  /** Places in the files before it, oldest first. */
  earlier: readonly Mark[]
  /** Files that cannot be read, by `fileKey`. */
  unreadable: ReadonlySet<string>
}

/** A file by device and inode, whatever name it has now. */
export const fileKey = (file: { device: unknown; inode: unknown }): string => `${file.device}:${file.inode}`

/** Compares one file with a mark; a file that cannot be read is another one. */
async function compare(entry: Entry, mark: Mark, headBytes: number): Promise<Match> {
  return (await openAt(entry, mark, 0, headBytes, true)).match
}

async function openAt(
  entry: Entry,
  mark: Mark,
  back: number,
  headBytes: number,
  close = false,
): Promise<{ match: Match; reader?: Reader }> {
  let reader: Reader | undefined
  try {
    reader = await openListed(entry, headBytes)
    if (reader === undefined) return { match: 'other' }
    const match = await reader.seek(mark, back)
    if (match === 'full' && !close) return { match, reader }
    await reader.close()
    return { match }
  } catch (cause) {
    await reader?.close()
    if (!(cause instanceof Problem)) throw cause
    return { match: 'other' }
  }
}

/** Whether a file is one that was read before, as a whole or as an earlier state of it. */
export async function isOneOf(path: string, marks: readonly Mark[], headBytes: number): Promise<boolean> {
  const entry = await entryOf(path)
  if (entry === undefined) return false
  for (const mark of marks)
    if (mark.offset >= LITTLE && (await compare(entry, mark, headBytes)) !== 'other') return true
  return false
}

/** Index of the rotated file a mark is in; -1 if it is in none. `lower`: it is known to be behind this one. */
async function indexOf(entries: readonly Entry[], mark: Mark, headBytes: number, lower = -1): Promise<number> {
  const rotated = entries.map((entry, index) => ({ entry, index })).filter(({ entry }) => !entry.live)
  const numbered = rotated.find(({ entry }) => fileKey(entry) === fileKey(mark))
  if (numbered !== undefined && (await compare(numbered.entry, mark, headBytes)) !== 'other') return numbered.index
  let short = -1
  const behind = rotated.filter(({ index }) => index > lower)
  if (lower < 0 || mark.offset >= LITTLE) behind.reverse()
  for (const { entry, index } of behind) {
    const match = await compare(entry, mark, headBytes)
    if (match === 'full') return index
    if (match === 'short' && short < 0) short = index
  }
  return short
}

/** Index of the rotated file that is open, whatever it is called now. */
const heldIndex = (entries: readonly Entry[], held: Reader): number =>
  entries.findIndex(entry => !entry.live && fileKey(entry) === fileKey(held))

/** Index of the newest file that was read before the current one; -1 if none is left. */
async function lastEarlier(entries: readonly Entry[], earlier: readonly Mark[], headBytes: number): Promise<number> {
  for (const mark of earlier.toReversed()) {
    const index = await indexOf(entries, mark, headBytes)
    if (index >= 0) return index
  }
  return -1
}

/** Index of the first file that is newer than what was read. */
async function firstNewer(entries: readonly Entry[], known: Known): Promise<number> {
  const { mark, earlier, headBytes, held } = known
  if (mark === undefined && earlier.length === 0) return 0
  const open = held === undefined ? -1 : heldIndex(entries, held)
  if (open >= 0) return open + 1
  const lower = await lastEarlier(entries, earlier, headBytes)
  if (mark !== undefined) {
    const own = await indexOf(entries, mark, headBytes, lower)
    if (own >= 0) return own + 1
  }
  if (lower >= 0) return lower + 1
  // All are gone, the oldest first as a rule. What was written last before the place is older all the same.
  const mtime = (mark ?? earlier.at(-1))?.mtime ?? 0
  const index = entries.findIndex(entry => entry.live || entry.mtime >= mtime)
  return index < 0 ? entries.length : index
}

/** Whether a rotated file is the beginning of the log as it is now: a copy that is being made, to be truncated later. */
async function isCopyOf(entry: Entry, live: Entry, headBytes: number): Promise<boolean> {
  let copy: Reader | undefined
  let log: Reader | undefined
  try {
    copy = await openReader(entry, headBytes)
    log = await openLive(live.path, headBytes)
    for (;;) {
      const bytes = await copy.next()
      if (bytes === 'changed') return false
      if ((await log.seek(copy.mark(), 0)) !== 'full') return false
      if (bytes === 'end') return copy.track.offset > 0
    }
  } catch (cause) {
    if (!(cause instanceof Problem)) throw cause
    return false
  } finally {
    await copy?.close()
    await log?.close()
  }
}

/** The file to read next. `resume`: it was read before, up to this mark. */
export interface Choice {
  entry: Entry
  resume?: Mark
}

/** What comes after the place; undefined where nothing does yet. */
export async function nextFile(known: Known, entries: readonly Entry[]): Promise<Choice | undefined> {
  const { mark, held, earlier, headBytes } = known
  const last = entries.at(-1)
  const live = last?.live === true ? last : undefined
  for (const entry of entries.slice(await firstNewer(entries, known))) {
    if (entry.size === 0 || known.unreadable.has(fileKey(entry))) continue
    if (held !== undefined && fileKey(held) === fileKey(entry)) continue
    const before = await readBefore(entry, earlier, headBytes)
    if (!entry.live) {
      if (before !== undefined || (live !== undefined && live.size > 0 && (await isCopyOf(entry, live, headBytes))))
        continue
      return { entry }
    }
    if (before !== undefined) return { entry, resume: before }
    if (mark !== undefined && (await isSame(entry, entries, mark, headBytes))) return { entry, resume: mark }
    return { entry }
  }
  return undefined
}

/** The place in a file that was read before, as after a link has been set back. */
async function readBefore(entry: Entry, earlier: readonly Mark[], headBytes: number): Promise<Mark | undefined> {
  for (const mark of earlier)
    if (fileKey(mark) === fileKey(entry) && mark.offset >= LITTLE && (await compare(entry, mark, headBytes)) === 'full')
      return mark
  return undefined
}

/**
 * Whether the log is the file of the place after all: replaced by a copy of itself that went on (as by rsync), or not
 * truncated yet when its copy was taken for it. A file of the place's number that stands elsewhere speaks against it.
 */
async function isSame(live: Entry, entries: readonly Entry[], mark: Mark, headBytes: number): Promise<boolean> {
  const elsewhere = entries.some(entry => !entry.live && fileKey(entry) === fileKey(mark))
  return !elsewhere && (await compare(live, mark, headBytes)) === 'full'
}

/**
 * Opens the file a mark is in, `back` bytes before it. `short`: what is there of the file was read before. Searched again
 * while a rotation moves the files.
 */
export async function findMark(known: Known, mark: Mark, back: number): Promise<Reader | 'short' | undefined> {
  let short = false
  for (let search = 0; search < MOST_SEARCHES; search++) {
    const entries = await familyOf(known.path, known.previous)
    for await (const entry of candidates(known, mark, entries)) {
      const { match, reader } = await openAt(entry, mark, back, known.headBytes)
      if (reader !== undefined) return reader
      short ||= match === 'short' && !entry.live
    }
    if (signatureOf(await familyOf(known.path, known.previous)) === signatureOf(entries)) break
  }
  return short ? 'short' : undefined
}

async function* candidates(known: Known, mark: Mark, entries: readonly Entry[]): AsyncGenerator<Entry> {
  const same = (entry: Entry): boolean => fileKey(entry) === fileKey(mark)
  const live = entries.filter(entry => entry.live)
  if (mark.offset >= LITTLE) yield* live.filter(same)
  const lower = await lastEarlier(entries, known.earlier, known.headBytes)
  const rotated = entries.filter((entry, index) => !entry.live && index > lower)
  if (lower < 0 || mark.offset >= LITTLE) rotated.reverse()
  yield* rotated.filter(same)
  yield* rotated.filter(entry => !same(entry))
  yield* live
  yield* await looseFiles(known.path, mark.inode, entries)
}
