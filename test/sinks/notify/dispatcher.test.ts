/** The dispatcher with real channels, real servers on loopback and a clock that the test moves. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Notice } from '../../../src/core/notification.ts'
import { createRandom } from '../../../src/core/random.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/core/time.ts'
import { Dispatcher } from '../../../src/sinks/notify/dispatcher.ts'
import { DROPPED, historyOf, makeNotice } from '../../../src/sinks/notify/notices.ts'
import { planHealth, planReport, testChannels } from '../../../src/sinks/notify/occasions.ts'
import { type OpenChannel, openChannels } from '../../../src/sinks/notify/open.ts'
import { applyPlan, planNotices } from '../../../src/sinks/notify/plan.ts'
import { MemoryOutbox } from '../../support/memory-outbox.ts'
import { reply, type Service, silence, startService } from '../notifiers/server.ts'
import { context, makeFinding, makeMessage, NOON, policy } from './make.ts'

let good: Service
let bad: Service
beforeEach(async () => {
  good = await startService()
  bad = await startService()
})
afterEach(async () => {
  await good.close()
  await bad.close()
})

/** A busy machine may take a while. */
const WAIT = { timeout: 60_000 }
const RULES = policy({ group_wait_seconds: 0, max_per_hour: 1000, retry: { timeout_seconds: 120 } })
const never = new AbortController().signal

/** A webhook at the good server and Gotify at the bad one. */
const twoChannels = (): OpenChannel[] =>
  openChannels({ webhook: { enabled: true, url: good.url }, gotify: { enabled: true, server: bad.url, token: 'tok1' } })

class Clock {
  time = NOON
  readonly now = (): number => this.time
}

function open(outbox: MemoryOutbox, clock: Clock, channels = twoChannels(), extra: object = {}): Dispatcher {
  return new Dispatcher({
    outbox,
    channels,
    policy: RULES,
    host: 'web1',
    now: clock.now,
    random: createRandom(7),
    ...extra,
  })
}

function tell(outbox: MemoryOutbox, clock: Clock, ...ids: string[]): void {
  const findings = ids.map(id => makeFinding({ id, users: [id] }))
  const channels = twoChannels()
  applyPlan(
    outbox,
    planNotices({
      findings,
      channels,
      history: historyOf(outbox),
      policy: RULES,
      context: context({ now: clock.time }),
    }),
    clock.time,
  )
}

const states = (outbox: MemoryOutbox, channel: string): string[] =>
  outbox
    .all()
    .filter(notice => notice.channel === channel)
    .map(({ state }) => state)

