/** A detector is one declaration: what it needs to run, to be configured, to be saved and to be told is in its file. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AddressTable } from '../../src/core/addresses.ts'
import { Engine } from '../../src/engine/engine.ts'
import { type Analyzer, defineAnalyzer } from '../../src/kit/define-detector.ts'
import { asArray, asNumber, type Json } from '../../src/kit/state/primitive.ts'
import { RULES } from '../../src/rules/index.ts'
import { runLines } from '../support/analyze-lines.ts'

/** Says of every source with exactly `attempts` failures that it has them. */
const exactly = defineAnalyzer({
  id: 'exactly',
  kind: 'anomaly',
  title: 'So many failures',
  description: 'Names sources with a number of failures.',
  techniques: ['T1110'],
  on: ['ssh.auth.failed'],
  budgetShare: 0,
  modelVersion: 1,
  options: { attempts: z.int().min(1).default(3).describe('How many failures.') },
  open: ({ attempts }, { addresses }): Analyzer => {
    const failures = new Map<number, number>()
    return {
      observe: event => failures.set(event.source, (failures.get(event.source) ?? 0) + event.attempts),
      conclude: () =>
        [...failures]
          .filter(([, count]) => count === attempts)
          .map(([source, count]) => ({
            identity: addresses.identity(source),
            rule: 'exactly',
            kind: 'anomaly',
            title: `${addresses.format(source)} failed ${count} times`,
            severity: 'info',
            confidence: 1,
            first: 0,
            last: 0,
            count,
            sources: [addresses.format(source)],
            users: [],
            hosts: [],
            reasons: [],
            evidence: [],
            techniques: [],
            recommendations: [],
          })),
      status: () => ({ calibrated: true, notes: [] }),
      train: () => ({ body: {}, summary: [] }),
      drift: () => [],
      snapshot: () => [...failures].map(([source, count]) => [source, count]),
      restore: (snapshot: Json) => {
        for (const entry of asArray(snapshot, 'failures')) {
          const [source, count] = asArray(entry, 'failures')
          failures.set(asNumber(source, 'failures'), asNumber(count, 'failures'))
        }
      },
      merge: (snapshot: Json, from) => {
        for (const entry of asArray(snapshot, 'failures')) {
          const [saved, count] = asArray(entry, 'failures')
          const source = from.source(asNumber(saved, 'failures'))
          failures.set(source, (failures.get(source) ?? 0) + asNumber(count, 'failures'))
        }
      },
    }
  },
})

const lines = (times: number): string[] =>
  Array.from(
    { length: times },
    (_, i) => `Mar  1 10:0${i}:00 web-1 sshd[${i}]: Failed password for root from 198.51.100.7 port 4000 ssh2`,
  )

function titles(raw: Record<string, unknown>, before: readonly string[], after: readonly string[]): string[] {
  const addresses = new AddressTable()
  const engineOf = (): Engine => {
    const context = { addresses, services: { host: {} }, budgetPerWeek: 1, seed: 1 }
    const analyzer = exactly.open(raw, context)
    const analyzers = analyzer === undefined ? [] : [{ id: exactly.id, on: exactly.on, analyzer }]
    return new Engine({ rules: RULES, ruleOptions: {}, analyzers, addresses, services: { host: {} } })
  }
  const first = engineOf()
  runLines([before], {}, addresses, event => first.observe(event))
  const second = engineOf()
  for (const [i, { analyzer }] of first.analyzers.entries())
    second.analyzers[i].analyzer.restore(JSON.parse(JSON.stringify(analyzer.snapshot())))
  runLines([after], {}, addresses, event => second.observe(event))
  return second
    .findings()
    .filter(({ rule }) => rule === 'exactly')
    .map(({ title }) => title)
}

describe('a detector in one file', () => {
  it('runs in the engine beside the rules, with its options, and goes on after a restart', () => {
    expect(titles({}, lines(3), [])).toEqual(['198.51.100.7 failed 3 times'])
    expect(titles({}, lines(2), [])).toEqual([])
    expect(titles({ attempts: 5 }, lines(3), lines(2))).toEqual(['198.51.100.7 failed 5 times'])
    expect(titles({ enabled: false }, lines(3), [])).toEqual([])
  })

  it('refuses options that it has not declared', () => {
    const context = { addresses: new AddressTable(), services: { host: {} }, budgetPerWeek: 1, seed: 1 }
    expect(() => exactly.open({ attempts: 0 }, context)).toThrow()
    expect(() => exactly.open({ atempts: 3 }, context)).toThrow(/atempts/)
  })
})
