import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../../src/core/finding.ts'
import { DAY, formatTime, HOUR, MINUTE } from '../../src/core/time.ts'
import { groupIncidents } from '../../src/engine/incidents.ts'

const NOON = Date.UTC(2026, 2, 4, 12)

let serial = 0

interface Draft extends Partial<Omit<Finding, 'first_seen' | 'last_seen'>> {
  /** Minutes from noon. */
  at?: number
  minutes?: number
}

function finding({ at = 0, minutes = 0, ...rest }: Draft): Finding {
  return {
    id: `f${String(serial++).padStart(4, '0')}`,
    rule: 'brute-force',
    kind: 'rule',
    title: 'a finding',
    severity: 'medium',
    confidence: 0.8,
    risk: 50,
    first_seen: formatTime(NOON + at * MINUTE),
    last_seen: formatTime(NOON + (at + minutes) * MINUTE),
    count: 10,
    sources: [],
    users: [],
    hosts: ['web-1'],
    reasons: [],
    evidence: [],
    techniques: ['T1110.001'],
    recommendations: [],
    ...rest,
  }
}

const guessing = (rest: Draft = {}): Finding =>
  finding({ sources: ['203.0.113.7'], users: ['root'], count: 400, minutes: 3, ...rest })
const breach = (rest: Draft = {}): Finding =>
  finding({
    rule: 'breach-detection',
    severity: 'critical',
    risk: 96,
    sources: ['203.0.113.7'],
    users: ['root'],
    techniques: ['T1110', 'T1078'],
    minutes: 3,
    ...rest,
  })
const account = (rest: Draft = {}): Finding =>
  finding({ rule: 'account-created', users: ['mallory'], techniques: ['T1136.001'], count: 1, ...rest })

describe('one source', () => {
  it('is one incident with all that its rules say, in one line', () => {
    const guesses = guessing()
    const spray = finding({
      rule: 'invalid-user-spray',
      sources: ['203.0.113.7'],
      users: ['a', 'b'],
      techniques: ['T1110.003'],
    })
    const all = [guesses, spray, breach(), account({ at: 10 })]
    const [incident, ...more] = groupIncidents(all)
    expect(more).toEqual([])
    expect(incident).toMatchObject({
      title: '203.0.113.7 got in as root after 400 failed logins in 3 min and created the account mallory',
      severity: 'critical',
      risk: 96,
      first_seen: '2026-03-04T12:00:00Z',
      last_seen: '2026-03-04T12:10:00Z',
      findings: all.map(({ id }) => id),
      sources: ['203.0.113.7'],
      stages: ['access attempt', 'access', 'persistence'],
    })
    expect(incident.links).toEqual(['host web-1, after the break-in', 'source 203.0.113.7'])
  })

  it('tells guesses at one name by that name', () => {
    const [incident] = groupIncidents([guessing(), account({ at: 10 }), breach()])
    expect(incident.title).toBe(
      '203.0.113.7 got in as root after 400 failed logins in 3 min and created the account mallory',
    )
  })

  it('does not say that one of two got in where both did, nor count later guesses before the first login', () => {
    const other = { sources: ['198.51.100.9'], at: 240, minutes: 60 }
    const both = [guessing({ count: 40 }), breach(), guessing({ count: 360, ...other }), breach(other)]
    expect(groupIncidents([...both, account({ at: 301 })])[0].title).toBe(
      '2 addresses got in as root after 400 failed logins in 5 h and created the account mallory',
    )
    const [bob] = groupIncidents([...both.slice(0, 3), breach({ ...other, users: ['bob'] }), account({ at: 301 })])
    expect(bob.title).toBe(
      '2 addresses got in as 2 users after 400 failed logins in 5 h and created the account mallory',
    )
  })

  it('does not call the names that were tried users who got in', () => {
    const [incident] = groupIncidents([guessing(), breach({ users: ['root', 'admin'] })])
    expect(incident.title).toBe('203.0.113.7 got in after 400 failed logins in 3 min')
  })

  it('is the same for all addresses of one /64, and another for the next /64', () => {
    const of = (source: string): Finding => finding({ sources: [source] })
    expect(groupIncidents([of('2001:db8:1:2::7'), of('2001:db8:1:2::/64')])).toHaveLength(1)
    expect(groupIncidents([of('2001:db8:1:2::7'), of('2001:db8:1:3::7')])).toHaveLength(2)
  })

  it('is many stories where days lie between: a shared address is many people', () => {
    const days = Array.from({ length: 5 }, (_, day) => guessing({ at: (day * DAY) / MINUTE }))
    expect(groupIncidents(days)).toHaveLength(5)
  })
})

