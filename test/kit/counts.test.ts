/** The counting primitives against what they mean, spelt out. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DistinctCount, SlidingCount } from '../../src/kit/state/index.ts'
import type { Placed } from '../../src/kit/state/sliding-count.ts'

const WINDOW = 100
const at = (time: number, line: number): Placed => ({ time, ref: { input: 0, line, offset: line * 10, length: 10 } })

/** Steps of time (mostly forwards), keys, values. */
const steps = fc.array(
  fc.record({
    step: fc.integer({ min: -20, max: 60 }),
    key: fc.integer({ min: 0, max: 2 }),
    value: fc.integer({ min: 0, max: 60 }),
    weight: fc.integer({ min: 1, max: 4 }),
  }),
  { maxLength: 120 },
)

describe('sliding count', () => {
  it('counts what stands in the window, up to the limit; a late stamp counts as the last', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 9 }), (moves, limit) => {
        const count = new SlidingCount({ window: WINDOW, limit })
        const seen: number[][] = [[], [], []]
        let now = 1000
        for (const [line, { step, key, weight }] of moves.entries()) {
          now += step
          const own = seen[key]
          const last = own.at(-1)
          const time = Math.max(now, last ?? now)
          for (let i = 0; i < weight; i++) own.push(time)
          const live = own.filter(one => one >= time - WINDOW).slice(-limit)
          expect(count.addEvent(key, at(now, line), weight)).toBe(live.length)
          expect(count.count(key, time)).toBe(live.length)
          expect(count.trail(key)?.first).toBe(live[0])
          expect(count.densest(key, 10)).toBe(
            Math.max(...live.map(from => live.filter(one => one >= from && one <= from + 10).length)),
          )
          if (line % 7 === 3) {
            const copy = new SlidingCount({ window: WINDOW, limit })
            copy.restore(count.snapshot())
            expect(copy.snapshot()).toEqual(count.snapshot())
            expect(copy.count(key, time)).toBe(live.length)
          }
        }
      }),
    )
  })

  it('takes evidence from the count on that it is told, and the latest of it', () => {
    const count = new SlidingCount({ window: WINDOW, limit: 50, evidence: 2, evidenceFrom: 3 })
    for (let line = 1; line <= 6; line++) count.addEvent('a', at(line, line))
    expect(count.trail('a')?.refs.map(ref => ref.line)).toEqual([5, 6])
    const early = new SlidingCount({ window: WINDOW, limit: 50, evidenceFrom: 3 })
    early.addEvent('a', at(1, 1))
    expect(early.trail('a')?.refs).toEqual([])
  })

  it('starts afresh when the clock is set back by more than the window', () => {
    const count = new SlidingCount({ window: WINDOW, limit: 5 })
    count.addEvent('a', at(1000, 1), 4)
    expect(count.addEvent('a', at(500, 2))).toBe(1)
  })
})

describe('distinct count', () => {
  it.each([5, 40])('counts distinct values in the window and drops the least recently seen beyond %i', limit => {
    fc.assert(
      fc.property(steps, moves => {
        const count = new DistinctCount({ window: WINDOW, limit })
        const seen: Map<number, number>[] = [new Map(), new Map(), new Map()]
        let now = 1000
        for (const [line, { step, key, value }] of moves.entries()) {
          now += Math.max(1, step)
          const own = seen[key]
          own.delete(value)
          own.set(value, now)
          for (const [one, time] of own) if (time < now - WINDOW || own.size > limit) own.delete(one)
          expect(count.addEvent(key, value, at(now, line))).toBe(own.size)
          expect(count.values(key, now)).toEqual([...own.keys()])
          expect(count.trail(key)?.first).toBe([...own.values()][0])
          if (line % 7 === 3) {
            const copy = new DistinctCount({ window: WINDOW, limit })
            copy.restore(count.snapshot())
            expect(copy.values(key, now)).toEqual(count.values(key, now))
          }
        }
      }),
    )
  })
})
