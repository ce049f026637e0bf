import { describe, expect, it } from 'vitest'
import { addressForest } from '../../bench/detection/address-forest.ts'
import type { Attempt } from '../../bench/detection/attempt.ts'
import {
  BASELINES,
  crowdsecFast,
  crowdsecSlow,
  fail2ban,
  fiveOnOneName,
  leakyBucket,
  rateRule,
  zeek,
} from '../../bench/detection/baselines.ts'
import { createRandom } from '../../src/core/random.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/time.ts'

const START = Date.UTC(2026, 0, 5)

function failure(at: number, source = '198.18.0.1', user = 'root'): Attempt {
  return { time: START + at, source, user, known: user === 'root', accepted: false }
}

/** `count` failures of one address, `gap` apart. */
const steady = (count: number, gap: number): Attempt[] => Array.from({ length: count }, (_, i) => failure(i * gap))

const times = (alarms: readonly { time: number }[]): number[] => alarms.map(alarm => alarm.time - START)

describe('fail2ban', () => {
  it('bans at the fifth failure within ten minutes', () => {
    expect(fail2ban(steady(4, MINUTE))).toEqual([])
    expect(fail2ban(steady(5, MINUTE))).toEqual([{ time: START + 4 * MINUTE, sources: ['198.18.0.1'] }])
    // The fifth falls on the very end of the ten minutes: still within.
    expect(times(fail2ban(steady(5, 150 * SECOND)))).toEqual([10 * MINUTE])
  })

  it('scales the count down to the rate so far where the ten minutes are over', () => {
    // Four in 9 min; the fifth at 12 min: 4 / 12 * 10 = 3.33, so 3, and with this one 4: no ban. A sixth at 12.5 min
    // is 12.5 - 2 = 10.5 min after the moved beginning: 4 / 10.5 * 10 = 3.8, so 4, and with this one 5: a ban.
    const attempts = [0, 3, 6, 9, 12, 12.5].map(minute => failure(minute * MINUTE))
    expect(fail2ban(attempts.slice(0, 5))).toEqual([])
    expect(times(fail2ban(attempts))).toEqual([12.5 * MINUTE])
  })

  it('never sees one try every 172 seconds, 502 a day, and sees one every 171', () => {
    expect(fail2ban(steady(DAY / (172 * SECOND), 172 * SECOND))).toEqual([])
    expect(fail2ban(steady(DAY / (171 * SECOND), 171 * SECOND)).length).toBeGreaterThan(0)
  })

  it('does not hear the banned for ten minutes, and begins anew', () => {
    // Bans at 4 s; deaf until 604 s; the next five are 604 to 608 s.
    expect(times(fail2ban(steady(609, SECOND)))).toEqual([4 * SECOND, 608 * SECOND])
  })

  it('counts each address for itself, and no accepted login', () => {
    const many = Array.from({ length: 100 }, (_, i) => failure(i * SECOND, `198.18.1.${i}`))
    const logins = steady(50, SECOND).map(one => ({ ...one, accepted: true }))
    expect(fail2ban([...many, ...logins])).toEqual([])
  })
})

describe('CrowdSec', () => {
  it('ssh-bf overflows at the sixth of a burst', () => {
    expect(crowdsecFast(steady(5, 0))).toEqual([])
    expect(times(crowdsecFast(steady(6, 0)))).toEqual([0])
  })

  it('ssh-bf never overflows at one every ten seconds; at one every nine it does at the 42nd', () => {
    expect(crowdsecFast(steady(5000, 10 * SECOND))).toEqual([])
    // A tenth of an event remains each time: 1 + 0.1 (n - 1) > 5 first at n = 42.
    expect(times(crowdsecFast(steady(42, 9 * SECOND)))).toEqual([41 * 9 * SECOND])
    expect(crowdsecFast(steady(41, 9 * SECOND))).toEqual([])
  })

  it('ssh-slow-bf overflows at the eleventh of a burst and never at one a minute', () => {
    expect(crowdsecSlow(steady(10, 0))).toEqual([])
    expect(times(crowdsecSlow(steady(11, 0)))).toEqual([0])
    expect(crowdsecSlow(steady(1440, MINUTE))).toEqual([])
  })

  it('looks away for a minute after it has overflowed', () => {
    // Six at once, then one a second: deaf for 60 s, then a new bucket; 1 + 0.9 (n - 1) > 5 first at its 6th, at 65 s.
    const attempts = [...steady(6, 0), ...Array.from({ length: 70 }, (_, i) => failure((i + 1) * SECOND))]
    expect(times(leakyBucket(attempts, 5, 10 * SECOND))).toEqual([0, 65 * SECOND])
  })
})

