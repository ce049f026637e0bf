import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAddress, parseAddress } from '../../src/core/ip.ts'
import type { Report } from '../../src/core/report.ts'
import { redact } from '../../src/sinks/reports/redact.ts'
import { finding, report } from '../fixtures/reports/build.ts'
import { busyReport } from '../fixtures/reports/busy.ts'
import { render } from './helpers.ts'

const octet = fc.integer({ min: 0, max: 255 })
const v4 = fc.oneof(
  octet.map(n => `192.0.2.${n}`),
  octet.map(n => `198.51.100.${n}`),
  octet.map(n => `203.0.113.${n}`),
)
const group = fc.integer({ min: 1, max: 0xffff }).map(n => n.toString(16))
const v6 = fc.array(group, { minLength: 1, maxLength: 5 }).map(groups => `2001:db8:${groups.join(':')}::${'a'}`)
const address = fc.oneof(v4, v6)
/** Names no program text contains, so that finding one in the output means that it leaked. */
const name = fc
  .tuple(
    fc.constantFrom('q', 'Q', 'zz', 'jjq'),
    fc.stringMatching(/^[a-z]{3,6}$/),
    fc.constantFrom('', '.x7', '-9q', '_k8', '@corp', ' w7q', "'q7", '$'),
  )
  .map(([a, b, c]) => `${a}q8${b}${c}`)
const hostName = fc.stringMatching(/^h7x[a-z]{2,5}$/)

/** Shapes in which logs, URLs and advice spell what has to go. */
const LINES: ((address: string, user: string, host: string) => string)[] = [
  (a, u, h) => `Mar  9 06:25:00 ${h} sshd[81]: Failed password for invalid user ${u} from ${a} port 4242 ssh2`,
  (a, u, h) =>
    `2026-03-09T06:25:00.1+01:00 ${h} sshd[81]: Accepted publickey for ${u} from ${a} port 4242 ssh2: RSA SHA256:abc`,
  (a, u, h) =>
    `Mar  9 06:25:00 ${h} sshd[81]: Received disconnect from ${a}: 11: Bye Bye [preauth]; rhost=${a}  user=${u}`,
  (a, u) =>
    `${a} - ${u} [09/Mar/2026:06:25:00 +0000] "GET http://${a.includes(':') ? `[${a}]` : a}:8080/~${u}/?u=${u}&ip=${a} HTTP/1.1" 200 1 "-" "-"`,
  (a, u, h) => `sudo: ${u} : TTY=pts/0 ; PWD=/home/${u} ; COMMAND=/usr/bin/ssh ${u}@${h}; ip=%20${a}, ("${a}")`,
  (a, u, h) => `{"remote_ip":"${a}","user":"${u}","host":"${h}","x":"\\n${a}"}`,
]

function build(addresses: string[], users: string[], hosts: string[]): Report {
  const pick = <T>(all: readonly T[], i: number): T => all[i % all.length]
  return report(
    addresses.map((source, i) =>
      finding({
        id: `${i}`.padStart(12, 'f'),
        title: `${source} tried ${pick(users, i)} on ${pick(hosts, i)}`,
        sources: [source],
        users: [pick(users, i)],
        hosts: [pick(hosts, i)],
        reasons: [
          { text: `${source} and ${pick(users, i)}`, feature: 'x', observed: source, expected: pick(users, i) },
        ],
        evidence: LINES.map((line, n) => ({
          path: `/backup/${pick(hosts, i)}/auth.log`,
          line: n + 1,
          offset: 0,
          text: line(source, pick(users, i), pick(hosts, i)),
        })),
        recommendations: [`# ${pick(users, i)}\nsudo ufw deny from ${source}`],
        details: {
          names: { [pick(users, i)]: 3 },
          participants: [{ source, posterior: 0.9 }],
          user: pick(users, i),
          prefixes: [`${source}/${source.includes(':') ? 64 : 24}`],
        },
      }),
    ),
    {
      inputs: [
        {
          path: `/home/${users[0]}/${hosts[0]}/auth.log`,
          format: 'auth',
          lines: 1,
          events: 1,
          unparsed: 1,
          first: null,
          last: null,
          samples: [`x ${addresses[0]}`],
          notes: [`${hosts[0]}: odd`],
        },
      ],
      sources: addresses.map(source => ({
        source,
        events: 1,
        failed_logins: 1,
        accepted_logins: 0,
        web_requests: 0,
        first: '2026-03-09T06:25:00Z',
        last: '2026-03-09T06:25:00Z',
        findings: [],
      })),
      notes: [`seen from ${addresses[0]}`],
    },
  )
}

