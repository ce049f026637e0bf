import { describe, expect, it } from 'vitest'
import windowAnomaly from '../../src/anomaly/window-anomaly.ts'
import { AddressTable } from '../../src/core/addresses.ts'
import { Problem } from '../../src/core/errors.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import type { Concluding } from '../../src/kit/define-detector.ts'
import type { FindingDraft } from '../../src/kit/define-rule.ts'
import { background, inOrder, START, swarm } from './background.ts'
import { NOTHING, openAnalyzer, play, type TestEvent } from './events.ts'

function judge(
  events: readonly TestEvent[],
  context: Concluding = NOTHING,
  options: Parameters<typeof openAnalyzer>[1] = {},
) {
  const { analyzer, addresses } = openAnalyzer(windowAnomaly, options)
  play(events, addresses, event => analyzer.observe(event))
  return { findings: analyzer.conclude(context), analyzer, addresses }
}

const ATTACK = START + 40 * DAY + 9 * HOUR

describe('on quiet logs', () => {
  it('stays within its share of the budget over seeds and rates', () => {
    let found = 0
    let weeks = 0
    for (let seed = 1; seed <= 3; seed++) {
      for (const rate of [5, 30, 100]) {
        const { findings, analyzer } = judge(background({ days: 42, rate, seed }))
        expect(analyzer.status().calibrated).toBe(true)
        found += findings.length
        weeks += 6
      }
    }
    // 54 weeks at 0.3 a week would be 16; the count gate keeps chance far below.
    expect(found).toBeLessThanOrEqual(Math.round(weeks * 0.03))
  })

  it('finds nothing in the first day of a log, where everything is new', () => {
    const first = Array.from({ length: 60 }, (_, i) => ({
      time: START + i * MINUTE,
      source: `198.51.100.${i}`,
      user: 'root',
    }))
    const { findings } = judge(inOrder([...background({ days: 30, rate: 5, seed: 3 }), ...first]))
    // Sixty addresses in an hour are many in whatever hour; that they are new is what the first day cannot tell.
    for (const { reasons } of findings) expect(reasons.map(({ feature }) => feature)).not.toContain('new_sources')
  })
})