describe('a campaign', () => {
  const sources = Array.from({ length: 40 }, (_, i) => `198.51.100.${i}`)
  const campaign = (rest: Draft = {}): Finding =>
    finding({
      rule: 'campaigns',
      kind: 'campaign',
      title: '40 addresses guessed deploy',
      sources,
      users: ['deploy'],
      hosts: [],
      techniques: ['T1110'],
      minutes: 120,
      ...rest,
    })

  it('takes in the break-in by a participant and what the same user did then', () => {
    const all = [
      campaign(),
      breach({ at: 60, sources: ['198.51.100.3'], users: ['deploy'] }),
      finding({ at: 65, rule: 'sudo-failures', users: ['deploy'], techniques: ['T1548.003'] }),
      account({ at: 70 }),
    ]
    const [incident, ...more] = groupIncidents(all)
    expect(more).toEqual([])
    expect(incident.stages).toEqual(['access attempt', 'access', 'persistence', 'privilege'])
    expect(incident.title).toBe(
      'One of 40 addresses got in as deploy amid 10 failed logins in 2 h, tried to become another user and created the account mallory',
    )
    expect(incident.links).toContain('campaign "40 addresses guessed deploy": 1 shared source')
    expect(incident.sources).toHaveLength(40)
  })

  it('takes in no finding of a stranger to it, nor another campaign for one address in common', () => {
    const other = campaign({
      title: 'another',
      users: ['root'],
      sources: [sources[0], ...Array.from({ length: 30 }, (_, i) => `192.0.2.${i}`)],
    })
    expect(groupIncidents([campaign(), other, guessing()])).toHaveLength(3)
  })

  it('is one with another of the same addresses', () => {
    const again = campaign({ at: 180, title: 'again', users: ['git'] })
    expect(groupIncidents([campaign(), again])).toHaveLength(1)
  })
})

describe('users', () => {
  it('tie findings within hours, where the name is not one that everybody guesses', () => {
    const of = (user: string, at: number, source: string): Finding => guessing({ at, sources: [source], users: [user] })
    expect(groupIncidents([of('ana', 0, '203.0.113.1'), of('ana', 60, '203.0.113.2')])).toHaveLength(1)
    expect(groupIncidents([of('ana', 0, '203.0.113.1'), of('ana', 24 * 60, '203.0.113.2')])).toHaveLength(2)
    expect(groupIncidents([of('root', 0, '203.0.113.1'), of('root', 60, '203.0.113.2')])).toHaveLength(2)
  })

  it('such as root tie what followed to a login, and never to guesses alone', () => {
    const login = finding({ rule: 'root-login', sources: ['203.0.113.9'], users: ['root'], techniques: ['T1078.003'] })
    const sudo = finding({ at: 30, rule: 'account-made-admin', users: ['root'], techniques: ['T1098.007'] })
    expect(groupIncidents([login, sudo])).toHaveLength(1)
    expect(groupIncidents([guessing(), sudo])).toHaveLength(2)
  })

  it('do not tie guesses from elsewhere to a login of the user that merely stands out a little', () => {
    const guesses = guessing({ users: ['ana'] })
    const late = (rest: Draft = {}): Finding =>
      finding({
        at: 20,
        rule: 'quiet-hours',
        severity: 'low',
        sources: ['198.51.100.4'],
        users: ['ana'],
        techniques: ['T1078'],
        ...rest,
      })
    expect(groupIncidents([guesses, late()])).toHaveLength(2)
    expect(groupIncidents([guesses, late({ severity: 'high' })])).toHaveLength(1)
    const [incident, ...more] = groupIncidents([late(), late({ at: 40, sources: ['198.51.100.5'] })])
    expect(more).toEqual([])
    expect(incident.title).toBe('2 addresses logged in as ana')
  })

  it('of another host are other people', () => {
    const login = breach({ users: ['ana'] })
    expect(groupIncidents([login, account({ at: 10, hosts: ['web-2'] })])).toHaveLength(2)
    const one = guessing({ users: ['ana'] })
    const other = guessing({ users: ['ana'], sources: ['203.0.113.8'], hosts: ['web-2'] })
    expect(groupIncidents([one, other])).toHaveLength(2)
  })

  it('do not tie what came before the break-in, or long after it', () => {
    expect(groupIncidents([breach({ at: 60 }), account({ at: 30 })])).toHaveLength(2)
    expect(groupIncidents([breach(), account({ at: 24 * 60 })])).toHaveLength(2)
  })
})

