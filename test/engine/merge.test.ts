/** Several nodes are one: what each saw a part of, put together, is what one would have seen. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ANALYZERS as ANOMALIES } from '../../src/anomaly/index.ts'
import { ANALYZERS as CAMPAIGNS } from '../../src/campaigns/index.ts'
import { AddressTable } from '../../src/core/addresses.ts'
import { DAY } from '../../src/core/time.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { FindingDraft } from '../../src/kit/define-rule.ts'
import { ANALYZERS as RATES } from '../../src/rates/index.ts'
import { RULES } from '../../src/rules/index.ts'
import { play, type TestEvent } from '../anomaly/events.ts'
import { type Deal, deal, someDays } from '../support/nodes.ts'

const UNITS = [...CAMPAIGNS, ...ANOMALIES, ...RATES]
/** Rules that judge a source by nothing but what it does itself. */
const OF_ONE_SOURCE: ReadonlySet<string> = new Set([
  'brute-force',
  'invalid-user-spray',
  'web-scan',
  'slow-brute-force',
])

function engineOf(events: readonly TestEvent[]): Engine {
  const addresses = new AddressTable()
  const services = { host: {} }
  const analyzers = UNITS.flatMap(unit => {
    const analyzer = unit.open({}, { addresses, services, budgetPerWeek: 1, seed: 1 })
    return analyzer === undefined ? [] : [{ id: unit.id, on: unit.on, analyzer }]
  })
  const engine = new Engine({ rules: RULES, ruleOptions: {}, analyzers, addresses, services })
  feed(engine, events)
  return engine
}

function feed(engine: Engine, events: readonly TestEvent[]): void {
  play(events, engine.addresses, event => engine.observe(event))
}

function mergedOf(parts: readonly TestEvent[][]): Engine {
  const [first, ...others] = parts.map(engineOf)
  for (const [i, other] of others.entries()) first.merge(JSON.parse(JSON.stringify(other.snapshot())), i + 1)
  return first
}

/** Findings as plain values; lines are a node's own. */
const told = (findings: readonly FindingDraft[], wanted: (finding: FindingDraft) => boolean = () => true): unknown =>
  JSON.parse(JSON.stringify(findings.filter(wanted).map(finding => ({ ...finding, evidence: [] }))))

const isCampaign = ({ rule }: FindingDraft): boolean => rule === 'campaigns'
/** What a campaign comes down to: who, when, how much, how it is told. */
const members = (findings: readonly FindingDraft[]): unknown =>
  findings
    .filter(isCampaign)
    .map(({ title, severity, sources, users, first, last, count }) => [
      title,
      severity,
      sources.toSorted(),
      users,
      first,
      last,
      count,
    ])
const nameOf = ({ rule, identity }: FindingDraft): string => `${rule} ${identity}`

const seeds = fc.integer({ min: 0, max: 2 ** 31 })
const deals = fc.constantFrom<Deal>('by source', 'in turn', 'by chance')

