/**
 * Follows a file through rotation, truncation and restarts. The text of a log is a sequence of files; the follower reads
 * each to its end and goes on in the next, and it goes on only where the bytes themselves say that it is the right place
 * (track.ts). What a writer still adds to a file that was rotated away is delivered late, but delivered.
 */
import type { BigIntStats } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { hasCode } from '../../core/errors.ts'
import type { FollowChunk, Follower, FollowHealth, FollowPosition } from '../follower.ts'
import { pathProblem } from '../problems.ts'
import { Earlier } from './earlier.ts'
import { familyOf } from './family.ts'
import { FollowHistory } from './history.ts'
import { closePart, markOf, type Part, partOf, samePlace } from './part.ts'
import { PathState } from './path-state.ts'
import { encodePosition } from './position.ts'
import { openListed, type Reader, type ReadResult, sentenceOf } from './readers.ts'
import { fileKey, findMark, isOneOf, type Known, nextFile } from './search.ts'
import { startAt } from './start.ts'
import type { Mark } from './track.ts'
import { PathWatch } from './watch.ts'

export interface FollowFileOptions {
  /** `end`: what is written from now on, as at a first start; or where an earlier run stopped. */
  from: 'end' | 'start' | FollowPosition
  /** Bytes at a file's beginning that tell it from others. */
  headBytes?: number
}

const HEAD_BYTES = 1024
/** Steps of one read: files that turn out empty, searches that a rotation spoils. */
const MOST_STEPS = 50
const MOST_UNREADABLE = 1000
const NEWLINE = 10

/** Follows a file that may be absent for now. @throws nothing for what is wrong with the file: `health` says it */
export async function followFile(path: string, options: FollowFileOptions): Promise<FileFollower> {
  const follower = new FileFollower(path, options.headBytes ?? HEAD_BYTES)
  await follower.begin(options.from)
  return follower
}

/** The follower of a file; made by `followFile`. */
export class FileFollower implements Follower {
  readonly path: string
  readonly #headBytes: number
  readonly #watch: PathWatch
  readonly #state: PathState
  /** Being read; undefined before the first file. */
  #current: Part | undefined
  /** Read before it, oldest first. */
  readonly #earlier = new Earlier()
  /** The one that the last chunk came from. */
  #last: Part | undefined
  /** The last chunk ended inside a line. */
  #inLine = false
  /** Where the path led when the current file was the log. */
  #real: string | undefined
  readonly #unreadable = new Set<string>()
  #reading: Promise<unknown> = Promise.resolve()
  #closed = false
  readonly #history = new FollowHistory()

  constructor(path: string, headBytes: number) {
    this.path = path
    this.#watch = new PathWatch(path)
    this.#state = new PathState(path)
    this.#headBytes = headBytes
  }

