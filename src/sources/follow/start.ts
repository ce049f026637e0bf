/** Where a follower begins: where an earlier one stopped, or at the log's end or start. */
import { Problem } from '../../core/errors.ts'
import type { FollowPosition } from '../follower.ts'
import { familyOf } from './family.ts'
import { type Part, partAt, partOf } from './part.ts'
import { decodePosition, type EarlierPlace } from './position.ts'
import type { Reader } from './readers.ts'
import { openLive, openReader } from './readers.ts'
import type { Mark } from './track.ts'

export interface Start {
  /** The file to go on in; undefined: in the first that comes. */
  current: Part | undefined
  earlier: readonly EarlierPlace[]
  /** It goes on where an earlier run stopped. */
  resumed: boolean
  /** What people should know of it. */
  notice?: string
}

/** Finds the place that `from` names. @throws nothing for what is wrong with the files */
export async function startAt(path: string, from: 'end' | 'start' | FollowPosition, headBytes: number): Promise<Start> {
  const position = typeof from === 'object' ? decodePosition(from) : undefined
  if (position !== undefined) {
    const { mark, back, earlier } = position
    return { current: mark === undefined ? undefined : partAt(mark, back), earlier, resumed: true }
  }
  // Everything rotated before the start is old.
  const newest = await newestRotated(path, headBytes)
  const reader = from === 'end' ? await openAtEnd(path, headBytes) : undefined
  return {
    current: reader === undefined ? undefined : partOf(reader),
    earlier: newest === undefined ? [] : [{ mark: newest, back: 0, late: false }],
    resumed: false,
    ...(typeof from === 'object'
      ? { notice: `${path}: the place reached before is unknown; it is read from its start` }
      : {}),
  }
}

/** A place in the newest rotated file that can be read, to tell it from those that will come. */
async function newestRotated(path: string, headBytes: number): Promise<Mark | undefined> {
  const entries = await familyOf(path)
  for (const entry of entries.filter(({ live, size }) => !live && size > 0).reverse()) {
    let reader: Reader | undefined
    try {
      reader = await openReader(entry, headBytes)
      await reader.next()
      return reader.mark()
    } catch (cause) {
      if (!(cause instanceof Problem)) throw cause
    } finally {
      await reader?.close()
    }
  }
  return undefined
}

/** The log, behind its last whole line; undefined where there is nothing before that, or no file that can be read. */
async function openAtEnd(path: string, headBytes: number): Promise<Reader | undefined> {
  let reader: Reader | undefined
  try {
    const live = await openLive(path, headBytes)
    reader = live
    const end = await live.lastLineEnd()
    if (end > 0) {
      await live.goTo(end)
      return live
    }
  } catch (cause) {
    if (!(cause instanceof Problem)) throw cause
  }
  await reader?.close()
  return undefined
}