describe('Zeek', () => {
  it('tells at the thirtieth within an epoch of thirty minutes', () => {
    expect(zeek(steady(29, SECOND))).toEqual([])
    expect(times(zeek(steady(30, SECOND)))).toEqual([29 * SECOND])
  })

  it('begins to count again with every epoch', () => {
    const split = [
      ...Array.from({ length: 29 }, (_, i) => failure(i * SECOND)),
      ...Array.from({ length: 29 }, (_, i) => failure(30 * MINUTE + i * SECOND)),
    ]
    expect(zeek(split)).toEqual([])
  })

  it('does not repeat itself within an hour', () => {
    const alarms = zeek(steady(4 * 60, MINUTE / 2))
    // Two a minute: 60 in each epoch, so the thirtieth at 14.5 min of each; told, quiet for an hour, told again.
    expect(times(alarms)).toEqual([14.5 * MINUTE, 74.5 * MINUTE])
  })
})

describe('five addresses on one name', () => {
  const on = (minute: number, who: number, user = 'admin'): Attempt => failure(minute * MINUTE, `198.18.2.${who}`, user)

  it('tells of the five, and of each that joins', () => {
    const alarms = fiveOnOneName([on(0, 1), on(1, 2), on(2, 3), on(3, 4), on(4, 4), on(5, 5), on(6, 6), on(7, 6)])
    expect(alarms).toEqual([
      { time: START + 5 * MINUTE, sources: ['198.18.2.1', '198.18.2.2', '198.18.2.3', '198.18.2.4', '198.18.2.5'] },
      { time: START + 6 * MINUTE, sources: ['198.18.2.6'] },
    ])
  })

  it('is silent about four, about five names, and about five in eleven minutes', () => {
    expect(fiveOnOneName([on(0, 1), on(1, 2), on(2, 3), on(3, 4)])).toEqual([])
    expect(fiveOnOneName([1, 2, 3, 4, 5].map(i => on(i, i, `user${i}`)))).toEqual([])
    expect(fiveOnOneName([on(0, 1), on(2, 2), on(5, 3), on(8, 4), on(11, 5)])).toEqual([])
  })
})

describe('the rate rule', () => {
  it('knows mean and deviation of the minutes it learned, empty ones too', () => {
    // 100 minutes: 98 empty, one with 2, one with 8 failures. Mean 0.1; variance (98 * 0.01 + 1.9^2 + 7.9^2) / 100 = 0.67;
    // the limit is 0.1 + 3 * 0.8185 = 2.556; and five times the mean is 0.5, so that a single failure is enough.
    const history = [failure(0), failure(1), ...Array.from({ length: 8 }, (_, i) => failure(99 * MINUTE + i))]
    expect(times(rateRule(history, [failure(DAY)]))).toEqual([DAY + MINUTE])
  })

  it('is silent where the rate is what it was', () => {
    const history = Array.from({ length: 600 }, (_, i) => failure(i * 30 * SECOND))
    // Two a minute, always: a third is more than three deviations of nothing.
    expect(rateRule(history, steady(2, 10 * SECOND))).toEqual([])
    expect(rateRule(history, steady(3, 10 * SECOND))).toHaveLength(1)
    expect(rateRule([], steady(30, SECOND))).toEqual([])
  })
})

describe('the isolation forest per address', () => {
  const random = createRandom(3, 'test')
  // A forest cannot score beyond what it learned from: without some who come often, the loud would look like the rest.
  const history = Array.from({ length: 400 }, (_, i) => {
    const visits = i % 8 === 0 ? 1 + random.below(40) : 1
    const first = random.next() * 20 * DAY
    return Array.from({ length: visits }, (_, visit) =>
      failure(
        first + visit * (10 + random.below(5000)) * SECOND,
        `198.18.${3 + (i >> 8)}.${i & 255}`,
        `user${random.below(visits)}`,
      ),
    )
  })
    .flat()
    .sort((a, b) => a.time - b.time)

  it('finds the loud and not the many', () => {
    const loud = Array.from({ length: 60 }, (_, i) => failure(30 * DAY + i * SECOND, '198.19.0.1', `user${i}`))
    const many = Array.from({ length: 100 }, (_, i) => failure(30 * DAY + i * 10 * MINUTE, `198.19.1.${i}`))
    const alarms = addressForest(
      history,
      [...loud, ...many].sort((a, b) => a.time - b.time),
    )
    const told = new Set(alarms.flatMap(alarm => alarm.sources))
    expect(told.has('198.19.0.1')).toBe(true)
    expect([...told].filter(source => source.startsWith('198.19.1.')).length).toBeLessThan(10)
  })

  it('answers the same each time, and nothing where there is nothing to learn from', () => {
    const test = Array.from({ length: 50 }, (_, i) => failure(30 * DAY + i * HOUR, `198.19.2.${i % 7}`))
    expect(addressForest(history, test)).toEqual(addressForest(history, test))
    expect(addressForest(history.slice(0, 3), test)).toEqual([])
  })
})

describe('all of them', () => {
  it('say nothing about nothing', async () => {
    for (const baseline of BASELINES) expect(await baseline.detect([], [], [], 1)).toEqual([])
  })
})