  /** Goes to the place to start from. Called once, before everything else. */
  async begin(from: FollowFileOptions['from']): Promise<void> {
    const { current, earlier, resumed, notice } = await startAt(this.path, from, this.#headBytes)
    this.#current = this.#last = current
    this.#earlier.restore(earlier)
    if (notice !== undefined) this.#history.say(notice)
    if (!resumed) await this.#state.look()
  }

  read(): Promise<FollowChunk | undefined> {
    const reading = this.#reading.then(() => this.#read())
    this.#reading = reading.catch(() => undefined)
    return reading
  }

  async #read(): Promise<FollowChunk | undefined> {
    this.#watch.clear()
    for (let step = 0; step < MOST_STEPS && !this.#closed; step++) {
      const part = this.#current
      if (part !== undefined && part.reader === undefined && !part.searched) await this.#find(part)
      const chunk = part === undefined ? undefined : await this.#readOn(part)
      if (chunk !== undefined) return (await this.#isLast(part)) ? { ...chunk, last: true } : chunk
      if (part !== undefined && part.reader === undefined && !part.searched) continue
      const live = await this.#state.look()
      if (part?.reader !== undefined && live !== undefined && fileKeyOf(live) === fileKey(part.reader)) {
        if (Number(live.size) !== part.reader.track.offset) continue
        this.#isAt(part.reader)
        return await this.#readLate()
      }
      const next = await this.#goOn()
      if (next === 'again') continue
      return next ?? (await this.#readLate())
    }
    // Others rotate faster than we read: what is left is for the next call.
    this.#watch.ring()
    return undefined
  }

  /** Whether all is delivered: the path leads to this file and no further than it was read, and none before it is added to. */
  async #isLast(part: Part | undefined): Promise<boolean> {
    const reader = part?.reader
    if (reader === undefined || reader.backlog > 0 || !this.#earlier.isOver) return false
    const live = await this.#state.look()
    if (live === undefined || fileKeyOf(live) !== fileKey(reader)) return false
    this.#isAt(reader)
    return Number(live.size) === reader.track.offset
  }

  /** The path leads to what is being read. */
  #isAt(reader: Reader): void {
    reader.path = this.path
    this.#state.refused = undefined
  }

  /** What is new in the file that is being read. */
  async #readOn(part: Part): Promise<FollowChunk | undefined> {
    const { reader } = part
    if (reader === undefined) return undefined
    const bytes = await this.#next(reader)
    if (bytes instanceof Uint8Array) return this.#deliver(bytes, part, reader)
    if (bytes === 'end') return undefined
    this.#history.truncated()
    await closePart(part)
    part.searched = false
    return undefined
  }

