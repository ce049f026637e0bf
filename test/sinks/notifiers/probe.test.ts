/** `doctor --online`: what services say without a message, on real servers on loopback. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Probe } from '../../../src/kit/define-notifier.ts'
import { NOTIFIERS } from '../../../src/sinks/notifiers/index.ts'
import { probeChannels } from '../../../src/sinks/notify/occasions.ts'
import { openChannels } from '../../../src/sinks/notify/open.ts'
import { NOON, policy } from '../notify/make.ts'
import { certificate, startMail } from './mail-server.ts'
import { reply, type Service, silence, startService } from './server.ts'

let service: Service
beforeEach(async () => {
  service = await startService()
})
afterEach(() => service.close())

function probe(id: string, table: Record<string, unknown>, signal = AbortSignal.timeout(20_000)): Promise<Probe> {
  const notifier = NOTIFIERS.find(each => each.id === id)
  if (notifier === undefined) throw new TypeError(`no channel ${id}`)
  return notifier.open({ enabled: true, ...table }).probe({ signal, now: () => NOON })
}

const asked = (): string[] => service.arrived.map(({ method, url }) => `${method} ${url}`)

const OVER_HTTP: readonly (readonly [id: string, table: (url: string) => Record<string, unknown>])[] = [
  ['telegram', server => ({ server, bot_token: '1:s3cr3t', chat_id: 42 })],
  ['discord', url => ({ webhook_url: `${url}/api/webhooks/1/s3cr3t` })],
  ['ntfy', server => ({ server, topic: 's3cr3t' })],
  ['gotify', server => ({ server, token: 's3cr3t' })],
  ['slack', url => ({ webhook_url: `${url}/services/s3cr3t` })],
  ['webhook', url => ({ url: `${url}/s3cr3t` })],
  ['bark', server => ({ server, device_key: 's3cr3t' })],
  ['serverchan', server => ({ server, send_key: 's3cr3t' })],
  ['dingtalk', server => ({ server, access_token: 's3cr3t' })],
  ['feishu', url => ({ webhook_url: `${url}/hook/s3cr3t` })],
]

describe.each(OVER_HTTP)('%s', (id, table) => {
  it('says that nobody is there', async () => {
    const gone = await startService()
    await gone.close()
    expect(await probe(id, table(gone.url))).toEqual({ ok: false, error: expect.stringContaining('ECONNREFUSED') })
  })

  it('believes no certificate that nobody vouches for, but one of its own CA', async () => {
    const secure = await startService(certificate)
    secure.answer(reply(200, { ok: true, id: '1', healthy: true, health: 'green' }))
    try {
      expect(await probe(id, table(secure.url))).toEqual({ ok: false, error: expect.stringMatching(/self.signed/) })
      expect(secure.arrived).toEqual([])
      expect(await probe(id, { ...table(secure.url), ca: certificate.cert })).toMatchObject({ ok: true })
    } finally {
      await secure.close()
    }
  })
})

describe.each(OVER_HTTP.slice(0, 4))('%s', (id, table) => {
  it('takes no other service for the one it asks, shows no secret, and waits no longer than it may', async () => {
    service.answer(response => void response.end(`<html>${service.arrived[0].url}</html>`))
    const found = await probe(id, table(service.url))
    expect(found).toMatchObject({ ok: false })
    expect(JSON.stringify(found)).not.toContain('s3cr3t')
    service.answer(silence)
    const end = new AbortController()
    const waiting = probe(id, table(service.url), end.signal)
    await service.received(2)
    end.abort()
    expect(await waiting).toEqual({ ok: false, error: 'no answer in time' })
  })
})

describe.each(OVER_HTTP.slice(4))('%s', (id, table) => {
  it('connects, says nothing, and says that it knows no more', async () => {
    expect(await probe(id, table(service.url))).toEqual({
      ok: true,
      text: expect.stringMatching(
        /^127\.0\.0\.1 port \d+ answers, without TLS; whether it takes messages, only one shows/,
      ),
    })
    expect(service.arrived).toEqual([])
  })
})

it('telegram: asks for the bot and the chat, and sends nothing', async () => {
  const table = { server: service.url, bot_token: '1:s3cr3t', chat_id: 42 }
  service.answer(reply(200, { ok: true, result: {} }))
  expect(await probe('telegram', table)).toMatchObject({ ok: true })
  expect(asked()).toEqual(['GET /bot1:s3cr3t/getMe', 'POST /bot1:s3cr3t/getChat'])
  expect(JSON.parse(service.arrived[1].body)).toEqual({ chat_id: 42 })
  service.answer(reply(401, { ok: false, description: 'Unauthorized' }))
  expect(await probe('telegram', table)).toEqual({ ok: false, error: 'HTTP 401: Unauthorized' })
  service.answer(
    reply(200, { ok: true, result: {} }),
    reply(400, { ok: false, description: 'Bad Request: chat not found' }),
  )
  expect(await probe('telegram', table)).toEqual({ ok: false, error: 'HTTP 400: Bad Request: chat not found' })
})

it('discord: asks for the webhook', async () => {
  const table = { webhook_url: `${service.url}/api/webhooks/1/s3cr3t` }
  service.answer(reply(200, { type: 1, id: '1' }), reply(404, { message: 'Unknown Webhook', code: 10015 }))
  expect(await probe('discord', table)).toMatchObject({ ok: true })
  expect(await probe('discord', table)).toEqual({ ok: false, error: expect.stringContaining('Unknown Webhook') })
  expect(asked()).toEqual(Array(2).fill('GET /api/webhooks/1/s3cr3t'))
})

it.each([
  ['ntfy', { topic: 'x' }, { healthy: true }, { healthy: false }, 'GET /v1/health'],
  ['gotify', { token: 'x' }, { health: 'green', database: 'green' }, { health: 'orange' }, 'GET /health'],
])('%s: asks how the server is', async (id, table, good, bad, question) => {
  service.answer(reply(200, good), reply(200, bad))
  expect(await probe(id, { server: service.url, ...table })).toMatchObject({ ok: true })
  expect(await probe(id, { server: service.url, ...table })).toMatchObject({ ok: false })
  expect(asked()).toEqual([question, question])
})

describe('email', () => {
  const table = (port: number) => ({
    smtp_host: '127.0.0.1',
    smtp_port: port,
    from: 'guard@example.com',
    to: ['admin@example.com'],
    ca: certificate.cert,
    user: 'vpsguard',
    password: 'correct horse',
  })

  it('logs in over TLS and leaves, without a mail', async () => {
    const { port, mails } = await startMail({ authOptional: false })
    expect(await probe('email', table(port))).toEqual({
      ok: true,
      text: 'the server took the login; no mail was sent',
    })
    expect(mails).toEqual([])
  })

  it('says what is wrong: the password, the certificate, no STARTTLS', async () => {
    const { port } = await startMail()
    expect(await probe('email', { ...table(port), password: 'wrong-battery' })).toEqual({
      ok: false,
      error: expect.stringMatching(/^Invalid login/),
    })
    expect(await probe('email', { ...table(port), ca: undefined })).toMatchObject({ ok: false })
    const plain = await startMail({ disabledCommands: ['STARTTLS'] })
    expect(await probe('email', table(plain.port))).toMatchObject({ ok: false })
  })
})

it('command: looks whether the program may be run, and does not run it', async () => {
  expect(await probe('command', { command: ['/bin/sh', '-c', 'exit 1'] })).toMatchObject({ ok: true })
  const folder = mkdtempSync(join(tmpdir(), 'vpsguard-probe-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'text'), 'no program', { mode: 0o600 })
  expect(await probe('command', { command: [join(folder, 'text')] })).toMatchObject({ ok: false })
  expect(await probe('command', { command: [folder] })).toEqual({ ok: false, error: `${folder} is no program` })
  expect(await probe('command', { command: ['/not/there'] })).toEqual({
    ok: false,
    error: expect.stringContaining('ENOENT'),
  })
})

it('all channels of a config are asked at once', async () => {
  const channels = openChannels({
    webhook: { enabled: true, url: service.url },
    gotify: { enabled: true, server: service.url, token: 'x' },
  })
  service.answer(reply(503, 'later'))
  const signal = AbortSignal.timeout(20_000)
  expect(await probeChannels(channels, { policy: policy(), now: () => NOON, signal })).toEqual([
    { channel: 'webhook', found: { ok: true, text: expect.any(String) } },
    { channel: 'gotify', found: { ok: false, error: 'HTTP 503: later' } },
  ])
})
