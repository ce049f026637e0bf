/** Severities as the config states them, and as the rules judge. */
import { describe, expect, it } from 'vitest'
import { RULES } from '../../src/rules/index.ts'
import { analyzeLines } from '../support/analyze-lines.ts'

const ISSUE_CONFIG = {
  'brute-force': { enabled: true, threshold: 10, window_minutes: 60, severity: 'high' },
  'breach-detection': { enabled: true, failures_before_success: 5, severity: 'critical' },
  'quiet-hours': { enabled: true, start: 23, end: 6, timezone: 'UTC', severity: 'medium' },
}

const fail = (i: number, source = '203.0.113.7', user = 'ana'): string =>
  `Mar  4 02:00:${String(i).padStart(2, '0')} web-1 sshd[${4000 + i}]: Failed password for ${user} from ${source} port ${40_000 + i} ssh2`
const fails = (count: number, source?: string, user?: string): string[] =>
  Array.from({ length: count }, (_, i) => fail(i, source, user))
const accept = 'Mar  4 02:01:00 web-1 sshd[4999]: Accepted password for ana from 203.0.113.7 port 41999 ssh2'

const severities = (
  lines: string[],
  ruleOptions: Record<string, Record<string, unknown>> = {},
): Record<string, string> =>
  Object.fromEntries(analyzeLines(lines, { rules: RULES, ruleOptions }).map(({ rule, severity }) => [rule, severity]))

describe('severity', () => {
  it('is the configured one', () => {
    expect(severities([...fails(12), accept], ISSUE_CONFIG)).toMatchObject({
      'brute-force': 'high',
      'breach-detection': 'critical',
      'quiet-hours': 'medium',
    })
  })

  it("is the rule's own without a config", () => {
    expect(severities([...fails(12), accept])).toMatchObject({
      'brute-force': 'medium',
      'breach-detection': 'critical',
      'quiet-hours': 'low',
    })
  })

  it('is not lowered below what the config asks for', () => {
    const keyOnly = Array.from(
      { length: 12 },
      (_, i) =>
        `Mar  4 02:00:${String(i).padStart(2, '0')} web-1 sshd[${4000 + i}]: Connection closed by authenticating user root 203.0.113.7 port ${40_000 + i} [preauth]`,
    )
    expect(severities(keyOnly)).toEqual({ 'brute-force': 'low' })
    expect(severities(keyOnly, ISSUE_CONFIG)).toEqual({ 'brute-force': 'high' })
  })

  it('can be lowered by the config', () => {
    expect(severities(fails(12), { 'brute-force': { severity: 'info' } })).toEqual({ 'brute-force': 'info' })
  })

  it('a rule can be switched off, and its thresholds set', () => {
    expect(severities(fails(12), { 'brute-force': { enabled: false } })).toEqual({})
    expect(severities(fails(4), { 'brute-force': { threshold: 4 } })).toEqual({ 'brute-force': 'medium' })
    expect(
      severities([...fails(2), accept], {
        'breach-detection': { failures_before_success: 2 },
        'quiet-hours': { enabled: false },
      }),
    ).toEqual({ 'breach-detection': 'critical' })
  })
})

it('a name from the log can neither fill a title nor leave its line', () => {
  const name = `${'a'.repeat(300)}\u001b[2J`
  const [finding] = analyzeLines(
    [
      ...fails(6, undefined, name),
      `Mar  4 02:01:00 web-1 sshd[4999]: Accepted password for ${name} from 203.0.113.7 port 41999 ssh2`,
    ],
    { rules: RULES },
  ).filter(({ rule }) => rule === 'breach-detection')
  expect(finding.title.length).toBeLessThan(160)
  for (const text of finding.recommendations) {
    expect(text).not.toMatch(/\u001b/)
    for (const line of text.split('\n')) expect(line).toMatch(/^(# |sudo |last |who )/)
  }
})
