/** What the tests of followers share: lines to write, and a reader that puts them together again. */
import { afterEach } from 'vitest'
import type { FileFollower, FollowFileOptions } from '../../src/sources/follow/file.ts'
import { followFile } from '../../src/sources/follow/file.ts'
import type { FollowChunk, Follower, FollowPosition } from '../../src/sources/follower.ts'

const NEWLINE = 10

/** Puts chunks together to lines as the program does: a line left unfinished ends where another file begins. */
export class LineReader {
  readonly lines: string[] = []
  #rest: Buffer = Buffer.alloc(0)

  take(chunk: FollowChunk): void {
    if (chunk.fresh) this.#end()
    let from = 0
    const bytes = Buffer.concat([this.#rest, chunk.bytes])
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      this.lines.push(bytes.toString('latin1', from, end))
      from = end + 1
    }
    this.#rest = bytes.subarray(from)
  }

  #end(): void {
    if (this.#rest.length > 0) this.lines.push(this.#rest.toString('latin1'))
    this.#rest = Buffer.alloc(0)
  }

  /** The position to go on from, as after a restart: the unfinished line is forgotten. */
  stop(follower: Follower): FollowPosition {
    const position = follower.position(this.#rest.length)
    this.#rest = Buffer.alloc(0)
    // As a checkpoint keeps it.
    return JSON.parse(JSON.stringify(position))
  }
}

const open: Follower[] = []
afterEach(async () => {
  for (const follower of open.splice(0)) await follower.close()
})

/** Follows a file until the test ends. */
export async function follow(path: string, from: FollowFileOptions['from'] = 'start'): Promise<FileFollower> {
  const follower = await followFile(path, { from })
  open.push(follower)
  return follower
}

/** Takes everything that is there now. */
export async function readAll(follower: Follower, reader = new LineReader()): Promise<string[]> {
  const before = reader.lines.length
  for (let chunk = await follower.read(); chunk !== undefined; chunk = await follower.read()) reader.take(chunk)
  return reader.lines.slice(before)
}
