import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../src/core/random.ts'
import { HOUR, WEEK } from '../../../src/core/time.ts'
import {
  chooseSeason,
  fitHours,
  fitSeason,
  HOURS_OF_WEEK,
  type HourSeries,
  hourOfWeek,
  improves,
  seasonBetween,
} from '../../../src/kit/math/seasonal.ts'

fc.configureGlobal({ seed: 1 })

/** Poisson counts of `weeks` weeks whose mean is rate times the hour's factor. */
function draw(seed: number, weeks: number, rate: number, factor: (h: number) => number, start = 0): HourSeries {
  const random = createRandom(seed)
  const counts = Array.from({ length: weeks * HOURS_OF_WEEK }, (_, i) =>
    random.poisson(rate * factor((start + i) % HOURS_OF_WEEK)),
  )
  return { start, counts }
}

const flat = (): number => 1
const nightly = (h: number): number => (h % 24 < 12 ? 0.2 : 1.8)
const weekends = (h: number): number => (h >= 120 ? 2.8 : 0.28)

describe('the hour of the week', () => {
  it('begins on Monday, 00:00 UTC', () => {
    expect(hourOfWeek(Date.UTC(2024, 0, 1))).toBe(0)
    expect(hourOfWeek(Date.UTC(2024, 0, 7, 23, 59, 59))).toBe(167)
    expect(hourOfWeek(0)).toBe(72)
    expect(hourOfWeek(Date.UTC(1960, 0, 4, 1))).toBe(1)
  })

  it('comes round every week', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 4e12 }), time => {
        expect(hourOfWeek(time)).toBe(hourOfWeek(time + WEEK))
        expect(hourOfWeek(time + HOUR)).toBe((hourOfWeek(time) + 1) % HOURS_OF_WEEK)
      }),
    )
  })
})

describe('seasonal factors', () => {
  it('are those of the design, scaled to a mean of 1', () => {
    const factors = fitSeason({ counts: [0, 8], weeks: [4, 4] })
    // The mean is 1 event an hour: (0 + 4) / 8 and (8 + 4) / 8.
    expect([...factors]).toEqual([0.5, 1.5])
    const uneven = fitSeason({ counts: [2, 8], weeks: [2, 8] })
    expect([...uneven]).toEqual([1, 1])
  })

  it('are 1 where nothing was seen, and always positive with mean 1', () => {
    expect([...fitSeason({ counts: [0, 0], weeks: [3, 3] })]).toEqual([1, 1])
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1000), fc.nat(50)), { minLength: 1, maxLength: 168 }), hours => {
        const factors = fitSeason({ counts: hours.map(([x]) => x), weeks: hours.map(([, w]) => w) })
        expect(factors.every(factor => factor > 0)).toBe(true)
        expect(factors.reduce((sum, factor) => sum + factor, 0) / factors.length).toBeCloseTo(1, 9)
      }),
    )
  })

  it('refuse what is no count', () => {
    expect(() => fitSeason({ counts: [1], weeks: [1, 1] })).toThrow('weeks has 2 values; expected 1')
    expect(() => fitSeason({ counts: [Number.NaN], weeks: [1] })).toThrow('counts[0] is NaN')
    expect(() => fitSeason({ counts: [1], weeks: [-1] })).toThrow('weeks[0] is -1')
    expect(() => chooseSeason({ start: 168, counts: [] })).toThrow('start is 168')
    expect(() => chooseSeason({ start: 0, counts: [1], observed: [2] })).toThrow('observed[0] is 2')
    expect(() => chooseSeason({ start: 0, counts: [1], observed: [] })).toThrow('observed has 0 values; expected 1')
  })
})

describe('whether a season is used', () => {
  it('improves on weeks it was not fitted to, where there is one, and not where there is none', () => {
    expect(improves(draw(2, 2, 3, nightly), fitHours(draw(1, 4, 3, nightly)))).toBe(true)
    expect(improves(draw(2, 2, 3, flat), fitHours(draw(1, 4, 3, flat)))).toBe(false)
    // Fitted to nights that are loud by day: worse than nothing.
    expect(
      improves(
        draw(2, 2, 3, h => 2 - nightly(h)),
        fitHours(draw(1, 4, 3, nightly)),
      ),
    ).toBe(false)
  })

  it('is not before three weeks', () => {
    expect(chooseSeason(draw(1, 2, 3, nightly))).toBeUndefined()
    expect(chooseSeason(draw(1, 3, 3, nightly))).toBeDefined()
  })

  it('holds by day and by week, wherever the series begins', () => {
    const season = chooseSeason(draw(1, 6, 3, nightly, 37))
    expect(season?.[3]).toBeLessThan(0.6)
    expect(season?.[15]).toBeGreaterThan(1.4)
    const weekly = chooseSeason(draw(1, 6, 3, weekends, 100))
    expect(weekly?.[130]).toBeGreaterThan(1.6)
    expect(weekly?.[10]).toBeLessThan(0.8)
    const hours = 10
    expect(seasonBetween(weekly, Date.UTC(2024, 0, 1, hours), Date.UTC(2024, 0, 1, hours))).toBe(weekly?.[hours])
  })

  it('takes few flat rates for seasonal', () => {
    let taken = 0
    for (let seed = 0; seed < 100; seed++) {
      for (const rate of [0.2, 4]) if (chooseSeason(draw(seed, 5, rate, flat)) !== undefined) taken++
    }
    expect(taken).toBeLessThanOrEqual(10)
  })

  it('leaves out hours that were not observed', () => {
    const { start, counts } = draw(1, 6, 3, nightly)
    // The log was silent for a week; with the gap told, the season is the same.
    const gap = (i: number): boolean => i >= 168 && i < 336
    const observed = Array.from(counts, (_, i) => (gap(i) ? 0 : 1))
    const cut = chooseSeason({ start, counts: Array.from(counts, (count, i) => (gap(i) ? 0 : count)), observed })
    expect(cut?.[15]).toBeGreaterThan(1.4)
    expect(cut?.[3]).toBeLessThan(0.6)
  })
})

describe('the factor of a window', () => {
  it('is the mean over its hours; 1 for whole weeks and without a season', () => {
    const season = Float64Array.from({ length: HOURS_OF_WEEK }, (_, h) => (h % 2 === 0 ? 0.5 : 1.5))
    const monday = Date.UTC(2024, 0, 1)
    expect(seasonBetween(season, monday, monday + HOUR)).toBe(0.5)
    expect(seasonBetween(season, monday + HOUR / 2, monday + 2 * HOUR)).toBeCloseTo((0.5 * 0.5 + 1.5) / 1.5, 12)
    expect(seasonBetween(season, monday + 12_345, monday + 12_345 + 3 * WEEK)).toBeCloseTo(1, 12)
    expect(seasonBetween(undefined, monday, monday + HOUR)).toBe(1)
  })
})
