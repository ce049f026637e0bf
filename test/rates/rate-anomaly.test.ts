import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/time.ts'
import type { FindingDraft } from '../../src/kit/define-rule.ts'
import { NOTHING, type TestEvent } from '../anomaly/events.ts'
import { burst, inOrder, request, START, visitors, watch } from './traffic.ts'

const LATER = START + 2 * HOUR

function findings(events: readonly TestEvent[], options: Record<string, unknown> = {}): FindingDraft[] {
  return watch(events, options).analyzer.conclude(NOTHING)
}

/** 60 addresses asking one part of the site ten times a second for a minute and a half. */
const flood = (at = LATER, count = 900): TestEvent[] =>
  burst(count, at, 100, (time, n) => request(time, `203.0.113.${n % 60}`, '/api/login'))

const failure = (time: number, source: string): TestEvent => ({ time, source, user: 'root', port: 4000 })

describe('a flood from many addresses', () => {
  const usual = visitors(4, 40)
  const [finding, ...more] = findings(inOrder(usual, flood()))

  it('is one finding, expected against seen', () => {
    expect(more).toEqual([])
    expect(finding.kind).toBe('rate')
    expect(finding.title).toMatch(/^6\d\d requests in 60 s; 4\d are usual$/)
    const [reason] = finding.reasons
    expect(reason.text).toMatch(/^6\d\d requests in 60 s; 4\d are usual for the server; one chance in 10\^\d+$/)
    expect(Number(reason.observed)).toBeGreaterThanOrEqual(600)
    expect(Number(reason.expected)).toBeCloseTo(40, -1)
    expect(finding.techniques).toEqual(['T1499.002'])
    expect(finding.severity).toBe('medium')
  })

  it('says when it began, how long it was, by which path and of how many addresses', () => {
    expect(Math.abs(finding.first - LATER)).toBeLessThan(30 * SECOND)
    expect(finding.last).toBeGreaterThan(LATER + 80 * SECOND)
    expect(finding.last).toBeLessThan(LATER + 3 * MINUTE)
    expect(finding.count).toBeGreaterThanOrEqual(850)
    const texts = finding.reasons.map(({ text }) => text)
    expect(texts).toContainEqual(expect.stringMatching(/^6\d\d requests for \/api in 60 s; 1\d are usual/))
    expect(texts).toContainEqual(expect.stringMatching(/^Spread over \d+ addresses, of which none made more than 1\d$/))
    expect(texts).toContainEqual(expect.stringMatching(/^By path: \/api [56]\d\d, /))
    // Nobody stands out, so nobody is accused.
    expect(finding.sources).toEqual([])
  })

  it('is proven by its first lines and the one that was too much', () => {
    expect(finding.evidence.length).toBeGreaterThanOrEqual(4)
    expect(finding.evidence.length).toBeLessThanOrEqual(6)
    const all = inOrder(usual, flood())
    for (const { line } of finding.evidence) {
      expect(all[line - 1].time).toBeGreaterThanOrEqual(finding.first)
      expect(all[line - 1].time).toBeLessThanOrEqual(finding.last)
    }
  })

  it('goes on as the same finding, and after an hour of calm is another', () => {
    const pauses = inOrder(usual, flood(), flood(LATER + 4 * MINUTE), flood(LATER + 66 * MINUTE))
    const told = findings(pauses)
    expect(told).toHaveLength(2)
    expect(told[0].count).toBeGreaterThan(1700)
    expect(told[0].identity).not.toBe(told[1].identity)
    const early = findings(pauses.filter(({ time }) => time < LATER + 60 * SECOND))
    expect(early.map(({ identity }) => identity)).toEqual([told[0].identity])
  })

  it('does not become usual by lasting for an hour', () => {
    const [long, ...others] = findings(inOrder(usual, flood(LATER, 36_000)))
    expect(others).toEqual([])
    expect(long.last - long.first).toBeGreaterThan(55 * MINUTE)
    const expected = long.reasons.find(({ feature }) => feature === 'rate.server.requests')?.expected
    expect(Number(expected)).toBeLessThan(60)
  })

  it('becomes usual where it lasts for good', () => {
    const busier = burst(20 * 3600 * 4, START + 2 * HOUR, 250, (time, n) => request(time, `203.0.113.${n % 60}`))
    const told = findings(inOrder(visitors(22, 40), busier), { least_requests: 100 })
    expect(told).toHaveLength(1)
    expect(told[0].last - told[0].first).toBeLessThan(7 * HOUR)
  })
})

