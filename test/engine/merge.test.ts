/** Several nodes are one: what each saw a part of, put together, is what one would have seen. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ANALYZERS as ANOMALIES } from '../../src/anomaly/index.ts'
import { ANALYZERS as CAMPAIGNS } from '../../src/campaigns/index.ts'
import { AddressTable } from '../../src/core/addresses.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { AnalyzerUnit } from '../../src/kit/define-detector.ts'
import type { FindingDraft } from '../../src/kit/define-rule.ts'
import { RULES } from '../../src/rules/index.ts'
import { play, type TestEvent } from '../anomaly/events.ts'
import { type Deal, deal, someDays } from '../support/nodes.ts'

function engineOf(events: readonly TestEvent[], units: readonly AnalyzerUnit[]): Engine {
  const addresses = new AddressTable()
  const services = { host: {} }
  const analyzers = units.flatMap(unit => {
    const analyzer = unit.open({}, { addresses, services, budgetPerWeek: 1, seed: 1 })
    return analyzer === undefined ? [] : [{ id: unit.id, on: unit.on, analyzer }]
  })
  const engine = new Engine({ rules: RULES, ruleOptions: {}, analyzers, addresses, services })
  play(events, addresses, event => engine.observe(event))
  return engine
}

function mergedOf(parts: readonly TestEvent[][], units: readonly AnalyzerUnit[]): Engine {
  const [first, ...others] = parts.map(part => engineOf(part, units))
  for (const [i, other] of others.entries()) first.merge(JSON.parse(JSON.stringify(other.snapshot())), i + 1)
  return first
}

/** Findings as plain values; a node's lines are its own. */
const told = (findings: readonly FindingDraft[]): unknown =>
  JSON.parse(JSON.stringify(findings.map(finding => ({ ...finding, evidence: [] }))))

const seeds = fc.integer({ min: 0, max: 2 ** 31 })

describe('nodes that have each source to themselves', () => {
  it('tell together what one node tells', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(2, 3), (seed, nodes) => {
        const events = someDays(seed)
        const units = [...CAMPAIGNS, ...ANOMALIES]
        const merged = mergedOf(deal(events, nodes, 'by source', seed), units)
        const whole = engineOf(events, units)
        expect(whole.findings().length).toBeGreaterThan(2)
        expect(told(merged.findings())).toEqual(told(whole.findings()))
      }),
      { numRuns: 6, seed: 1 },
    )
  })
})
