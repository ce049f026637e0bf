/** Rates of several nodes are one: what each counted adds up. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/core/time.ts'
import { Translation } from '../../src/kit/state/translation.ts'
import type { BoardView } from '../../src/rates/board.ts'
import { NOTHING, play, type TestEvent } from '../anomaly/events.ts'
import { type Deal, deal } from '../support/nodes.ts'
import { burst, inOrder, request, START, visitors, watch } from './traffic.ts'

type Node = ReturnType<typeof watch>

function merged(parts: readonly TestEvent[][]): Node {
  const [first, ...others] = parts.map(part => watch(part))
  for (const [i, { analyzer, addresses }] of others.entries()) {
    const from = new Translation(first.addresses.merge(JSON.parse(JSON.stringify(addresses.snapshot()))), i + 1)
    first.analyzer.merge(JSON.parse(JSON.stringify(analyzer.snapshot())), from)
  }
  return first
}

const busiest = ({ sources }: BoardView): Map<string, number> =>
  new Map(sources.filter(({ events }) => events > 1).map(({ source, events }) => [source, events]))

const end = START + 2 * HOUR
/** Two quiet hours, and a last minute with something in it of every kind. */
const traffic = (seed: number): TestEvent[] =>
  inOrder(
    visitors(2, 20, seed),
    burst(12, end - 20_000, 1500, (time, n) => request(time, `203.0.113.${n}`, '/api/items', n % 3 === 0 ? 404 : 200)),
    burst(10, end - 15_000, 1100, (time, n) => ({ time, source: `203.0.113.${n}`, user: 'root' })),
  )

describe('two nodes put together', () => {
  it('show the last minute of both, second by second, of the server, its groups and its sources', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.constantFrom<Deal>('by source', 'in turn', 'by chance'), (seed, how) => {
        const events = traffic(seed)
        const [one, two] = [watch(events), merged(deal(events, 2, how, seed))]
        const [whole, both] = [one.analyzer.board.view(), two.analyzer.board.view()]
        expect(both.second).toBe(whole.second)
        expect(both.events).toEqual(whole.events)
        expect(both.series.map(({ seconds }) => seconds)).toEqual(whole.series.map(({ seconds }) => seconds))
        expect(new Set(both.groups.map(({ group, requests }) => `${group} ${requests}`))).toEqual(
          new Set(whole.groups.map(({ group, requests }) => `${group} ${requests}`)),
        )
        // Who shares the last places of the list is told by the order in which they came.
        expect(busiest(both)).toEqual(busiest(whole))
        expect(busiest(whole).size).toBeGreaterThan(5)
        for (const [m, { expected }] of whole.series.entries()) {
          // Means of the last half hour add up; the slow mean begins with a guess of its own on every node.
          expect(Math.abs(both.series[m].expected - expected)).toBeLessThan(1 + 0.15 * expected)
        }
      }),
      { numRuns: 6, seed: 1 },
    )
  })

  it('expect the sum of what both have had in the last half hour', () => {
    const every = (seconds: number, from: number, to: number): TestEvent[] =>
      burst(((to - from) * HOUR) / (seconds * 1000), START + from * HOUR, seconds * 1000, (time, n) =>
        request(time, `203.0.113.${n % 50}`),
      )
    // Busier for an hour than in the half day before, so that the last half hour tells what is usual, and not the slow mean.
    const events = inOrder(every(12, 0, 12), every(2, 12, 13))
    const [whole, both] = [watch(events), merged(deal(events, 2, 'in turn', 1))].map(
      ({ analyzer }) => analyzer.board.view().series[0].expected,
    )
    expect(whole).toBeGreaterThan(25)
    expect(Math.abs(both - whole)).toBeLessThan(0.02 * whole)
  })

  it('count a node that was silent as one without events', () => {
    const busy = visitors(3, 30)
    const [early, late] = [
      busy.filter(({ time }) => time < START + HOUR),
      busy.filter(({ time }) => time >= START + HOUR),
    ]
    const [whole, both] = [watch(busy).analyzer.board.view(), merged([early, late]).analyzer.board.view()]
    expect(both.series[0].seconds).toEqual(whole.series[0].seconds)
    expect(both.series[0].expected).toBeCloseTo(whole.series[0].expected, 0)
  })

  it('tell what each told, and of one flood that both saw one episode', () => {
    const flood = burst(3000, START + 100 * MINUTE, 20, (time, n) => request(time, `203.0.113.${n % 30}`))
    const other = burst(2000, START + 60 * MINUTE, 25, (time, n) => request(time, `192.0.2.${n % 20}`))
    const parts = deal(inOrder(visitors(2, 30), flood), 2, 'in turn', 1)
    parts[1] = inOrder(parts[1], other)
    const whole = watch(inOrder(visitors(2, 30), flood, other)).analyzer.conclude(NOTHING)
    const both = merged(parts).analyzer.conclude(NOTHING)
    expect(whole.length).toBe(2)
    expect(both.length).toBe(2)
    for (const [i, { first, last, sources }] of whole.entries()) {
      expect(Math.abs(both[i].first - first)).toBeLessThan(MINUTE)
      expect(Math.abs(both[i].last - last)).toBeLessThan(MINUTE)
      expect(both[i].sources.length).toBeGreaterThan(0.5 * sources.length)
    }
    expect(both.map(({ evidence }) => evidence.every(({ input }) => input <= 1))).toEqual([true, true])
  })

  it('go on from the sum of both', () => {
    const quiet = visitors(2, 40)
    const both = merged(deal(quiet, 2, 'in turn', 1))
    const flood = burst(3000, START + 2 * HOUR, 20, (time, n) => request(time, `203.0.113.${n % 200}`))
    play(flood, both.addresses, event => both.analyzer.observe(event))
    const alone = watch(inOrder(quiet, flood)).analyzer.conclude(NOTHING)
    expect(both.analyzer.conclude(NOTHING).map(({ first, count }) => [first, count])).toEqual(
      alone.map(({ first, count }) => [first, count]),
    )
  })
})
