/** Every sample of every rule, as raw lines, through the real parsers and the real engine. */
import { describe, expect, it } from 'vitest'
import { RULES } from '../../src/rules/index.ts'
import { runSample } from '../support/run-sample.ts'

describe.each(RULES.map(rule => ({ id: rule.id, rule })))('$id', ({ rule }) => {
  it.each(rule.examples().fires)('fires: $name', sample => {
    const findings = runSample(rule, sample)
    expect(findings.length).toBeGreaterThan(0)
    const [worst] = findings
    for (const finding of findings) {
      expect(finding.reasons.length).toBeGreaterThan(0)
      expect(finding.evidence.length).toBeGreaterThan(0)
      expect(finding.title).not.toMatch(/undefined|NaN|\[object/)
      for (const reason of finding.reasons) expect(reason.text).not.toMatch(/undefined|NaN|\[object/)
      for (const text of finding.recommendations) expect(text).not.toMatch(/undefined|NaN|\[object/)
      expect(finding.last).toBeGreaterThanOrEqual(finding.first)
    }
    if (sample.severity !== undefined) expect(worst.severity).toBe(sample.severity)
    const accused = findings.flatMap(finding => finding.sources)
    for (const source of sample.accuses ?? []) expect(accused).toContain(source)
  })

  it.each(rule.examples().quiet)('stays quiet: $name', sample => {
    expect(runSample(rule, sample).map(finding => finding.title)).toEqual([])
  })
})
