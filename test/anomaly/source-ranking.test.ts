import { describe, expect, it } from 'vitest'
import { SOURCE_FEATURES, SourceFeed } from '../../src/anomaly/source-features.ts'
import sourceRanking from '../../src/anomaly/source-ranking.ts'
import { SourceTable } from '../../src/anomaly/source-table.ts'
import { AddressTable } from '../../src/core/addresses.ts'
import { HOUR, MINUTE } from '../../src/core/time.ts'
import type { SourceRank } from '../../src/kit/define-detector.ts'
import { background, inOrder, START } from './background.ts'
import { NOTHING, openAnalyzer, play, type TestEvent } from './events.ts'

function ranksOf(events: readonly TestEvent[], batchSize = 1000): Map<string, SourceRank> {
  const { analyzer, addresses } = openAnalyzer(sourceRanking)
  play(events, addresses, event => analyzer.observe(event), batchSize)
  expect(analyzer.conclude(NOTHING)).toEqual([])
  return new Map([...(analyzer.rankSources?.() ?? [])].map(([id, rank]) => [addresses.format(id), rank]))
}

describe('features of a source', () => {
  it('are exact on a small case', () => {
    const addresses = new AddressTable()
    const feed = new SourceFeed()
    const night = START + 2 * HOUR
    const events: TestEvent[] = [
      { time: night, source: '198.51.100.1', user: 'root', known: true },
      { time: night + HOUR, source: '198.51.100.1', user: 'admin' },
      { time: night + 2 * HOUR, source: '198.51.100.1', user: 'admin' },
      { time: night + 8 * HOUR, source: '198.51.100.1', user: 'admin' },
      { time: night + 10 * HOUR, source: '198.51.100.1', user: 'root', kind: 'ssh.auth.accepted' },
    ]
    play(events, addresses, event => feed.observe(event))
    const vector = feed.vector('ssh', 0)
    const named = Object.fromEntries(SOURCE_FEATURES.ssh.map(({ id }, j) => [id, vector[j]]))
    const mean = 2.5
    const deviation = Math.sqrt((1 + 1 + 36 + 4) / 4 - mean * mean)
    expect(named).toMatchObject({ attempts: 4, users: 2, span_hours: 10, hourly_rate: 0.5, successes: 1 })
    expect(named.failure_share).toBe(0.8)
    expect(named.night_share).toBe(0.75)
    expect(named.valid_share).toBe(0.25)
    expect(named.gap_cv).toBeCloseTo(deviation / mean, 12)
    expect(named.user_entropy).toBeCloseTo(-(0.25 * Math.log2(0.25) + 0.75 * Math.log2(0.75)), 12)
  })

  it('count distinct values within a few per cent', () => {
    const table = new SourceTable(10, () => false)
    const row = table.open(3, 0)
    let hash = 1
    for (let i = 0; i < 100; i++) {
      hash = Math.imul(hash, 1_664_525) + 1_013_904_223
      table.mark(row, hash >>> 0)
    }
    expect(Math.abs(table.distinct(row) - 100)).toBeLessThan(20)
  })

  it('make room by dropping who came once, and keep the rest', () => {
    const table = new SourceTable(100, figures => figures(0) <= 1)
    for (let source = 0; source < 1000; source++) {
      const row = table.open(source, source)
      table.touch(row, source)
      table.add(row, 0, source % 50 === 0 ? 10 : 1)
    }
    const kept = Array.from({ length: table.size }, (_, row) => table.source(row))
    expect(table.size).toBeLessThanOrEqual(100)
    for (let source = 0; source < 1000; source += 50) expect(kept).toContain(source)
    expect(kept).toContain(999)
  })
})