describe('the dispatcher', () => {
  it('sends to every channel; one that hangs delays no other', async () => {
    const outbox = new MemoryOutbox()
    const clock = new Clock()
    tell(outbox, clock, 'a', 'b', 'c')
    bad.answer(silence)
    const end = new AbortController()
    const running = open(outbox, clock).run(end.signal)
    await Promise.all([good.received(3), bad.received(1)])
    await expect.poll(() => states(outbox, 'webhook'), WAIT).toEqual(['sent', 'sent', 'sent'])
    expect(bad.arrived).toHaveLength(1)
    end.abort()
    await running
    // What our own end cut short is not the service's failure.
    expect(
      outbox
        .all()
        .filter(({ channel }) => channel === 'gotify')
        .map(({ state, attempts }) => [state, attempts]),
    ).toEqual([
      ['waiting', 0],
      ['waiting', 0],
      ['waiting', 0],
    ])
  })

  it('waits longer after every failure, and starts anew after a success', async () => {
    const outbox = new MemoryOutbox()
    const clock = new Clock()
    const dispatcher = open(outbox, clock)
    tell(outbox, clock, 'a', 'b')
    bad.answer(reply(500, 'broken'))
    const waits: number[] = []
    for (let attempt = 0; attempt < 10; attempt++) {
      await dispatcher.pass(never)
      const pausedUntil = dispatcher.health()[1].pausedUntil ?? 0
      waits.push((pausedUntil - clock.time) / SECOND)
      clock.time = pausedUntil
    }
    // 30 s doubled up to an hour, a fifth more or less. One attempt each: the second message waits for the channel.
    expect(bad.arrived).toHaveLength(10)
    for (const [index, wait] of waits.entries()) {
      const middle = Math.min(30 * 2 ** index, 3600)
      expect(wait).toBeGreaterThanOrEqual(middle * 0.8 - 1)
      expect(wait).toBeLessThanOrEqual(middle * 1.2 + 1)
    }
    expect(new Set(waits.slice(-3)).size).toBe(3)
    expect(dispatcher.health()[1]).toMatchObject({ ok: false, lastError: 'HTTP 500: broken', failingSince: NOON })
    bad.answer(reply(200, {}))
    await dispatcher.pass(never)
    expect(states(outbox, 'gotify')).toEqual(['sent', 'sent'])
    expect(dispatcher.health()[1]).toMatchObject({ ok: true, lastError: null, failingSince: null, sent: 2 })
  })

  it('sends what a clock that was a year ahead had put off, once it is set back', async () => {
    const outbox = new MemoryOutbox()
    const clock = new Clock()
    const dispatcher = open(outbox, clock)
    clock.time = NOON + 365 * DAY
    tell(outbox, clock, 'a')
    bad.answer(reply(500, 'broken'))
    await dispatcher.pass(never)
    expect(states(outbox, 'gotify')).toEqual(['waiting'])
    clock.time = NOON
    bad.answer(reply(200, {}))
    await dispatcher.pass(never)
    expect(states(outbox, 'gotify')).toEqual(['sent'])

    // Also where the program was started anew in between.
    clock.time = NOON + 365 * DAY
    tell(outbox, clock, 'b')
    clock.time = NOON + HOUR
    await open(outbox, clock).pass(never)
    expect(states(outbox, 'gotify')).toEqual(['sent', 'sent'])
  })

  it('obeys a service that asks for a pause, for all messages of the channel', async () => {
    const outbox = new MemoryOutbox()
    const clock = new Clock()
    const dispatcher = open(outbox, clock)
    tell(outbox, clock, 'a', 'b')
    bad.answer(reply(429, '', { 'retry-after': '1800' }), reply(200, {}))
    await dispatcher.pass(never)
    clock.time += 30 * MINUTE - 1
    await dispatcher.pass(never)
    expect(bad.arrived).toHaveLength(1)
    clock.time += 1
    await dispatcher.pass(never)
    expect(states(outbox, 'gotify')).toEqual(['sent', 'sent'])
  })

  it('gives up after days, says so, and tells it where messages arrive', async () => {
    const outbox = new MemoryOutbox()
    const clock = new Clock()
    const dispatcher = open(outbox, clock)
    tell(outbox, clock, 'a')
    bad.answer(reply(503, 'down'))
    for (; clock.time < NOON + 3 * DAY + 2 * HOUR; clock.time += HOUR) await dispatcher.pass(never)
    expect(states(outbox, 'gotify')).toEqual(['failed'])
    expect(dispatcher.health()[1]).toMatchObject({ ok: false, failed: 1, lastError: 'HTTP 503: down' })
    const titles = good.arrived.map(({ body }) => JSON.parse(body).title)
    expect(titles).toEqual([
      '[web1] Medium: 120 failed SSH logins from 203.0.113.7',
      '[web1] Messages by gotify do not arrive',
    ])
  })

  it('goes on after a message that the service does not take', async () => {
    const outbox = new MemoryOutbox()
    const clock = new Clock()
    tell(outbox, clock, 'a', 'b')
    bad.answer(reply(400, 'not this one'), reply(200, {}))
    await open(outbox, clock).pass(never)
    expect(states(outbox, 'gotify')).toEqual(['failed', 'sent'])
  })

  it('keeps what waits for a channel that is gone from the config for some days', async () => {
    const outbox = new MemoryOutbox()
    const clock = new Clock()
    tell(outbox, clock, 'a')
    const dispatcher = open(outbox, clock, openChannels({ webhook: { enabled: true, url: good.url } }))
    await dispatcher.pass(never)
    expect(states(outbox, 'gotify')).toEqual(['waiting'])
    clock.time += 4 * DAY
    await dispatcher.pass(never)
    expect(
      outbox
        .all()
        .filter(({ channel }) => channel === 'gotify')
        .map(({ error }) => error),
    ).toEqual([DROPPED.channel])
  })

  it('more notices of a channel that is down than fit a batch do not hold the others up', async () => {
    const outbox = new MemoryOutbox()
    const clock = new Clock()
    const notices: Notice[] = Array.from({ length: 1200 }, (_, index) =>
      makeNotice(
        { channel: 'gotify', group: `g${index}`, revision: 'first' },
        makeMessage({ severity: 'high' }),
        NOON - 1,
      ),
    )
    outbox.enqueue(notices)
    tell(outbox, clock, 'a')
    bad.answer(reply(500))
    await open(outbox, clock).pass(never)
    expect(states(outbox, 'webhook')).toEqual(['sent'])
  })

  it('does not send again what it could not note as sent', async () => {
    const clock = new Clock()
    /** A disk that is full for a while. */
    class FullDisk extends MemoryOutbox {
      full = true
      override settle(...args: Parameters<MemoryOutbox['settle']>): void {
        if (this.full) throw new Error('database or disk is full')
        super.settle(...args)
      }
    }
    const outbox = new FullDisk()
    const errors: unknown[] = []
    const dispatcher = open(outbox, clock, openChannels({ webhook: { enabled: true, url: good.url } }), {
      onError: (error: unknown) => errors.push(error),
    })
    tell(outbox, clock, 'a')
    await dispatcher.pass(never)
    clock.time += MINUTE
    await dispatcher.pass(never)
    expect(errors).toHaveLength(2)
    outbox.full = false
    clock.time += MINUTE
    await dispatcher.pass(never)
    expect(good.arrived).toHaveLength(1)
    expect(states(outbox, 'webhook')).toEqual(['sent'])
  })

  it('runs until it is ended, and looks at once when it is woken', async () => {
    // Its own regular looks never come.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const outbox = new MemoryOutbox()
    const clock = new Clock()
    const end = new AbortController()
    const dispatcher = open(outbox, clock)
    const running = dispatcher.run(end.signal)
    tell(outbox, clock, 'a')
    dispatcher.wake()
    await Promise.all([good.received(1), bad.received(1)])
    end.abort()
    await running
    // Nothing was cut short but what was under way.
    expect(outbox.all()).toHaveLength(2)
  })
})

