/** Findings, blocks and notices for the tests of the memory. */
import type { Block } from '../../src/core/decision.ts'
import type { Finding } from '../../src/core/finding.ts'
import type { Notice } from '../../src/core/notification.ts'
import { formatTime } from '../../src/core/time.ts'

/** 2026-03-01T00:00:00Z. */
export const NOW = 1_772_323_200_000

export function makeFinding(id: string, changes: Partial<Finding> = {}): Finding {
  return {
    id,
    rule: 'brute-force',
    kind: 'rule',
    title: 'Repeated login failures from one source',
    severity: 'high',
    confidence: 0.9,
    risk: 70,
    first_seen: formatTime(NOW - 60_000),
    last_seen: formatTime(NOW),
    count: 12,
    sources: ['203.0.113.7'],
    users: ['root'],
    hosts: ['web-1'],
    reasons: [{ text: '12 failures in 1 min' }],
    evidence: [
      {
        path: '/var/log/auth.log',
        line: 7,
        offset: 900,
        text: 'Failed password for \u0000root \ud800 from 203.0.113.7',
      },
    ],
    techniques: ['T1110.001'],
    recommendations: ['Use keys.'],
    ...changes,
  }
}

export function makeBlock(id: string, changes: Partial<Block> = {}): Block {
  return {
    id,
    prefix: '203.0.113.7',
    state: 'active',
    created: NOW,
    expires: NOW + 3_600_000,
    ended: null,
    finding: 'f1',
    rule: 'brute-force',
    reason: '12 failures in 1 min',
    origin: 'policy',
    level: 0,
    evidenceUntil: NOW,
    ...changes,
  }
}

export function makeNotice(id: string, changes: Partial<Notice> = {}): Notice {
  return {
    id,
    channel: 'mail',
    group: 'f1',
    message: {
      kind: 'finding',
      severity: 'high',
      title: 'Login failures',
      lines: ['12 failures'],
      fields: [{ label: 'host', value: 'web-1' }],
      recommendations: [],
      evidence: [],
      payload: { id: 'f1' },
    },
    created: NOW,
    due: NOW,
    state: 'waiting',
    attempts: 0,
    error: null,
    settled: null,
    reference: null,
    edited: false,
    ...changes,
  }
}