describe('the ranking', () => {
  const minute = (i: number): number => START + i * MINUTE
  const dictionary = Array.from({ length: 120 }, (_, i) => ({
    time: minute(i),
    source: '203.0.113.1',
    user: `name${i}`,
    port: i + 1,
  }))
  const owner = Array.from({ length: 40 }, (_, i) => ({
    time: minute(i * 300),
    source: '203.0.113.2',
    user: 'alice',
    kind: 'ssh.auth.accepted' as const,
  }))
  const events = inOrder([...background({ days: 20, rate: 10, seed: 1 }), ...dictionary, ...owner])

  it('puts the unusual first, names what they do and says why', () => {
    const ranks = ranksOf(events)
    expect(ranks.get('203.0.113.1')).toMatchObject({ group: 'dictionary guesser' })
    expect(ranks.get('203.0.113.2')).toMatchObject({ group: 'login client' })
    const scores = [...ranks.values()].map(({ score }) => score).sort((a, b) => b - a)
    expect(ranks.get('203.0.113.1')?.score).toBeGreaterThanOrEqual(scores[3])
    expect(ranks.get('203.0.113.1')?.reasons.join()).toMatch(/120 (failed logins|tries an hour|names)|names; 1 usual/)
    for (const { score } of ranks.values()) expect(score).toBeGreaterThanOrEqual(0)
    for (const { score } of ranks.values()) expect(score).toBeLessThanOrEqual(1)
    const oneShots = [...ranks].filter(([, { group }]) => group === 'one-shot visitor')
    expect(oneShots.length).toBeGreaterThan(ranks.size / 2)
  })

  it('is the same in batches of any size', () => {
    expect([...ranksOf(events, 13)]).toEqual([...ranksOf(events)])
  })

  it('falls back to z-scores, and says so, where sources are few', () => {
    const { analyzer, addresses } = openAnalyzer(sourceRanking)
    play(
      dictionary.concat(background({ days: 1, rate: 6, seed: 1 }).map(event => ({ port: 1, user: 'x', ...event }))),
      addresses,
      event => analyzer.observe(event),
    )
    expect(analyzer.rankSources?.().size).toBeGreaterThan(1)
    expect(analyzer.status().notes.join()).toMatch(/too few for a forest; ranked by robust z-scores/)
  })

  it('takes one source, and sources that are all alike', () => {
    expect(ranksOf([{ time: START, source: '203.0.113.1', user: 'x' }]).size).toBe(1)
    const alike = Array.from({ length: 300 }, (_, i) => ({
      time: START,
      source: `10.0.${i >> 8}.${i & 255}`,
      user: 'x',
    }))
    expect(new Set([...ranksOf(alike).values()].map(({ group }) => group))).toEqual(new Set(['one-shot visitor']))
  })

  it('tells web clients apart', () => {
    const visits: TestEvent[] = []
    for (let i = 0; i < 200; i++) {
      for (let k = 0; k < 5; k++) {
        visits.push({
          time: minute(i * 7 + k),
          source: `10.1.0.${i}`,
          kind: 'web.request',
          method: 'GET',
          path: `/p${'abcdefghij'[k]}`,
          status: 200,
          size: 9000,
        })
      }
    }
    for (let i = 0; i < 90; i++) {
      visits.push({
        time: minute(700) + i * 200,
        source: '203.0.113.9',
        kind: 'web.request',
        method: 'GET',
        path: `/x${String.fromCharCode(97 + (i % 26))}${i % 7}q`,
        status: 404,
        size: 200,
      })
    }
    const ranks = ranksOf(inOrder(visits))
    expect(ranks.get('203.0.113.9')?.group).toBe('path prober')
    expect(ranks.get('10.1.0.5')?.group).toBe('reader')
  })

  it('goes through a checkpoint', () => {
    const { analyzer, addresses } = openAnalyzer(sourceRanking)
    play(events, addresses, event => analyzer.observe(event))
    const copy = openAnalyzer(sourceRanking, { addresses })
    copy.analyzer.restore(JSON.parse(JSON.stringify(analyzer.snapshot())))
    expect([...(copy.analyzer.rankSources?.() ?? [])]).toEqual([...(analyzer.rankSources?.() ?? [])])
  })
})