describe('failed logins from many addresses', () => {
  const sources = (time: number, n: number): TestEvent => failure(time, `203.0.113.${n % 200}`)
  const background = burst(240, START, MINUTE, sources)

  it('are a finding of their own kind', () => {
    const [finding, ...more] = findings(inOrder(background, burst(120, LATER, 500, sources)))
    expect(more).toEqual([])
    expect(finding).toMatchObject({ techniques: ['T1110'], kind: 'rate' })
    expect(finding.title).toMatch(/^\d+ failed logins in 60 s; (1 is|2 are|hardly any is) usual$/)
  })

  it('are not told again where rules and campaigns tell of all of them', () => {
    const { analyzer } = watch(inOrder(background, burst(120, LATER, 500, sources)))
    const [finding] = analyzer.conclude(NOTHING)
    const told = (count: number): FindingDraft => ({
      ...finding,
      kind: 'campaign',
      rule: 'campaigns',
      count: 120,
      sources: Array.from({ length: count }, (_, i) => `203.0.113.${i}`),
    })
    expect(analyzer.conclude({ ...NOTHING, findings: [told(200)] })).toEqual([])
    const [partly] = analyzer.conclude({ ...NOTHING, findings: [told(40)] })
    expect(partly.reasons.map(({ text }) => text)).toContain('Part of it is told by campaigns')
    // Of another day, it explains nothing.
    const past = { ...told(200), first: finding.first - DAY, last: finding.first - DAY }
    expect(analyzer.conclude({ ...NOTHING, findings: [past] })).toHaveLength(1)
  })
})

describe('one source', () => {
  it('is accused by name where it makes a flood alone', () => {
    const alone = burst(1200, LATER, 50, time => request(time, '203.0.113.7', '/search'))
    const [finding, ...more] = findings(inOrder(visitors(3, 40), alone))
    expect(more).toEqual([])
    expect(finding.sources).toEqual(['203.0.113.7'])
    expect(finding.recommendations.some(text => text.includes('203.0.113.7'))).toBe(true)
  })

  it('is left to the rule that tells of it', () => {
    const alone = burst(1200, LATER, 50, time => request(time, '203.0.113.7', '/search'))
    const { analyzer } = watch(inOrder(visitors(3, 40), alone))
    const [finding] = analyzer.conclude(NOTHING)
    const flooded: FindingDraft = { ...finding, kind: 'rule', rule: 'web-flood', sources: ['203.0.113.7'] }
    expect(analyzer.conclude({ ...NOTHING, findings: [flooded] })).toEqual([])
  })
})

describe('what must stay quiet', () => {
  it.each<[string, TestEvent[]]>([
    ['nothing', []],
    ['a log that has only begun', flood(START)],
    ['visitors', visitors(12, 40)],
    [
      'one page with thirty assets on a site that nobody visits',
      inOrder(
        burst(48, START, 15 * MINUTE, time => request(time, '198.51.100.1')),
        burst(31, LATER, 60, (time, n) => request(time, '198.51.100.9', `/static/${n}.css`)),
      ),
    ],
    [
      'ten visitors at once',
      inOrder(
        visitors(4, 2),
        burst(290, LATER, 100, (time, n) => request(time, `198.51.100.${n % 10}`)),
      ),
    ],
    [
      'a crawler at five requests a second for an hour',
      inOrder(
        visitors(4, 10),
        burst(18_000, LATER, 200, (time, n) => request(time, '192.0.2.80', `/item/${n}`)),
      ),
    ],
    [
      'a mirror from inside',
      inOrder(
        visitors(4, 10),
        burst(12_000, LATER, 20, (time, n) => request(time, '10.0.0.9', `/item/${n}`)),
      ),
    ],
    [
      'a night job of a thousand commands',
      inOrder(
        visitors(4, 10),
        burst(1000, LATER, 20, time => ({ time, source: '127.0.0.1', kind: 'sudo.command', user: 'backup' })),
      ),
    ],
    ['twenty failed logins at once', burst(20, LATER, 1000, (time, n) => failure(time, `203.0.113.${n}`))],
  ])('%s', (_, events) => {
    expect(findings(events)).toEqual([])
  })

  it('a server whose clock is set back', () => {
    const again = visitors(3, 100, 2).map(event => ({ ...event, time: event.time - 2 * HOUR }))
    expect(findings([...visitors(3, 100), ...again])).toEqual([])
  })

  it('a server whose clock was a year ahead for a minute: it learns on', () => {
    const ahead = burst(10, START + 365 * DAY, 5000, time => request(time, '198.51.100.1'))
    const days = visitors(72, 5)
    const { analyzer } = watch([...ahead, ...days])
    const usual = watch(days).analyzer
    expect(analyzer.status().notes).toEqual(usual.status().notes)
    expect(analyzer.status().notes.join()).toContain('since 3 clean days')
    expect(analyzer.board.view().groups.map(({ group }) => group)).toEqual(
      usual.board.view().groups.map(({ group }) => group),
    )
  })

  it('lines that come late', () => {
    const late = visitors(3, 100).flatMap(event =>
      Math.floor(event.time / HOUR) % 2 === 0 ? [event] : [{ ...event, time: event.time - 30 * SECOND }],
    )
    expect(findings(late)).toEqual([])
  })
})

