/** What befell a followed log: rotations, truncations, and what was lost by them. */
import type { FollowHealth } from '../follower.ts'
import type { Mark } from './track.ts'

/** What was lost is said until the log has been rotated so often: the loss itself, as a rule, comes with a rotation. */
const SAID_FOR = 2

/** Kept by a follower; `health` has the counts since it was opened, and the last notice for a few rotations more. */
export class FollowHistory {
  #rotations = 0
  #truncations = 0
  #lostBytes = 0
  #notice: { sentence: string; rotation: number } | undefined

  /** Takes note of a sentence that people should read. */
  say(sentence: string): void {
    this.#notice = { sentence, rotation: this.#rotations }
  }

  rotated(): void {
    this.#rotations++
    if (this.#notice !== undefined && this.#rotations - this.#notice.rotation >= SAID_FOR) this.#notice = undefined
  }

  truncated(): void {
    this.#truncations++
  }

  /** The file of a place cannot be found; `backlog` bytes of it were seen and not read. */
  lost(path: string, mark: Mark, backlog: number): void {
    this.#lostBytes += backlog
    this.say(
      `${path}: the file that was read up to byte ${mark.offset} is gone, neither rotated nor copied to where it could be found; ` +
        `what was written to it after ${new Date(mark.mtime).toISOString()} is lost`,
    )
  }

  /** As a follower tells it, beside what its path leads to now. */
  get health(): Omit<FollowHealth, 'state'> {
    return {
      ...(this.#notice === undefined ? {} : { message: this.#notice.sentence }),
      rotations: this.#rotations,
      truncations: this.#truncations,
      lostBytes: this.#lostBytes,
    }
  }
}
