/** One message a campaign, kept up to date: real channels, services that keep their messages, a clock that is moved. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Finding } from '../../../src/core/finding.ts'
import { createRandom } from '../../../src/core/random.ts'
import { HOUR, MINUTE } from '../../../src/core/time.ts'
import { Dispatcher } from '../../../src/sinks/notify/dispatcher.ts'
import { historyOf } from '../../../src/sinks/notify/notices.ts'
import { openChannels } from '../../../src/sinks/notify/open.ts'
import { applyPlan, planNotices } from '../../../src/sinks/notify/plan.ts'
import { MemoryOutbox } from '../../support/memory-outbox.ts'
import { type Chat, openChat } from '../notifiers/chats.ts'
import { startMail } from '../notifiers/mail-server.ts'
import { reply, type Service, startService } from '../notifiers/server.ts'
import { addresses, context, makeFinding, NOON, policy } from './make.ts'

let service: Service
beforeEach(async () => {
  service = await startService()
})
afterEach(() => service.close())

const never = new AbortController().signal

/** A host that tells of campaigns in one chat. */
class Host {
  now = NOON
  readonly outbox: MemoryOutbox
  readonly #table: Record<string, unknown>
  readonly #policy
  #dispatcher: Dispatcher

  constructor(table: Record<string, unknown>, rules: Record<string, unknown> = {}, outbox = new MemoryOutbox()) {
    this.outbox = outbox
    this.#table = table
    this.#policy = policy({ group_wait_seconds: 0, dedup_window_minutes: 0, ...rules })
    this.#dispatcher = this.#open()
  }

  #open(): Dispatcher {
    return new Dispatcher({
      outbox: this.outbox,
      channels: openChannels(this.#table),
      policy: this.#policy,
      host: 'web1',
      now: () => this.now,
      random: createRandom(1),
    })
  }

  restart(): void {
    this.#dispatcher = this.#open()
  }