describe('classic settings', () => {
  const events = inOrder(
    visitors(3, 20),
    burst(110, LATER, 500, (time, n) => request(time, `203.0.113.${n}`)),
  )

  it('are there for those who know them', () => {
    const [z] = findings(events, { mode: 'z', least_requests: 60 })
    expect(z.reasons[0].text).toMatch(/; \d+\.\d standard deviations above the mean of 30 minutes$/)
    const [ratio] = findings(events, { mode: 'ratio', ratio_threshold: 3, least_requests: 60 })
    expect(ratio.reasons[0].text).toMatch(/; \d\.\d times the mean of 30 minutes$/)
  })

  it('keep no budget, and the status says so', () => {
    const { analyzer } = watch(events, { mode: 'z' })
    expect(analyzer.status().calibrated).toBe(false)
    expect(analyzer.status().notes.join()).toMatch(/classic setting "z", which keeps no budget/)
  })
})

describe('bounds', () => {
  it('a flood of addresses and paths takes no more room, and the status tells', () => {
    const many = burst(40_000, LATER, 1, (time, n) =>
      request(time, `203.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, `/p${n}`, 200),
    )
    const { analyzer } = watch(inOrder(visitors(3, 40), many), { sources: 256 })
    expect(analyzer.status().notes.join()).toMatch(
      /\d+ times a busy source had to give way, since only 256 are followed/,
    )
    expect(analyzer.board.view().groups.length).toBeLessThanOrEqual(33)
    const [finding] = analyzer.conclude(NOTHING)
    expect(finding.severity).toBe('high')
    expect(JSON.stringify(analyzer.snapshot()).length).toBeLessThan(1_000_000)
  })
})

describe('what is learned', () => {
  const weeks = visitors(36, 20)

  it('spares the next log the warming up', () => {
    const { analyzer } = watch(weeks)
    const { body, summary } = analyzer.train()
    expect(summary).toContainEqual(expect.stringMatching(/^requests: (19|20)(\.\d+)? a minute$/))
    const model = JSON.parse(JSON.stringify(body))
    const soon = inOrder(visitors(1, 20, 5), flood(START + 10 * MINUTE))
    expect(findings(soon)).toEqual([])
    const opened = watch(soon, {}, { model }).analyzer
    expect(opened.conclude(NOTHING)).toHaveLength(1)
    expect(opened.drift()).toEqual([])
  })

  it('tells when the log is another than the one it learned from', () => {
    const model = JSON.parse(JSON.stringify(watch(weeks).analyzer.train().body))
    const { analyzer } = watch(visitors(30, 80, 2), {}, { model })
    expect(analyzer.drift()).toEqual(['rates: requests were 20 a minute when the model was made and are 80 now'])
  })

  it('is refused where it is less than a day', () => {
    expect(() => watch(visitors(3, 20)).analyzer.train()).toThrow('rates: too little to learn from')
  })
})
