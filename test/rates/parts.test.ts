/** The parts of the rate detector against plain models of them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AddressTable } from '../../src/core/addresses.ts'
import { createRandom } from '../../src/core/random.ts'
import { RateBudget } from '../../src/rates/budget.ts'
import { HourOfWeek } from '../../src/rates/hour-of-week.ts'
import { Minutes } from '../../src/rates/minutes.ts'
import { PathGroups } from '../../src/rates/path-groups.ts'
import { SecondRings } from '../../src/rates/second-rings.ts'
import { SourceRates } from '../../src/rates/source-rates.ts'
import { play } from '../anomaly/events.ts'
import { request, START } from './traffic.ts'

const BASE = 1_800_000_000

describe('the last 60 seconds', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 1, max: 9 })), { maxLength: 60 })

  it('hold what came in the last 60 seconds and nothing else', () => {
    fc.assert(
      fc.property(steps, list => {
        const rings = new SecondRings(2)
        const all: { second: number; weight: number }[] = []
        let second = BASE
        for (const [gap, weight] of list) {
          second += gap
          rings.advance(1, second)
          rings.add(1, second, 2, weight)
          all.push({ second, weight })
          const inside = all.filter(one => one.second > second - 60)
          expect(rings.sum(1, 2)).toBe(inside.reduce((sum, one) => sum + one.weight, 0))
          expect(rings.sum(0, 2)).toBe(0)
        }
        const copy = new SecondRings(2)
        copy.restore(JSON.parse(JSON.stringify(rings.snapshot())))
        for (let at = second - 70; at <= second + 70; at++) {
          const expected = all
            .filter(one => one.second === at && at > second - 60)
            .reduce((sum, one) => sum + one.weight, 0)
          expect(rings.at(1, 2, at)).toBe(expected)
          expect(copy.at(1, 2, at)).toBe(expected)
          const window = all.filter(one => one.second > Math.max(at, second) - 60 && one.second > second - 60)
          if (at >= second)
            expect(rings.sumAt(1, 2, at)).toBe(
              window.filter(one => one.second > at - 60).reduce((sum, one) => sum + one.weight, 0),
            )
        }
      }),
    )
  })
})

describe('the last 60 seconds of many', () => {
  /** So many events of theirs, by a clock that is set back now and then where `backs`. */
  function run(
    rings: SecondRings,
    { steps, backs }: { steps: number; backs: boolean },
    onStep: (sum: number, expected: number) => void,
  ): void {
    const random = createRandom(5)
    const seen = new Map<number, number[]>()
    let second = BASE
    for (let step = 0; step < steps; step++) {
      second += backs && random.below(100) === 0 ? -random.below(150) : random.below(3)
      // Few are busy, and most come seldom.
      const entity = random.below(2) === 0 ? random.below(8) : random.below(500)
      rings.advance(entity, second)
      const sum = rings.add(entity, second, 1, 1)
      const inside = [...(seen.get(entity) ?? []), second].filter(one => one > second - 60)
      seen.set(entity, inside)
      onStep(sum, inside.length)
    }
  }

  it('are each its own, whoever had the place before', () => {
    run(new SecondRings(500), { steps: 20_000, backs: false }, (sum, expected) => expect(sum).toBe(expected))
  })

  it('are the same after a restart at any moment, though the clock is set back', () => {
    const rings = new SecondRings(500)
    const sums: number[] = []
    run(rings, { steps: 3000, backs: true }, sum => void sums.push(sum))
    const restarted = new SecondRings(500)
    const again: number[] = []
    run(restarted, { steps: 3000, backs: true }, sum => {
      again.push(sum)
      if (again.length % 250 === 0) restarted.restore(JSON.parse(JSON.stringify(restarted.snapshot())))
    })
    expect(again).toEqual(sums)
  })
})

