import { describe, expect, it } from 'vitest'
import { Activity } from '../../src/anomaly/activity.ts'
import { FEATURES, type Surface } from '../../src/anomaly/feature-spec.ts'
import { type Explained, gather, windowsOf } from '../../src/anomaly/window-features.ts'
import { WindowFeed } from '../../src/anomaly/window-feed.ts'
import { AddressTable } from '../../src/core/addresses.ts'
import { HOUR, MINUTE } from '../../src/core/time.ts'
import { background, START } from './background.ts'
import { play, type TestEvent } from './events.ts'

const NOBODY: Explained = () => false

function feedOf(
  events: readonly TestEvent[],
  batchSize = 1000,
  limit?: number,
): { feed: WindowFeed; addresses: AddressTable } {
  const addresses = new AddressTable()
  const feed = new WindowFeed(addresses, {}, limit)
  play(events, addresses, event => feed.observe(event), batchSize)
  return { feed, addresses }
}

function featuresOf(
  events: readonly TestEvent[],
  surface: Surface,
  scale: 1 | 6,
  explained = NOBODY,
  batchSize = 1000,
): Record<string, number>[] {
  const { feed, addresses } = feedOf(events, batchSize)
  const { activity } = feed[surface]
  return windowsOf(activity, scale).map(window => {
    const { vector } = gather(surface, activity, window, explained, source => addresses.network(source))
    return Object.fromEntries(FEATURES[surface].map(({ id }, j) => [id, vector[j]]))
  })
}

const at = (minute: number): number => START + minute * MINUTE

describe('SSH window features', () => {
  const events: TestEvent[] = [
    { time: at(1), source: '198.51.100.1', user: 'root', known: true, port: 1 },
    { time: at(2), source: '198.51.100.1', user: 'root', known: true, port: 1 },
    { time: at(3), source: '198.51.100.1', user: 'admin', port: 2 },
    { time: at(10), source: '198.51.100.2', user: 'root', known: true, port: 3 },
    { time: at(20), source: '203.0.113.9', user: 'oracle', port: 4, attempts: 2 },
    { time: at(30), source: '192.0.2.1', user: 'alice', kind: 'ssh.auth.accepted' },
    { time: at(65), source: '198.51.100.1', user: 'root', known: true, port: 5 },
    { time: at(70), source: '203.0.113.77', user: 'backup', port: 6 },
    { time: at(80), source: '192.0.2.99', user: 'alice', kind: 'ssh.auth.accepted' },
    { time: at(81), source: '203.0.113.5', user: 'alice', kind: 'ssh.auth.accepted' },
  ]

  it('are exact on a small hour', () => {
    const [first, second] = featuresOf(events, 'ssh', 1)
    expect(first).toMatchObject({
      attempts: 6,
      sources: 3,
      new_sources: 3,
      names: 3,
      fan_in: 2,
      fan_out: 2,
      new_names: 3,
      valid_failures: 3,
      single_share: 2 / 3,
      network_ratio: 2 / 3,
      connection_tries: 1.5,
      arrival_cv: 1,
      new_network_logins: 0,
    })
    // root 3, admin 1, oracle 2 of 6
    const entropy = -(0.5 * Math.log2(0.5) + (1 / 6) * Math.log2(1 / 6) + (1 / 3) * Math.log2(1 / 3))
    expect(first.name_entropy).toBeCloseTo(entropy, 12)
    expect(second).toMatchObject({ attempts: 2, sources: 2, new_sources: 1, names: 2, new_names: 1, valid_failures: 1 })
    // 192.0.2.99 is of alice's /24; 203.0.113.5 is of a network where nobody had logged in.
    expect(second.new_network_logins).toBe(1)
  })

  it('add up over six hours, a pair in several hours counting once', () => {
    const [window] = featuresOf(events, 'ssh', 6)
    expect(window).toMatchObject({
      attempts: 8,
      sources: 4,
      new_sources: 4,
      names: 4,
      fan_in: 2,
      fan_out: 2,
      new_names: 4,
    })
  })

  it('leave out what is explained', () => {
    const { feed, addresses } = feedOf(events)
    const [window] = windowsOf(feed.ssh.activity, 1)
    const loud = addresses.idOf([0, 0, 0xffff, 0xc6336401])
    const { vector, excluded } = gather(
      'ssh',
      feed.ssh.activity,
      window,
      source => source === loud,
      source => source,
    )
    expect(excluded).toBe(3)
    expect([...vector.subarray(0, 5)]).toEqual([3, 2, 2, 2, 1])
  })

  it('tell scheduled arrivals from bursts', () => {
    const even = Array.from({ length: 20 }, (_, i) => ({ time: at(i * 2), source: `198.51.100.${i}`, user: 'x' }))
    const burst = Array.from({ length: 20 }, (_, i) => ({
      time: at(i < 19 ? i / 60 : 50),
      source: `198.51.100.${i}`,
      user: 'x',
    }))
    expect(featuresOf(even, 'ssh', 1)[0].arrival_cv).toBe(0)
    expect(featuresOf(burst, 'ssh', 1)[0].arrival_cv).toBeGreaterThan(3)
  })

  it('are the same in batches of any size', () => {
    const events = background({ days: 5, rate: 60, seed: 7 })
    const whole = featuresOf(events, 'ssh', 1)
    for (const size of [1, 7, 64]) expect(featuresOf(events, 'ssh', 1, NOBODY, size)).toEqual(whole)
  })
})

