/** Batch and live are one: however the lines arrive, the findings are the same. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/core/random.ts'
import { DAY } from '../../src/core/time.ts'
import { generate } from '../../src/generate/index.ts'
import type { FindingDraft } from '../../src/kit/define-rule.ts'
import { randomDelivery, replay, WHOLE } from '../support/replay.ts'

const START = Date.UTC(2026, 1, 26)

function log(
  format: 'auth' | 'nginx' | 'journald-json',
  profiles: [string, number][],
  entries: number,
  seed: number,
): string {
  const { lines } = generate({
    entries,
    profiles: profiles.map(([id, share]) => ({ id, share })),
    format,
    start: START,
    days: 4,
    seed,
  })
  return `${[...lines].join('\n')}\n`
}

/** Lines of the kinds whose meaning rests on their neighbours: PAM under another pid, repeats, New Year, a clock that errs. */
const NEIGHBOURS = [
  'Feb 27 09:00:00 web-2 sshd[700]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9  user=root',
  'Feb 27 09:00:02 web-2 sshd[698]: error: PAM: Authentication failure for root from 203.0.113.9',
  'Feb 27 09:00:03 web-2 sshd[701]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.10  user=root',
  'Feb 27 09:00:04 web-2 sshd[702]: Failed password for invalid user admin from 203.0.113.11 port 4000 ssh2',
  'Feb 27 09:00:04 web-2 last message repeated 12 times',
  'Mar 19 09:00:05 web-2 sshd[703]: Invalid user guest from 203.0.113.12 port 4001',
  'Feb 27 09:00:06 web-2 sshd[703]: Connection closed by invalid user guest 203.0.113.12 port 4001 [preauth]',
  'Feb 27 09:01:00 web-2 sshd[704]: message repeated 11 times: [ Failed password for root from 203.0.113.13 port 4002 ssh2]',
  'Feb 27 21:30:00 web-2 CRON[705]: pam_unix(cron:session): session opened for user root by (uid=0)',
  'Feb 28 23:59:58 web-2 sshd[706]: Failed password for root from 2001:db8:1:2::7 port 4003 ssh2',
].join('\n')

const INPUTS = [
  log(
    'auth',
    [
      ['botnet', 0.1],
      ['brute', 0.2],
      ['breach', 0.05],
      ['recon', 0.1],
    ],
    1500,
    5,
  ),
  log(
    'nginx',
    [
      ['scan', 0.3],
      ['web-stuffing', 0.1],
    ],
    1200,
    6,
  ),
  `${NEIGHBOURS}\n`,
]

/** Findings as plain values. */
const told = (findings: FindingDraft[]): unknown => JSON.parse(JSON.stringify(findings))

describe('the same inputs in any delivery', () => {
  const whole = told(replay(INPUTS, WHOLE))

  it('raises findings of several rules to begin with', () => {
    const rules = new Set(replay(INPUTS, WHOLE).map(finding => finding.rule))
    expect(rules.size).toBeGreaterThanOrEqual(4)
  })

  it('cut anywhere', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.constantFrom(17, 400, 30_000), (seed, longest) => {
        expect(told(replay(INPUTS, randomDelivery(createRandom(seed), longest, false)))).toEqual(whole)
      }),
      { numRuns: 12, seed: 11 },
    )
  })

  it('live, line by line, the inputs interleaved', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), seed => {
        expect(told(replay(INPUTS, randomDelivery(createRandom(seed), 150, true)))).toEqual(whole)
      }),
      { numRuns: 6, seed: 12 },
    )
  })

  it('with a checkpoint and a restart anywhere', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 }), fc.integer({ min: 1, max: 600 }), (seed, restartAfter) => {
        expect(told(replay(INPUTS, randomDelivery(createRandom(seed), 2000, true, restartAfter)))).toEqual(whole)
      }),
      { numRuns: 12, seed: 13 },
    )
  })

  it('in one input as in the merged order of several', () => {
    const [auth] = INPUTS
    const alone = told(replay([auth], WHOLE))
    expect(told(replay([auth], randomDelivery(createRandom(3), 500, true)))).toEqual(alone)
  })
})

describe('the period', () => {
  it('is what the generator was asked for', () => {
    const findings = replay(INPUTS, WHOLE)
    for (const finding of findings) {
      expect(finding.first).toBeGreaterThanOrEqual(START - DAY)
      expect(finding.last).toBeLessThanOrEqual(START + 25 * DAY)
    }
  })
})