describe('minutes', () => {
  it('have the mean of the last 30, and learn how restless they are', () => {
    const minutes = new Minutes(1)
    for (let i = 0; i < 400; i++) minutes.close(0, 40, 1, true)
    expect(minutes.recent(0)).toBeCloseTo(40)
    expect(minutes.deviation(0)).toBeCloseTo(0)
    const calm = minutes.shape(0)
    for (let i = 0; i < 400; i++) minutes.close(0, i % 10 === 0 ? 200 : 20, 1, true)
    expect(minutes.shape(0)).toBeLessThan(calm / 3)
  })

  it('are not moved by one wild minute', () => {
    const minutes = new Minutes(1)
    const random = createRandom(1)
    for (let i = 0; i < 400; i++) minutes.close(0, random.poisson(40), 1, true)
    const before = minutes.recent(0)
    minutes.close(0, 10_000, 1, true)
    expect(minutes.recent(0)).toBeLessThan(before * 1.1)
  })

  it('in which nothing happens teach that, unless the log was not written', () => {
    const minutes = new Minutes(1)
    for (let i = 0; i < 100; i++) minutes.close(0, 10, 1, false)
    minutes.closeQuiet(0, 60 * 24, 1)
    expect(minutes.recent(0)).toBeCloseTo(10)
    minutes.closeQuiet(0, 60, 1)
    expect(minutes.recent(0)).toBe(0)
    expect(minutes.slow(0)).toBeCloseTo((100 / 160) * 10, 0)
  })
})

describe('the hour of the week', () => {
  /** Weeks in which the events of a minute follow the hour of the day. */
  const learned = (weeks: number, busy: number, quiet: number, season = new HourOfWeek()): HourOfWeek => {
    const random = createRandom(2)
    for (let minute = 0; minute < weeks * 7 * 1440; minute++) {
      const isDay = Math.floor(minute / 60) % 24 >= 12
      season.observe(0, minute, random.poisson(isDay ? busy : quiet), 20)
    }
    return season
  }

  it('is not asked before three weeks', () => {
    expect(learned(2.9, 60, 5).inUse(0)).toBe(false)
    expect(learned(3.2, 60, 5).inUse(0)).toBe(true)
  })

  it('learns on after a clock that was ahead', () => {
    const season = new HourOfWeek()
    season.observe(0, 60_000_000, 5, 20)
    season.rewind(0)
    expect(learned(3.2, 60, 5, season).inUse(0)).toBe(true)
  })

  it('tells busy hours from quiet ones, drawn to the average', () => {
    const season = learned(6, 60, 6)
    // Between the average of 1 and the true 1.8 and 0.2, as four weeks of average have it.
    season.enter(6 * 168 + 13, 20)
    expect(season.factor(0)).toBeGreaterThan(1.4)
    expect(season.factor(0)).toBeLessThan(1.6)
    season.enter(6 * 168 + 24, 20)
    expect(season.factor(0)).toBeLessThan(0.6)
  })

  it('is not used where it foretells no better than the average', () => {
    expect(learned(5, 30, 30).inUse(0)).toBe(false)
  })
})

