/**
 * Follows a file through rotation, truncation and restarts. The text of a log is a sequence of files; the follower reads
 * each to its end and goes on in the next, and it goes on only where the bytes themselves say that it is the right place
 * (track.ts). What a writer still adds to a file that was rotated away is delivered late, but delivered.
 */
import type { BigIntStats } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { hasCode, Problem } from '../../core/errors.ts'
import { kindOf } from '../file.ts'
import type { FollowChunk, Follower, FollowHealth, FollowPosition } from '../follower.ts'
import { notAFile, pathProblem } from '../problems.ts'
import { familyOf } from './family.ts'
import { decodePosition, encodePosition } from './position.ts'
import type { Reader } from './readers.ts'
import { openListed, openLive, openReader, sentenceOf } from './readers.ts'
import type { Known } from './search.ts'
import { fileKey, findMark, nextFile } from './search.ts'
import type { Mark } from './track.ts'
import { PathWatch } from './watch.ts'

export interface FollowFileOptions {
  /** `end`: what is written from now on, as at a first start; or where an earlier run stopped. */
  from: 'end' | 'start' | FollowPosition
  /** Bytes at a file's beginning that tell it from others. */
  headBytes?: number
}

const HEAD_BYTES = 1024
/** Files rotated away that are remembered, and how long one that is silent is kept open; milliseconds. */
const MOST_EARLIER = 3
const LINGER = 600_000
/** Steps of one read: files that turn out empty, searches that a rotation spoils. */
const MOST_STEPS = 50
const MOST_UNREADABLE = 1000
const NEWLINE = 10