  async #next(reader: Reader, lines?: boolean): Promise<ReadResult> {
    try {
      return await reader.next(lines)
    } catch (cause) {
      this.#history.say(sentenceOf(pathProblem(reader.path, cause)))
      return 'end'
    }
  }

  /** Finds the file that the place is in: after a restart, or the copy where the log was truncated. */
  async #find(part: Part): Promise<void> {
    const { mark } = part
    part.searched = true
    if (mark === undefined) return
    const found = await findMark(this.#known(part), mark, part.back)
    if (found !== undefined && found !== 'short') {
      part.reader = found
      part.back = 0
      return
    }
    if (found === undefined) this.#history.lost(this.path, mark, part.backlog)
  }

  #known(part: Part | undefined): Known {
    return {
      path: this.path,
      headBytes: this.#headBytes,
      previous: this.#real,
      mark: part === undefined ? undefined : markOf(part),
      held: part?.reader,
      earlier: this.#earlier.marks,
      unreadable: this.#unreadable,
    }
  }

  /** Opens the file that comes after the current one; `again`: look anew, undefined: there is none yet. */
  async #goOn(): Promise<FollowChunk | 'again' | undefined> {
    this.#state.refused = undefined
    const part = this.#current
    const choice = await nextFile(this.#known(part), await familyOf(this.path, this.#real))
    if (choice === undefined) return undefined
    // Whoever writes to the new file has, as a rule, stopped to write to the old one: now its end is its end.
    if (part !== undefined) {
      const rest = await this.#readOn(part)
      if (rest !== undefined) return rest
      if (part.reader === undefined && !part.searched) return 'again'
    }
    const { entry, resume } = choice
    let reader: Reader | undefined
    try {
      reader = await openListed(entry, this.#headBytes)
      if (reader === undefined) return 'again'
      if (resume !== undefined) {
        if ((await reader.seek(resume, 0)) === 'full') return await this.#resume(reader, resume)
        await reader.close()
        return 'again'
      }
      const bytes = await reader.next()
      if (bytes instanceof Uint8Array) {
        // The log may have been copied and truncated before it was read: then the copy comes first.
        const sure = await nextFile(this.#known(part), await familyOf(this.path, this.#real))
        if (sure !== undefined && sure.resume === undefined && fileKey(sure.entry) === fileKey(reader)) {
          await this.#turnTo(partOf(reader))
          return this.#deliver(bytes, this.#current ?? partOf(reader), reader)
        }
      } else if (bytes === 'end' && !entry.live) this.#skip(entry)
      await reader.close()
      return 'again'
    } catch (cause) {
      await reader?.close()
      const problem = pathProblem(entry.path, cause)
      if (hasCode(problem.cause, 'ENOENT')) return 'again'
      if (entry.live) {
        this.#state.refused = sentenceOf(problem)
        return undefined
      }
      this.#history.say(`${sentenceOf(problem)}; its lines are lost`)
      this.#skip(entry)
      return 'again'
    }
  }

  #skip(file: { device: string; inode: string }): void {
    if (this.#unreadable.size >= MOST_UNREADABLE) this.#unreadable.clear()
    this.#unreadable.add(fileKey(file))
  }

  /** Goes on in a file that was read before: the current one under another inode, or one that a link leads back to. */
  async #resume(reader: Reader, resume: Mark): Promise<'again'> {
    const part = this.#current
    const mark = part === undefined ? undefined : markOf(part)
    if (part !== undefined && mark !== undefined && samePlace(mark, resume)) {
      await part.reader?.close()
      part.reader = reader
      part.origin = { device: String(reader.device), inode: String(reader.inode) }
      return 'again'
    }
    const before = await this.#earlier.take(resume)
    if (before === undefined) await reader.close()
    else await this.#turnTo(Object.assign(before, partOf(reader)))
    return 'again'
  }

  async #turnTo(part: Part): Promise<void> {
    const before = this.#current
    this.#current = part
    this.#real = await realpath(this.path).catch(() => this.#real)
    this.#watch.stop()
    if (part.reader !== undefined && before !== undefined) part.reader.floor = markOf(before)?.mtime ?? 0
    if (before === undefined) return
    this.#history.rotated()
    await this.#earlier.push(before)
  }

  /** What was written to the files before. */
  async #readLate(): Promise<FollowChunk | undefined> {
    // In the middle of a line nothing may come between.
    if (this.#inLine && this.#last === this.#current) return undefined
    const late = await this.#earlier.next(
      (mark, back) => findMark({ ...this.#known(undefined), earlier: [] }, mark, back),
      (reader, lines) => this.#next(reader, lines),
    )
    return late === undefined ? undefined : this.#deliver(late.bytes, late.part, late.reader)
  }

  #deliver(bytes: Uint8Array, part: Part, reader: Reader): FollowChunk {
    const fresh = part !== this.#last
    this.#last = part
    this.#inLine = bytes.at(-1) !== NEWLINE
    return { bytes, offset: reader.track.offset - bytes.length, path: reader.path, fresh }
  }

  /** Whether it holds a file, named by device and inode (`device:inode`), open. */
  reads(key: string): boolean {
    const reader = this.#current?.reader
    return (reader !== undefined && fileKey(reader) === key) || this.#earlier.holds(other => fileKey(other) === key)
  }

  /** Whether a file is, by its content, one that was read: rotated to a name of its own. */
  async knows(path: string): Promise<boolean> {
    const current = this.#current === undefined ? undefined : markOf(this.#current)
    return await isOneOf(path, [...(current === undefined ? [] : [current]), ...this.#earlier.marks], this.#headBytes)
  }

  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return this.#watch.wait(milliseconds, signal, () => this.#state.changed())
  }

  position(unfinished: number): FollowPosition {
    const part = this.#current
    const mark = part === undefined ? undefined : markOf(part)
    const back = part === undefined ? 0 : part.back + (part === this.#last ? unfinished : 0)
    return encodePosition({
      mark,
      back: Math.min(back, mark?.offset ?? 0),
      earlier: this.#earlier.places(this.#last, unfinished),
    })
  }

  health(): FollowHealth {
    return { ...this.#history.health, ...this.#state.health }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#watch.ring()
    this.#watch.stop()
    await this.#reading
    if (this.#current !== undefined) await closePart(this.#current)
    await this.#earlier.close()
  }
}

const fileKeyOf = (info: BigIntStats): string => fileKey({ device: info.dev, inode: info.ino })
