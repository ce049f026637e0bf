/**
 * Whether an answer of 200 gave what was asked for. Single-page applications and catch-all sites answer everything with
 * the same page: the home page, or one whose size is that of other pages which should not be there.
 */
import { DAY } from '../../core/time.ts'
import type { EventView } from '../../core/view.ts'
import type { DistinctCount, Memory, State } from '../../kit/state/index.ts'

/** So many different things that should not be there, all of one size, are one page. */
const SAME_PAGE = 3
const KEEP = 30 * DAY

/**
 * Kept in the rule's state, by the site that the log names. Show it every request (`learn`) and every odd one that
 * was answered (`note`); `isOwnPage` judges by what came before.
 */
export class ServedPages {
  readonly #homes: Memory<true>
  readonly #sizes: DistinctCount

  constructor(state: State) {
    this.#homes = state.memory('home-pages', { keep: KEEP, cap: 10_000 })
    this.#sizes = state.distinctCount('page-sizes', { window: KEEP, limit: SAME_PAGE, cap: 20_000, evidence: 0 })
  }

  /** Learns the home page's sizes; to be called with every request. */
  learn(event: EventView): void {
    if (event.status !== 200 || event.path !== '/' || event.query !== undefined || event.traits !== 0) return
    const key = pageOf(event, event.size)
    if (this.#homes.get(key, event.time) === undefined) this.#homes.set(key, true, event.time)
  }

  /** Notes that a thing that should not be there was answered with a page of this size. */
  note(event: EventView): void {
    if (event.status === 200) this.#sizes.add(pageOf(event, event.size), event.path ?? '', event.time)
  }

  /** Whether an answer of that size is a page of its own, as far as is known by now. */
  isOwnPage(event: EventView, size: number): boolean {
    const page = pageOf(event, size)
    return (
      size > 0 && this.#homes.get(page, event.time) === undefined && this.#sizes.count(page, event.time) < SAME_PAGE
    )
  }
}

function pageOf(event: EventView, size: number): string {
  return `${event.target ?? ''} ${size}`
}
