/** Web traffic and logins for tests of rates: what is usual, and what is not. */
import { createRandom } from '../../src/core/random.ts'
import { HOUR, MINUTE } from '../../src/core/time.ts'
import rateAnomaly, { RateAnomaly } from '../../src/rates/rate-anomaly.ts'
import { openAnalyzer, play, type TestEvent } from '../anomaly/events.ts'

export const START = Date.UTC(2026, 0, 5)

/** Requests of some hundred visitors as a Poisson process. */
export function visitors(hours: number, perMinute: number, seed = 1): TestEvent[] {
  const random = createRandom(seed, 'visitors')
  const events: TestEvent[] = []
  for (let time = START; time < START + hours * HOUR; ) {
    time += (random.exponential() * MINUTE) / perMinute
    events.push(request(time, `198.51.100.${random.below(250)}`, ['/', '/api/items', '/blog/post'][random.below(3)]))
  }
  return events
}

export function request(time: number, source: string, path = '/', status = 200): TestEvent {
  return { time, source, kind: 'web.request', method: 'GET', path, status }
}

/** `count` events from `at` on, one every `every` milliseconds, the n-th made by `make`. */
export function burst(
  count: number,
  at: number,
  every: number,
  make: (time: number, n: number) => TestEvent,
): TestEvent[] {
  return Array.from({ length: count }, (_, n) => make(at + n * every, n))
}

export function inOrder(...lists: TestEvent[][]): TestEvent[] {
  return lists.flat().sort((a, b) => a.time - b.time)
}

/** The detector after the events. */
export function watch(
  events: readonly TestEvent[],
  options: Record<string, unknown> = {},
  context: Parameters<typeof openAnalyzer>[1] = {},
) {
  const { analyzer, addresses } = openAnalyzer(rateAnomaly, context, options)
  if (!(analyzer instanceof RateAnomaly)) throw new Error('another detector')
  play(events, addresses, event => analyzer.observe(event))
  return { analyzer, addresses }
}
