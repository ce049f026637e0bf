/** The whole way: log lines through the parsers and the engine's stream into findings. */
import { describe, expect, it } from 'vitest'
import { ANALYZERS } from '../../src/campaigns/index.ts'
import { AddressTable } from '../../src/core/addresses.ts'
import { KIND } from '../../src/core/event.ts'
import type { Analyzer } from '../../src/kit/define-detector.ts'
import type { FindingDraft } from '../../src/kit/define-rule.ts'
import { runLines } from '../support/analyze-lines.ts'

const [campaigns] = ANALYZERS
const kinds = new Set(campaigns.on.map(kind => KIND[kind]))

function open(addresses: AddressTable, model?: unknown): Analyzer {
  const analyzer = campaigns.open(
    {},
    {
      addresses,
      services: { host: {} },
      budgetPerWeek: 1,
      seed: 1,
      ...(model === undefined ? {} : { model: JSON.parse(JSON.stringify(model)) }),
    },
  )
  return analyzer ?? expect.fail('the detector is on by default')
}

function observe(analyzer: Analyzer, addresses: AddressTable, lines: readonly string[]): void {
  runLines([lines], {}, addresses, event => {
    if (kinds.has(event.open.batch.columns.kind[event.row])) analyzer.observe(event)
  })
}

function findings(lines: readonly string[], model?: unknown): FindingDraft[] {
  const addresses = new AddressTable()
  const analyzer = open(addresses, model)
  observe(analyzer, addresses, lines)
  return analyzer.conclude({ flagged: new Map(), findings: [] })
}

const two = (value: number): string => String(value).padStart(2, '0')
const stamp = (day: number, second: number): string =>
  `Mar ${String(day).padStart(2)} ${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`
const failed = (day: number, second: number, user: string, source: string): string =>
  `${stamp(day, second)} web-1 sshd[${1000 + second}]: Failed password for invalid user ${user} from ${source} port 40000 ssh2`
const accepted = (day: number, second: number, user: string, source: string): string =>
  `${stamp(day, second)} web-1 sshd[${1000 + second}]: Accepted password for ${user} from ${source} port 40000 ssh2`

/** Five strangers and a login a day. */
const quiet = (days: number): string[] =>
  Array.from({ length: days }, (_, day) =>
    [
      ...Array.from({ length: 5 }, (_, i) =>
        failed(
          1 + day,
          3600 + i * 15_000 + ((day * 7919) % 9000),
          ['admin', 'test', 'pi', 'oracle', 'guest'][i],
          `203.0.113.${(day * 5 + i) % 250}`,
        ),
      ),
      accepted(1 + day, 80_000, 'ana', '192.0.2.10'),
    ].sort(),
  ).flat()
const botnet = (day: number): string[] =>
  Array.from({ length: 47 }, (_, i) => failed(day, 36_000 + i * 6, 'admin', `198.51.100.${i + 1}`))

describe('the campaign detector on log lines', () => {
  it('says nothing of a quiet fortnight', () => {
    expect(findings(quiet(14))).toEqual([])
  })

  const [found, ...others] = findings([
    ...quiet(14).filter(line => line < stamp(9, 0)),
    ...botnet(9),
    ...quiet(14).filter(line => line >= stamp(9, 0)),
  ])

  it('tells one campaign in plain words', () => {
    expect(others).toEqual([])
    expect(found.title).toBe('Distributed guessing of `admin`: 47 addresses in 5 min')
    expect([found.severity, found.kind, found.count, found.users]).toEqual(['high', 'campaign', 47, ['admin']])
    expect(found.reasons[0].text).toMatch(
      /^47 (?:new addresses|addresses on `admin`) in \d+ min; .* usual; one chance in 10\^\d+$/,
    )
    expect(found.reasons.map(({ text }) => text).join('\n')).not.toMatch(/NaN|undefined|Infinity/)
  })

  it('names all 47 and nobody else', () => {
    expect(found.sources.toSorted()).toEqual(Array.from({ length: 47 }, (_, i) => `198.51.100.${i + 1}`).toSorted())
  })

  it('proves it with about ten lines of different participants', () => {
    expect(found.evidence).toHaveLength(10)
    expect(new Set(found.evidence.map(({ line }) => line)).size).toBe(10)
    expect(found.evidence[0].text).toContain('invalid user admin from 198.51.100.1 ')
  })

  it('lists every name that its sentences count', () => {
    const stuffing = Array.from({ length: 70 }, (_, i) => failed(9, 36_000 + i * 6, `z${i}.doe`, `198.51.100.${i + 1}`))
    const [named] = findings([
      ...quiet(14).filter(line => line < stamp(9, 0)),
      ...stuffing,
      ...quiet(14).filter(line => line >= stamp(9, 0)),
    ])
    expect(named.users).toHaveLength(70)
    expect(named.reasons.map(({ text }) => text).join('\n')).toContain('70 names tried')
  })

  it('gives a machine all it needs', () => {
    expect(found.details).toMatchObject({
      campaign: {
        kind: 'targeted',
        surface: 'ssh',
        observed: 47,
        calibrated: true,
        budget: 1,
        names: [{ name: 'admin', sources: 47 }],
        participants: expect.arrayContaining([expect.objectContaining({ source: '198.51.100.47', attempts: 1 })]),
        prefixes: ['198.51.100.0/26'],
      },
    })
  })

  it('is critical when one of them gets in', () => {
    const lines = [...quiet(9), ...botnet(9), accepted(9, 36_300, 'ana', '198.51.100.20')]
    const [breached] = findings(lines)
    expect(breached).toMatchObject({ severity: 'critical', title: expect.stringContaining('it got in as `ana`') })
    expect(breached.reasons[0].text).toContain('198.51.100.20, one of the participants, logged in as `ana`')
  })

  it('says the same bytes twice', () => {
    const lines = [...quiet(9), ...botnet(9)]
    expect(JSON.stringify(findings(lines))).toBe(JSON.stringify(findings(lines)))
  })
})

