/** What is too old goes, once an hour, as far as the clock that says so can be believed. */
import { HOUR } from '../../core/time.ts'
import type { Retention, Store } from '../../store/index.ts'
import type { DaemonLog } from './daemon-log.ts'
import { WallClock } from './wall-clock.ts'

/** What is kept in order: these of the daemon's parts. */
export interface Household {
  readonly setup: {
    readonly log: Pick<DaemonLog, 'warn' | 'error'>
    readonly memory: { write(work: (store: Store) => unknown): unknown }
    readonly retention: Retention
    readonly metrics: { readonly drift: { set(signs: number): void } } | undefined
  }
  readonly session: {
    readonly latest: number
    readonly engine: { readonly analyzers: readonly { id: string; analyzer: { drift(): string[] } }[] }
  }
  readonly judge: { forget(before: number): void }
}

/** How many signs the detectors see that the server is no longer as the model knows it; 0 without a model. */
function signsOfDrift({ engine }: Household['session'], log: Pick<DaemonLog, 'error'>): number {
  let signs = 0
  for (const { id, analyzer } of engine.analyzers) {
    try {
      signs += analyzer.drift().length
    } catch (error) {
      log.error(`the detector ${id} cannot tell its drift: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return signs
}

/**
 * Prunes the store by its retention and the stories by the logs' own time. What the store cannot do now is tried an
 * hour later.
 */
export class Housekeeping {
  readonly #clock = new WallClock()
  #last = Number.NEGATIVE_INFINITY

  /** To be called every second or so; `now` is the wall clock's, `time` a steady one's, milliseconds. */
  look({ setup, session, judge }: Household, now: number, time: number): void {
    this.#clock.look(now, time, setup.log)
    if (time - this.#last <= HOUR) return
    this.#last = time
    setup.metrics?.drift.set(signsOfDrift(session, setup.log))
    if (this.#clock.isSure(time)) setup.memory.write(store => store.prune(setup.retention))
    // A stamp that is a year ahead makes no story of today an old one.
    judge.forget(Math.min(session.latest, now))
  }
}
