/** Channels over HTTP against a real server: what arrives, and what they make of its answers. */
import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Message } from '../../../src/core/notification.ts'
import type { Delivery, SendContext } from '../../../src/kit/define-notifier.ts'
import { NOTIFIERS } from '../../../src/sinks/notifiers/index.ts'
import { readRetryAfter } from '../../../src/sinks/notifiers/support/http.ts'
import { findingMessage } from '../../../src/sinks/notify/messages.ts'
import { addresses, context, HOSTILE, makeFinding, makeMessage, NOON } from '../notify/make.ts'
import { makeCertificate, reply, type Service, silence, startService } from './server.ts'

let service: Service
beforeEach(async () => {
  service = await startService()
})
afterEach(() => service.close())

interface Case {
  id: string
  /** The channel's table, given the server's address. */
  table: (url: string) => Record<string, unknown>
  /** What the service says when all is well. */
  good: object | string
  /** Secrets that must not come up in an error. */
  secrets: string[]
}

const CASES: Case[] = [
  {
    id: 'webhook',
    table: url => ({ url: `${url}/hook/s3cr3t-path`, secret: 'signing-key', authorization: 'Bearer s3cr3t-auth' }),
    good: '',
    secrets: ['s3cr3t-path', 'signing-key', 's3cr3t-auth'],
  },
  { id: 'slack', table: url => ({ webhook_url: `${url}/services/T/B/s3cr3t` }), good: 'ok', secrets: ['s3cr3t'] },
  { id: 'discord', table: url => ({ webhook_url: `${url}/api/webhooks/1/s3cr3t` }), good: '', secrets: ['s3cr3t'] },
  {
    id: 'telegram',
    table: url => ({ server: url, bot_token: '123456:s3cr3t-token', chat_id: '-100123' }),
    good: { ok: true, result: {} },
    secrets: ['s3cr3t-token'],
  },
  {
    id: 'ntfy',
    table: url => ({ server: url, topic: 's3cr3t-topic', token: 'tk_s3cr3t' }),
    good: { id: 'x' },
    secrets: ['s3cr3t'],
  },
  { id: 'gotify', table: url => ({ server: url, token: 'As3cr3t' }), good: { id: 1 }, secrets: ['s3cr3t'] },
  {
    id: 'bark',
    table: url => ({ server: url, device_key: 's3cr3tkey' }),
    good: { code: 200, message: 'success' },
    secrets: ['s3cr3tkey'],
  },
  {
    id: 'serverchan',
    table: url => ({ server: url, send_key: 'SCTs3cr3t' }),
    good: { code: 0, message: '' },
    secrets: ['s3cr3t'],
  },
  {
    id: 'dingtalk',
    table: url => ({ server: url, access_token: 's3cr3ttoken', secret: 'SECs3cr3t' }),
    good: { errcode: 0, errmsg: 'ok' },
    secrets: ['s3cr3t'],
  },
  {
    id: 'feishu',
    table: url => ({ webhook_url: `${url}/open-apis/bot/v2/hook/s3cr3t`, secret: 'feishu-s3cr3t' }),
    good: { code: 0, msg: 'success' },
    secrets: ['s3cr3t'],
  },
]

function open(id: string, table: Record<string, unknown>) {
  const notifier = NOTIFIERS.find(each => each.id === id)
  if (notifier === undefined) throw new TypeError(`no channel ${id}`)
  return notifier.open({ enabled: true, ...table })
}

const sending = (extra: Partial<SendContext> = {}): SendContext => ({
  id: 'webhook/f-1/first',
  group: 'f-1',
  host: 'web1',
  language: 'en',
  signal: AbortSignal.timeout(20_000),
  now: () => NOON,
  ...extra,
})

const send = (
  id: string,
  table: Record<string, unknown>,
  message: Message = makeMessage(),
  extra: Partial<SendContext> = {},
) => open(id, table).send(message, sending(extra))

const failure = (delivery: Delivery): Extract<Delivery, { ok: false }> => {
  if (delivery.ok) throw new TypeError('expected a failure')
  return delivery
}

/** The texts of a JSON value, wherever they stand. */
const textsOf = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsOf)
      : []

const sentJson = (): Record<string, never> => JSON.parse(service.arrived[0].body)

