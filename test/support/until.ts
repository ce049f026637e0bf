/** Waiting for conditions. */
import { setTimeout as pause } from 'node:timers/promises'

/** Asks until the answer is not undefined; the test's own time limit ends it where that never comes. */
export async function until<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    await pause(20)
  }
}