  plan(...findings: Finding[]): void {
    const plan = planNotices({
      findings,
      channels: openChannels(this.#table),
      history: historyOf(this.outbox),
      policy: this.#policy,
      context: context({ now: this.now }),
    })
    applyPlan(this.outbox, plan, this.now)
  }

  pass(): Promise<void> {
    return this.#dispatcher.pass(never)
  }

  async tell(...findings: Finding[]): Promise<void> {
    this.plan(...findings)
    await this.pass()
  }
}

/** A campaign with this many sources; `extra` for what else it has become. */
const campaign = (sources: number, extra: Partial<Finding> = {}): Finding =>
  makeFinding({ sources: addresses(sources), title: `${sources} sources guess passwords`, ...extra })

const titles = ({ shown }: Chat): string[] => shown.map(({ text }) => text.split('\n')[0].replace(/<\/?b>|\\/g, ''))

describe.each(['telegram', 'discord', 'ntfy'] as const)('%s', id => {
  it('keeps one message up to date, silently, and says how far it has gone since it came', async () => {
    const chat = openChat(id, service)
    const host = new Host(chat.table)
    await host.tell(campaign(100))
    for (const sources of [150, 300, 600]) {
      host.now += 10 * MINUTE
      await host.tell(campaign(sources))
    }
    expect(titles(chat)).toEqual(['[web1] Medium: Update: 600 sources guess passwords'])
    expect(chat.shown).toMatchObject([{ silent: false, edits: 3 }])
    expect(chat.shown[0].text).toContain('It grew from 100 to 600 sources')
    expect(host.outbox.all().map(({ state, edited }) => [state, edited])).toEqual([
      ['sent', false],
      ['sent', true],
      ['sent', true],
      ['sent', true],
    ])
  })

  it('sends what is worse as a message of its own, and keeps that one up to date from then on', async () => {
    const chat = openChat(id, service)
    const host = new Host(chat.table)
    await host.tell(campaign(100))
    host.now += MINUTE
    await host.tell(campaign(110, { severity: 'high' }))
    host.now += MINUTE
    await host.tell(campaign(110, { severity: 'high', techniques: ['T1110', 'T1078'] }))
    host.now += 10 * MINUTE
    await host.tell(campaign(220, { severity: 'high', techniques: ['T1110', 'T1078'] }))
    expect(titles(chat)).toEqual([
      '[web1] Medium: 100 sources guess passwords',
      '[web1] High: Update: 110 sources guess passwords',
      '[web1] High: Update: 220 sources guess passwords',
    ])
    expect(chat.shown.map(({ silent, edits }) => [silent, edits])).toEqual([
      [false, 0],
      [false, 0],
      [false, 1],
    ])
  })

  it('keeps several campaigns apart', async () => {
    const chat = openChat(id, service)
    const host = new Host(chat.table)
    await host.tell(campaign(100), campaign(10, { id: 'f-2' }))
    host.now += 10 * MINUTE
    await host.tell(campaign(20, { id: 'f-2' }), campaign(200))
    expect(titles(chat).sort()).toEqual([
      '[web1] Medium: Update: 20 sources guess passwords',
      '[web1] Medium: Update: 200 sources guess passwords',
    ])
  })

  it('edits again after a restart', async () => {
    const chat = openChat(id, service)
    const first = new Host(chat.table)
    await first.tell(campaign(100))
    first.restart()
    first.now += 10 * MINUTE
    await first.tell(campaign(200))
    expect(chat.shown).toHaveLength(1)
  })

  it('waits as long as the service asks, then edits', async () => {
    const chat = openChat(id, service)
    const host = new Host(chat.table)
    await host.tell(campaign(100))
    host.now += 10 * MINUTE
    chat.disturb(reply(429, '', { 'retry-after': '1800' }))
    await host.tell(campaign(200))
    host.now += 30 * MINUTE - 1
    await host.pass()
    expect(chat.shown).toMatchObject([{ edits: 0 }])
    host.now += 1
    await host.pass()
    expect(chat.shown).toMatchObject([{ edits: 1 }])
  })

  it('edits at any hour and over the hourly number, and edits take no place in it', async () => {
    const chat = openChat(id, service)
    const quiet = { start: '12:30', end: '13:15', timezone: 'UTC' }
    const host = new Host(chat.table, { max_per_hour: 1, quiet_hours: quiet })
    await host.tell(campaign(100))
    host.now += 45 * MINUTE
    await host.tell(campaign(200))
    expect(chat.shown).toMatchObject([{ edits: 1 }])
    // Of another attack nothing is told in the quiet hours, but afterwards: the edits have used nothing up.
    await host.tell(campaign(10, { id: 'f-2' }))
    expect(chat.shown).toHaveLength(1)
    host.now = NOON + 75 * MINUTE
    await host.tell(campaign(500))
    expect(chat.shown).toHaveLength(2)
    expect(chat.shown[0]).toMatchObject({ edits: 2 })
  })

  it('an edit that a lost answer repeats changes nothing, and no message comes twice', async () => {
    const chat = openChat(id, service)
    const host = new Host(chat.table)
    await host.tell(campaign(100))
    host.now += 10 * MINUTE
    host.plan(campaign(200))
    // The service has done it, but the answer is lost with our process.
    const before = structuredClone(host.outbox.all())
    await host.pass()
    const after = new MemoryOutbox()
    after.enqueue(before)
    const again = new Host(chat.table, {}, after)
    again.now = host.now
    await again.pass()
    expect(chat.shown).toHaveLength(1)
    expect(after.all().map(({ state, edited }) => [state, edited])).toEqual([
      ['sent', false],
      ['sent', true],
    ])
  })
})

describe.each(['telegram', 'discord'] as const)('%s', id => {
  it('sends a silent new message where the old one was deleted, and edits that one afterwards', async () => {
    const chat = openChat(id, service)
    const host = new Host(chat.table)
    await host.tell(campaign(100))
    chat.shown[0].id = 'deleted'
    host.now += 10 * MINUTE
    await host.tell(campaign(200))
    host.now += 10 * MINUTE
    await host.tell(campaign(400))
    expect(chat.shown.slice(1)).toMatchObject([{ silent: true, edits: 1 }])
    expect(titles(chat)[1]).toBe('[web1] Medium: Update: 400 sources guess passwords')
    expect(host.outbox.all().map(({ edited }) => edited)).toEqual([false, false, true])
  })
})

it('telegram: a message of another chat is not touched, and what is worse answers the message before', async () => {
  const chat = openChat('telegram', service)
  const host = new Host(chat.table)
  await host.tell(campaign(100))
  const elsewhere = { telegram: { ...(chat.table.telegram as object), chat_id: '-100888' } }
  const moved = new Host(elsewhere, {}, host.outbox)
  moved.now = NOON + 10 * MINUTE
  await moved.tell(campaign(200))
  expect(service.arrived.map(({ url }) => url.split('/')[2])).toEqual(['sendMessage', 'sendMessage'])
  moved.now += MINUTE
  await moved.tell(campaign(200, { severity: 'critical' }))
  expect(JSON.parse(service.arrived[2].body)).toMatchObject({
    chat_id: '-100888',
    reply_parameters: { message_id: 501, allow_sending_without_reply: true },
  })
})

it('discord: a message that was edited too often is followed by a new one', async () => {
  const chat = openChat('discord', service)
  const host = new Host(chat.table)
  await host.tell(campaign(100))
  host.now += 10 * MINUTE
  chat.disturb(reply(429, { message: 'Maximum number of edits to messages older than 1 hour reached', code: 30046 }))
  await host.tell(campaign(200))
  expect(chat.shown).toMatchObject([{ edits: 0 }, { silent: true, edits: 0 }])
})

it('ntfy: with a server that knows no sequences later messages are new ones, and ring', async () => {
  service.answer(reply(200, { id: 'abc' }))
  const host = new Host({ ntfy: { enabled: true, server: service.url, topic: 'alerts' } })
  await host.tell(campaign(100))
  host.now += HOUR
  await host.tell(campaign(150))
  expect(service.arrived).toHaveLength(1)
  await host.tell(campaign(200))
  expect(service.arrived.map(({ body }) => JSON.parse(body).priority)).toEqual([3, 3])
})

it('email: mails about one attack are one conversation, with a subject of its own for what is worse', async () => {
  const { port, mails } = await startMail({ hideSTARTTLS: true })
  const table = {
    smtp_host: '127.0.0.1',
    smtp_port: port,
    tls: 'none',
    from: 'guard@example.com',
    to: ['me@example.com'],
  }
  const host = new Host({ email: { enabled: true, ...table } })
  await host.tell(campaign(100))
  host.restart()
  host.now += HOUR
  await host.tell(campaign(200))
  host.now += MINUTE
  await host.tell(campaign(200, { severity: 'critical' }))
  const header = (name: string): (string | undefined)[] =>
    mails.map(({ raw }) => new RegExp(`^${name}: (.*)\r$`, 'im').exec(raw)?.[1])
  const [first, ...later] = header('Message-ID')
  expect(new Set(later).size).toBe(2)
  expect(header('In-Reply-To')).toEqual([undefined, first, first])
  expect(header('References')).toEqual([undefined, first, first])
  expect(header('Subject')).toEqual([
    '[web1] Medium: 100 sources guess passwords',
    'Re: [web1] Medium: 100 sources guess passwords',
    '[web1] Critical: Update: 200 sources guess passwords',
  ])
  // A mail is no edit: it came into the box, and counts.
  expect(host.outbox.all().map(({ edited }) => edited)).toEqual([false, false, false])
})

it.each([
  ['slack', () => ({ webhook_url: `${service.url}/hook` })],
  ['gotify', () => ({ server: service.url, token: 'tok1' })],
])('%s cannot edit: a message of its own follows, no sooner than before', async (id, table) => {
  const host = new Host({ [id]: { enabled: true, ...table() } })
  await host.tell(campaign(100))
  host.now += 10 * MINUTE
  await host.tell(campaign(150))
  await host.tell(campaign(200))
  expect(service.arrived).toHaveLength(1)
  host.now = NOON + HOUR
  await host.pass()
  expect(service.arrived).toHaveLength(2)
})

describe('a crash', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vpsguard-edits-'))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** Half an hour later an edit is due. */
  let ahead = 0
  const start = (job: string, chat: Chat, size: number) =>
    spawn(
      process.execPath,
      [
        join(import.meta.dirname, 'crash-child.ts'),
        ...[job, join(folder, 'journal'), JSON.stringify(chat.table), '1', String(size), String(ahead)],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
  const kill = async (child: ReturnType<typeof start>): Promise<void> => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  const write = async (chat: Chat, size: number): Promise<void> => {
    const writer = start('write', chat, size)
    await once(writer.stdout, 'data')
    await kill(writer)
  }
  const states = (): string[] => new MemoryOutbox(join(folder, 'journal')).all().map(({ state }) => state)

  it('between sending and noting repeats the message and edits the one that is known; one while editing repeats nothing', async () => {
    const chat = openChat('telegram', service)
    await write(chat, 4)
    // The service has the message, but never says so.
    chat.disturb(() => {
      chat.shown.push({ id: '499', text: 'sent, but not noted', silent: false, edits: 0 })
    })
    const first = start('send', chat, 0)
    await service.received(1)
    await kill(first)
    const second = start('send', chat, 0)
    await expect.poll(states, { timeout: 60_000 }).toEqual(['sent'])
    await kill(second)
    expect(chat.shown.map(({ id }) => id)).toEqual(['499', '501'])

    ahead = 30 * MINUTE
    await write(chat, 8)
    // The edit is made; its answer never comes.
    const edit = (): void => {
      const { text, message_id } = JSON.parse(service.arrived[service.arrived.length - 1].body)
      Object.assign(chat.shown.find(({ id }) => id === String(message_id)) ?? {}, { text, edits: 1 })
    }
    chat.disturb(edit)
    const third = start('send', chat, 0)
    await service.received(3)
    await kill(third)
    const fourth = start('send', chat, 0)
    await expect.poll(states, { timeout: 60_000 }).toEqual(['sent', 'sent'])
    await kill(fourth)
    expect(service.arrived.map(({ url }) => url.split('/')[2])).toEqual([
      'sendMessage',
      'sendMessage',
      'editMessageText',
      'editMessageText',
    ])
    expect(chat.shown.map(({ id, edits }) => [id, edits])).toEqual([
      ['499', 0],
      ['501', 1],
    ])
    expect(new MemoryOutbox(join(folder, 'journal')).all()[1]).toMatchObject({
      edited: true,
      reference: '4242/-100777/501',
    })
  })
})
