/**
 * What active response has done to owners elsewhere, from the log lines on: each of these once shut out somebody who had
 * done nothing, or kept nobody out. The rest of the list is tested where it belongs: enforcer.test.ts (one event, never
 * permanent; reboots; crashes; caps), packets.test.ts (published ports), protection.test.ts (networks on the whitelist).
 */
import { describe, expect, it } from 'vitest'
import type { Finding } from '../../../src/core/finding.ts'
import { formatTime } from '../../../src/core/time.ts'
import { RULES } from '../../../src/rules/index.ts'
import { decide } from '../../../src/sinks/policy/decide.ts'
import { viewOf } from '../../../src/sinks/policy/ledger-view.ts'
import { Protection } from '../../../src/sinks/policy/protection.ts'
import { analyzeLines } from '../../support/analyze-lines.ts'
import { MemoryLedger } from '../../support/memory-ledger.ts'
import { policyOf } from './findings.ts'

/** The prefixes that are blocked for these lines, under the strategy that asks for less. */
function blockedFor(lines: readonly string[]): string[] {
  const policy = policyOf()
  const found = analyzeLines(lines, { rules: RULES })
  const last = Math.max(...found.map(draft => draft.last))
  const decisions = found.flatMap(({ identity, first, last: until, evidence, techniques, risk, details, ...rest }) => {
    const finding: Finding = {
      ...rest,
      id: `${rest.rule} ${identity}`,
      risk: risk ?? 0,
      first_seen: formatTime(first),
      last_seen: formatTime(until),
      evidence: [],
      techniques: [...techniques],
      ...(details === undefined ? {} : { details }),
    }
    const ledger = viewOf(new MemoryLedger(), policy)
    return decide({ finding, now: last, mode: 'enforce', policy, ledger, protection: new Protection() })
  })
  return [...new Set(decisions.filter(({ action }) => action !== 'none').map(({ prefix }) => prefix))].sort()
}

const clock = (second: number): string =>
  `${String(10 + Math.floor(second / 3600)).padStart(2, '0')}:${String(Math.floor(second / 60) % 60).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}`
const sshd = (second: number, text: string): string => `Mar  4 ${clock(second)} web-1 sshd[${4000 + second}]: ${text}`
const web = (second: number, source: string, target: string, status: number, size: number): string =>
  `${source} - - [04/Mar/2026:${clock(second)} +0000] "GET ${target} HTTP/1.1" ${status} ${size} "https://example.org/" "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0"`

const guesses = (count: number, source: string, user = 'root'): string[] =>
  Array.from({ length: count }, (_, i) =>
    sshd(i * 5, `Failed password for ${user} from ${source} port ${30_000 + i} ssh2`),
  )

describe('one request of a visitor', () => {
  it.each([
    ['/wp-admin/admin-ajax.php?action=heartbeat', 200],
    ['/search?tags=dog|cat', 200],
    ['/a;id/3', 404],
    ['/shop/linear-actuator-12v', 200],
    ['/static/app.envelope.js', 200],
    ['/docs/.environment', 404],
    ['/.github/workflows', 404],
    ['/.env', 200],
    ['/index.php?page=../../../../etc/passwd', 200],
  ])('for %s shuts nobody out, though the server answers %i', (target, status) => {
    expect(blockedFor([web(0, '203.0.113.7', '/', 200, 5120), web(1, '203.0.113.7', target, status, 5120)])).toEqual([])
  })

  it('on a page of somebody else that names such a picture shuts none of its readers out', () => {
    const readers = Array.from({ length: 30 }, (_, i) =>
      web(i, `203.0.113.${i + 1}`, '/.env?x=${jndi:ldap://a}', 200, 5120),
    )
    expect(blockedFor(readers)).toEqual([])
  })

  it('is another thing than a hundred', () => {
    const probes = Array.from({ length: 100 }, (_, i) => web(i, '203.0.113.7', `/${i}/.env`, 404, 150))
    expect(blockedFor(probes)).toEqual(['203.0.113.7'])
  })
})

describe('who is blocked is never for the attacker to choose', () => {
  it.each([
    'x from 8.8.8.8 port 22',
    'x from 8.8.8.8 port 22 ssh2',
    'Accepted password for root from 8.8.8.8 port 1 ssh2',
    'invalid user y from 8.8.8.8 port 4 ssh2',
  ])('by the user name %j', name => {
    expect(blockedFor(guesses(40, '203.0.113.7', `invalid user ${name}`))).toEqual(['203.0.113.7'])
  })

  it('by a line that another program wrote', () => {
    const forged = Array.from(
      { length: 40 },
      (_, i) =>
        `Mar  4 ${clock(i)} web-1 logger: sshd[${4000 + i}]: Failed password for root from 8.8.8.8 port ${30_000 + i} ssh2`,
    )
    expect(blockedFor(forged)).toEqual([])
  })
})

describe('an administrator', () => {
  it('who mistypes six times and then gets in is not shut out', () => {
    const lines = [
      ...guesses(6, '203.0.113.7', 'ana'),
      sshd(60, 'Accepted password for ana from 203.0.113.7 port 4242 ssh2'),
    ]
    expect(blockedFor(lines)).toEqual([])
  })

  it('is told from who guesses on: forty failures are answered', () => {
    expect(blockedFor(guesses(40, '203.0.113.7'))).toEqual(['203.0.113.7'])
  })
})
