/** What is told, and when: the planner and the release, with an outbox as their only memory. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Finding, SEVERITIES, type Severity, severityRank } from '../../../src/core/finding.ts'
import type { Message, Notice } from '../../../src/core/notification.ts'
import { createRandom } from '../../../src/core/random.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/core/time.ts'
import type { Delivery } from '../../../src/kit/define-notifier.ts'
import { quietUntil } from '../../../src/sinks/notify/clock.ts'
import type { NotifyPolicy } from '../../../src/sinks/notify/config.ts'
import { Dispatcher } from '../../../src/sinks/notify/dispatcher.ts'
import { coveredBy, findingOf } from '../../../src/sinks/notify/messages.ts'
import { DROPPED, HELD, historyOf, type Maintenance } from '../../../src/sinks/notify/notices.ts'
import { applyPlan, planNotices } from '../../../src/sinks/notify/plan.ts'
import { MemoryOutbox } from '../../support/memory-outbox.ts'
import { addresses, context, makeFinding, NOON, policy } from './make.ts'

interface Sent {
  id: string
  at: number
  message: Message
}

/** A host whose clock stands still until it is moved. The channel is a list; it fails as it is told, and edits if it may. */
class Host {
  now = NOON
  maintenance: Maintenance | undefined
  outbox = new MemoryOutbox()
  /** What came with a sound. */
  readonly sent: Sent[] = []
  readonly edited: Sent[] = []
  readonly #policy: NotifyPolicy
  readonly #least: Severity
  readonly #answers: Delivery[]
  readonly #edits: boolean
  #dispatcher: Dispatcher

  constructor(
    table: Record<string, unknown> = {},
    least: Severity = 'medium',
    answers: Delivery[] = [],
    edits = false,
  ) {
    this.#policy = policy({ group_wait_seconds: 0, dedup_window_minutes: 0, ...table })
    this.#least = least
    this.#answers = answers
    this.#edits = edits
    this.#dispatcher = this.#open()
  }