describe('groups of paths', () => {
  it('give way although the clock was a year ahead when they were used last', () => {
    const groups = new PathGroups(() => {})
    const year = 365 * 86_400
    const ask = (path: string, second: number): void =>
      play(
        Array.from({ length: 40 }, () => request(second * 1000, '198.51.100.1', path)),
        new AddressTable(),
        event => void groups.of(event, second),
      )
    for (let n = 0; n < 32; n++) ask(`/old${n}/page`, BASE + year)
    groups.rewind(BASE)
    ask('/new/page', BASE + 2 * 3600)
    expect([...groups.list()].map(group => groups.name(group))).toContain('/new')
  })

  function groupsOf(paths: readonly [string, number][]): { groups: PathGroups; given: number[] } {
    const groups = new PathGroups(() => {})
    const events = paths.map(([path, status], i) => request(START + i * 10, '203.0.113.7', path, status))
    const given: number[] = []
    play(events, new AddressTable(), event => given.push(groups.of(event, Math.floor(event.time / 1000))), 7)
    return { groups, given }
  }

  it('are first segments that the server answers', () => {
    const { groups, given } = groupsOf(Array.from({ length: 60 }, (_, i) => [`/api/${i}?x=${i}`, 200]))
    expect([...groups.list()].map(group => groups.name(group))).toEqual(['other', '/api'])
    expect(given[0]).toBe(0)
    expect(given.at(-1)).toBe(1)
  })

  it('cannot be filled with what is not there, and hold a bounded number of what is', () => {
    const missing = groupsOf(Array.from({ length: 5000 }, (_, i) => [`/junk${i % 100}/x`, 404]))
    expect([...missing.groups.list()]).toEqual([0])
    const there = groupsOf(Array.from({ length: 9000 }, (_, i) => [`/part${i % 100}/x`, 200]))
    expect([...there.groups.list()]).toHaveLength(33)
  })

  it('have names of plain characters', () => {
    const odd = groupsOf(Array.from({ length: 60 }, () => ['/a"b\u202e\n{x}'.padEnd(80, 'y'), 200]))
    const names = [...odd.groups.list()].map(group => odd.groups.name(group))
    expect(names).toHaveLength(2)
    expect(names[1]).toMatch(/^[\w.~/?-]{1,24}\.\.\.$/)
  })
})

describe('sources', () => {
  it('that are busy stay when a thousand others come', () => {
    const sources = new SourceRates(
      64,
      [NaN, NaN, NaN, NaN],
      () => false,
      () => {},
    )
    for (let i = 0; i < 50; i++) sources.add(sources.enter(7, BASE, BASE / 60), BASE, 0, 1)
    for (let i = 0; i < 1000; i++) sources.add(sources.enter(100 + i, BASE + 1, BASE / 60), BASE + 1, 0, 1)
    const [first] = sources.active(0, BASE + 1)
    expect(first).toEqual({ source: 7, count: 50 })
    expect(sources.active(0, BASE + 1)).toHaveLength(64)
    expect(sources.evicted).toBeGreaterThan(900)
  })

  it('are gone from the table after a minute', () => {
    const sources = new SourceRates(
      64,
      [NaN, NaN, NaN, NaN],
      () => false,
      () => {},
    )
    sources.add(sources.enter(7, BASE, BASE / 60), BASE, 0, 1)
    expect(sources.active(0, BASE + 59)).toHaveLength(1)
    expect(sources.active(0, BASE + 60)).toEqual([])
  })
})

describe('the budget', () => {
  const lived = (scores: readonly number[], weekly = 0.1): RateBudget => {
    const budget = new RateBudget(weekly)
    scores.forEach((score, day) => {
      budget.enter((20_000 + day) * 86_400)
      budget.note(score)
    })
    budget.enter((20_000 + scores.length) * 86_400)
    return budget
  }

  it('asks for more where clean days reached more', () => {
    const quiet = lived(new Array<number>(30).fill(0))
    const restless = lived([...new Array<number>(29).fill(0), 8.5])
    expect(quiet.threshold).toBeCloseTo(Math.log10(10_080 * 12 * 10))
    expect(restless.threshold).toBe(8.5)
  })

  it('lets nothing beyond doubt raise it', () => {
    expect(lived([300, 20, 10]).threshold).toBe(lived([0, 0, 0]).threshold)
  })

  it('is calibrated after four weeks, with a band around what so many days can promise', () => {
    expect(lived(new Array<number>(26).fill(0)).calibrated).toBe(false)
    const budget = lived(new Array<number>(28).fill(0))
    expect(budget.calibrated).toBe(true)
    const [lower, upper] = budget.band ?? [NaN, NaN]
    expect(lower).toBeLessThan(0.1)
    expect(upper).toBeGreaterThan(0.24)
    expect(upper).toBeLessThan(1)
  })
})
