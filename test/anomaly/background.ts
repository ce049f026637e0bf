/** What strangers do on a quiet server: first-seen addresses as a Poisson process, names by a steep law. */
import { createRandom } from '../../src/core/random.ts'
import { DAY } from '../../src/core/time.ts'
import type { TestEvent } from './events.ts'
import { address } from './events.ts'

export const START = Date.UTC(2026, 0, 5)
const NAMES = ['root', 'admin', 'test', 'ubuntu', 'oracle', 'pi', 'git', 'guest', 'user', 'postgres']

export interface BackgroundOptions {
  days: number
  /** New addresses a day. */
  rate: number
  seed: number
  start?: number
}

/** One session of one to three tries for each stranger, in order of time. */
export function background({ days, rate, seed, start = START }: BackgroundOptions): TestEvent[] {
  const random = createRandom(seed, 'background')
  const events: TestEvent[] = []
  let time = start
  for (let n = 0; ; n++) {
    time += (random.exponential() * DAY) / rate
    if (time >= start + days * DAY) break
    const user = NAMES[Math.min(NAMES.length - 1, Math.floor(random.exponential() * 2))]
    const tries = 1 + random.below(3)
    for (let i = 0; i < tries; i++) {
      events.push({
        time: time + i * 2000,
        source: address(n, 11 + (seed % 50)),
        user,
        port: 1024 + (n % 60_000),
        known: user === 'root',
      })
    }
  }
  return inOrder(events)
}

/** `sources` new addresses on one name within `span`, one try each, evenly spread. */
export function swarm(sources: number, at: number, span: number, user = 'deploy'): TestEvent[] {
  return Array.from({ length: sources }, (_, i) => ({
    time: at + (i * span) / sources,
    source: address(i, 203),
    user,
    port: 2000 + i,
  }))
}

export function inOrder(events: TestEvent[]): TestEvent[] {
  return events.sort((a, b) => a.time - b.time)
}
