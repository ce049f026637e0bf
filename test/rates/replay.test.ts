/** Batch and live are one for rates too: however the lines arrive, and wherever the program is restarted. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/core/random.ts'
import type { FindingDraft } from '../../src/kit/define-rule.ts'
import rateAnomaly from '../../src/rates/rate-anomaly.ts'
import { randomDelivery, replay, WHOLE } from '../support/replay.ts'

const START = Date.UTC(2026, 2, 4, 10)
const two = (value: number): string => String(value).padStart(2, '0')

function clock(second: number): string {
  const date = new Date(START + second * 1000)
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
}

const access = (second: number, source: string, path: string): string =>
  `${source} - - [04/Mar/2026:${clock(second)} +0100] "GET ${path} HTTP/1.1" ${path === '/gone' ? 404 : 200} 512 "-" "Mozilla/5.0"`
const guess = (second: number, n: number): string =>
  `Mar  4 ${clock(second)} web-1 sshd[${4000 + n}]: Failed password for root from 198.51.${n % 3}.${n % 250} port ${4000 + n} ssh2`

function web(): string {
  const random = createRandom(4)
  const lines: [number, string][] = []
  for (let second = 0; second < 5400; second++) {
    const flooded = second > 3000 && second < 3100
    for (let count = random.poisson(flooded ? 12 : 0.4); count > 0; count--)
      lines.push([second, access(second, `203.0.113.${random.below(250)}`, ['/', '/a/b', '/gone'][random.below(3)])])
  }
  return `${lines.map(([, line]) => line).join('\n')}\n`
}

function auth(): string {
  const lines: string[] = []
  for (let n = 0, second = 0; second < 5400; n++) {
    lines.push(guess(second, n))
    second += second >= 47 * 86 && second < 47 * 87 ? (n % 3 === 0 ? 1 : 0) : 47
  }
  return `${lines.join('\n')}\n`
}

const INPUTS = [web(), auth()]
const rates = (findings: FindingDraft[]): unknown =>
  JSON.parse(JSON.stringify(findings.filter(({ kind }) => kind === 'rate')))
const run = (delivery: Parameters<typeof replay>[1]): unknown => rates(replay(INPUTS, delivery, 2026, [rateAnomaly]))

describe('the same logs in any delivery', () => {
  const whole = run(WHOLE)

  it('have a flood of requests and one of logins', () => {
    expect(whole).toMatchObject([{ techniques: ['T1499.002'] }, { techniques: ['T1110'] }])
  })

  it('are the same cut anywhere and live', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.constantFrom(300, 20_000),
        fc.boolean(),
        (seed, longest, live) => {
          expect(run(randomDelivery(createRandom(seed), longest, live))).toEqual(whole)
        },
      ),
      { numRuns: 8, seed: 21 },
    )
  })

  it('are the same with a restart anywhere', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.integer({ min: 1, max: 400 }), (seed, restartAfter) => {
        expect(run(randomDelivery(createRandom(seed), 3000, true, restartAfter))).toEqual(whole)
      }),
      { numRuns: 10, seed: 22 },
    )
  })
})
