import type { Finding } from '../../../src/core/finding.ts'
import type { Message } from '../../../src/core/notification.ts'
import { type NotifyPolicy, parsePolicy } from '../../../src/sinks/notify/config.ts'
import { findingMessage, type MessageContext } from '../../../src/sinks/notify/messages.ts'

/** 2026-11-21 12:00 UTC, a Saturday. */
export const NOON = Date.UTC(2026, 10, 21, 12)

export const context = (extra: Partial<MessageContext> = {}): MessageContext => ({
  language: 'en',
  host: 'web1',
  timezone: 'UTC',
  now: NOON,
  ...extra,
})

/** `count` addresses of a documentation range. */
export const addresses = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `198.51.${100 + (index >> 8)}.${index & 255}`)

export function makeFinding(extra: Partial<Finding> = {}): Finding {
  return {
    id: 'f-1',
    rule: 'brute-force',
    kind: 'rule',
    title: '120 failed SSH logins from 203.0.113.7',
    severity: 'medium',
    confidence: 0.9,
    risk: 60,
    first_seen: '2026-11-21T11:50:00Z',
    last_seen: '2026-11-21T11:58:00Z',
    count: 120,
    sources: ['203.0.113.7'],
    users: ['root', 'admin'],
    hosts: ['web1'],
    reasons: [{ text: '120 failures in 8 min; 10 are the limit.' }],
    evidence: [
      {
        path: '/var/log/auth.log',
        line: 7,
        offset: 700,
        text: 'Nov 21 11:50:00 web1 sshd[99]: Failed password for root from 203.0.113.7 port 4242 ssh2',
      },
    ],
    techniques: ['T1110'],
    recommendations: ['# Shut the source out.\nsudo nft add element inet vpsguard block { 203.0.113.7 }'],
    ...extra,
  }
}

export const makeMessage = (extra: Partial<Message> = {}): Message => ({
  ...findingMessage(makeFinding(), context()),
  ...extra,
})

export const policy = (table: Record<string, unknown> = {}): NotifyPolicy => parsePolicy({ timezone: 'UTC', ...table })

/** Texts that try to become markup, a mention, a header or a command somewhere. */
export const HOSTILE = [
  '<script>alert(1)</script>',
  '<!channel> <!everyone> <@U123> <http://evil.example|click>',
  '@everyone @here <@&1> [x](http://evil.example) **bold** `code`',
  'x\r\nBcc: victim@example.org\r\n\r\nbody',
  'a\u202egnp.exe \u0000\u001b[31mred',
  '``` ```` end',
  '& < > " \' ]]> &amp;',
  '<at id=all></at>',
  '\ud800 half of a pair',
]
