/** The rates of a live run: kept as series in the store, shown as figures to Prometheus. */
import { SECOND } from '../../core/time.ts'
import { type BoardView, RateAnomaly, type RateBoard } from '../../rates/index.ts'
import type { Memory } from './memory.ts'
import type { LiveSession } from './session.ts'

/** Which second was stored last, so that a restart that reads the logs again adds nothing twice. */
const SETTING = 'rates.stored'
/** How often points are stored, milliseconds. */
const EVERY = 10 * SECOND

/**
 * Writes the seconds that the rate board counted into the store's series, every ten seconds at most; how far it came
 * stands in the store, so that a restart adds no second twice.
 */
export class RateSeries {
  readonly #memory: Memory
  #stored: number | undefined
  #last = Number.NEGATIVE_INFINITY

  constructor(memory: Memory) {
    this.#memory = memory
  }

  /** Stores the seconds since the last call; `time` is a steady clock's, `now` the wall clock's. */
  store(session: LiveSession, time: number, now: number): void {
    const board = boardOf(session)
    if (board === undefined || time - this.#last < EVERY) return
    this.#last = time
    const stored = this.#memory.write(store =>
      store.transaction(() => {
        // A clock that was ahead and set back must not keep points from being stored until it is there again.
        const before = Math.min(this.#stored ?? asSecond(store.settings.get(SETTING)), board.second)
        const points = board.takePoints(before).map(({ series, time: second, value }) => ({
          name: series,
          time: second * SECOND,
          value,
        }))
        if (points.length === 0) return before
        store.series.append(points)
        const latest = points.reduce((most, point) => Math.max(most, point.time / SECOND), before)
        store.settings.set(SETTING, latest, now)
        return latest
      }),
    )
    // Only what the database has kept is stored.
    if (stored !== undefined) this.#stored = stored
  }
}

/** The rates as they stand; undefined where their detector does not run. */
export function ratesOf(session: LiveSession, now: number): BoardView | undefined {
  return boardOf(session)?.view(Math.floor(now / SECOND))
}

function boardOf(session: LiveSession): RateBoard | undefined {
  const found = session.engine.analyzers.find(({ analyzer }) => analyzer instanceof RateAnomaly)
  return found?.analyzer instanceof RateAnomaly ? found.analyzer.board : undefined
}

const asSecond = (value: unknown): number => (typeof value === 'number' ? value : -1)
