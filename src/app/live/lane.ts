/** One log that is followed: its follower, its parser and its stream, from bytes to events. */
import type { Batch } from '../../core/batch.ts'
import type { InputStream, StreamSnapshot } from '../../engine/stream.ts'
import { type ChunkOptions, ChunkParser } from '../../parsers/chunk.ts'
import type { Follower, FollowPosition } from '../../sources/follower.ts'

export interface LaneSnapshot {
  path: string
  position: FollowPosition
  stream: StreamSnapshot
}

/** What one `pump` brought. */
export interface Pumped {
  bytes: number
  /** Lines in this chunk, and of these not understood. */
  lines: number
  unknown: number
  samples: readonly string[]
}

export class Lane {
  readonly follower: Follower
  readonly stream: InputStream
  /** When the last bytes came, by a steady clock: one that is set back must hold up nothing. NaN before the first. */
  #arrived = Number.NaN
  bytes = 0
  /** Whether the last read found nothing more, or took the last there was. */
  caughtUp = false
  readonly #parsing: ChunkOptions
  #parser: ChunkParser
  /** Whether something stands in the stream or parser that time alone may decide. */
  #unsettled = false

  constructor(follower: Follower, stream: InputStream, parsing: ChunkOptions, parser?: ChunkParser) {
    this.follower = follower
    this.stream = stream
    // The log may be rotated away before a finding is told: the proving lines' text is kept with them.
    this.#parsing = { ...parsing, keepRaw: true }
    this.#parser = parser ?? new ChunkParser(this.#parsing)
  }

  /** Holds the beginning of a line whose end has not come. */
  get parser(): ChunkParser {
    return this.#parser
  }

  get unsettled(): boolean {
    return this.#unsettled
  }

  get path(): string {
    return this.follower.path
  }

  /** Reads one chunk and hands its events on; undefined where there is none for now. `time` is a steady clock's. @throws Problem */
  async pump(time: number): Promise<Pumped | undefined> {
    const chunk = await this.follower.read()
    this.caughtUp = (chunk === undefined || chunk.last === true) && this.follower.behind !== true
    if (chunk === undefined) return undefined
    const pumped: Pumped = { bytes: chunk.bytes.length, lines: 0, unknown: 0, samples: [] }
    if (chunk.fresh) {
      this.#take(this.#parser.end(), pumped)
      this.#parser = new ChunkParser(this.#parsing)
      this.stream.beginFile()
    }
    this.#take(this.#parser.push(chunk.bytes, chunk.offset), pumped)
    this.#take(this.#parser.flush(), pumped)
    this.bytes += chunk.bytes.length
    this.#arrived = time
    this.#unsettled = true
    return pumped
  }

  #take(batches: readonly Batch[], pumped: Pumped): void {
    for (const batch of batches) {
      this.stream.push(batch)
      pumped.lines += batch.counts.lines
      pumped.unknown += batch.counts.unknown + batch.counts.malformed
      if (batch.samples.length > 0) pumped.samples = [...pumped.samples, ...batch.samples]
    }
  }

  /**
   * Decides what waits for lines that will not come: nothing has come for `patience` milliseconds. `now` is the wall
   * clock's, `time` a steady one's.
   */
  settle(now: number, time: number, patience: number): void {
    this.stream.confirm(now)
    if (!this.#unsettled) return
    // After a restart the wait begins anew: lines may have been written meanwhile.
    if (Number.isNaN(this.#arrived)) this.#arrived = time
    if (time - this.#arrived < patience) return
    this.stream.flush()
    this.#unsettled = false
  }

  snapshot(): LaneSnapshot {
    return {
      path: this.path,
      position: this.follower.position(this.#parser.unfinished),
      stream: this.stream.snapshot(),
    }
  }

  /** Fills a fresh lane from a snapshot's stream; its follower was opened at the snapshot's position. */
  restore(stream: StreamSnapshot): void {
    this.stream.restore(stream)
    this.#unsettled = true
  }
}
