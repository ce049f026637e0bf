/** What is decided about findings: who is blocked, for how long, and who never is. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Block } from '../../../src/core/decision.ts'
import type { Finding } from '../../../src/core/finding.ts'
import { PrefixSet, parseAddress, parsePrefix } from '../../../src/core/ip.ts'
import { DAY, formatTime, HOUR, MINUTE, SECOND } from '../../../src/core/time.ts'
import { type DecideInput, type Decision, decide } from '../../../src/sinks/policy/decide.ts'
import { viewOf } from '../../../src/sinks/policy/ledger-view.ts'
import { Protection } from '../../../src/sinks/policy/protection.ts'
import { MemoryLedger } from '../../support/memory-ledger.ts'
import { campaign, finding, NOW, policyOf } from './findings.ts'

const nobody = new Protection()

function ask(about: Finding, over: Partial<DecideInput> = {}, ledger = new MemoryLedger()): Decision[] {
  const policy = over.policy ?? policyOf()
  return decide({
    finding: about,
    now: NOW,
    mode: 'enforce',
    protection: nobody,
    policy,
    ledger: viewOf(ledger, policy),
    ...over,
  })
}

const blocks = (decisions: readonly Decision[]): string[] =>
  decisions.filter(({ action }) => action !== 'none').map(({ prefix }) => prefix)

describe('who is blocked', () => {
  it('is whom the finding accuses, for an hour at first', () => {
    expect(ask(finding('203.0.113.7'))).toEqual([
      {
        prefix: '203.0.113.7',
        action: 'block',
        seconds: 3600,
        reason: '40 failed SSH logins from 203.0.113.7',
        level: 0,
        finding: 'brute-force 203.0.113.7',
        rule: 'brute-force',
        policy: 'guessing',
        origin: 'policy',
        evidenceUntil: NOW,
        severity: 'medium',
        risk: 55,
      },
    ])
  })

  it.each([
    ['2001:db8:0:a::7', '2001:db8:0:a::/64'],
    ['2001:db8:0:a::/64', '2001:db8:0:a::/64'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
  ])('of %s is %s', (source, prefix) => {
    expect(blocks(ask(finding(source)))).toEqual([prefix])
  })

  it('is nobody for what merely stands out, is unsure, small, or of another rule', () => {
    const source = '203.0.113.7'
    for (const rule of ['root-login', 'new-source-for-user', 'geo-velocity', 'quiet-hours', 'log-gap', 'windows']) {
      expect(ask(finding(source, NOW, { rule, severity: 'critical' }))).toEqual([])
    }
    expect(ask(finding(source, NOW, { confidence: 0.6 }))).toEqual([])
    expect(ask(finding(source, NOW, { count: 5 }))).toEqual([])
    expect(ask(finding(source, NOW, { severity: 'info' }))).toEqual([])
  })

  it('is no host name, whoever it points to', () => {
    expect(ask(finding('evil.example.net'))).toEqual([])
  })

  it('is no visitor for one request, whatever the server answered', () => {
    const probe = (count: number, severity: Finding['severity']): Finding =>
      finding('203.0.113.7', NOW, { rule: 'web-probe', severity, count, confidence: 0.9 })
    for (const severity of ['low', 'medium', 'high'] as const) {
      for (const strategy of ['balanced', 'strict']) {
        expect(ask(probe(1, severity), { policy: policyOf({ strategy }) })).toEqual([])
      }
    }
    expect(blocks(ask(probe(3, 'high')))).toEqual(['203.0.113.7'])
    expect(ask(probe(3, 'high'), { policy: policyOf({ strategy: 'strict' }) })).toEqual([])
    expect(blocks(ask(probe(25, 'low')))).toEqual(['203.0.113.7'])
  })

  const line = (text: string) => [{ path: '/var/log/auth.log', line: 1, offset: 0, text }]
  const tag = 'Mar  4 10:00:00 web-1 sshd[4242]: '

  it('is not whom its own lines show logging in', () => {
    const accepted = line(`${tag}Accepted password for ana from 203.0.113.7 port 4242 ssh2`)
    expect(ask(finding('203.0.113.7', NOW, { evidence: accepted }))).toEqual([])
    const breach = { rule: 'breach-detection', severity: 'critical' as const, confidence: 0.95 }
    expect(blocks(ask(finding('203.0.113.7', NOW, { ...breach, evidence: accepted })))).toEqual(['203.0.113.7'])
    const key = line(`${tag}Accepted publickey for ana from 203.0.113.7 port 4242 ssh2: ED25519 SHA256:abc`)
    expect(ask(finding('203.0.113.7', NOW, { ...breach, evidence: key }))).toEqual([])
  })

  it.each([
    `${tag}Failed password for invalid user x]: Accepted publickey for a from 203.0.113.7 port 1 ssh2 from 203.0.113.7 port 4242 ssh2`,
    `${tag}Failed password for invalid user sshd[1]: Accepted publickey for a from 203.0.113.7 port 4242 ssh2`,
    'Mar  4 10:00:00 web-1 app[1]: sshd[4242]: Accepted publickey for ana from 203.0.113.7 port 4242 ssh2',
  ])('is not excused by what it writes itself: %s', text => {
    expect(blocks(ask(finding('203.0.113.7', NOW, { evidence: line(text) })))).toEqual(['203.0.113.7'])
  })

  it('is not an administrator who mistyped and then got in', () => {
    const unsure = { rule: 'breach-detection', severity: 'high' as const, confidence: 0.5, count: 7 }
    expect(ask(finding('203.0.113.7', NOW, unsure))).toEqual([])
  })
})

describe('of a campaign', () => {
  const five = [1, 2, 3, 4, 5].map(i => ({ source: `203.0.113.${i}` }))

  it('those who surely took part are blocked, and no others', () => {
    const members = [{ source: '203.0.113.1' }, { source: '198.51.100.9', posterior: 0.7 }]
    expect(blocks(ask(campaign(members, [])))).toEqual(['203.0.113.1'])
  })

  it('neighbours are blocked as their network', () => {
    const decisions = ask(campaign([...five, { source: '192.0.2.1' }], ['203.0.113.0/29', '192.0.2.1/32']))
    expect(blocks(decisions)).toEqual(['203.0.113.0/29', '192.0.2.1'])
    expect(decisions[0].origin).toBe('campaign')
    expect(decisions[0].reason).toContain('5 of its sources are in this network')
  })

  it('a network larger than the cap, or with somebody protected in it, is not: its members are', () => {
    const large = ask(campaign(five, ['203.0.112.0/22']))
    expect(large[0]).toMatchObject({
      prefix: '203.0.112.0/22',
      action: 'none',
      refused: expect.stringContaining('/22'),
    })
    expect(blocks(large)).toEqual(five.map(({ source }) => source))
    const protection = new Protection({ sshPeers: ['203.0.113.3'] })
    const near = ask(campaign(five, ['203.0.113.0/29']), { protection })
    expect(blocks(near)).toEqual(['203.0.113.1', '203.0.113.2', '203.0.113.4', '203.0.113.5'])
  })

  it('one member makes no network', () => {
    expect(blocks(ask(campaign([{ source: '203.0.113.1' }], ['203.0.113.0/28'])))).toEqual(['203.0.113.1'])
  })

  it('an intruder is blocked only where it is nearly certain that it took part', () => {
    const intruded = (posterior: number): Finding => {
      const base = campaign([], [])
      const breached = [{ source: '203.0.113.9', posterior, time: formatTime(NOW) }]
      return { ...base, details: { campaign: { participants: [], prefixes: [], breached } } }
    }
    expect(blocks(ask(intruded(0.92)))).toEqual([])
    expect(blocks(ask(intruded(0.97)))).toEqual(['203.0.113.9'])
  })

  it('details of another shape block nobody', () => {
    for (const details of [undefined, {}, { campaign: 7 }, { campaign: { participants: [1, null, { source: 3 }] } }]) {
      const odd = { ...campaign([{ source: '203.0.113.1' }], []), ...(details === undefined ? {} : { details }) }
      if (details === undefined) delete odd.details
      expect(ask(odd)).toEqual([])
    }
  })
})

describe('coming back', () => {
  const past = (over: Partial<Block> = {}): Block => ({
    id: `b${Math.abs((over.created ?? 0) % 1e9)}${over.state ?? ''}`,
    prefix: '203.0.113.7',
    state: 'expired',
    created: NOW - 3 * HOUR,
    expires: NOW - 2 * HOUR,
    ended: NOW - 2 * HOUR,
    reason: 'earlier',
    origin: 'policy',
    level: 0,
    evidenceUntil: NOW - 3 * HOUR,
    finding: 'brute-force 203.0.113.7',
    ...over,
  })
  const ledgerOf = (...all: Block[]): MemoryLedger => {
    const ledger = new MemoryLedger()
    for (const block of all) ledger.addBlock(block)
    return ledger
  }

  it('is twice as long each time', () => {
    const [first] = ask(finding('203.0.113.7'), {}, ledgerOf(past()))
    expect(first).toMatchObject({ action: 'block', seconds: 7200, level: 1 })
    const two = ledgerOf(past(), past({ created: NOW - 9 * HOUR, ended: NOW - 8 * HOUR }))
    expect(ask(finding('203.0.113.7'), {}, two)[0]).toMatchObject({ seconds: 14_400, level: 2 })
    const capped = ask(finding('203.0.113.7'), { policy: policyOf({ max_ttl_hours: 1.5 }) }, two)
    expect(capped[0].seconds).toBe(5400)
  })

  it('is for ever after so many, within the window', () => {
    const policy = policyOf({ permanent_after: 2 })
    const two = ledgerOf(past(), past({ created: NOW - 9 * HOUR, ended: NOW - 8 * HOUR }))
    expect(ask(finding('203.0.113.7'), { policy }, two)[0]).toMatchObject({ action: 'permanent', seconds: null })
    const old = ledgerOf(past(), past({ created: NOW - 60 * DAY, ended: NOW - 59 * DAY }))
    expect(ask(finding('203.0.113.7'), { policy }, old)[0]).toMatchObject({ action: 'block', level: 1 })
  })

  it('takes events after the end of the last block: the same ones seen again are nothing', () => {
    for (const last of [NOW - 3 * HOUR, NOW - 2 * HOUR]) {
      const [decision] = ask(finding('203.0.113.7', last), { now: NOW - 2 * HOUR + MINUTE }, ledgerOf(past()))
      expect(decision).toMatchObject({ action: 'none', reason: 'no new events since its last block' })
    }
    // A clock that was ahead: the very events that were answered lie after the block's end.
    const ahead = ledgerOf(past({ evidenceUntil: NOW }))
    expect(ask(finding('203.0.113.7', NOW), {}, ahead)[0].action).toBe('none')
    expect(ask(finding('203.0.113.7', NOW + SECOND), {}, ahead)[0].action).toBe('block')
  })

  it('a person who removes a block wipes the slate, but is not overruled by the same events', () => {
    const removed = ledgerOf(past(), past({ state: 'removed', created: NOW - 90 * MINUTE, ended: NOW - HOUR }))
    expect(
      ask(finding('203.0.113.7', NOW - 65 * MINUTE), { policy: policyOf({ ttl_minutes: 600 }) }, removed)[0].action,
    ).toBe('none')
    expect(ask(finding('203.0.113.7'), {}, removed)[0]).toMatchObject({ action: 'block', level: 0 })
  })

  it('who is blocked, alone or in a network, is blocked once', () => {
    for (const prefix of ['203.0.113.7', '203.0.113.0/24']) {
      const active = ledgerOf(past({ prefix, state: 'active', ended: null, expires: NOW + HOUR }))
      expect(ask(finding('203.0.113.7'), {}, active)[0]).toMatchObject({
        action: 'none',
        reason: `already blocked by ${prefix}`,
      })
    }
  })

  it('what was only observed neither counts nor excuses once blocks are real', () => {
    const observed = ledgerOf(past({ state: 'observed', ended: null, expires: NOW + HOUR, evidenceUntil: NOW }))
    expect(ask(finding('203.0.113.7'), {}, observed)[0]).toMatchObject({ action: 'block', level: 0 })
    expect(ask(finding('203.0.113.7'), { mode: 'observe' }, observed)[0].action).toBe('none')
  })

  it('a firewall that has just refused is asked again later', () => {
    const failed = ledgerOf(past({ state: 'failed', created: NOW - SECOND, ended: NOW - SECOND }))
    expect(ask(finding('203.0.113.7'), {}, failed)[0].action).toBe('none')
    expect(ask(finding('203.0.113.7'), { now: NOW + 2 * MINUTE }, failed)[0]).toMatchObject({
      action: 'block',
      level: 0,
    })
  })

  it('a participant who stayed away is not blocked again because the campaign goes on', () => {
    const blocked = past({ finding: 'campaign 1' })
    const silent = campaign([{ source: '203.0.113.7', last: NOW - 3 * HOUR }], [])
    expect(ask(silent, {}, ledgerOf(blocked))[0].action).toBe('none')
    const back = campaign([{ source: '203.0.113.7', last: NOW }], [])
    expect(ask(back, {}, ledgerOf(blocked))[0]).toMatchObject({ action: 'block', level: 1 })
    // A finding that does not tell its sources' times cannot tell who came back.
    expect(ask(campaign([{ source: '203.0.113.7' }], []), {}, ledgerOf(blocked))[0].action).toBe('none')
  })

  it('is too late for what ended long ago', () => {
    expect(ask(finding('203.0.113.7', NOW - 2 * HOUR))[0].action).toBe('none')
  })
})

describe('policies', () => {
  it("of one's own come first, and change the built-in ones by name", () => {
    const own = policyOf({ policies: { mine: { rules: ['brute-force'], action: 'permanent_block', min_risk: 50 } } })
    expect(ask(finding('203.0.113.7'), { policy: own })[0]).toMatchObject({ action: 'permanent', policy: 'mine' })
    expect(ask(finding('203.0.113.7', NOW, { risk: 49 }), { policy: own })[0].policy).toBe('guessing')
    const longer = policyOf({ policies: { guessing: { ttl_minutes: 10 } } })
    expect(ask(finding('203.0.113.7'), { policy: longer })[0].seconds).toBe(600)
    const off = policyOf({ policies: { guessing: { enabled: false }, idle_guessing: { enabled: false } } })
    expect(ask(finding('203.0.113.7'), { policy: off })).toEqual([])
  })

  it('that observe write down what they would do', () => {
    const policy = policyOf({ policies: { guessing: { action: 'observe' } } })
    expect(ask(finding('203.0.113.7'), { policy })[0]).toMatchObject({ action: 'observe', seconds: 3600 })
  })

  it('that answer nothing, or that nobody knows, are mistakes', () => {
    expect(() => policyOf({ policies: { mine: { severity: 'high' } } })).toThrow('rules')
    expect(() => policyOf({ policies: { guessing: { rulez: [] } } })).toThrow('rulez')
    expect(() => policyOf({ mode: 'on' })).toThrow()
  })
})

describe('whatever is found', () => {
  const v4 = fc
    .tuple(fc.constantFrom('203.0.113', '198.51.100', '10.0.0', '104.16.1'), fc.nat(255))
    .map(([net, host]) => `${net}.${host}`)
  const v6 = fc.tuple(fc.nat(3), fc.nat(3)).map(([net, host]) => `2001:db8:0:${net}::${host + 1}`)
  const source = fc.oneof(v4, v6)
  const arbitraryFinding = fc.oneof(
    source.map(one => finding(one)),
    fc
      .record({ rule: fc.constantFrom('breach-detection', 'web-probe', 'blacklisted-source'), one: source })
      .map(({ rule, one }) => finding(one, NOW, { rule, severity: 'critical', confidence: 1 })),
    fc
      .record({
        members: fc.array(source, { maxLength: 30 }),
        prefixes: fc.array(fc.tuple(source, fc.integer({ min: 1, max: 128 })), { maxLength: 8 }),
      })
      .map(({ members, prefixes }) =>
        campaign(
          members.map(one => ({ source: one, last: NOW })),
          prefixes.map(([address, bits]) => `${address}/${address.includes(':') ? bits : Math.min(32, bits)}`),
        ),
      ),
  )

  it('nothing that is decided touches a protected address, or is larger than the cap', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryFinding, { maxLength: 6 }),
        fc.array(source, { minLength: 1, maxLength: 5 }),
        (findings, safe) => {
          const protection = new Protection({ sshPeers: safe })
          for (const text of findings.flatMap(one => blocks(ask(one, { protection })))) {
            const prefix = parsePrefix(text)
            if (prefix === undefined) throw new TypeError(`${text} is no prefix`)
            const set = new PrefixSet([prefix])
            for (const address of [...safe, '10.0.0.1', '104.16.1.1', '127.0.0.1']) {
              expect(set.has(parseAddress(address) ?? [0, 0, 0, 0])).toBe(false)
            }
            const [, bits] = text.split('/')
            if (bits !== undefined) expect(Number(bits)).toBeGreaterThanOrEqual(text.includes(':') ? 48 : 24)
          }
        },
      ),
      { seed: 1, numRuns: 400 },
    )
  })
})