describe('paths', () => {
  it('tie a file on the host to the request for it', () => {
    const request = finding({
      rule: 'web-probe',
      sources: ['203.0.113.7'],
      techniques: ['T1190'],
      evidence: [
        { path: 'access.log', line: 1, offset: 0, text: '203.0.113.7 - - [x] "POST /up/x.php?c=id HTTP/1.1" 200 5' },
      ],
    })
    const shell = finding({
      at: 5,
      rule: 'web-shell',
      kind: 'host',
      techniques: ['T1505.003'],
      details: { path: '/var/www/html/up/x.php' },
    })
    const [incident, ...more] = groupIncidents([request, shell])
    expect(more).toEqual([])
    expect(incident.links).toContain('path /up/x.php')
    expect(incident.title).toBe('203.0.113.7 probed the web site 10 times and left a web shell')
  })
})

describe('a campaign of scanners', () => {
  const campaign = (): Finding =>
    finding({
      rule: 'campaigns',
      kind: 'campaign',
      minutes: 60,
      severity: 'low',
      sources: ['203.0.113.1', '203.0.113.2', '203.0.113.3'],
      techniques: ['T1595.003'],
      details: { campaign: { surface: 'web-probe', names: [{ name: '/.env', sources: 3 }] } },
    })
  const probe = (at: number, path: string, count = 1): Finding =>
    finding({
      at,
      count,
      rule: 'web-probe',
      severity: 'low',
      sources: ['198.51.100.7'],
      techniques: ['T1190'],
      evidence: [{ path: 'access.log', line: 1, offset: 0, text: `- - [x] "GET ${path} HTTP/1.1" 404 5` }],
    })

  it('takes in who asked for the same thing meanwhile, without being named', () => {
    expect(groupIncidents([campaign(), probe(20, '/.env')])).toHaveLength(1)
  })

  it('leaves out who came another day, asked for something else or for much more', () => {
    expect(groupIncidents([campaign(), probe(24 * 60, '/.env')])).toHaveLength(2)
    expect(groupIncidents([campaign(), probe(20, '/.git/config')])).toHaveLength(2)
    expect(groupIncidents([campaign(), probe(20, '/.env', 40)])).toHaveLength(2)
  })
})

describe('hints', () => {
  it('join what accuses most of the addresses they name, and else stand alone', () => {
    const hint = (sources: string[]): Finding =>
      finding({ rule: 'window-anomaly', kind: 'anomaly', sources, techniques: ['T1110'] })
    expect(groupIncidents([guessing(), hint(['203.0.113.7'])])).toHaveLength(1)
    const bystanders = Array.from({ length: 9 }, (_, i) => `192.0.2.${i}`)
    expect(groupIncidents([guessing(), hint(['203.0.113.7', ...bystanders])])).toHaveLength(2)
  })
})

