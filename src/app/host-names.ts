/** Which hosts wrote the lines: a model of one host is no measure for another. */
import type { EventView, OpenBatch } from '../core/view.ts'

const MOST = 64

/**
 * Collects the host names of all events observed, 64 at most; written into the model that is trained and held
 * against the model that is used.
 */
export class HostNames {
  readonly #names = new Set<string>()
  #open: OpenBatch | undefined
  #text = -1

  observe(event: EventView): void {
    const text = event.open.batch.columns.host[event.row]
    if (text < 0 || (text === this.#text && event.open === this.#open)) return
    this.#text = text
    this.#open = event.open
    const { host } = event
    if (host !== undefined && this.#names.size < MOST) this.#names.add(host)
  }

  /** In order of the alphabet, the first 64 met. */
  list(): string[] {
    return [...this.#names].sort()
  }
}
