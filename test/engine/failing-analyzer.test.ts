/** An analyzer with an error of its own costs its own findings, never the others'. */
import { describe, expect, it } from 'vitest'
import { AddressTable } from '../../src/core/addresses.ts'
import { EXIT, Problem } from '../../src/core/errors.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { Analyzer, RunningAnalyzer } from '../../src/kit/define-detector.ts'
import type { FindingDraft } from '../../src/kit/define-rule.ts'
import { RULES } from '../../src/rules/index.ts'
import { runLines } from '../support/analyze-lines.ts'

const found: FindingDraft = {
  identity: 'x',
  rule: 'sound',
  kind: 'campaign',
  title: 'Something',
  severity: 'low',
  confidence: 0.5,
  first: 0,
  last: 0,
  count: 1,
  sources: [],
  users: [],
  hosts: [],
  reasons: [],
  evidence: [],
  techniques: [],
  recommendations: [],
}

function running(id: string, conclude: Analyzer['conclude']): RunningAnalyzer {
  const analyzer: Analyzer = {
    observe: () => {},
    conclude,
    status: () => ({ calibrated: true, notes: [] }),
    train: () => ({ body: {}, summary: [] }),
    drift: () => [],
    snapshot: () => ({}),
    restore: () => {},
    merge: () => {},
  }
  return { id, on: ['ssh.auth.failed'], analyzer }
}

function engineWith(error: unknown): Engine {
  const addresses = new AddressTable()
  const analyzers = [
    running('broken', () => {
      throw error
    }),
    running('sound', () => [found]),
  ]
  const engine = new Engine({ rules: RULES, ruleOptions: {}, analyzers, addresses, services: { host: {} } })
  const lines = Array.from(
    { length: 40 },
    (_, i) =>
      `Mar  1 10:00:${String(i).padStart(2, '0')} web-1 sshd[1]: Failed password for root from 198.51.100.7 port 4000 ssh2`,
  )
  runLines([lines], {}, addresses, event => engine.observe(event))
  return engine
}

describe('an analyzer that throws', () => {
  it('is told by id, and its neighbours and the rules still speak', () => {
    const engine = engineWith(new RangeError('boom'))
    const failures: [string, unknown][] = []
    const findings = engine.findings((id, error) => failures.push([id, error]))
    expect(failures).toEqual([['broken', new RangeError('boom')]])
    expect(findings.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['sound', 'brute-force']))
    expect(engine.analyzers.map(({ id }) => id)).toEqual(['sound'])
  })

  it('throws where nobody asked to be told, and so does a problem of the model', () => {
    expect(() => engineWith(new RangeError('boom')).findings()).toThrow('boom')
    expect(() => engineWith(new Problem(EXIT.model, 'not this model')).findings(() => {})).toThrow('not this model')
  })
})
