/** Follows a stream of bytes, standard input as a rule. */
import { Bell } from './follow/bell.ts'
import type { FollowChunk, Follower, FollowHealth, FollowPosition } from './follower.ts'

const MOST = 1 << 20

/** Follows a stream; it is read no further ahead than one chunk. What has passed is gone: a restart reads what comes then. */
export function followStdin(stream: AsyncIterable<Uint8Array> = process.stdin): Follower {
  return new StreamFollower(stream)
}

class StreamFollower implements Follower {
  readonly path = '-'
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #bell = new Bell()
  #ready: Uint8Array | undefined
  #asked = false
  #fresh = true
  #health: FollowHealth = { state: 'following', rotations: 0, truncations: 0, lostBytes: 0 }
  #over = false

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]()
    this.#ask()
  }

  #ask(): void {
    if (this.#asked || this.#over) return
    this.#asked = true
    this.#chunks
      .next()
      .then(
        next => {
          if (next.done === true) this.#end('waiting', 'the input has ended')
          else this.#ready = next.value
        },
        (cause: unknown) =>
          this.#end('failed', `the input broke off: ${cause instanceof Error ? cause.message : String(cause)}`),
      )
      .finally(() => {
        this.#asked = false
        this.#bell.ring()
      })
  }

  #end(state: FollowHealth['state'], message: string): void {
    this.#over = true
    this.#health = { ...this.#health, state, message }
  }

  async read(): Promise<FollowChunk | undefined> {
    this.#bell.clear()
    if (this.#ready === undefined) {
      this.#ask()
      // What is already there comes within one turn.
      await new Promise<void>(resolve => setImmediate(resolve))
    }
    const ready = this.#ready
    if (ready === undefined) return undefined
    const bytes = ready.subarray(0, MOST)
    this.#ready = ready.length > MOST ? ready.subarray(MOST) : undefined
    if (this.#ready === undefined) this.#ask()
    if (bytes.length === 0) return await this.read()
    const fresh = this.#fresh
    this.#fresh = false
    return { bytes, offset: 0, path: this.path, fresh }
  }

  get over(): boolean {
    return this.#over && this.#ready === undefined
  }

  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    return this.#ready === undefined ? this.#bell.wait(milliseconds, signal) : Promise.resolve()
  }

  /** There is no going back in a stream. */
  position(): FollowPosition {
    return { kind: 'stdin' }
  }

  health(): FollowHealth {
    return this.#health
  }

  async close(): Promise<void> {
    this.#end('waiting', 'closed')
    this.#ready = undefined
    this.#bell.ring()
    // A stream that is silent would answer only when something comes: it is told, not waited for.
    this.#chunks.return?.().catch(() => undefined)
  }
}
