/** When a checkpoint is due: as often as the config wants, and never for more than a small share of the time. */

/** What checkpoints may take of the time. */
const SHARE = 1 / 200

/** Moments and spans are milliseconds of a steady clock. */
export class CheckpointPace {
  #last = Number.NEGATIVE_INFINITY
  #cost = 0
  /** Something was read since the last one, or that could not be written. */
  #wanted = false

  /** There is something new to be kept. */
  want(): void {
    this.#wanted = true
  }

  isDue(time: number, interval: number): boolean {
    return this.#wanted && time - this.#last >= Math.max(interval, this.#cost / SHARE)
  }

  /** One was tried between two moments; what could not be written is wanted still. */
  note(from: number, to: number, written: boolean): void {
    this.#last = from
    this.#cost = to - from
    this.#wanted = !written
  }
}