describe('knocking', () => {
  const knock = (day: number, second: number, source: string): string =>
    `${stamp(day, second)} web-1 sshd[${2000 + second}]: Did not receive identification string from ${source} port 40000`
  const usual = Array.from({ length: 14 }, (_, day) => [
    knock(1 + day, 20_000 + day * 1000, `203.0.113.${180 + day}`),
    knock(1 + day, 70_000, '203.0.113.240'),
  ]).flat()
  const wave = Array.from({ length: 40 }, (_, i) => knock(9, 36_000 + i * 60, `198.51.100.${i + 1}`))
  const inTime = (lines: readonly string[]): string[] => lines.toSorted()

  it('by many within the hour is told, low, and by nobody else', () => {
    expect(findings(inTime([...quiet(14), ...usual]))).toEqual([])
    const [recon, ...others] = findings(inTime([...quiet(14), ...usual, ...wave]))
    expect(others).toEqual([])
    expect(recon).toMatchObject({ severity: 'low', sources: { length: 40 }, details: { campaign: { kind: 'recon' } } })
    expect(recon.reasons[0].text).toMatch(/^40 new addresses that only knocked in /)
  })

  it('of a campaign that also guesses is one finding', () => {
    const guessing = Array.from({ length: 40 }, (_, i) => failed(9, 36_500 + i * 60, 'admin', `198.51.100.${i + 1}`))
    expect(findings(inTime([...quiet(14), ...usual, ...wave, ...guessing]))).toHaveLength(1)
  })
})

describe('form spam', () => {
  const post = (i: number): string[] => {
    const at = `${two(10 + Math.floor(i / 60))}:${two(i % 60)}:07`
    const request = (method: string, status: number) =>
      `198.51.100.${i + 1} - - [25/Oct/2026:${at} +0000] "${method} /join_form HTTP/1.1" ${status} 900 "-" "Mozilla/5.0"`
    return [request('GET', 200), request('POST', 302)]
  }
  const reader = (i: number): string[] =>
    ['/', '/style.css', '/contact'].map(
      path =>
        `203.0.113.${i + 1} - - [25/Oct/2026:${two(9 + Math.floor(i / 10))}:30:00 +0000] "GET ${path} HTTP/1.1" 200 900 "-" "Mozilla/5.0"`,
    )

  it('that never stops is told by what forms are for', () => {
    const lines = Array.from({ length: 200 }, (_, i) => post(i)).flat()
    const [spam] = findings([
      ...Array.from({ length: 30 }, (_, i) => reader(i))
        .flat()
        .slice(0, 9),
      ...lines,
    ])
    expect(spam).toMatchObject({
      severity: 'high',
      title: expect.stringMatching(/^Distributed form posts on `POST \/join_form`: 200 addresses/),
    })
  })

  it('is not what visitors with browsers do', () => {
    const visitors = Array.from({ length: 60 }, (_, i) => [
      ...reader(i),
      `203.0.113.${i + 1} - - [25/Oct/2026:${two(9 + Math.floor(i / 10))}:31:00 +0000] "POST /contact HTTP/1.1" 200 900 "-" "Mozilla/5.0"`,
    ]).flat()
    expect(findings(visitors)).toEqual([])
  })
})

describe('training', () => {
  const train = (lines: readonly string[]) => {
    const addresses = new AddressTable()
    const analyzer = open(addresses)
    observe(analyzer, addresses, lines)
    analyzer.conclude({ flagged: new Map(), findings: [] })
    return analyzer.train({ flagged: new Map(), findings: [] })
  }

  it('learns what is usual and leaves campaigns out', () => {
    const { body, summary } = train([...quiet(20), ...botnet(20)])
    expect(body).toMatchObject({
      surfaces: { ssh: { sources: expect.any(Number) } },
      logins: { '0 ana': { count: 20 } },
      excluded: 47,
    })
    expect(summary[0]).toMatch(/^ssh: [45](?:\.\d)? new addresses a day/)
  })

  it('serves: a model finds the campaign and stays quiet without one', () => {
    const { body } = train(quiet(20))
    expect(
      findings(
        quiet(5).map(line => line.replace('Mar  ', 'Mar 2').replace(/^Mar 2(\d) /, 'Mar 2$1 ')),
        body,
      ),
    ).toEqual([])
    expect(findings(botnet(28), body)).toMatchObject([{ sources: { length: 47 } }])
  })

  it('refuses a log that is too short', () => {
    expect(() => train(quiet(2))).toThrow(/too short/)
  })

  it('refuses a model of another shape', () => {
    expect(() => findings(quiet(5), { surfaces: 3 })).toThrow(/not one that this version can read/)
  })
})
