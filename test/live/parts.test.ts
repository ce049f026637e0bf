import { describe, expect, it } from 'vitest'
import { DayCounts } from '../../src/app/live/day-counts.ts'
import { LiveFindings } from '../../src/app/live/findings.ts'
import { type Household, Housekeeping } from '../../src/app/live/housekeeping.ts'
import { Lane } from '../../src/app/live/lane.ts'
import { WallClock } from '../../src/app/live/wall-clock.ts'
import { AddressTable } from '../../src/core/addresses.ts'
import { KIND } from '../../src/core/event.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/time.ts'
import { Clock } from '../../src/engine/clock.ts'
import { InputStream } from '../../src/engine/stream.ts'
import type { FindingDraft } from '../../src/kit/define-rule.ts'
import type { Follower } from '../../src/sources/follower.ts'
import { DEFAULT_RETENTION } from '../../src/store/index.ts'

const NOW = Date.UTC(2026, 2, 4, 12)

it('what waits for a second line when the program stops is decided after its patience, though the log stays silent', async () => {
  const text =
    'Mar  4 10:00:00 web-1 vsftpd: pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp ruser=bob rhost=203.0.113.7\n'
  const chunks = [{ bytes: Buffer.from(text), offset: 0, path: 'auth.log', fresh: true }]
  const follower: Follower = {
    path: 'auth.log',
    read: async () => chunks.shift(),
    wait: async () => {},
    position: () => ({ kind: 'test' }),
    health: () => ({ state: 'following', rotations: 0, truncations: 0, lostBytes: 0 }),
    close: async () => {},
  }
  const addresses = new AddressTable()
  const events: number[] = []
  const open = (): Lane => {
    const clock = new Clock({ zone: { name: 'UTC', offset: () => 0 }, year: 2026, reference: Date.UTC(2026, 11, 31) })
    const stream = new InputStream(0, clock, addresses, ({ batch }, row) => void events.push(batch.columns.kind[row]))
    return new Lane(follower, stream, {})
  }
  const before = open()
  await before.pump(0)
  before.settle(NOW, 100, 5000)
  expect(events).toEqual([])
  const after = open()
  after.restore(JSON.parse(JSON.stringify(before.snapshot())).stream)
  after.settle(NOW, 777_000, 5000)
  expect(events).toEqual([])
  after.settle(NOW, 782_000, 5000)
  expect(events).toEqual([KIND['ftp.auth.failed']])
})

it('the daily report counts one day, and not what was history when it was read', () => {
  let counts = new DayCounts(NOW)
  counts.add('failed', 7, NOW - 30 * DAY)
  counts.add('failed', 1, NOW)
  for (let hour = 0; hour < 72; hour++) {
    const now = NOW + hour * HOUR
    counts.tick(now)
    counts.add('failed', 10, now)
    counts.add('web', 1, now - 10 * MINUTE)
    counts.addLines(100)
    if (hour === 60) {
      const saved = JSON.parse(JSON.stringify(counts.snapshot()))
      counts = new DayCounts(now)
      counts.restore(saved)
    }
  }
  const end = NOW + 71 * HOUR
  expect(counts.sum(end - DAY, end)).toEqual({ failed: 240, accepted: 0, web: 23, lines: 2400 })
  expect(counts.snapshot().length).toBeLessThanOrEqual(27)
})

it('a clock that leaps is told, and nothing thrown away for a day', () => {
  const said: string[] = []
  const log = { warn: (text: string) => void said.push(text) }
  const clock = new WallClock()
  clock.look(NOW, 0, log)
  clock.look(NOW + 10 * SECOND, 10 * SECOND, log)
  expect(said).toEqual([])
  expect(clock.isSure(10 * SECOND)).toBe(true)
  clock.look(NOW + 365 * DAY, 11 * SECOND, log)
  expect(said).toEqual([expect.stringContaining('set forward by 5256')])
  expect(clock.isSure(12 * SECOND)).toBe(false)
  clock.look(NOW - HOUR, 13 * SECOND, log)
  expect(said[1]).toContain('set back by')
  expect(clock.isSure(13 * SECOND + DAY)).toBe(true)
})

it('once an hour the signs of drift are counted, and stamps that are a year ahead make no story an old one', () => {
  const forgotten: number[] = []
  const signs: number[] = []
  const engine = {
    analyzers: [
      { id: 'one', analyzer: { drift: () => ['more requests', 'fewer logins'] } },
      {
        id: 'two',
        analyzer: {
          drift() {
            throw new Error('of its own')
          },
        },
      },
    ],
  }
  const parts = (latest: number): Household => ({
    setup: {
      log: { warn: () => {}, error: () => {} },
      memory: { write: () => {} },
      retention: DEFAULT_RETENTION,
      metrics: { drift: { set: count => void signs.push(count) } },
    },
    session: { latest, engine },
    judge: { forget: before => void forgotten.push(before) },
  })
  const housekeeping = new Housekeeping()
  housekeeping.look(parts(NOW + 365 * DAY), NOW, 0)
  housekeeping.look(parts(NOW - HOUR), NOW + HOUR, HOUR + 1)
  housekeeping.look(parts(NOW), NOW + HOUR, HOUR + 2)
  expect(forgotten).toEqual([NOW, NOW - HOUR])
  expect(signs).toEqual([2, 2])
})

describe('conclusions', () => {
  const draft = (identity: string, first: number, last: number, sources: string[]): FindingDraft => ({
    identity,
    rule: 'campaigns',
    kind: 'campaign',
    title: identity,
    severity: 'high',
    confidence: 0.9,
    first,
    last,
    count: 10,
    sources,
    users: [],
    hosts: [],
    reasons: [],
    evidence: [],
    techniques: [],
    recommendations: [],
  })

  it('one goes on under its id while its bounds move, and is gone when it is no longer upheld', () => {
    const live = new LiveFindings()
    const [first] = live.nameConcluded('campaigns', [draft('a', NOW, NOW + HOUR, ['x', 'y'])]).drafts
    const later = live.nameConcluded('campaigns', [draft('b', NOW - HOUR, NOW + 2 * HOUR, ['x', 'y', 'z'])])
    expect(later).toMatchObject({ drafts: [{ id: first.id }], gone: [] })
    expect(live.nameConcluded('campaigns', [])).toEqual({ drafts: [], gone: [first.id] })
  })

  it('two that are alike never get one id', () => {
    const live = new LiveFindings()
    const whole = draft('whole', NOW, NOW + HOUR, ['x', 'y'])
    const part = draft('part', NOW, NOW + HOUR, ['x'])
    const [{ id }] = live.nameConcluded('campaigns', [whole]).drafts
    const { drafts, gone } = live.nameConcluded('campaigns', [part, whole])
    expect(drafts.find(one => one.draft === whole)?.id).toBe(id)
    expect(new Set(drafts.map(one => one.id)).size).toBe(2)
    expect(gone).toEqual([])
    // The first is known only by the words that were recorded of it.
    const other = new LiveFindings()
    const finding = {
      id,
      rule: 'campaigns',
      sources: ['x', 'y'],
      first_seen: '2026-03-04T12:00:00Z',
      last_seen: '2026-03-04T13:00:00Z',
    }
    // The rest of a finding says nothing of who it is.
    other.adopt([finding as Parameters<LiveFindings['adopt']>[0][number]])
    expect(other.nameConcluded('campaigns', [part, whole]).drafts.find(one => one.draft === whole)?.id).toBe(id)
  })
})
