import { describe, expect, it } from 'vitest'
import { globalFactor } from '../../src/campaigns/gfi.ts'
import { createRandom } from '../../src/core/random.ts'
import { DAY, HOUR, WEEK } from '../../src/core/time.ts'
import { background, campaign, inOrder, judge, START } from './harness.ts'

/** Attempts an hour apart that fail with probability `p`. */
function attempts(count: number, p: number, seed: number, from = 0) {
  const random = createRandom(seed, 'gfi')
  return Array.from({ length: count }, (_, i) => ({ time: START + (from + i) * HOUR, failed: random.next() < p }))
}

describe('the global factor indicator', () => {
  it('is off below 20 attempts a week, and says so', () => {
    expect(globalFactor(attempts(30, 0.1, 1), 4, 1)).toMatchObject({
      alarms: [],
      off: expect.stringMatching(/8 attempts a week are too few/),
    })
  })

  it('keeps its tenth of the budget on owners who mistype', () => {
    let alarms = 0
    const weeks = 52
    for (let seed = 1; seed <= 20; seed++)
      alarms += globalFactor(attempts(168 * weeks, 0.1, seed), weeks, 1).alarms.length
    expect(alarms / (20 * weeks)).toBeLessThanOrEqual(0.1)
  })

  it('sees failures rise by a quarter within a few epochs', () => {
    const stream = [...attempts(168 * 4, 0.1, 3), ...attempts(200, 0.45, 4, 168 * 4)]
    const { alarms } = globalFactor(stream, (stream.length * HOUR) / WEEK, 1)
    expect(alarms).toHaveLength(1)
    const onset = START + 168 * 4 * HOUR
    expect(alarms[0].since).toBeGreaterThan(onset - 60 * HOUR)
    expect(alarms[0].time - onset).toBeLessThan(140 * HOUR)
    expect(alarms[0].failures).toBeGreaterThan(2 * alarms[0].expected)
  })
})

describe('on a stream of attempts', () => {
  it('a list of real accounts gone through for two weeks is found', () => {
    const people = Array.from({ length: 30 }, (_, i) => `person${i}`)
    const logins = Array.from({ length: 28 * 12 }, (_, i) => ({
      time: START + i * 2 * HOUR,
      source: `home${i % 30}`,
      user: people[i % 30],
      known: true,
      accepted: true,
    }))
    const slow = campaign({ sources: 60, duration: 14 * DAY, strategy: 'valid', start: START + 10 * DAY, seed: 9 }).map(
      (one, i) => ({ ...one, user: people[(i * 7) % 30] }),
    )
    const { members, detection } = judge(inOrder([...background(5, 28, 9), ...logins, ...slow]))
    expect(members.flat().filter(source => source.startsWith('bot')).length).toBeGreaterThan(30)
    expect(detection.off).toBeUndefined()
  })
})