/** One file of the log's sequence. */
interface Part {
  /** Absent: it is gone, not found yet, or read to its end and closed. */
  reader: Reader | undefined
  /** Where it was left; kept up to date where there is no reader. */
  mark: Mark | undefined
  back: number
  /** Its search was made. */
  searched: boolean
  /** Device and inode of the log while this was it: a copy of it has others. */
  origin: { device: string; inode: string } | undefined
  /** Bytes that were seen behind the mark. */
  backlog: number
}

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
  readonly #watch = new PathWatch()
  /** Being read; undefined before the first file. */
  #current: Part | undefined
  /** Read before it, oldest first. */
  #earlier: Part[] = []
  /** The one that the last chunk came from. */
  #last: Part | undefined
  /** The last chunk ended inside a line. */
  #inLine = false
  /** Where the path led when the current file was the log. */
  #real: string | undefined
  /** The path's state at the last read, for `wait`. */
  #seen = ''
  readonly #unreadable = new Set<string>()
  #reading: Promise<unknown> = Promise.resolve()
  #closed = false
  #state: FollowHealth['state'] = 'waiting'
  #sentence: string | undefined
  /** Why the log, which is there, cannot be opened. */
  #refused: string | undefined
  /** What was lost, until the next rotation. */
  #notice: string | undefined
  #rotations = 0
  #truncations = 0
  #lostBytes = 0

  constructor(path: string, headBytes: number) {
    this.path = path
    this.#headBytes = headBytes
  }

  /** Goes to the place to start from. Called once, before everything else. */
  async begin(from: FollowFileOptions['from']): Promise<void> {
    await this.#aim()
    if (typeof from === 'object') {
      const position = decodePosition(from)
      if (position === undefined)
        this.#notice = `${this.path}: the place reached before is unknown; it is read from its start`
      else {
        const { mark, back, earlier } = position
        if (mark !== undefined) this.#current = this.#last = { ...newPart(mark), back }
        for (const place of earlier)
          this.#earlier.push({ ...newPart(place.mark), back: place.back, searched: !place.late })
        return
      }
    }
    await this.#rememberNewest()
    if (from === 'end') await this.#goToEnd()
    await this.#look()
  }

  /** Everything rotated before the start is old. */
  async #rememberNewest(): Promise<void> {
    const entries = await familyOf(this.path)
    for (const entry of entries.filter(({ live, size }) => !live && size > 0).reverse()) {
      try {
        const reader = await openReader(entry, this.#headBytes)
        await reader.next()
        this.#earlier = [{ ...newPart(reader.mark()), searched: true }]
        await reader.close()
        return
      } catch (cause) {
        if (!(cause instanceof Problem)) throw cause
      }
    }
  }

  async #goToEnd(): Promise<void> {
    try {
      const reader = await openLive(this.path, this.#headBytes)
      const end = await reader.lastLineEnd()
      if (end === 0) return await reader.close()
      await reader.goTo(end)
      this.#current = this.#last = partOf(reader)
    } catch (cause) {
      if (!(cause instanceof Problem)) throw cause
    }
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
      if (chunk !== undefined) return chunk
      if (part !== undefined && part.reader === undefined && !part.searched) continue
      const live = await this.#look()
      if (part?.reader !== undefined && live !== undefined && fileKeyOf(live) === fileKey(part.reader)) {
        if (Number(live.size) !== part.reader.track.offset) continue
        part.reader.path = this.path
        this.#refused = undefined
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

  /** What is new in the file that is being read. */
  async #readOn(part: Part): Promise<FollowChunk | undefined> {
    const { reader } = part
    if (reader === undefined) return undefined
    const bytes = await this.#next(reader)
    if (bytes instanceof Uint8Array) return this.#deliver(bytes, part, reader)
    if (bytes === 'end') return undefined
    this.#truncations++
    await closePart(part)
    part.searched = false
    return undefined
  }

  async #next(reader: Reader, lines?: boolean): Promise<Awaited<ReturnType<Reader['next']>>> {
    try {
      return await reader.next(lines)
    } catch (cause) {
      this.#notice = sentenceOf(pathProblem(reader.path, cause))
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
    if (found === 'short') return
    this.#lostBytes += part.backlog
    this.#notice =
      `${this.path}: the file that was read up to byte ${mark.offset} is gone, neither rotated nor copied to where it could be found; ` +
      `what was written to it after ${new Date(mark.mtime).toISOString()} is lost`
  }

  #known(part: Part | undefined): Known {
    return {
      path: this.path,
      headBytes: this.#headBytes,
      previous: this.#real,
      mark: part === undefined ? undefined : markOf(part),
      held: part?.reader,
      earlier: this.#earlier.filter(other => other !== part).flatMap(other => markOf(other) ?? []),
      unreadable: this.#unreadable,
    }
  }

  /** Opens the file that comes after the current one; `again`: look anew, undefined: there is none yet. */
  async #goOn(): Promise<FollowChunk | 'again' | undefined> {
    this.#refused = undefined
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
        this.#refused = sentenceOf(problem)
        return undefined
      }
      this.#notice = `${sentenceOf(problem)}; its lines are lost`
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
    const index = this.#earlier.findIndex(other => samePlace(markOf(other), resume))
    const [before] = this.#earlier.splice(index, 1)
    await closePart(before)
    await this.#turnTo({ ...before, ...partOf(reader) })
    return 'again'
  }

  async #turnTo(part: Part): Promise<void> {
    const before = this.#current
    this.#current = part
    this.#real = await realpath(this.path).catch(() => this.#real)
    await this.#aim()
    if (before === undefined) return
    this.#rotations++
    this.#earlier.push(before)
    while (this.#earlier.length > MOST_EARLIER) {
      const oldest = this.#earlier.shift()
      if (oldest !== undefined) await closePart(oldest)
    }
  }

  /** Whole lines that were written to a file after it was rotated away. */
  async #readLate(): Promise<FollowChunk | undefined> {
    // In the middle of a line nothing may come between.
    if (this.#inLine && this.#last === this.#current) return undefined
    for (const part of this.#earlier) {
      if (part.reader === undefined && !part.searched) await this.#findLate(part)
      const { reader } = part
      if (reader === undefined) continue
      const over = Date.now() - reader.mark().mtime > LINGER
      const bytes = await this.#next(reader, !over)
      if (bytes instanceof Uint8Array) return this.#deliver(bytes, part, reader)
      if (bytes === 'changed' || over) await closePart(part)
    }
    return undefined
  }

  async #findLate(part: Part): Promise<void> {
    part.searched = true
    if (part.mark === undefined) return
    const known = { ...this.#known(part), earlier: [] }
    const found = await findMark(known, part.mark, part.back)
    if (found === undefined || found === 'short') return
    part.reader = found
    part.back = 0
  }

  #deliver(bytes: Uint8Array, part: Part, reader: Reader): FollowChunk {
    const fresh = part !== this.#last
    this.#last = part
    this.#inLine = bytes.at(-1) !== NEWLINE
    return { bytes, offset: reader.track.offset - bytes.length, path: reader.path, fresh }
  }

  /** What the path leads to, said in `health`. */
  async #look(): Promise<BigIntStats | undefined> {
    try {
      const info = await stat(this.path, { bigint: true })
      this.#seen = stateOf(info)
      if (!info.isFile()) throw notAFile(this.path, kindOf(info))
      this.#state = 'following'
      this.#sentence = undefined
      return info
    } catch (cause) {
      const absent = hasCode(cause, 'ENOENT')
      if (!(cause instanceof Problem)) this.#seen = codeOf(cause)
      this.#state = absent ? 'waiting' : 'failed'
      this.#sentence = absent
        ? `${this.path} does not exist now; it is read from its start when it appears`
        : sentenceOf(pathProblem(this.path, cause))
      return undefined
    }
  }

  async #aim(): Promise<void> {
    const real = await realpath(this.path).catch(() => this.path)
    this.#watch.aim(real === this.path ? [real] : [this.path, real])
  }

  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.resolve()
    return this.#watch.wait(milliseconds, signal, async () => {
      const state = await stat(this.path, { bigint: true }).then(stateOf, codeOf)
      return state !== this.#seen
    })
  }

  position(unfinished: number): FollowPosition {
    const place = (part: Part): { mark: Mark | undefined; back: number } => {
      const mark = markOf(part)
      const back = part.back + (part === this.#last ? unfinished : 0)
      return { mark, back: Math.min(back, mark?.offset ?? 0) }
    }
    return encodePosition({
      ...(this.#current === undefined ? { mark: undefined, back: 0 } : place(this.#current)),
      earlier: this.#earlier.flatMap(part => {
        const { mark, back } = place(part)
        const late = part.reader !== undefined || !part.searched
        return mark === undefined ? [] : [{ mark, back, late }]
      }),
    })
  }

  health(): FollowHealth {
    const message = this.#sentence ?? this.#refused ?? this.#notice
    return {
      state: this.#refused === undefined ? this.#state : 'failed',
      ...(message === undefined ? {} : { message }),
      rotations: this.#rotations,
      truncations: this.#truncations,
      lostBytes: this.#lostBytes,
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#watch.ring()
    this.#watch.close()
    await this.#reading
    for (const part of [this.#current, ...this.#earlier]) if (part !== undefined) await closePart(part)
  }
}

function newPart(mark: Mark): Part {
  const { device, inode } = mark
  return { reader: undefined, mark, back: 0, searched: false, origin: { device, inode }, backlog: 0 }
}

function partOf(reader: Reader): Part {
  const origin = { device: String(reader.device), inode: String(reader.inode) }
  return { reader, mark: undefined, back: 0, searched: true, origin, backlog: 0 }
}

function markOf(part: Part): Mark | undefined {
  return part.reader === undefined ? part.mark : { ...part.reader.mark(), ...part.origin }
}

async function closePart(part: Part): Promise<void> {
  if (part.reader === undefined) return
  part.mark = markOf(part)
  part.backlog = part.reader.backlog
  await part.reader.close()
  part.reader = undefined
}

const samePlace = (a: Mark | undefined, b: Mark): boolean =>
  a !== undefined && a.offset === b.offset && a.head === b.head && a.tail === b.tail

const fileKeyOf = (info: BigIntStats): string => fileKey({ device: info.dev, inode: info.ino })

const stateOf = (info: BigIntStats): string => [info.dev, info.ino, info.size, info.mtimeNs, info.ctimeNs].join(':')

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
