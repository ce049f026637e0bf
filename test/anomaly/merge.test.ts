/** Windows and ranks of several nodes put together. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ANALYZERS } from '../../src/anomaly/index.ts'
import sourceRanking from '../../src/anomaly/source-ranking.ts'
import windowAnomaly from '../../src/anomaly/window-anomaly.ts'
import { HOUR } from '../../src/core/time.ts'
import type { AnalyzerUnit } from '../../src/kit/define-detector.ts'
import { Translation } from '../../src/kit/state/translation.ts'
import { type Deal, deal, someDays } from '../support/nodes.ts'
import { background, inOrder, START, swarm } from './background.ts'
import { address, NOTHING, type Opened, openAnalyzer, play, type TestEvent } from './events.ts'

function watch(unit: AnalyzerUnit, events: readonly TestEvent[], options: Record<string, unknown> = {}): Opened {
  const { analyzer, addresses } = openAnalyzer(unit, {}, options)
  play(events, addresses, event => {
    if (unit.on.includes(event.kind)) analyzer.observe(event)
  })
  return { analyzer, addresses }
}

function merged(unit: AnalyzerUnit, parts: readonly TestEvent[][], options: Record<string, unknown> = {}): Opened {
  const [first, ...others] = parts.map(part => watch(unit, part, options))
  for (const [i, { analyzer, addresses }] of others.entries()) {
    const from = new Translation(first.addresses.merge(JSON.parse(JSON.stringify(addresses.snapshot()))), i + 1)
    first.analyzer.merge(JSON.parse(JSON.stringify(analyzer.snapshot())), from)
  }
  return first
}

const concluded = ({ analyzer }: Opened): unknown =>
  JSON.parse(
    JSON.stringify(
      analyzer.conclude(NOTHING).map(finding => ({ ...finding, sources: finding.sources.toSorted(), evidence: [] })),
    ),
  )

interface SavedRows {
  activity: { columns: Record<string, number[]>; hours: { hour: number; from: number; to: number }[] }
}

/** Every row of both surfaces, but for what it shows of its program. */
function rowsOf({ analyzer, addresses }: Opened): unknown[] {
  const saved = analyzer.snapshot() as unknown as Record<'ssh' | 'web', SavedRows>
  return [saved.ssh, saved.web].flatMap(({ activity: { columns, hours } }) =>
    hours.flatMap(({ hour, from, to }) =>
      Array.from({ length: to - from }, (_, i) => [
        hour,
        addresses.identity(columns.source[from + i]),
        ...['token', 'count', 'marked', 'bytes', 'second', 'bits'].map(name => columns[name][from + i]),
      ]),
    ),
  )
}

function ranks({ analyzer, addresses }: Opened): Record<string, unknown> {
  return Object.fromEntries([...(analyzer.rankSources?.() ?? [])].map(([id, rank]) => [addresses.format(id), rank]))
}

const seeds = fc.integer({ min: 0, max: 2 ** 31 })
/** Three weeks of strangers, with a swarm on a name that nobody else tries. */
const weeks = (seed: number): TestEvent[] =>
  inOrder([
    ...background({ days: 21, rate: 20, seed: seed % 40 }),
    ...swarm(40, START + 15 * 24 * HOUR + 4 * HOUR, HOUR),
  ]).map((event, i) => ({ ...event, time: Math.floor(event.time / 1000) * 1000 + (i % 2) }))

describe('hours of several nodes', () => {
  it('are judged as those of one, however the events were dealt out', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom<Deal>('by source', 'in turn', 'by chance'), (seed, how) => {
        const events = weeks(seed)
        // A connection whose lines went to two nodes counts at both, so only what has one line each is dealt out freely.
        const single = events.map((event, i) => ({ ...event, port: how === 'by source' ? 4000 + (i >> 2) : 2000 + i }))
        const whole = concluded(watch(windowAnomaly, single))
        expect(whole).not.toEqual([])
        expect(concluded(merged(windowAnomaly, deal(single, 2, how, seed)))).toEqual(whole)
      }),
      { numRuns: 4, seed: 1 },
    )
  })

  it('have the same rows, with the same marks of what was new', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom<Deal>('by source', 'in turn', 'by chance'), (seed, how) => {
        const events = someDays(seed)
        const whole = rowsOf(watch(windowAnomaly, events))
        expect(whole.length).toBeGreaterThan(500)
        expect(rowsOf(merged(windowAnomaly, deal(events, 3, how, seed)))).toEqual(whole)
      }),
      { numRuns: 6, seed: 3 },
    )
  })

  it('keep within their rows, the oldest forgotten and counted', () => {
    const events = background({ days: 21, rate: 120, seed: 3 })
    const parts = deal(events, 3, 'by source', 3)
    const options = { rows: 1024 }
    const both = merged(windowAnomaly, parts, options)
    const saved = both.analyzer.snapshot() as {
      ssh: { activity: { columns: { source: number[]; count: number[] }; forgotten: number } }
    }
    const { columns, forgotten } = saved.ssh.activity
    expect(columns.source.length).toBeLessThanOrEqual(1024)
    expect(columns.source.length).toBeGreaterThan(512)
    expect(forgotten).toBeGreaterThan(0)
    // One hour that is too much for any node stays so.
    const busy = [0, 1, 2].map(n => swarm(3000, START + 30 * 24 * HOUR, HOUR, `later${n}`))
    const full = merged(windowAnomaly, busy, options).analyzer.snapshot() as typeof saved
    expect(full.ssh.activity.columns.source.length).toBeLessThanOrEqual(512)
    expect(full.ssh.activity.columns.count.reduce((sum, count) => sum + count, 0)).toBe(9000)
    // It goes on: the room holds, and later rows stand behind.
    play(swarm(3000, START + 30 * 24 * HOUR, HOUR, 'later'), both.addresses, event => both.analyzer.observe(event))
    expect(() => both.analyzer.conclude(NOTHING)).not.toThrow()
  })
})

describe('sources of several nodes', () => {
  it('are ranked as those of one, where each had its sources to itself', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(2, 3), (seed, nodes) => {
        const events = someDays(seed)
        const expected = ranks(watch(sourceRanking, events))
        expect(Object.keys(expected).length).toBeGreaterThan(100)
        expect(ranks(merged(sourceRanking, deal(events, nodes, 'by source', seed)))).toEqual(expected)
      }),
      { numRuns: 4, seed: 2 },
    )
  })

  it('count what a source did at both', () => {
    const events = Array.from({ length: 90 }, (_, i) => ({
      time: START + i * 1000,
      source: address(i % 3),
      user: `name${i % 7}`,
    }))
    expect(ranks(merged(sourceRanking, [events.slice(0, 45), events.slice(45)]))).toEqual(
      ranks(watch(sourceRanking, events)),
    )
  })
})

it('is asked of every analyzer here', () => {
  expect(ANALYZERS.map(({ id }) => id).sort()).toEqual(['source-ranking', 'window-anomaly'])
})