describe.each(CASES)('$id', ({ id, table, good, secrets }) => {
  it('delivers one POST of JSON in UTF-8 with title, reason and proof', async () => {
    service.answer(reply(200, good))
    expect(await send(id, table(service.url))).toEqual({ ok: true })
    expect(service.arrived).toHaveLength(1)
    const [{ method, headers, body }] = service.arrived
    expect(method).toBe('POST')
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(headers['user-agent']).toBe('vpsguard')
    expect(Number(headers['content-length'])).toBe(Buffer.byteLength(body))
    const plain = textsOf(JSON.parse(body)).join('\n').replaceAll('\\', '')
    expect(plain).toContain('failed SSH logins from 203.0.113.7')
    expect(plain).toContain('120 failures in 8 min; 10 are the limit.')
    expect(plain).toContain('Failed password for root from 203.0.113.7 port 4242')
  })

  it('tries again after 500, 503 and 429, and waits as long as the service asks', async () => {
    service.answer(reply(500, 'oops'), reply(503, '', { 'retry-after': '120' }), reply(429, '', { 'retry-after': '7' }))
    expect(await send(id, table(service.url))).toMatchObject({ ok: false, retry: true, error: 'HTTP 500: oops' })
    expect(await send(id, table(service.url))).toMatchObject({ ok: false, retry: true, retryAfter: 120_000 })
    expect(await send(id, table(service.url))).toMatchObject({ ok: false, retry: true, retryAfter: 7000 })
  })

  it('gives up a message that the service does not take, but not one for a wrong key', async () => {
    service.answer(reply(400, "can't parse the message"), reply(401, 'who are you'))
    expect(await send(id, table(service.url))).toMatchObject({ ok: false, retry: false })
    expect(await send(id, table(service.url))).toMatchObject({ ok: false, retry: true })
  })

  it('does not wait for ever for a service that says nothing', async () => {
    service.answer(silence)
    const end = new AbortController()
    const delivery = send(id, table(service.url), makeMessage(), { signal: end.signal })
    await service.received(1)
    end.abort()
    expect(await delivery).toEqual({ ok: false, retry: true, error: 'no answer in time' })
  })

  it('says that nobody is there', async () => {
    const gone = await startService()
    await gone.close()
    const delivery = failure(await send(id, table(gone.url)))
    expect(delivery).toMatchObject({ retry: true })
    expect(delivery.error).toMatch(/ECONNREFUSED/)
  })

  it('follows no redirect', async () => {
    const other = await startService()
    try {
      service.answer(reply(302, '', { location: `${other.url}/elsewhere?x=1` }), reply(200, good))
      const delivery = failure(await send(id, table(service.url)))
      expect(delivery.error).toBe(`HTTP 302: redirects to ${other.url} are not followed`)
      expect(service.arrived).toHaveLength(1)
      expect(other.arrived).toHaveLength(0)
    } finally {
      await other.close()
    }
  })

  it('reads no more of an endless answer than it needs', async () => {
    service.answer(response => {
      response.writeHead(500)
      const more = (): void => {
        while (response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    })
    const delivery = failure(await send(id, table(service.url)))
    expect(delivery.error.length).toBeLessThan(300)
  })

  it('shows no secret and no control character in an error, even if the service repeats it', async () => {
    service.answer(response => {
      const { url, headers, body } = service.arrived[0]
      response.writeHead(400).end(`\u001b[31m${url} ${headers.authorization ?? headers['x-gotify-key'] ?? ''} ${body}`)
    })
    const { error } = failure(await send(id, table(service.url)))
    for (const secret of secrets) expect(error).not.toContain(secret)
    expect(error).not.toMatch(/[\u0000-\u001f]/)
  })

  it.each(['en', 'zh_cn'] as const)('takes hostile text in %s', async language => {
    service.answer(reply(200, good))
    const finding = makeFinding({
      title: HOSTILE.join(' '),
      users: HOSTILE,
      reasons: HOSTILE.map(text => ({ text })),
      evidence: HOSTILE.map((text, line) => ({ path: '/x', line, offset: 0, text })),
      recommendations: HOSTILE,
    })
    const message = findingMessage(finding, context({ language }))
    expect(await send(id, table(service.url), message, { language })).toEqual({ ok: true })
    const { headers, body } = service.arrived[0]
    expect(Object.values(headers).join('\n')).not.toMatch(/evil|script/)
    const value: unknown = JSON.parse(body)
    // The machine form is data: there the receiver has the log as it is.
    if (id === 'webhook') return
    for (const text of textsOf(value)) expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/)
  })

  it('cuts a message that is far too long', async () => {
    service.answer(reply(200, good))
    const finding = makeFinding({
      title: '长'.repeat(5000),
      sources: addresses(5000),
      reasons: Array.from({ length: 100 }, () => ({ text: '😀&<*'.repeat(2000) })),
      evidence: Array.from({ length: 100 }, (_, line) => ({
        path: '/x',
        line,
        offset: 0,
        text: '证据<`'.repeat(5000),
      })),
      recommendations: ['# why\nrm -rf /'.repeat(9000)],
    })
    expect(await send(id, table(service.url), findingMessage(finding, context()))).toEqual({ ok: true })
    const body = sentJson()
    for (const text of textsOf(body)) expect(text.isWellFormed()).toBe(true)
    expect(LIMITS[id](body)).toEqual([])
  })
})

/** What in a request is longer than the service takes. */
const over = (what: string, size: number, limit: number): string[] =>
  size > limit ? [`${what}: ${size} > ${limit}`] : []
const bytes = (value: unknown): number => Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value))
// biome-ignore lint/suspicious/noExplicitAny: wire forms of ten services
type Wire = any
const LIMITS: Record<string, (wire: Wire) => string[]> = {
  webhook: wire => over('body', bytes(wire), 5_000_000),
  slack: wire => [
    ...over('text', wire.text.length, 40_000),
    ...over('header', wire.blocks[0].text.text.length, 150),
    ...over('section', wire.blocks[1].text.text.length, 3000),
  ],
  discord: ({ embeds: [embed] }) => [
    ...over('title', embed.title.length, 256),
    ...over('description', embed.description.length, 4096),
    ...over('all', embed.title.length + embed.description.length, 6000),
  ],
  telegram: wire => over('text', wire.text.length, 4096),
  ntfy: wire => [...over('message', bytes(wire.message), 4096), ...over('title', bytes(wire.title), 256)],
  gotify: wire => over('message', bytes(wire.message), 16_384),
  bark: wire => over('notification', bytes(wire), 4096 - 300),
  serverchan: wire => [...over('title', wire.title.length, 32), ...over('desp', bytes(wire.desp), 32_768)],
  dingtalk: wire => over('body', bytes(wire), 20_000),
  feishu: wire => over('body', bytes(wire), 20_000),
}