describe('a swarm of thirty addresses in an hour', () => {
  const events = inOrder([...background({ days: 42, rate: 5, seed: 1 }), ...swarm(30, ATTACK, HOUR)])

  it('is one finding that names them, when, and against what is usual', () => {
    const { findings } = judge(events)
    expect(findings).toHaveLength(1)
    const [finding] = findings
    expect(finding.kind).toBe('anomaly')
    expect(['low', 'medium']).toContain(finding.severity)
    expect(finding.confidence).toBeLessThanOrEqual(0.5)
    expect(finding.sources.filter(source => source.startsWith('203.'))).toHaveLength(30)
    expect(finding.sources.length).toBeLessThan(34)
    expect(finding.first).toBeLessThan(ATTACK + HOUR)
    expect(finding.last).toBeGreaterThan(ATTACK)
    expect(finding.users).toContain('deploy')
    expect(finding.evidence.length).toBeGreaterThan(3)
    expect(finding.evidence.length).toBeLessThanOrEqual(8)
    const [reason] = finding.reasons
    expect(reason.text).toMatch(
      /^\d+ addresses .* in (an hour|6 hours); \d+ (is|are) usual, and in the \d+ other days only 1 of 100 had more than \d+$/,
    )
    expect(Number(reason.observed)).toBeGreaterThan(3 * Number(reason.expected))
    expect(finding.reasons.map(({ text }) => text)).toContain('30 addresses tried the name deploy')
  })

  it('shares its score out among the features: the shares sum to 1', () => {
    const [finding] = judge(events).findings
    const contributions: unknown = finding.details?.contributions
    const shares = Object.values(Object(contributions)).map(Number)
    expect(shares).toHaveLength(14)
    expect(shares.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 2)
  })

  it('is told in the same words in every run', () => {
    expect(JSON.stringify(judge(events).findings)).toBe(JSON.stringify(judge(events).findings))
  })

  it('is not told again where a campaign has told it', () => {
    const campaign: FindingDraft = {
      ...judge(events).findings[0],
      kind: 'campaign',
      rule: 'campaigns',
      sources: swarm(30, ATTACK, HOUR).map(({ source }) => source),
    }
    expect(judge(events, { flagged: new Map(), findings: [campaign] }).findings).toEqual([])
  })

  it('is not told again where rules have flagged its sources', () => {
    const { addresses } = judge(events)
    const flagged = new Map(
      swarm(30, ATTACK, HOUR).map(({ source }) => {
        const [a, b, c, d] = source.split('.').map(Number)
        return [
          addresses.idOf([0, 0, 0xffff, ((a << 24) | (b << 16) | (c << 8) | d) >>> 0]),
          [ATTACK, ATTACK + HOUR] as const,
        ]
      }),
    )
    expect(judge(events, { flagged, findings: [] }).findings).toEqual([])
  })

  it('survives a checkpoint in the middle', () => {
    const half = events.length >> 1
    const before = openAnalyzer(windowAnomaly)
    play(events.slice(0, half), before.addresses, event => before.analyzer.observe(event))
    const addresses = new AddressTable()
    addresses.restore(before.addresses.snapshot())
    const after = openAnalyzer(windowAnomaly, { addresses })
    after.analyzer.restore(JSON.parse(JSON.stringify(before.analyzer.snapshot())))
    play(events.slice(half), addresses, event => after.analyzer.observe(event))
    const told = (findings: readonly FindingDraft[]) => findings.map(({ evidence: _, ...rest }) => rest)
    expect(told(after.analyzer.conclude(NOTHING))).toEqual(told(judge(events).findings))
  })

  it('accuses nobody who has logged in', () => {
    const login: TestEvent = { time: START + DAY, source: '203.0.0.7', user: 'alice', kind: 'ssh.auth.accepted' }
    const [finding] = judge(inOrder([...events, login])).findings
    expect(finding.sources).not.toContain('203.0.0.7')
    expect(finding.sources).toContain('203.0.0.8')
  })

  it('names nobody where most of those who made it live here, and tells their lines', () => {
    const people = swarm(30, ATTACK, HOUR, 'ana')
    const login = (shift: number): TestEvent[] =>
      people.map(event => ({ ...event, time: event.time + shift, kind: 'ssh.auth.accepted' }))
    const stranger = { time: ATTACK + 5 * MINUTE, source: '192.0.2.99', user: 'git', port: 7 }
    const quiet = background({ days: 42, rate: 5, seed: 1 })
    const { findings } = judge(inOrder([...quiet, ...login(-2 * DAY), ...people, stranger, ...login(HOUR)]))
    expect(findings).toHaveLength(1)
    const [{ sources, count, evidence, reasons }] = findings
    expect(sources).toEqual([])
    expect(count).toBeGreaterThanOrEqual(30)
    expect(evidence.length).toBeGreaterThan(3)
    expect(reasons.map(({ text }) => text).join('\n')).toContain('30 addresses of the period also logged in here')
  })
})

describe('how much history there is', () => {
  const found = (days: number, sources: number) => {
    const at = START + (days - 1) * DAY + 9 * HOUR
    return judge(inOrder([...background({ days, rate: 5, seed: 2 }), ...swarm(sources, at, HOUR)]))
  }

  it('says that it is uncalibrated where days are too few', () => {
    const { findings, analyzer } = found(14, 40)
    expect(findings).toHaveLength(1)
    expect(findings[0].confidence).toBeLessThanOrEqual(0.4)
    expect(findings[0].reasons.at(-1)?.text).toMatch(/^Uncalibrated/)
    expect(analyzer.status()).toMatchObject({ calibrated: false })
    expect(analyzer.status().notes.join()).toMatch(/uncalibrated, since \d+ clean days are too few/)
  })

  it('falls back to z-scores, and says so, in less than a week', () => {
    const { findings, analyzer } = found(4, 40)
    expect(findings).toHaveLength(1)
    expect(findings[0].confidence).toBe(0.2)
    expect(findings[0].reasons.at(-1)?.text).toMatch(/robust z-scores/)
    expect(analyzer.status().notes.join()).toMatch(/too little history .* robust z-scores/)
  })

  it('looks for nothing in some hours', () => {
    const { findings, analyzer } = judge(swarm(50, START, 6 * HOUR))
    expect(findings).toEqual([])
    expect(analyzer.status().notes.join()).toMatch(/too little history to judge by/)
  })

  it('prints the honest band when it is calibrated', () => {
    const { analyzer } = judge(background({ days: 42, rate: 5, seed: 1 }))
    const { band, trained } = analyzer.status()
    expect(band?.[0]).toBeLessThan(0.3)
    expect(band?.[1]).toBeGreaterThan(0.3)
    expect(trained?.first).toBeLessThan(START + DAY)
    expect(trained?.last).toBeGreaterThan(START + 41 * DAY)
  })
})

