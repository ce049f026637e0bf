/** What the detector must reach (the table of the detection bench, in small). */
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { background, campaign, hits, inOrder, judge, START, type Strategy } from './harness.ts'

const botnet = (start: number) =>
  Array.from({ length: 47 }, (_, i) => ({ time: start + i * 6000, source: `bot${i}`, user: 'admin', known: false }))

describe('47 addresses on admin within 5 minutes, one try each', () => {
  const cases = [
    { where: 'a log with nothing else', rest: [] },
    { where: 'a day of a quiet server', rest: background(5, 1, 1) },
    { where: 'four weeks of a quiet server', rest: background(5, 28, 2) },
    { where: 'four weeks of a usual server', rest: background(20, 28, 3) },
    { where: 'four weeks of a noisy server', rest: background(100, 28, 4) },
  ]
  it.each(cases)('in $where: found by the 7th try, all named and nobody else', ({ rest }) => {
    const start = START + (rest.length === 0 ? 0 : 0.7 * (rest[rest.length - 1].time - START))
    const { detection, members } = judge(inOrder([...rest, ...botnet(start)]))
    const at = members.findIndex(named => named.includes('bot0'))
    expect(at).toBeGreaterThanOrEqual(0)
    const tries = Math.floor((detection.campaigns[at].firstAlarm - start) / 6000) + 1
    expect(tries).toBeLessThanOrEqual(7)
    expect(hits(members[at], 47).recall).toBe(1)
    // On a noisy server a stranger may try `admin` in those very minutes.
    expect(members[at].length).toBeLessThanOrEqual(48)
  })
})

describe('a hundred addresses', () => {
  const strategies: Strategy[] = ['root', 'spray', 'stuffing', 'valid']
  const cases = [5, 20, 100].flatMap(rate =>
    [HOUR, 6 * HOUR, DAY].flatMap(duration => strategies.map(strategy => ({ rate, duration, strategy }))),
  )
  it.each(cases)('$strategy over $duration ms at $rate strangers a day', ({ rate, duration, strategy }) => {
    const start = START + 18.3 * DAY
    const attack = campaign({ sources: 100, duration, strategy, start, seed: rate })
    const { detection, members } = judge(inOrder([...background(rate, 28, rate), ...attack]))
    const named = [...new Set(members.filter(one => hits(one, 100).recall > 0.1).flat())]
    const { recall, precision } = hits(named, 100)
    expect(recall).toBeGreaterThan(0.9)
    expect(precision).toBeGreaterThan(rate === 100 && duration === DAY ? 0.5 : 0.8)
    const first = Math.min(...detection.campaigns.map(({ firstAlarm }) => firstAlarm).filter(time => time >= start))
    expect((first - start) / duration).toBeLessThan(rate === 100 && duration === DAY ? 0.6 : 0.35)
  })
})

describe('thirty addresses', () => {
  const strategies: Strategy[] = ['root', 'spray', 'stuffing', 'valid']
  const cases = [5, 20].flatMap(rate =>
    [HOUR, 6 * HOUR].flatMap(duration => strategies.map(strategy => ({ rate, duration, strategy }))),
  )
  it.each(cases)('$strategy over $duration ms at $rate strangers a day', ({ rate, duration, strategy }) => {
    const start = START + 12.6 * DAY
    const attack = campaign({ sources: 30, duration, strategy, start, seed: rate })
    const { members } = judge(inOrder([...background(rate, 28, 50 + rate), ...attack]))
    expect(hits(members.flat(), 30).recall).toBeGreaterThan(0.8)
  })
})

describe('weeks without a campaign', () => {
  it.each([5, 20, 100])('stay quiet at %d strangers a day', rate => {
    let alarms = 0
    for (let seed = 1; seed <= 6; seed++) alarms += judge(background(rate, 28, 900 + seed)).members.length
    // 24 weeks at a budget of one a week.
    expect(alarms).toBeLessThanOrEqual(8)
  })

  it('stay quiet where forty scanners come every day from the first day on', () => {
    const scanners = Array.from({ length: 40 * 28 }, (_, i) => ({
      time: START + Math.floor(i / 40) * DAY + ((i * 7919) % 86_400) * 1000,
      source: `regular${i % 40}`,
      user: i % 3 === 0 ? 'admin' : 'root',
      known: false,
    }))
    expect(judge(inOrder([...background(5, 28, 11), ...scanners])).members).toEqual([])
  })

  it('stay quiet where the owner mistypes, roams and has a job', () => {
    const rest = background(5, 14, 7)
    const slips = Array.from({ length: 14 }, (_, day) => [
      { time: START + day * DAY + 10 * HOUR, source: `hotel${day}`, user: 'alice', known: true },
      {
        time: START + day * DAY + 10 * HOUR + 20_000,
        source: `hotel${day}`,
        user: 'alice',
        known: true,
        accepted: true,
      },
    ]).flat()
    const job = Array.from({ length: 2000 }, (_, i) => ({
      time: START + i * 10 * MINUTE,
      source: 'job',
      user: 'root',
      known: true,
      accepted: i % 50 !== 3,
    }))
    const { detection, members } = judge(inOrder([...rest, ...slips, ...job]))
    expect(members).toEqual([])
    expect(detection.breaches).toEqual([])
  })
})
