/**
 * The bench's own leak test: were a campaign's attempts to look unlike the background's, detectors would be praised for
 * seeing the injection and not the campaign.
 */
import { describe, expect, it } from 'vitest'
import type { Attempt } from '../../bench/detection/attempt.ts'
import type { RealBlocks } from '../../bench/detection/background.ts'
import { inject, makeBackground, TEST_START } from '../../bench/detection/protocol.ts'
import { loadReal } from '../../bench/detection/run.ts'
import { createRandom } from '../../src/core/random.ts'
import { HOUR, SECOND } from '../../src/core/time.ts'
import type { Sample } from '../generate/classifier.ts'
import { auroc, balance, logistic, neighbours } from '../generate/classifier.ts'

const SEEDS = 120
const CONNECTION_PAUSE = 30 * SECOND

/** One sample a source that came once: its connection's first moment, its tries, the pauses between them, its address. */
function samplesOf(seed: number, real: RealBlocks | undefined): Sample[] {
  const plan = {
    sources: 30,
    visits: 1,
    duration: 6 * HOUR,
    strategy: 'root',
    schedule: 'poisson',
    outcome: 'none',
  } as const
  const { test, campaign } = inject(makeBackground(10, seed, real), plan, seed)
  const bySource = new Map<string, Attempt[]>()
  for (const one of test) {
    if (one.user !== 'root' || one.accepted || one.time < TEST_START + HOUR) continue
    const list = bySource.get(one.source) ?? []
    list.push(one)
    bySource.set(one.source, list)
  }
  const once = [...bySource].filter(
    ([, list]) => list[list.length - 1].time - list[0].time <= CONNECTION_PAUSE * list.length && list.length <= 2,
  )
  return once.map(([source, list]) => ({
    features: [
      list.length,
      (list[0].time / SECOND) % 60,
      (list[0].time / HOUR) % 24,
      list[0].time % SECOND,
      Math.log1p((list[list.length - 1].time - list[0].time) / SECOND),
      source.includes(':') ? 1 : 0,
      Number(source.split('.')[2] ?? -1),
    ],
    injected: campaign.sources.has(source),
  }))
}

const log = loadReal()

describe('injected attempts', () => {
  for (const [name, real] of [
    ['generated', undefined],
    ['real', log],
  ] as const) {
    it.skipIf(name === 'real' && log === undefined)(
      `cannot be told from a ${name} background's${name === 'real' ? ' (needs VPSGUARD_DATA)' : ''}, one at a time`,
      () => {
        const random = createRandom(1, 'leak')
        const half = (parity: number): Sample[] => {
          const seeds = Array.from({ length: SEEDS / 2 }, (_, index) => 2 * index + parity)
          return balance(
            seeds.flatMap(seed => samplesOf(seed, real)),
            900,
            random,
          )
        }
        const train = half(0)
        const test = half(1)
        expect(test.filter(one => !one.injected).length).toBeGreaterThan(700)
        expect(test.filter(one => one.injected).length).toBeGreaterThan(700)
        expect(auroc(logistic(train), test)).toBeLessThan(0.55)
        expect(auroc(neighbours(train, 15), test)).toBeLessThan(0.55)
      },
    )
  }
})
