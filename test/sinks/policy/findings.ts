/** Findings for tests of the policy, as the engine and the campaign detector make them. */
import type { Finding } from '../../../src/core/finding.ts'
import { formatTime, HOUR } from '../../../src/core/time.ts'
import {
  type ResponseConfig,
  type ResponsePolicy,
  resolvePolicy,
  responseSchema,
} from '../../../src/sinks/policy/config.ts'

export const NOW = Date.UTC(2026, 2, 4, 12)

/** Guessing by one source, which the built-in policies block; the newest event at `last`. */
export function finding(source: string, last = NOW, more: Partial<Finding> = {}): Finding {
  return {
    id: `brute-force ${source}`,
    rule: 'brute-force',
    kind: 'rule',
    title: `40 failed SSH logins from ${source}`,
    severity: 'medium',
    confidence: 0.9,
    risk: 55,
    first_seen: formatTime(last - HOUR),
    last_seen: formatTime(last),
    count: 40,
    sources: [source],
    users: ['root'],
    hosts: [],
    reasons: [],
    evidence: [],
    techniques: [],
    recommendations: [],
    ...more,
  }
}

export interface Member {
  source: string
  posterior?: number
  last?: number
}

export function campaign(
  members: readonly Member[],
  prefixes: readonly string[],
  more: Partial<Finding> = {},
): Finding {
  return finding('', NOW, {
    id: 'campaign 1',
    rule: 'campaigns',
    kind: 'campaign',
    title: `${members.length} sources guessed together`,
    severity: 'high',
    sources: members.map(({ source }) => source),
    details: {
      campaign: {
        prefixes,
        participants: members.map(({ source, posterior = 0.99, last }) => ({
          source,
          posterior,
          attempts: 2,
          ...(last === undefined ? {} : { last_seen: formatTime(last) }),
        })),
      },
    },
    ...more,
  })
}

export const configOf = (input: Record<string, unknown> = {}): ResponseConfig => responseSchema.parse(input)

export const policyOf = (input: Record<string, unknown> = {}): ResponsePolicy => resolvePolicy(configOf(input))