describe('web window features', () => {
  const request = (minute: number, source: string, path: string, more: Partial<TestEvent> = {}): TestEvent => ({
    time: at(minute),
    source,
    kind: 'web.request',
    method: 'GET',
    path,
    status: 200,
    size: 100,
    agent: 'a browser',
    ...more,
  })

  it('are exact on a small hour', () => {
    const [window] = featuresOf(
      [
        request(0, '198.51.100.1', '/'),
        request(1, '198.51.100.1', '/style.css'),
        request(1, '198.51.100.1', '/logo.png', { agent: 'another' }),
        request(2, '198.51.100.1', '/post/17'),
        request(3, '198.51.100.2', '/post/18', { agent: 'another' }),
        request(4, '198.51.100.2', '/login', { method: 'POST', status: 302 }),
        request(5, '198.51.100.3', '/login', { method: 'POST', status: 403 }),
        request(6, '198.51.100.3', '/missing.png', { status: 404 }),
      ],
      'web',
      1,
    )
    expect(window).toMatchObject({
      requests: 8,
      sources: 3,
      new_sources: 3,
      // "/", assets, /post/#, /login, /missing.png
      paths: 5,
      new_paths: 5,
      form_fan_in: 2,
      posts: 2,
      // A picture that is missing is a broken page, not a probe.
      error_share: 1 / 8,
      failing_sources: 1,
      agents: 2,
      bytes: 800,
      single_share: 0,
    })
  })
})

describe('windows', () => {
  const hourly = (hours: number[]): TestEvent[] =>
    hours.map(hour => ({ time: START + hour * HOUR, source: '198.51.100.1', user: 'x' }))

  it('fill quiet hours but not gaps in the log', () => {
    const { feed } = feedOf(hourly([0, 10, 11, 11 + 24 * 365]))
    const windows = windowsOf(feed.ssh.activity, 1)
    expect(windows).toHaveLength(13)
    expect(windowsOf(feed.ssh.activity, 6)).toHaveLength(3)
  })

  it('open an hour anew where the clock went back, and take stragglers into the open one', () => {
    const { feed } = feedOf([
      ...hourly([5, 6]),
      { time: START + 6 * HOUR - 5000, source: '198.51.100.2', user: 'x' },
      ...hourly([2, 3]),
    ])
    const { hours } = feed.ssh.activity
    expect(hours.map(({ hour }) => hour - START / HOUR)).toEqual([5, 6, 2, 3])
    expect(hours[1].to - hours[1].from).toBe(2)
  })

  it('forget the oldest hours when there is no room, and never the open one', () => {
    const events = Array.from({ length: 5000 }, (_, i) => ({
      time: START + Math.floor(i / 50) * HOUR,
      source: `198.18.${i >> 8}.${i & 255}`,
      user: `u${i}`,
    }))
    const { feed } = feedOf(events, 1000, 1024)
    const { activity } = feed.ssh
    expect(activity.rows).toBeLessThanOrEqual(1024)
    expect(activity.forgotten).toBe(5000 - activity.rows)
    expect(activity.hours.at(-1)?.hour).toBe(START / HOUR + 99)
    expect(activity.hours.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(activity.rows)
  })

  it('prove what they tell where the log cannot be read again, however often it begins anew', () => {
    const addresses = new AddressTable()
    const feed = new WindowFeed(addresses)
    const linesOf = (day: string, minute: number, count: number): TestEvent[] =>
      Array.from({ length: count }, (_, i) => ({
        time: at(minute) + i,
        source: `198.18.${i >> 8}.${i & 255}`,
        user: day,
        text: `${day} ${i}`,
      }))
    // Each day is a file of its own, whose lines count from 1 again.
    play(linesOf('monday', 1, 5000), addresses, event => feed.observe(event), 5000)
    play(linesOf('tuesday', 2, 3), addresses, event => feed.observe(event))
    const textOf = (row: number): string | undefined => feed.ssh.activity.refOf(row)?.text
    expect([0, 906, 907, 4999, 5000, 5002].map(textOf)).toEqual([
      undefined,
      undefined,
      'monday 907',
      'monday 4999',
      'tuesday 0',
      'tuesday 2',
    ])
  })

  it('hold an hour of a million sources in bounded room', () => {
    const activity = new Activity(1 << 14)
    const addresses = new AddressTable()
    function* storm(): Generator<TestEvent> {
      for (let i = 0; i < 100_000; i++)
        yield { time: START + i, source: `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`, user: 'x' }
    }
    play(storm(), addresses, event => {
      activity.enter(event.time)
      const row = activity.rowOf(event.source, 77, false, event)
      activity.columns.count[row]++
    })
    expect(activity.rows).toBeLessThanOrEqual(1 << 14)
    const total = activity.columns.count.subarray(0, activity.rows).reduce((a, b) => a + b, 0)
    expect(total).toBe(100_000)
  })
})
