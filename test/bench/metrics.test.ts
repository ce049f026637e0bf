import { describe, expect, it } from 'vitest'
import type { Alarm, Attempt } from '../../bench/detection/attempt.ts'
import type { Campaign } from '../../bench/detection/campaign.ts'
import {
  bootstrap,
  ceilingF1,
  frontier,
  hitsOf,
  judge,
  median,
  mergeAlarms,
  seenAt,
  tellApart,
  weeklyRate,
} from '../../bench/detection/metrics.ts'
import { createRandom } from '../../src/core/random.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'

const START = Date.UTC(2026, 1, 16)
const alarm = (at: number, ...sources: string[]): Alarm => ({ time: START + at, sources })

/** Ten sources a to j, one try every minute on root; `e` gets in at minute 7. */
function campaignOf(): Campaign {
  const names = [...'abcdefghij']
  const attempts: Attempt[] = names.map((source, i) => ({
    time: START + i * MINUTE,
    source,
    user: 'root',
    known: true,
    accepted: false,
  }))
  return {
    attempts,
    sources: new Set(names),
    first: START,
    last: START + 9 * MINUTE,
    breach: { time: START + 7 * MINUTE, source: 'e', user: 'root' },
  }
}

describe('alarms as a person counts them', () => {
  it('joins what is within six hours of the first, or about the same addresses', () => {
    const merged = mergeAlarms([
      alarm(0, 'a'),
      alarm(5 * HOUR, 'b'),
      alarm(7 * HOUR, 'c'),
      alarm(3 * DAY, 'a', 'b', 'x'),
      alarm(5 * DAY, 'y'),
    ])
    expect(merged.map(one => [...one.sources].join(''))).toEqual(['abx', 'c', 'y'])
  })

  it('does not take a rule that never stops for one alarm', () => {
    const merged = mergeAlarms(Array.from({ length: 7 * 24 }, (_, i) => alarm(i * HOUR, `source ${i}`)))
    expect(merged).toHaveLength(28)
  })
})

describe('a campaign', () => {
  const campaign = campaignOf()

  it('is what an alarm is about that comes in its time and names a participant', () => {
    const alarms = [
      alarm(-MINUTE, 'a'),
      alarm(2 * MINUTE, 'a', 'x'),
      alarm(3 * MINUTE, 'x'),
      alarm(60 * MINUTE, 'b'),
      alarm(2 * HOUR, 'b'),
    ]
    const { right, wrong } = tellApart(alarms, campaign)
    expect(right.map(one => one.time - START)).toEqual([2 * MINUTE, 60 * MINUTE])
    expect(wrong).toHaveLength(3)
  })

  it('is seen when three of its addresses have been named within six hours', () => {
    expect(seenAt([alarm(MINUTE, 'a'), alarm(2 * MINUTE, 'b'), alarm(4 * MINUTE, 'c')], campaign)).toBe(
      START + 4 * MINUTE,
    )
    expect(seenAt([alarm(MINUTE, 'a'), alarm(2 * MINUTE, 'a', 'b', 'x', 'y')], campaign)).toBeUndefined()
    expect(seenAt([alarm(0, 'a', 'b'), alarm(6 * HOUR, 'c'), alarm(7 * HOUR, 'd', 'e')], campaign)).toBe(
      START + 7 * HOUR,
    )
  })

  it('is judged by hand the same way', () => {
    const trial = { train: [], calibrate: [], test: [...campaign.attempts], campaign, lookAlikes: 2 }
    const outcome = judge(
      [
        alarm(3 * MINUTE, 'a', 'b', 'c', 'x'),
        alarm(9 * MINUTE, 'd', 'e', 'f', 'g', 'h'),
        { ...alarm(10 * MINUTE, 'e'), breach: { source: 'e', user: 'root' } },
        alarm(20 * DAY, 'z'),
      ],
      trial,
    )
    expect(outcome).toMatchObject({ detected: true, minutes: 3, attempts: 4, breach: true, breachMinutes: 3, wrong: 1 })
    expect(outcome.fraction).toBeCloseTo(1 / 3)
    // Nine named, of whom eight are of the ten: P = 8/9, R = 0.8.
    expect(outcome.participants?.precision).toBeCloseTo(8 / 9)
    expect(outcome.participants?.recall).toBeCloseTo(0.8)
    // Two strangers did the same: at best P = 10/12 and R = 1, so F1 = 2 (10/12) / (22/12) = 10/11.
    expect(outcome.ceilingF1).toBeCloseTo(10 / 11)
    expect(judge([], trial)).toEqual({ detected: false, ceilingF1: outcome.ceilingF1, breach: false, wrong: 0 })
    // A breach called before it happened is a guess.
    expect(judge([{ ...alarm(0, 'e'), breach: { source: 'e', user: 'root' } }], trial).breach).toBe(false)
  })
})

describe('numbers', () => {
  it('precision, recall and F1', () => {
    expect(hitsOf(new Set('abx'), new Set('abcd'))).toMatchObject({ precision: 2 / 3, recall: 0.5 })
    expect(hitsOf(new Set('abx'), new Set('abcd')).f1).toBeCloseTo(4 / 7, 12)
    expect(hitsOf(new Set(), new Set('a'))).toEqual({ precision: 0, recall: 0, f1: 0 })
    expect(ceilingF1(100, 0)).toBe(1)
  })

  it('false alarms a week, with the exact interval', () => {
    // No event in four weeks: the upper limit is -ln(0.025) / 4; one event: from -ln(0.975) to 5.5716 (Garwood 1936).
    expect(weeklyRate(0, 4)).toMatchObject({ value: 0, lower: 0 })
    expect(weeklyRate(0, 4).upper).toBeCloseTo(-Math.log(0.025) / 4, 9)
    expect(weeklyRate(1, 1).lower).toBeCloseTo(-Math.log(0.975), 9)
    expect(weeklyRate(1, 1).upper).toBeCloseTo(5.571643, 5)
  })

  it('the median, and the bootstrap over seeds', () => {
    expect(median([5, 1, 3])).toBe(3)
    expect(median([4, 1, 3, 2])).toBe(2)
    expect(median([])).toBeNaN()
    const values = [...new Array<number>(30).fill(1), ...new Array<number>(10).fill(0)]
    const estimate = bootstrap(values, createRandom(1, 'bootstrap'))
    expect(estimate).toEqual(bootstrap(values, createRandom(1, 'bootstrap')))
    expect(estimate.value).toBe(0.75)
    // The normal approximation says 0.75 +- 1.96 * sqrt(0.75 * 0.25 / 40) = 0.616 to 0.884.
    expect(Math.abs(estimate.lower - 0.616)).toBeLessThan(0.04)
    expect(Math.abs(estimate.upper - 0.884)).toBeLessThan(0.04)
    expect(bootstrap([1, 1, 1], createRandom(1, 'bootstrap'))).toEqual({ value: 1, lower: 1, upper: 1 })
  })

  it('the frontier: the smallest number from which on all are found', () => {
    const cells = [
      { sources: 5, probability: 1 },
      { sources: 10, probability: 0.5 },
      { sources: 30, probability: 0.95 },
      { sources: 100, probability: 1 },
    ]
    expect(frontier(cells)).toBe(30)
    expect(frontier([{ sources: 100, probability: 0.5 }])).toBeUndefined()
  })
})