describe('the wire form', () => {
  it('webhook: signs timestamp and body, and names the notice', async () => {
    await send('webhook', { url: `${service.url}/hook`, secret: 'signing-key' })
    const [{ headers, body }] = service.arrived
    const timestamp = String(headers['x-vpsguard-timestamp'])
    expect(timestamp).toBe(String(NOON / 1000))
    const expected = createHmac('sha256', 'signing-key').update(`${timestamp}.${body}`).digest('hex')
    expect(headers['x-vpsguard-signature']).toBe(`sha256=${expected}`)
    expect(headers['x-vpsguard-id']).toBe('webhook/f-1/first')
    expect(headers['idempotency-key']).toBe('webhook/f-1/first')
    expect(JSON.parse(body)).toMatchObject({
      version: 1,
      id: 'webhook/f-1/first',
      group: 'f-1',
      kind: 'finding',
      severity: 'medium',
      payload: { finding: { id: 'f-1', rule: 'brute-force', sources: ['203.0.113.7'] } },
    })
  })

  it('webhook: without a secret there is no signature', async () => {
    await send('webhook', { url: service.url })
    expect(service.arrived[0].headers).not.toHaveProperty('x-vpsguard-signature')
  })

  it('slack: nothing of a text can mention or link', async () => {
    await send(
      'slack',
      { webhook_url: service.url },
      makeMessage({ title: '<!channel>', lines: ['<!here> & ```'], evidence: ['a ``` b'] }),
    )
    const { text, blocks } = sentJson() as Wire
    expect(text).toBe('&lt;!channel&gt;')
    expect(blocks[1].text).toMatchObject({ type: 'mrkdwn', verbatim: true })
    expect(blocks[1].text.text).toContain('&lt;!here&gt; &amp; ˋˋˋ')
    expect(blocks[1].text.text).not.toMatch(/<(?!\/)/)
    expect(blocks[1].text.text.match(/```/g)).toHaveLength(4)
  })

  it('discord: nobody is mentioned, markup is escaped', async () => {
    await send('discord', { webhook_url: service.url }, makeMessage({ lines: ['@everyone **x** [a](http://b)'] }))
    const { allowed_mentions, embeds } = sentJson() as Wire
    expect(allowed_mentions).toEqual({ parse: [] })
    expect(embeds[0].description).toContain('\\@everyone \\*\\*x\\*\\* \\[a\\](http\\://b)')
    expect(embeds[0].color).toBe(0xe0a100)
  })

  it('discord: waits as long as its JSON says', async () => {
    service.answer(reply(429, { retry_after: 1.5, global: false }, { 'retry-after': '2' }))
    expect(await send('discord', { webhook_url: service.url })).toMatchObject({ retryAfter: 1500 })
  })

  it('telegram: HTML that stays well formed when it is cut', async () => {
    service.answer(reply(200, { ok: true }))
    const lines = Array.from({ length: 60 }, (_, index) => `<b>${index}</b> & ${'<'.repeat(index)}`)
    await send('telegram', { server: service.url, bot_token: '1:a', chat_id: 42 }, makeMessage({ lines }))
    expect(service.arrived[0].url).toBe('/bot1:a/sendMessage')
    const { text, parse_mode, chat_id, link_preview_options } = sentJson() as Wire
    expect({ parse_mode, chat_id, link_preview_options }).toEqual({
      parse_mode: 'HTML',
      chat_id: 42,
      link_preview_options: { is_disabled: true },
    })
    expect(text.replace(/<\/?(b|pre)>/g, '')).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot|#39|#96);)/)
    expect(text).toMatch(/…$/)
    for (const tag of ['b', 'pre']) expect(text.split(`<${tag}>`).length).toBe(text.split(`</${tag}>`).length)
  })

  it('telegram: waits as long as its JSON says, and takes no other service for itself', async () => {
    service.answer(
      reply(429, { ok: false, description: 'Too Many Requests', parameters: { retry_after: 35 } }),
      reply(200, 'hello'),
    )
    const table = { server: service.url, bot_token: '1:a', chat_id: 42 }
    expect(await send('telegram', table)).toEqual({
      ok: false,
      retry: true,
      error: 'HTTP 429: Too Many Requests',
      retryAfter: 35_000,
    })
    expect(failure(await send('telegram', table)).error).toContain('not an answer of Telegram')
  })

  it('telegram: a chat that is not there waits for a person', async () => {
    service.answer(reply(400, { ok: false, error_code: 400, description: 'Bad Request: chat not found' }))
    expect(await send('telegram', { server: service.url, bot_token: '1:a', chat_id: 42 })).toMatchObject({
      retry: true,
    })
  })

  it('an id that no header may hold is written so that one may', async () => {
    await send('webhook', { url: service.url }, makeMessage(), { id: 'webhook/health/日志\r\nX: y' })
    expect(service.arrived[0].headers['x-vpsguard-id']).toBe('webhook/health/%E6%97%A5%E5%BF%97%0D%0AX:%20y')
  })

  it('ntfy: title and topic in the body, the token in a header', async () => {
    await send(
      'ntfy',
      { server: service.url, topic: 'alerts', token: 'tk_1' },
      makeMessage({ title: '高危\r\nX: y', severity: 'high' }),
    )
    const [{ url, headers }] = service.arrived
    expect(url).toBe('/')
    expect(headers.authorization).toBe('Bearer tk_1')
    expect(sentJson()).toMatchObject({
      topic: 'alerts',
      title: '高危 X: y',
      priority: 4,
      tags: ['vpsguard', 'high', 'finding'],
    })
  })

  it('ntfy: user and password', async () => {
    await send('ntfy', { server: service.url, topic: 'alerts', user: 'phil', password: 'mypass' })
    expect(service.arrived[0].headers.authorization).toBe('Basic cGhpbDpteXBhc3M=')
  })

  it('gotify: the token in a header, Markdown, a priority', async () => {
    await send('gotify', { server: `${service.url}/push/`, token: 'Abc' }, makeMessage({ severity: 'critical' }))
    const [{ url, headers }] = service.arrived
    expect(url).toBe('/push/message')
    expect(headers['x-gotify-key']).toBe('Abc')
    expect(sentJson()).toMatchObject({ priority: 10, extras: { 'client::display': { contentType: 'text/markdown' } } })
  })

  it('a secret that the end of the error has cut is hidden too', async () => {
    const token = 'Along-and-s3cret-token'
    for (let before = 170; before < 205; before++) {
      service.answer(reply(500, `${'x'.repeat(before)}${token}`))
      const { error } = failure(await send('gotify', { server: service.url, token }))
      expect(error).not.toMatch(/Along/)
    }
  })

  it('bark: one notification a group', async () => {
    service.answer(reply(200, { code: 200 }))
    const table = { server: service.url, device_key: 'key1' }
    await send('bark', table)
    await send('bark', table, makeMessage(), { id: 'bark/f-1/other' })
    await send('bark', table, makeMessage(), { group: 'f-2' })
    const ids = service.arrived.map(({ body }) => JSON.parse(body).id)
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
    expect(service.arrived[0].url).toBe('/push')
  })

  it.each([
    ['bark', { device_key: 'key1' }, { code: 400, message: 'device token invalid' }, 'code 400: device token invalid'],
    ['serverchan', { send_key: 'SCT1' }, { code: 40001, message: 'bad pushkey' }, 'code 40001: bad pushkey'],
    [
      'dingtalk',
      { access_token: 'abcd' },
      { errcode: 310000, errmsg: 'sign not match' },
      'errcode 310000: sign not match',
    ],
  ])('%s: a refusal in an answer of status 200 is one', async (id, table, answer, error) => {
    service.answer(reply(200, answer))
    expect(await send(id, { server: service.url, ...table })).toEqual({ ok: false, retry: true, error })
  })

  it.each([
    ['bark', { device_key: 'key1' }],
    ['serverchan', { send_key: 'SCT1' }],
    ['dingtalk', { access_token: 'abcd' }],
  ])('%s: garbage is no delivery', async (id, table) => {
    service.answer(reply(200, '<html>captive portal</html>'))
    expect(failure(await send(id, { server: service.url, ...table })).error).toContain('not an answer of this service')
  })

  it('dingtalk: signs the moment with the secret', async () => {
    service.answer(reply(200, { errcode: 0 }))
    await send('dingtalk', { server: service.url, access_token: 'abcd', secret: 'SECx' })
    const { searchParams, pathname } = new URL(service.arrived[0].url, service.url)
    expect(pathname).toBe('/robot/send')
    expect(searchParams.get('access_token')).toBe('abcd')
    expect(searchParams.get('timestamp')).toBe(String(NOON))
    expect(searchParams.get('sign')).toBe(createHmac('sha256', 'SECx').update(`${NOON}\nSECx`).digest('base64'))
  })

  it('feishu: signs the moment, and its card has only plain text', async () => {
    service.answer(reply(200, { code: 0 }))
    await send('feishu', { webhook_url: service.url, secret: 'abc' })
    const { timestamp, sign, card } = sentJson() as Wire
    expect(timestamp).toBe(String(NOON / 1000))
    expect(sign).toBe(createHmac('sha256', `${timestamp}\nabc`).digest('base64'))
    expect(card.elements.map((element: Wire) => element.text.tag)).toEqual(['plain_text'])
    expect(card.header.template).toBe('yellow')
  })

  it('feishu: too fast is a pause', async () => {
    service.answer(reply(200, { code: 11232, msg: 'frequency limited' }))
    expect(await send('feishu', { webhook_url: service.url })).toMatchObject({ retry: true, retryAfter: 60_000 })
  })
})

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Sat, 21 Nov 2026 12:01:00 GMT', 60_000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
    ['999999999', 86_400_000],
    ['-5', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('%s', (value, wait) => {
    expect(readRetryAfter(value, NOON)).toBe(wait)
  })
})

describe('TLS', () => {
  const certificate = makeCertificate()

  it('a certificate that nobody vouches for is refused; with its CA named it is not', async () => {
    const secure = await startService(certificate)
    try {
      const refused = failure(await send('webhook', { url: secure.url }))
      expect(refused.retry).toBe(true)
      expect(refused.error).toMatch(/self.signed/)
      expect(secure.arrived).toHaveLength(0)
      expect(await send('webhook', { url: secure.url, ca: certificate.cert })).toEqual({ ok: true })
      expect(secure.arrived).toHaveLength(1)
    } finally {
      await secure.close()
    }
  })
})