describe('redact', () => {
  it('leaves no address, user or host anywhere', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(address, { minLength: 1, maxLength: 6 }),
        fc.uniqueArray(name, { minLength: 1, maxLength: 4 }),
        fc.uniqueArray(hostName, { minLength: 1, maxLength: 3 }),
        (addresses, users, hosts) => {
          const text = JSON.stringify(redact(build(addresses, users, hosts)))
          for (const source of addresses)
            expect(text.toLowerCase().includes(source.toLowerCase()), `${source} in ${text}`).toBe(false)
          expect(/(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d|2001:db8/i.exec(text)?.[0]).toBeUndefined()
          for (const word of [...users, ...hosts])
            expect(text.includes(JSON.stringify(word).slice(1, -1)), `${word} in ${text}`).toBe(false)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('gives the same value the same placeholder, and different values different ones', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(address, {
          minLength: 2,
          maxLength: 8,
          selector: text => formatAddress(parseAddress(text) ?? [0, 0, 0, 0]),
        }),
        fc.uniqueArray(name, { minLength: 2, maxLength: 5 }),
        (addresses, users) => {
          for (const secret of [undefined, 'seed']) {
            const told = redact(build(addresses, users, ['h7xab']), secret)
            const sources = told.findings.map(each => each.sources[0])
            expect(new Set(sources).size).toBe(addresses.length)
            const names = told.findings.slice(0, users.length).map(each => each.users[0])
            expect(new Set(names).size).toBe(names.length)
            for (const each of told.findings) {
              for (const { text } of each.evidence.slice(0, 4)) expect(text).toContain(each.sources[0])
              expect(each.evidence[0].text).toContain(`invalid user ${each.users[0]} from`)
              expect(each.title).toBe(`${each.sources[0]} tried ${each.users[0]} on ${each.hosts[0]}`)
            }
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('knows an address in every spelling', () => {
    const spellings = ['2001:db8::1', '2001:DB8:0:0::1', '2001:0db8:0000:0000:0000:0000:0000:0001', '2001%3Adb8%3A%3A1']
    const fours = ['203.0.113.7', '::ffff:203.0.113.7', '203%2E0%2E113%2E7', '203[.]0[.]113[.]7', '203-0-113-7']
    const told = redact(
      report([
        finding({
          id: 'x',
          reasons: [...spellings, ...fours].map(text => ({ text: `(${text})` })),
        }),
      ]),
    ).findings[0].reasons.map(({ text }) => text)
    expect(new Set(told.slice(0, spellings.length)).size).toBe(1)
    expect(new Set(told.slice(spellings.length)).size).toBe(1)
    expect(told[0]).toMatch(/^\(ip-\d+\)$/)
  })

  it('keeps root, times, ports, versions of the tool and the shape of the report', () => {
    const told = redact(build(['203.0.113.7'], ['root', 'q8x'], ['web']))
    const text = JSON.stringify(told)
    expect(told.findings[0].users).toEqual(['root'])
    expect(text).toContain('port 4242')
    expect(text).toContain('Mar  9 06:25:00 host-1 sshd[81]: Failed password for invalid user root from ip-1 port')
    expect(told.tool).toEqual({ name: 'vpsguard', version: '0.1.0' })
    expect(text).toContain('/home/')
  })

  it('replaces ids, also where a text shortens them: a digest of an address can be tried out', () => {
    const text = JSON.stringify(redact(busyReport))
    for (const { id } of busyReport.findings) expect(text.includes(id.slice(0, 8))).toBe(false)
  })

  it('says that it was redacted, in every report', () => {
    for (const id of ['terminal', 'markdown', 'html', 'json'])
      expect(render(id, redact(busyReport))).toContain('Redacted: addresses')
  })

  it('with a secret, gives the same placeholders in every report, and others with another secret', () => {
    const [a] = redact(build(['203.0.113.7'], ['q8x'], ['web']), 'one').findings
    const [, b] = redact(build(['198.51.100.1', '203.0.113.7'], ['zz', 'q8x'], ['web']), 'one').findings
    const [c] = redact(build(['203.0.113.7'], ['q8x'], ['web']), 'two').findings
    expect(b.sources).toEqual(a.sources)
    expect(b.users).toEqual(a.users)
    expect(c.sources).not.toEqual(a.sources)
  })

  it('leaves the real fixture without one documentation address', () => {
    const text = JSON.stringify(redact(busyReport))
    expect(/(?:192\.0\.2|198\.51\.100|203\.0\.113)\.|2001:db8/.test(text)).toBe(false)
    expect(/\b(?:admin|deploy|web-1)\b/.test(text)).toBe(false)
  })
})

it('reads short numbers as names only where a name stands', () => {
  const told = redact(
    report([
      finding({
        id: 'x',
        users: ['22', 'user', '1111'],
        sources: ['203.0.113.7'],
        title: '3 names tried: 22, user, 1111',
        evidence: [
          {
            path: 'a.log',
            line: 22,
            offset: 0,
            text: 'Mar  9 06:22:22 web sshd[1111]: Invalid user 22 from 203.0.113.7 port 22',
          },
        ],
      }),
    ]),
  )
  expect(told.findings[0].evidence[0].text).toMatch(
    /^Mar {2}9 06:22:22 host-1 sshd\[1111\]: Invalid user user-\d from ip-1 port 22$/,
  )
  expect(told.findings[0].title).toMatch(/^3 names tried: user-\d, user, user-\d$/)
})