describe('with a model', () => {
  const learned = background({ days: 35, rate: 5, seed: 1 })
  const { analyzer: teacher } = judge(learned)
  const { body, summary } = teacher.train(NOTHING)
  const LATER = START + 50 * DAY

  it('tells what it learned', () => {
    expect(summary.join('\n')).toMatch(/ssh, 8\d\d windows of 1 h.*attempts 0 \(\d+\)/)
    expect(summary.at(-1)).toMatch(/3[45] clean days calibrate the windows/)
  })

  it('finds a swarm in a log of two days, calibrated, and is quiet without one', () => {
    const quiet = background({ days: 2, rate: 5, seed: 9, start: LATER })
    expect(judge(quiet, NOTHING, { model: body }).findings).toEqual([])
    const { findings, analyzer } = judge(inOrder([...quiet, ...swarm(25, LATER + DAY, HOUR)]), NOTHING, { model: body })
    expect(findings).toHaveLength(1)
    expect(findings[0].sources.length).toBeGreaterThanOrEqual(25)
    expect(analyzer.status().calibrated).toBe(true)
    expect(findings[0].reasons[0].text).toMatch(/days learned from/)
  })

  it('goes through JSON unchanged: the same log and seed give the same bytes', () => {
    const again = judge(learned)
    expect(JSON.stringify(again.analyzer.train(NOTHING).body)).toBe(JSON.stringify(body))
    expect(JSON.parse(JSON.stringify(body))).toEqual(body)
  })

  it('leaves an attack out of what it learns', () => {
    const { analyzer } = judge(inOrder([...learned, ...swarm(200, START + 20 * DAY, 3 * HOUR)]))
    const lines = analyzer.train(NOTHING).summary.join('\n')
    expect(lines).toMatch(/unusual ones left out/)
    expect(lines).not.toMatch(/\bsources \d+ \((?:[5-9]\d|\d{3,})\)/)
  })

  it('refuses a body of other features, or one that is not whole', () => {
    const parts: unknown = JSON.parse(JSON.stringify(body))
    const open = (model: unknown) => () => openAnalyzer(windowAnomaly, { model: JSON.parse(JSON.stringify(model)) })
    expect(open({ ...Object(parts), features: 'other' })).toThrow(/other features/)
    expect(open({ ...Object(parts), surfaces: 'cut' })).toThrow(Problem)
    expect(open(null)).toThrow(Problem)
  })

  it('sees drift where ten times as many strangers come, and none where nothing has changed', () => {
    const same = judge(background({ days: 21, rate: 5, seed: 4, start: LATER }), NOTHING, { model: body })
    expect(same.analyzer.drift()).toEqual([])
    const changed = judge(background({ days: 21, rate: 50, seed: 4, start: LATER }), NOTHING, { model: body })
    const lines = changed.analyzer.drift()
    expect(lines[0]).toMatch(/^SSH has changed since the model was trained: .*an hour \(it was /)
    expect(lines.at(-1)).toMatch(/retrain on recent logs: vpsguard train/)
  })

  it('says plainly when there is too little to learn from', () => {
    const { analyzer } = judge(background({ days: 0.3, rate: 50, seed: 1 }))
    expect(() => analyzer.train(NOTHING)).toThrow(/too little to learn from/)
  })
})

describe('bad input', () => {
  it('takes no event, one event and one source', () => {
    expect(judge([]).findings).toEqual([])
    expect(judge([{ time: START, source: '198.51.100.1', user: 'x' }]).findings).toEqual([])
    const lone = Array.from({ length: 500 }, (_, i) => ({ time: START + i * HOUR, source: '198.51.100.1', user: 'x' }))
    expect(judge(lone).findings).toEqual([])
  })

  it('takes a clock that jumps a year and back', () => {
    const events = background({ days: 30, rate: 5, seed: 1 })
    const jumped = events.map((event, i) => (i === 200 ? { ...event, time: event.time + 365 * DAY } : event))
    const { findings, analyzer } = judge(jumped)
    expect(findings).toEqual([])
    expect(analyzer.status().calibrated).toBe(true)
  })

  it('takes 200,000 sources and names, each once, in bounded room', () => {
    function* flood(): Generator<TestEvent> {
      for (let i = 0; i < 200_000; i++) {
        yield { time: START + i * 10_000, source: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, user: `n${i}` }
      }
    }
    const { analyzer, addresses } = openAnalyzer(windowAnomaly, {}, { rows: 1 << 15 })
    play(flood(), addresses, event => analyzer.observe(event))
    expect(analyzer.conclude(NOTHING)).toEqual([])
    expect(analyzer.status().notes.join()).toMatch(/were forgotten for want of room/)
  })
})
