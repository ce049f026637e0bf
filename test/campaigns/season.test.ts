/** Strangers who keep hours: the baseline learns them where the log is long enough to show that they do. */
import { describe, expect, it } from 'vitest'
import { trainBaseline } from '../../src/campaigns/model.ts'
import { createRandom } from '../../src/core/random.ts'
import { DAY, HOUR } from '../../src/core/time.ts'
import { type Attempt, background, campaign, fill, inOrder, judge, START } from './harness.ts'

/** The same strangers, most of whom come by day: the density over the hours is 1 + 0.9 cos, highest at half past two. */
function byDay(rate: number, days: number, seed: number): Attempt[] {
  const random = createRandom(seed, 'hours')
  const shifts = new Map<string, number>()
  return inOrder(
    background(rate, days, seed).map(one => {
      if (one.source === 'home') return one
      let shift = shifts.get(one.source)
      if (shift === undefined) {
        let moment = random.next()
        while (random.next() * 1.9 > 1 + 0.9 * Math.cos(2 * Math.PI * (moment - 0.6))) moment = random.next()
        shift = moment * DAY - (one.time % DAY)
        shifts.set(one.source, shift)
      }
      return { ...one, time: one.time + shift }
    }),
  )
}

const train = (attempts: readonly Attempt[]) =>
  trainBaseline(fill(attempts).store, { budget: 1, networkOf: source => source }).surfaces.ssh?.season ?? []

describe('strangers who come by day', () => {
  it('are learnt after three weeks, and in no shorter log', () => {
    const season = train(byDay(40, 28, 1))
    expect(season[14]).toBeGreaterThan(1.5)
    expect(season[2]).toBeLessThan(0.5)
    expect(train(byDay(40, 20, 1))).toEqual([])
  })

  it('are no campaign at noon, and eight addresses at night are one', () => {
    const seeds = [1, 2, 3, 4]
    const alarms = seeds.map(seed => judge(byDay(100, 28, seed)).members.length)
    expect(alarms.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(2)
    for (const seed of seeds) {
      const night = {
        sources: 16,
        duration: 2 * HOUR,
        strategy: 'root',
        start: START + 20 * DAY + 2 * HOUR,
        seed,
      } as const
      const { members } = judge(inOrder([...byDay(100, 28, seed), ...campaign(night)]))
      expect(members.some(named => named.filter(source => source.startsWith('bot')).length >= 12)).toBe(true)
    }
  })
})

describe('no season', () => {
  it('is seen in strangers who come at any hour', () => {
    for (const seed of [1, 2, 3, 4]) expect(train(background(40, 28, seed))).toEqual([])
  })

  it('hides a campaign with a timer', () => {
    // Every day at three, for four weeks: twice the usual rate at most is taken for a habit.
    const timer = Array.from({ length: 28 }, (_, day) =>
      campaign({ sources: 25, duration: HOUR, strategy: 'root', start: START + (day + 0.125) * DAY, seed: day }).map(
        one => ({ ...one, source: `bot${day}-${one.source}` }),
      ),
    ).flat()
    const { members } = judge(inOrder([...background(20, 28, 1), ...timer]))
    expect(new Set(members.flat().filter(source => source.startsWith('bot'))).size).toBeGreaterThan(100)
  })
})
