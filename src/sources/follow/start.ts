/** Where a follower without a position begins. */
import { Problem } from '../../core/errors.ts'
import { familyOf } from './family.ts'
import type { Reader } from './readers.ts'
import { openLive, openReader } from './readers.ts'
import type { Mark } from './track.ts'

/** A place in the newest rotated file that can be read, to tell it from those that will come. */
export async function newestRotated(path: string, headBytes: number): Promise<Mark | undefined> {
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
export async function openAtEnd(path: string, headBytes: number): Promise<Reader | undefined> {
  try {
    const reader = await openLive(path, headBytes)
    const end = await reader.lastLineEnd()
    if (end > 0) {
      await reader.goTo(end)
      return reader
    }
    await reader.close()
  } catch (cause) {
    if (!(cause instanceof Problem)) throw cause
  }
  return undefined
}