describe('a crash', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpsguard-outbox-'))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const start = (job: string, journal: string, count = 0) =>
    spawn(
      process.execPath,
      [
        join(import.meta.dirname, 'crash-child.ts'),
        ...[job, journal, JSON.stringify({ webhook: { enabled: true, url: good.url } }), String(count), '1', '0'],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
  const kill = async (child: ReturnType<typeof start>): Promise<void> => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  it('between writing and sending loses nothing, and one while sending repeats at most what was under way', async () => {
    const journal = join(folder, 'journal')
    const writer = start('write', journal, 5)
    await once(writer.stdout, 'data')
    await kill(writer)
    expect(good.arrived).toHaveLength(0)
    // The same findings again, as after a restart that reads the log once more.
    const again = start('write', journal, 5)
    await once(again.stdout, 'data')
    await kill(again)

    // Two are answered; the third hangs when the process dies.
    good.answer(reply(200), reply(200), silence)
    const first = start('send', journal)
    await good.received(3)
    await kill(first)
    good.answer(reply(200))
    const second = start('send', journal)
    await good.received(6)
    await expect
      .poll(() => new MemoryOutbox(journal).all().map(({ state }) => state), WAIT)
      .toEqual(Array(5).fill('sent'))
    await kill(second)

    const ids = good.arrived.map(({ headers }) => headers['x-vpsguard-id'])
    expect(ids).toEqual([0, 1, 2, 2, 3, 4].map(index => `webhook/f${index}/first`))
  })
})

describe('occasions', () => {
  const bySeverity = { critical: 0, high: 1, medium: 2, low: 0, info: 0 }
  const report = (now: number, outbox: MemoryOutbox, table: object = { enabled: true, hour: 8, timezone: 'UTC' }) => {
    const notices = planReport({
      channels: [{ id: 'webhook', minSeverity: 'critical', edits: false }],
      history: historyOf(outbox),
      policy: policy({ daily_report: table }),
      context: context({ now }),
      summarize: (from, to) => ({
        from,
        to,
        lines: 1000,
        failedLogins: 90,
        acceptedLogins: 3,
        webRequests: 0,
        bySeverity,
        worst: [makeFinding({ severity: 'high' })],
        blocks: { made: 4, active: 9 },
      }),
    })
    outbox.enqueue(notices)
    return notices.map(({ id }) => id)
  }

  it('the daily report comes once a day from its hour on', () => {
    const outbox = new MemoryOutbox()
    expect(report(Date.parse('2026-11-21T07:59:59Z'), outbox)).toEqual([])
    expect(report(Date.parse('2026-11-21T08:00:00Z'), outbox)).toEqual(['webhook/report/2026-11-21'])
    expect(report(Date.parse('2026-11-21T23:00:00Z'), outbox)).toEqual([])
    expect(report(Date.parse('2026-11-22T07:00:00Z'), outbox)).toEqual([])
    expect(report(Date.parse('2026-11-22T13:00:00Z'), outbox)).toEqual(['webhook/report/2026-11-22'])
    expect(report(NOON, new MemoryOutbox(), { enabled: false })).toEqual([])
    expect(
      report(Date.parse('2026-11-21T00:30:00Z'), new MemoryOutbox(), { enabled: true, timezone: 'Asia/Shanghai' }),
    ).toEqual(['webhook/report/2026-11-21'])
  })

  it('the report says what happened', () => {
    const outbox = new MemoryOutbox()
    report(NOON, outbox)
    const { message } = outbox.all()[0]
    expect(message.title).toBe('[web1] Daily report: 3 findings')
    expect(message.lines[0]).toBe('Findings: 1 high, 2 medium.')
    expect(message.fields.map(({ value }) => value)).toContain('4 new, 9 active')
  })

  it('the same news is told once', () => {
    const outbox = new MemoryOutbox()
    const news = { id: 'follower-auth.log', severity: 'high', title: 'auth.log is gone', lines: [] } as const
    expect(outbox.enqueue(planHealth(news, twoChannels(), context()))).toBe(2)
    expect(outbox.enqueue(planHealth(news, twoChannels(), context({ now: NOON + HOUR })))).toBe(0)
  })

  it('a test goes to every channel at once and says what came of it', async () => {
    bad.answer(reply(401, 'who are you'))
    const results = await testChannels(twoChannels(), { policy: RULES, host: 'web1', now: () => NOON, signal: never })
    expect(results).toEqual([
      { channel: 'webhook', delivery: { ok: true } },
      { channel: 'gotify', delivery: { ok: false, retry: true, error: 'HTTP 401: who are you' } },
    ])
    expect(JSON.parse(good.arrived[0].body)).toMatchObject({ kind: 'test', title: '[web1] Test message' })
  })
})
