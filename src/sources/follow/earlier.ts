/** The files that a log was in before: what a writer still adds to them is delivered late, but delivered. */

import type { Part } from './part.ts'
import { closePart, markOf, partAt, samePlace } from './part.ts'
import type { EarlierPlace } from './position.ts'
import type { Reader, ReadResult } from './readers.ts'
import type { Mark } from './track.ts'

const MOST_EARLIER = 3
/** How long one that is silent is kept open, in milliseconds. */
const LINGER = 600_000

export class Earlier {
  #parts: Part[] = []

  get marks(): Mark[] {
    return this.#parts.flatMap(part => markOf(part) ?? [])
  }

  /** Whether nothing more is to come of any. */
  get isOver(): boolean {
    return this.#parts.every(({ reader, searched }) => reader === undefined && searched)
  }

  /** Its places, for a checkpoint; `unfinished` bytes of what was delivered of one are to be read again. */
  places(last: Part | undefined, unfinished: number): EarlierPlace[] {
    return this.#parts.flatMap(part => {
      const mark = markOf(part)
      if (mark === undefined) return []
      const back = Math.min(mark.offset, part.back + (part === last ? unfinished : 0))
      return [{ mark, back, late: part.reader !== undefined || !part.searched }]
    })
  }

  restore(places: readonly EarlierPlace[]): void {
    this.#parts = places
      .slice(-MOST_EARLIER)
      .map(({ mark, back, late }) => ({ ...partAt(mark, back), searched: !late }))
  }

  async push(part: Part): Promise<void> {
    this.#parts.push(part)
    while (this.#parts.length > MOST_EARLIER) {
      const oldest = this.#parts.shift()
      if (oldest !== undefined) await closePart(oldest)
    }
  }

  /** Takes out the part at a place. */
  async take(mark: Mark): Promise<Part | undefined> {
    const part = this.#parts.find(other => samePlace(markOf(other), mark))
    if (part === undefined) return undefined
    this.#parts = this.#parts.filter(other => other !== part)
    await closePart(part)
    return part
  }

  /** Whether it holds a file open, by `fileKey`. */
  holds(test: (reader: Reader) => boolean): boolean {
    return this.#parts.some(({ reader }) => reader !== undefined && test(reader))
  }

  /** Whole lines that were written to one of the files since; what is unfinished only when its time is over. */
  async next(
    find: (mark: Mark, back: number) => Promise<Reader | 'short' | undefined>,
    read: (reader: Reader, lines: boolean) => Promise<ReadResult>,
  ): Promise<{ part: Part; reader: Reader; bytes: Uint8Array } | undefined> {
    for (const part of this.#parts) {
      if (part.reader === undefined && !part.searched) {
        part.searched = true
        const found = part.mark === undefined ? undefined : await find(part.mark, part.back)
        if (typeof found === 'object') {
          part.reader = found
          part.back = 0
        }
      }
      const { reader } = part
      if (reader === undefined) continue
      const over = Date.now() - reader.written > LINGER
      const bytes = await read(reader, !over)
      if (bytes instanceof Uint8Array) return { part, reader, bytes }
      if (bytes === 'changed' || over) await closePart(part)
    }
    return undefined
  }

  async close(): Promise<void> {
    for (const part of this.#parts) await closePart(part)
  }
}