describe('the title', () => {
  it('adds up what different addresses did, and counts what several findings tell of one only once', () => {
    const probe = (source: string, count: number): Finding =>
      finding({ rule: 'web-probe', sources: [source], users: [], techniques: ['T1190'], count })
    const scan = finding({
      rule: 'campaigns',
      kind: 'campaign',
      sources: ['203.0.113.1', '203.0.113.2', '203.0.113.3', '203.0.113.4', '203.0.113.5'],
      techniques: ['T1595.003'],
      count: 6,
    })
    const all = [probe('203.0.113.1', 1200), probe('203.0.113.2', 300), probe('203.0.113.2', 20), scan]
    expect(groupIncidents(all)[0].title).toBe('5 addresses probed the web site 1,500 times')
    const [incident] = groupIncidents([...all, guessing({ sources: ['203.0.113.3'], users: ['ana'], count: 12 })])
    expect(incident.title).toBe(
      '5 addresses probed the web site 1,500 times and 1 of them tried to log in as ana 12 times',
    )
  })

  it('cuts a name that somebody made long, and names the worst finding where nobody is accused', () => {
    const long = 'x'.repeat(5000)
    const [incident] = groupIncidents([
      guessing({ users: [long] }),
      finding({ sources: ['203.0.113.7'], users: [long] }),
    ])
    expect(incident.title).toBe(`203.0.113.7 tried to log in as ${'x'.repeat(31)}… 400 times`)
    const [other] = groupIncidents([
      account({ users: ['eve'] }),
      account({ rule: 'log-gap', users: ['eve'], severity: 'high', techniques: ['T1070'], title: 'A gap', at: 5 }),
    ])
    expect(other.title).toBe('A gap, and 1 more finding')
  })
})

/** Findings of few sources, users and hosts within two days, so that much is tied. */
const arbitrary = fc
  .record({
    at: fc.integer({ min: 0, max: (2 * DAY) / MINUTE }),
    minutes: fc.integer({ min: 0, max: (6 * HOUR) / MINUTE }),
    kind: fc.constantFrom('rule', 'rule', 'rule', 'campaign', 'anomaly', 'rate', 'host'),
    severity: fc.constantFrom('critical', 'high', 'medium', 'low', 'info'),
    sources: fc.uniqueArray(
      fc.integer({ min: 0, max: 30 }).map(n => `203.0.113.${n}`),
      { maxLength: 6 },
    ),
    users: fc.uniqueArray(fc.constantFrom('root', 'ana', 'bob', 'eve', ''), { maxLength: 3 }),
    hosts: fc.uniqueArray(fc.constantFrom('web-1', 'web-2'), { maxLength: 1 }),
    techniques: fc.uniqueArray(fc.constantFrom('T1110', 'T1078', 'T1136', 'T1595', 'T1548', 'T1190'), { maxLength: 2 }),
  } as const)
  .map(draft => finding(draft))

const several = fc.array(arbitrary, { minLength: 1, maxLength: 25 })

/** For every finding the id of its incident. */
function incidentOf(findings: readonly Finding[]): Map<string, string> {
  return new Map(groupIncidents(findings).flatMap(({ id, findings: ids }) => ids.map(one => [one, id] as const)))
}

describe('whatever is found', () => {
  it('every finding is in exactly one incident', () => {
    fc.assert(
      fc.property(several, findings => {
        const told = groupIncidents(findings).flatMap(one => one.findings)
        expect([...told].sort()).toEqual(findings.map(({ id }) => id).sort())
      }),
    )
  })

  it('the order of the findings does not matter', () => {
    fc.assert(
      fc.property(
        several.chain(findings =>
          fc.tuple(fc.constant(findings), fc.shuffledSubarray(findings, { minLength: findings.length })),
        ),
        ([findings, shuffled]) => {
          expect(groupIncidents(shuffled)).toEqual(groupIncidents(findings))
        },
      ),
    )
  })

  it('one finding more never splits an incident', () => {
    fc.assert(
      fc.property(several, arbitrary, (findings, more) => {
        const before = groupIncidents(findings)
        const after = incidentOf([...findings, more])
        for (const { findings: ids } of before) expect(new Set(ids.map(id => after.get(id))).size).toBe(1)
      }),
    )
  })

  it('the id stays while later findings join', () => {
    fc.assert(
      fc.property(several, findings => {
        const ordered = [...findings].sort((a, b) => (a.first_seen < b.first_seen ? -1 : 1))
        const [first] = ordered
        const alone = incidentOf([first]).get(first.id)
        expect(
          incidentOf(ordered.filter(one => one === first || one.first_seen > first.first_seen)).get(first.id),
        ).toBe(alone)
      }),
    )
  })

  it('nothing is no incident', () => {
    expect(groupIncidents([])).toEqual([])
  })
})