describe('nodes put together', () => {
  it('conclude on campaigns as one that saw all events, however they were dealt out', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(2, 3), deals, (seed, nodes, how) => {
        const events = someDays(seed)
        const merged = mergedOf(deal(events, nodes, how, seed)).findings()
        const whole = engineOf(events).findings()
        expect(whole.filter(isCampaign).length).toBeGreaterThanOrEqual(3)
        expect(members(merged)).toEqual(members(whole))
        // Which of its pages a source asked for first is known where all of its requests went to one node.
        if (how === 'by source') expect(told(merged, isCampaign)).toEqual(told(whole, isCampaign))
      }),
      { numRuns: 9, seed: 1 },
    )
  })

  it('tell of a source what one node tells, where each had its sources to itself', () => {
    const ofOne = ({ rule }: FindingDraft): boolean => OF_ONE_SOURCE.has(rule)
    fc.assert(
      fc.property(seeds, fc.constantFrom(2, 3), (seed, nodes) => {
        const events = someDays(seed)
        const merged = mergedOf(deal(events, nodes, 'by source', seed)).findings()
        const whole = engineOf(events).findings()
        expect(whole.filter(ofOne).length).toBeGreaterThanOrEqual(4)
        expect(told(merged, ofOne)).toEqual(told(whole, ofOne))
      }),
      { numRuns: 6, seed: 2 },
    )
  })

  it('tell all that a node has told by its rules, and count no more than there was', () => {
    fc.assert(
      fc.property(seeds, deals, (seed, how) => {
        const events = someDays(seed)
        const parts = deal(events, 2, how, seed)
        const merged = mergedOf(parts).findings()
        const known = new Map(merged.map(finding => [nameOf(finding), finding]))
        const ofRules = parts.flatMap(part => engineOf(part).findings()).filter(({ kind }) => kind === 'rule')
        for (const finding of ofRules) {
          const here = known.get(nameOf(finding)) ?? expect.fail(`${nameOf(finding)} is lost`)
          expect(here.first).toBeLessThanOrEqual(finding.first)
          expect(here.last).toBeGreaterThanOrEqual(finding.last)
          expect(here.count).toBeGreaterThanOrEqual(finding.count)
          expect(here.sources).toEqual(expect.arrayContaining(finding.sources))
        }
        for (const { rule, sources, count } of merged) {
          if (!OF_ONE_SOURCE.has(rule)) continue
          expect(count).toBeLessThanOrEqual(events.filter(({ source }) => source === sources[0]).length)
        }
      }),
      { numRuns: 6, seed: 3 },
    )
  })

  it('are the same whichever takes the other in', () => {
    const parts = deal(someDays(5), 2, 'by chance', 5)
    const [left, right] = [mergedOf(parts), mergedOf(parts.toReversed())]
    expect(told(left.findings(), isCampaign)).toEqual(told(right.findings(), isCampaign))
    expect(left.totals).toEqual(right.totals)
    expect(left.addresses.size).toBe(right.addresses.size)
  })

  it('go on from the sum: what neither had enough of for a finding is one at the next event', () => {
    const at = Date.UTC(2026, 0, 5)
    const tries = Array.from({ length: 12 }, (_, i) => ({ time: at + i * 1000, source: '198.51.100.9', user: 'root' }))
    const isGuessing = ({ rule }: FindingDraft): boolean => rule === 'brute-force'
    const merged = mergedOf(deal(tries.slice(0, 8), 2, 'in turn', 1))
    expect(merged.findings().filter(isGuessing)).toEqual([])
    feed(merged, tries.slice(8))
    const [finding] = merged.findings().filter(isGuessing)
    expect(finding).toMatchObject({
      sources: ['198.51.100.9'],
      first: at,
      count: engineOf(tries).findings().filter(isGuessing)[0].count,
    })
  })

  it('tell of lines by the input that they are of', () => {
    const at = Date.UTC(2026, 0, 5)
    const tries = (source: string): TestEvent[] =>
      Array.from({ length: 20 }, (_, i) => ({ time: at + i * 1000, source, user: 'root' }))
    const merged = mergedOf([tries('198.51.100.9'), tries('203.0.113.9')])
    const inputs = merged
      .findings()
      .map(({ sources, evidence }) => [sources[0], new Set(evidence.map(ref => ref.input))])
    expect(new Map(inputs as [string, Set<number>][])).toEqual(
      new Map([
        ['198.51.100.9', new Set([0])],
        ['203.0.113.9', new Set([1])],
      ]),
    )
  })

  it('take a week of rest between two stories of one source for an end, as one node does', () => {
    const at = Date.UTC(2026, 0, 5)
    const tries = (from: number): TestEvent[] =>
      Array.from({ length: 20 }, (_, i) => ({ time: from + i * 1000, source: '198.51.100.9', user: 'root' }))
    const parts = [tries(at), tries(at + 8 * DAY), tries(at + 9 * DAY)]
    const stories = (findings: readonly FindingDraft[]): unknown =>
      findings.filter(({ rule }) => rule === 'brute-force').map(({ begun, last }) => [begun, last])
    expect(stories(mergedOf(parts).findings())).toEqual(stories(engineOf(parts.flat()).findings()))
  })
})
