/** How the daemon is: what it cannot see, which logs it cannot read; said once when it begins, shown while it lasts. */
import { Blindness } from './blindness.ts'
import type { DaemonLog } from './daemon-log.ts'
import type { LiveSession } from './session.ts'
import type { Teller } from './teller.ts'

/**
 * The daemon calls `look` now and then; trouble is logged and told when it begins, and stands in `troubles` until a
 * look no longer finds it.
 */
export class Condition {
  readonly blindness = new Blindness()
  /** What is wrong now, by its key. */
  #troubles = new Map<string, string>()

  /** Sentences about what is wrong now. */
  get troubles(): string[] {
    return [...this.#troubles.values()]
  }

  /** Looks again. `time` is the steady clock's, `now` the wall clock's. */
  look(
    session: LiveSession,
    { log, teller, time, now }: { log: DaemonLog; teller: Teller; time: number; now: number },
  ): void {
    const found = new Map<string, string>()
    this.blindness.keepOnly(new Set(session.lanes.map(({ path }) => path)))
    this.blindness.noteQueue(session.takeCaughtUp(), time)
    for (const { key, text } of this.blindness.check(time)) found.set(key, text)
    for (const { path, follower } of session.lanes) {
      const { state, message } = follower.health()
      if (state === 'following' && message === undefined) continue
      found.set(`${state} ${path}`, message ?? `${path} is not there; it is followed when it comes`)
    }
    for (const [key, text] of found) {
      if (this.#troubles.has(key)) continue
      log.warn(text)
      teller.trouble(key, text, now)
    }
    for (const [key, text] of this.#troubles) if (!found.has(key)) log.info(`over: ${text}`)
    this.#troubles = found
  }
}
