import { describe, expect, it } from 'vitest'
import { columns } from '../../src/core/text.ts'
import { explainFinding } from '../../src/sinks/reports/explain.ts'
import { context } from '../fixtures/reports/build.ts'
import { busyReport } from '../fixtures/reports/busy.ts'

const explain = (id: string): string => [...explainFinding(busyReport, id, context())].join('')

describe('explain', () => {
  it('tells the whole story, with every line of proof by file and line', () => {
    const text = explain('7c1e90b2a4d85f10')
    const flat = text.replace(/\s+/g, ' ')
    const breach = busyReport.findings.find(({ id }) => id === '7c1e90b2a4d85f10')
    for (const { path, line, text: proof } of breach?.evidence ?? []) {
      expect(text).toContain(`${path}:${line}\n`)
      expect(flat).toContain(proof.replace(/\s+/g, ' '))
    }
    for (const said of [
      'What happened',
      '48 events in 6 min',
      'By 203.0.113.161',
      'As admin',
      'What would have been normal',
      'where 46 was seen',
      'What to do now',
      'sudo passwd --lock admin',
      'c4d2b881',
      'vpsguard rules show breach-detection',
      'T1110/003',
    ])
      expect(flat).toContain(said)
    for (const line of text.split('\n')) expect(columns(line)).toBeLessThanOrEqual(80)
  })

  it('takes the beginning of an id', () => {
    expect(explain('7c1e')).toBe(explain('7c1e90b2a4d85f10'))
  })

  it('names the nearest ids where there is none, and asks for more where there are several', () => {
    expect(() => explain('7c1f90b2')).toThrow(
      expect.objectContaining({ exitCode: 2, hint: expect.stringContaining('7c1e90b2a4d85f10') }),
    )
    expect(() => explain('a')).toThrow(/a begins 9 finding ids/)
    expect(() => explain('')).toThrow(/no finding/)
    expect(() => explain('zzzzzzzzzzzz')).toThrow(/no finding of this report has the id zzzzzzzzzzzz/)
  })
})