  #open(): Dispatcher {
    return new Dispatcher({
      outbox: this.outbox,
      policy: this.#policy,
      host: 'web1',
      now: () => this.now,
      random: createRandom(1),
      maintenance: () => this.maintenance,
      channels: [
        {
          id: 'list',
          title: 'List',
          minSeverity: this.#least,
          edits: this.#edits,
          probe: async () => ({ ok: true, text: '' }),
          send: async (message, { id, previous }) => {
            const answer = this.#answers.shift() ?? { ok: true }
            if (!answer.ok) return answer
            const edited = this.#edits && previous?.worse === false
            const list = edited ? this.edited : this.sent
            list.push({ id, at: this.now, message })
            return this.#edits ? { ok: true, edited, reference: edited ? previous.reference : id } : answer
          },
        },
      ],
    })
  }

  /** The process dies and comes back; the outbox is what is left of it. */
  restart(): void {
    this.#dispatcher = this.#open()
  }

  tell(...findings: Finding[]): void {
    const plan = planNotices({
      findings,
      channels: [{ id: 'list', minSeverity: this.#least, edits: this.#edits }],
      history: historyOf(this.outbox),
      policy: this.#policy,
      context: context({ now: this.now }),
      maintenance: this.maintenance,
    })
    applyPlan(this.outbox, plan, this.now)
  }

  async pass(): Promise<void> {
    await this.#dispatcher.pass(new AbortController().signal)
  }

  /** When something can next be sent; undefined where nothing waits. */
  next(): number | undefined {
    const due = this.waiting().map(notice => notice.due)
    if (due.length === 0) return undefined
    return Math.max(Math.min(...due), this.#dispatcher.health()[0].pausedUntil ?? 0)
  }

  waiting(): Notice[] {
    return this.outbox.all().filter(({ state }) => state === 'waiting')
  }

  /** Lets the time pass until a moment, sending whatever comes due on the way. */
  async until(time: number): Promise<void> {
    await this.pass()
    for (let moment = this.next(); moment !== undefined && moment <= time; moment = this.next()) {
      this.now = Math.max(moment, this.now + 1)
      await this.pass()
    }
    this.now = Math.max(this.now, time)
  }

  titles(): string[] {
    return this.sent.map(({ message }) => message.title)
  }
}

const at = (clock: string, day = 21): number => Date.parse(`2026-11-${day}T${clock}:00Z`)

describe('one finding, one message', () => {
  it('the first waits a little and then says all there is', async () => {
    const host = new Host({ group_wait_seconds: 20 })
    host.tell(makeFinding({ sources: addresses(10) }))
    await host.until(NOON + 10 * SECOND)
    expect(host.sent).toEqual([])
    host.tell(makeFinding({ sources: addresses(14) }))
    await host.until(NOON + 19 * SECOND)
    expect(host.sent).toEqual([])
    await host.until(NOON + 20 * SECOND)
    expect(host.sent.map(({ message }) => findingOf(message)?.sources)).toEqual([14])
    expect(host.outbox.all().map(({ state, error }) => [state, error])).toEqual([
      ['dropped', DROPPED.superseded],
      ['sent', null],
    ])
  })

  it('a critical one does not wait', async () => {
    const host = new Host({ group_wait_seconds: 20 })
    host.tell(makeFinding({ severity: 'critical' }))
    await host.pass()
    expect(host.sent).toHaveLength(1)
  })

  it('the same again tells nothing, also after a restart', async () => {
    const host = new Host()
    host.tell(makeFinding())
    await host.until(NOON)
    host.restart()
    host.tell(makeFinding({ count: 500 }), makeFinding({ count: 501 }))
    await host.until(NOON + DAY)
    expect(host.sent).toHaveLength(1)
  })

  it('below the channel it waits until it is severe enough', async () => {
    const host = new Host({}, 'high')
    host.tell(makeFinding({ severity: 'medium' }))
    expect(host.outbox.all()).toEqual([])
    host.tell(makeFinding({ severity: 'high' }))
    await host.pass()
    expect(host.sent.map(({ message }) => message.kind)).toEqual(['finding'])
  })

  it('a rise in severity, a breach and a doubling are updates that say so', async () => {
    const host = new Host({ update_interval_minutes: 60 })
    host.tell(makeFinding({ sources: addresses(20) }))
    await host.pass()
    host.now += MINUTE
    host.tell(makeFinding({ sources: addresses(21), severity: 'high' }))
    await host.pass()
    host.now += MINUTE
    host.tell(makeFinding({ sources: addresses(22), severity: 'high', techniques: ['T1110', 'T1078'] }))
    await host.pass()
    expect(host.sent.map(({ message }) => [message.kind, message.lines[0]])).toEqual([
      ['finding', '120 failures in 8 min; 10 are the limit.'],
      ['update', 'The severity rose from Medium to High.'],
      ['update', 'Somebody got in: a login or a request of this attack succeeded.'],
    ])
    expect(host.sent[2].message.title).toBe('[web1] High: Update: 120 failed SSH logins from 203.0.113.7')
  })

  it('growth waits for the interval, and is told even if nothing comes after it', async () => {
    const host = new Host({ update_interval_minutes: 60 })
    host.tell(makeFinding({ sources: addresses(20) }))
    await host.pass()
    host.now += 5 * MINUTE
    host.tell(makeFinding({ sources: addresses(39) }))
    await host.pass()
    expect(host.waiting()).toEqual([])
    host.tell(makeFinding({ sources: addresses(40) }))
    host.tell(makeFinding({ sources: addresses(90) }))
    await host.until(NOON + 60 * MINUTE - 1)
    expect(host.sent).toHaveLength(1)
    await host.until(NOON + 60 * MINUTE)
    expect(host.sent.map(({ message }) => message.lines[0])).toEqual([
      '120 failures in 8 min; 10 are the limit.',
      'It grew from 20 to 90 sources.',
    ])
  })

  it('what waits for growth goes out at once when it becomes worse', async () => {
    const host = new Host()
    host.tell(makeFinding({ sources: addresses(20) }))
    await host.pass()
    host.tell(makeFinding({ sources: addresses(60) }))
    host.now += MINUTE
    host.tell(makeFinding({ sources: addresses(61), severity: 'critical' }))
    await host.until(NOON + DAY)
    expect(host.sent.map(({ at: time, message }) => [time - NOON, message.severity])).toEqual([
      [0, 'medium'],
      [MINUTE, 'critical'],
    ])
  })
})

describe('the dedup window', () => {
  it('another finding about the same is noted, not told; a worse one is told', async () => {
    const host = new Host({ dedup_window_minutes: 60 })
    host.tell(makeFinding({ id: 'a' }), makeFinding({ id: 'b' }))
    await host.pass()
    host.now += 30 * MINUTE
    host.tell(
      makeFinding({ id: 'c' }),
      makeFinding({ id: 'd', severity: 'high' }),
      makeFinding({ id: 'e', users: ['oracle'] }),
    )
    await host.pass()
    expect(host.sent.map(({ id }) => id)).toEqual(['list/a/first', 'list/d/first', 'list/e/first'])
    expect(host.outbox.all().flatMap(({ id, error }) => (error === DROPPED.same ? [id] : []))).toEqual([
      'list/b/first',
      'list/c/first',
    ])
  })

  it('is over when it is over, however often the same came in between', async () => {
    const host = new Host({ dedup_window_minutes: 60 })
    for (const [index, minute] of [0, 30, 59, 61].entries()) {
      host.now = NOON + minute * MINUTE
      host.tell(makeFinding({ id: `f${index}` }))
      await host.pass()
    }
    expect(host.sent.map(({ id }) => id)).toEqual(['list/f0/first', 'list/f3/first'])
  })
})

describe('quiet hours', () => {
  const quiet = { quiet_hours: { start: '22:00', end: '07:00', timezone: 'UTC' } }

  it('hold what is less than high, and tell it as one summary in the morning', async () => {
    const host = new Host(quiet)
    host.now = at('22:30')
    host.tell(makeFinding({ id: 'a' }), makeFinding({ id: 'b', title: 'Another', severity: 'medium' }))
    host.tell(makeFinding({ id: 'c', severity: 'high' }))
    await host.until(at('06:59', 22))
    expect(host.sent.map(({ id }) => id)).toEqual(['list/c/first'])
    expect(host.waiting().map(({ error, due }) => [error, due])).toEqual([
      [HELD.quiet, at('07:00', 22)],
      [HELD.quiet, at('07:00', 22)],
    ])
    await host.until(at('07:00', 22))
    expect(host.sent).toHaveLength(2)
    const { message } = host.sent[1]
    expect(message.title).toBe('[web1] 2 findings while messages were held')
    expect(message.lines).toEqual([
      '2 findings were held in the quiet hours; most severe first:',
      'Medium: 120 failed SSH logins from 203.0.113.7 (2026-11-21 11:50 UTC to 2026-11-21 11:58 UTC)',
      'Medium: Another (2026-11-21 11:50 UTC to 2026-11-21 11:58 UTC)',
    ])
    expect(coveredBy(message)).toEqual(['list/a/first', 'list/b/first'])
  })

  it('a single one needs no summary', async () => {
    const host = new Host(quiet)
    host.now = at('23:00')
    host.tell(makeFinding())
    await host.until(at('08:00', 22))
    expect(host.sent.map(({ at: time, message }) => [time, message.kind])).toEqual([[at('07:00', 22), 'finding']])
  })

  it('what was ready before them but failed is held as well', async () => {
    const host = new Host(quiet, 'medium', [{ ok: false, retry: true, error: 'down', retryAfter: 30 * MINUTE }])
    host.now = at('21:45')
    host.tell(makeFinding())
    await host.until(at('08:00', 22))
    expect(host.sent.map(({ at: time }) => time)).toEqual([at('07:00', 22)])
  })

  it.each([
    // Clocks go back at 01:00 UTC on 2026-10-25 in Berlin, forward on 2026-03-29.
    ['2026-10-24T21:30:00Z', '2026-10-25T06:00:00Z'],
    ['2026-03-28T22:30:00Z', '2026-03-29T05:00:00Z'],
    ['2026-11-21T20:59:59Z', undefined],
    ['2026-11-21T06:00:00Z', undefined],
  ])('end at the wall clock: %s', (time, end) => {
    const until = quietUntil(Date.parse(time), { start: '22:00', end: '07:00', timezone: 'Europe/Berlin' })
    expect(until).toBe(end === undefined ? undefined : Date.parse(end))
  })
})

describe('maintenance', () => {
  it('holds what is less than high until it ends, and tells it as one summary', async () => {
    const host = new Host()
    host.maintenance = { until: NOON + 2 * HOUR }
    host.tell(makeFinding({ id: 'a' }), makeFinding({ id: 'b' }), makeFinding({ id: 'c', severity: 'high' }))
    await host.until(NOON + HOUR)
    expect(host.sent.map(({ id }) => id)).toEqual(['list/c/first'])
    await host.until(NOON + 2 * HOUR - 1)
    host.maintenance = undefined
    await host.until(NOON + 2 * HOUR)
    expect(host.sent.map(({ message }) => message.kind)).toEqual(['finding', 'digest'])
    expect(host.sent[1].message.lines[0]).toContain('held during maintenance')
  })

  it('that ends early tells at once; one that is prolonged goes on', async () => {
    const host = new Host()
    host.maintenance = { until: NOON + HOUR }
    host.tell(makeFinding({ id: 'a' }))
    await host.pass()
    host.maintenance = { until: NOON + 3 * HOUR }
    await host.until(NOON + 2 * HOUR)
    expect(host.sent).toEqual([])
    host.maintenance = undefined
    await host.pass()
    expect(host.sent.map(({ at: time }) => time)).toEqual([NOON + 2 * HOUR])
  })

  it('without an end lasts until somebody ends it', async () => {
    const host = new Host()
    host.maintenance = { until: null }
    host.tell(makeFinding())
    await host.until(NOON + 2 * DAY)
    expect(host.sent).toEqual([])
    host.restart()
    host.maintenance = undefined
    await host.pass()
    expect(host.sent).toHaveLength(1)
  })
})

describe('the hourly number', () => {
  it('holds what is over it for a summary, but not what is severe', async () => {
    const host = new Host({ max_per_hour: 3 })
    const findings = Array.from({ length: 40 }, (_, index) => makeFinding({ id: `f${String(index).padStart(2, '0')}` }))
    host.tell(...findings, makeFinding({ id: 'urgent', severity: 'critical' }))
    await host.pass()
    expect(host.sent.map(({ id }) => id).sort()).toEqual([
      'list/f00/first',
      'list/f01/first',
      'list/f02/first',
      'list/urgent/first',
    ])
    await host.until(NOON + 2 * HOUR)
    expect(host.sent).toHaveLength(5)
    expect(host.sent[4].message.title).toBe('[web1] 37 findings while messages were held')
    expect(host.sent[4].message.lines[0]).toContain('the hourly number of messages was reached')
  })
})

const severity = fc.constantFrom<Severity>(...SEVERITIES)
const clock = fc
  .integer({ min: 0, max: 47 })
  .map(half => `${String(half >> 1).padStart(2, '0')}:${half % 2 === 0 ? '00' : '30'}`)
const scenario = fc.record({
  table: fc.record({
    group_wait_seconds: fc.constantFrom(0, 20),
    // Quiet hours may leave one attempt a day.
    retry: fc.constant({ give_up_days: 30 }),
    max_per_hour: fc.integer({ min: 1, max: 4 }),
    bypass_severity: severity,
    update_interval_minutes: fc.constantFrom(1, 60),
    quiet_hours: fc.oneof(
      fc.constant({}),
      fc
        .record({
          start: clock,
          end: clock,
          timezone: fc.constantFrom('UTC', 'Asia/Shanghai'),
          bypass_severity: severity,
        })
        .filter(({ start, end }) => start !== end),
    ),
  }),
  least: severity,
  edits: fc.boolean(),
  events: fc.array(
    fc.record({
      wait: fc.integer({ min: 0, max: 90 * 60 }),
      finding: fc.integer({ min: 0, max: 9 }),
      severity,
      sources: fc.integer({ min: 1, max: 60 }),
      breached: fc.boolean(),
      restart: fc.boolean(),
      works: fc.constantFrom('begins', 'ends', 'as it was'),
    }),
    { minLength: 1, maxLength: 30 },
  ),
  answers: fc.array(
    fc.constantFrom<Delivery>(
      { ok: true },
      { ok: false, retry: true, error: 'down' },
      { ok: false, retry: true, error: 'busy', retryAfter: HOUR },
    ),
    { maxLength: 12 },
  ),
})

describe('whatever happens', () => {
  it('nothing is lost or told twice, and the limits hold', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ table, least, edits, events, answers }) => {
        const rules = policy(table)
        const host = new Host(table, least, [...answers], edits)
        const worst = new Map<string, Severity>()
        const works: [from: number, to: number][] = []
        for (const event of events) {
          await host.until(host.now + event.wait * SECOND)
          if (event.works === 'begins' && host.maintenance === undefined) {
            host.maintenance = { until: null }
            works.push([host.now, Number.POSITIVE_INFINITY])
          } else if (event.works === 'ends' && host.maintenance !== undefined) {
            host.maintenance = undefined
            works[works.length - 1][1] = host.now
          }
          const finding = makeFinding({
            id: `f${event.finding}`,
            severity: event.severity,
            sources: addresses(event.sources),
            techniques: event.breached ? ['T1078'] : [],
          })
          host.tell(finding)
          const before = worst.get(finding.id)
          if (before === undefined || severityRank(finding.severity) < severityRank(before))
            worst.set(finding.id, finding.severity)
          if (event.restart) host.restart()
        }
        if (host.maintenance !== undefined) works[works.length - 1][1] = host.now
        host.maintenance = undefined
        await host.until(host.now + 25 * DAY)

        // Nothing waits for ever, nothing failed, and every notice was sent at most once.
        const all = host.outbox.all()
        expect(all.filter(({ state }) => state === 'waiting' || state === 'failed')).toEqual([])
        const ids = host.sent.map(({ id }) => id)
        const both = [...ids, ...host.edited.map(({ id }) => id)]
        expect(new Set(both).size).toBe(both.length)
        expect(new Set(both)).toEqual(new Set(all.filter(({ state }) => state === 'sent').map(({ id }) => id)))
        expect(new Set(all.filter(({ edited }) => edited).map(({ id }) => id))).toEqual(
          new Set(host.edited.map(({ id }) => id)),
        )

        // What was folded stands in exactly one summary that was sent.
        const covers = host.sent.flatMap(({ message }) => coveredBy(message))
        expect(new Set(covers).size).toBe(covers.length)
        const folded = all.filter(({ error }) => error === DROPPED.digest).map(({ id }) => id)
        expect([...covers].sort()).toEqual(folded.sort())

        // Every finding that was severe enough was told once as new, and at its worst: not by an edit, which nobody hears.
        const told = all.filter(({ id }) => ids.includes(id) || covers.includes(id))
        for (const [id, most] of worst) {
          const own = told.filter(({ group }) => group === id)
          if (severityRank(most) > severityRank(least)) expect(own).toEqual([])
          else {
            expect(own.filter(({ message }) => message.kind === 'finding')).toHaveLength(1)
            expect(own.some(({ message }) => message.severity === most)).toBe(true)
          }
        }

        // The limits.
        const small = host.sent.filter(
          ({ message }) => severityRank(message.severity) > severityRank(rules.bypass_severity),
        )
        for (const { at: time } of small) {
          expect(small.filter(other => other.at > time - HOUR && other.at <= time).length).toBeLessThanOrEqual(
            rules.max_per_hour,
          )
        }
        for (const { at: time, message } of host.sent) {
          if (severityRank(message.severity) > severityRank(rules.quiet_hours.bypass_severity))
            expect(quietUntil(time, rules.quiet_hours)).toBeUndefined()
          if (severityRank(message.severity) > severityRank('high'))
            expect(works.some(([from, to]) => time > from && time < to)).toBe(false)
        }
      }),
      { numRuns: 200 },
    )
  })
})
