/** Mail through a real SMTP server: STARTTLS, TLS, logins, refusals. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { Message } from '../../../src/core/notification.ts'
import type { SendContext } from '../../../src/kit/define-notifier.ts'
import email from '../../../src/sinks/notifiers/email.ts'
import { HOSTILE, makeMessage, NOON } from '../notify/make.ts'
import { certificate, closers, startMail } from './mail-server.ts'

const LOGIN = { user: 'vpsguard', password: 'correct horse' }

function send(
  port: number,
  table: Record<string, unknown>,
  message: Message = makeMessage(),
  extra: Partial<SendContext> = {},
) {
  return email
    .open({
      enabled: true,
      smtp_host: '127.0.0.1',
      smtp_port: port,
      from: 'guard@example.com',
      to: ['admin@example.com'],
      ca: certificate.cert,
      ...table,
    })
    .send(message, {
      id: 'email/f-1/first',
      group: 'f-1',
      host: 'web1',
      language: 'en',
      signal: AbortSignal.timeout(20_000),
      now: () => NOON,
      ...extra,
    })
}

/** Headers of a mail, unfolded, encoded words decoded; names in lower case. */
function headersOf(raw: string): Map<string, string> {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replace(/\r\n[ \t]+/g, ' ')
  const decode = (text: string): string =>
    text.replace(/\?= =\?/g, '?==?').replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, data: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(data, 'base64').toString('utf8')
        : Buffer.from(
            data
              .replaceAll('_', ' ')
              .replace(/=([0-9A-F]{2})/g, (__, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
            'latin1',
          ).toString('utf8'),
    )
  return new Map(
    head
      .split('\r\n')
      .map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), decode(line.slice(line.indexOf(':') + 1).trim())]),
  )
}

describe('email', () => {
  it('STARTTLS with a login: the mail arrives encrypted, as text and HTML', async () => {
    const { port, mails } = await startMail({ authOptional: false })
    expect(await send(port, LOGIN)).toMatchObject({ ok: true })
    expect(mails).toHaveLength(1)
    const [{ raw, ...mail }] = mails
    expect(mail).toEqual({ from: 'guard@example.com', to: ['admin@example.com'], secure: true, user: 'vpsguard' })
    const headers = headersOf(raw)
    expect(headers.get('subject')).toBe('[web1] Medium: 120 failed SSH logins from 203.0.113.7')
    expect(headers.get('auto-submitted')).toBe('auto-generated')
    expect(headers.get('content-type')).toMatch(/^multipart\/alternative/)
    expect(raw).toContain('Failed password for root from 203.0.113.7')
  })

  it('TLS from the first byte', async () => {
    const { port, mails } = await startMail({ secure: true, authOptional: false })
    expect(await send(port, { ...LOGIN, tls: 'tls' })).toMatchObject({ ok: true })
    expect(mails[0]).toMatchObject({ secure: true, user: 'vpsguard' })
  })

  it('plain to this machine, without a login', async () => {
    const { port, mails } = await startMail({ hideSTARTTLS: true })
    expect(await send(port, { tls: 'none' })).toMatchObject({ ok: true })
    expect(mails[0]).toMatchObject({ secure: false })
  })

  it('never sends in the clear where STARTTLS was asked for and is not offered', async () => {
    const { port, mails } = await startMail({ disabledCommands: ['STARTTLS'] })
    expect(await send(port, LOGIN)).toMatchObject({ ok: false, retry: true })
    expect(mails).toHaveLength(0)
  })

  it('believes no certificate that nobody vouches for', async () => {
    const { port, mails } = await startMail()
    const delivery = await send(port, { ...LOGIN, ca: undefined })
    expect(delivery).toMatchObject({ ok: false, retry: true })
    expect(mails).toHaveLength(0)
  })

  it('a wrong password is tried again later, and never shown', async () => {
    const { port } = await startMail()
    const delivery = await send(port, { ...LOGIN, password: 'wrong-battery' })
    expect(delivery).toMatchObject({ ok: false, retry: true })
    expect(JSON.stringify(delivery)).toMatch(/Invalid login/)
    expect(JSON.stringify(delivery)).not.toMatch(/wrong-battery/)
  })

  it('a refused recipient is final; with another who is taken it is a note', async () => {
    const { port, mails } = await startMail()
    expect(await send(port, { ...LOGIN, to: ['nobody@example.com'] })).toMatchObject({ ok: false, retry: false })
    expect(await send(port, { ...LOGIN, to: ['nobody@example.com', 'admin@example.com'] })).toMatchObject({
      ok: true,
      note: 'refused for nobody@example.com',
    })
    expect(mails.map(({ to }) => to)).toEqual([['admin@example.com']])
  })

  it('a server that says "later" is tried again', async () => {
    const { port } = await startMail({
      onMailFrom: (_address, _session, done) => done(Object.assign(new Error('Greylisted'), { responseCode: 451 })),
    })
    expect(await send(port, LOGIN)).toMatchObject({ ok: false, retry: true })
  })

  it('a server that never greets does not hold us, and one that talks nonsense fails', async () => {
    const sockets: Socket[] = []
    const start = async (greet: (socket: Socket) => void): Promise<{ server: Server; port: number }> => {
      const server = createServer(socket => {
        sockets.push(socket)
        socket.on('error', () => {})
        greet(socket)
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      closers.push(async () => {
        for (const socket of sockets) socket.destroy()
        server.close()
        await once(server, 'close')
      })
      return { server, port: (server.address() as AddressInfo).port }
    }
    const mute = await start(() => {})
    const end = new AbortController()
    const delivery = send(mute.port, LOGIN, makeMessage(), { signal: end.signal })
    await once(mute.server, 'connection')
    end.abort()
    expect(await delivery).toEqual({ ok: false, retry: true, error: 'no answer in time' })
    const mad = await start(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    expect(await send(mad.port, LOGIN)).toMatchObject({ ok: false, retry: true })
  })

  it('a subject cannot begin another header, and the text cannot become markup', async () => {
    const { port, mails } = await startMail()
    const title = `x\r\nBcc: victim@example.org\r\n\r\n${HOSTILE[0]}`
    expect(await send(port, LOGIN, makeMessage({ title, lines: HOSTILE, evidence: HOSTILE }))).toMatchObject({
      ok: true,
    })
    const [{ raw, to }] = mails
    expect(to).toEqual(['admin@example.com'])
    const headers = headersOf(raw)
    expect(headers.has('bcc')).toBe(false)
    expect(headers.get('subject')).toContain('x Bcc: victim@example.org')
    expect(raw).not.toContain('<script>alert(1)</script>\r\n</h2>')
    const html = raw.slice(raw.indexOf('Content-Type: text/html'))
    expect(html).not.toContain('<script>')
  })

  it('the same notice has the same Message-ID on every attempt', async () => {
    const { port, mails } = await startMail()
    await send(port, LOGIN)
    await send(port, LOGIN)
    const [first, again] = mails.map(({ raw }) => headersOf(raw))
    expect(first.get('message-id')).toMatch(/^<vpsguard\.[0-9a-f]{32}@example\.com>$/)
    expect(again.get('message-id')).toBe(first.get('message-id'))
    for (const name of ['references', 'in-reply-to']) expect(first.has(name)).toBe(false)
  })

  it('later mails of a group answer the first; one that is not worse has its subject, and the news in its text', async () => {
    const { port, mails } = await startMail()
    const sent = await send(port, { ...LOGIN, subject_prefix: '[guard]' })
    const reference = sent.ok ? sent.reference : undefined
    const update = (severity: 'medium' | 'critical', worse: boolean, before = reference ?? '') =>
      send(
        port,
        { ...LOGIN, subject_prefix: '[guard]' },
        makeMessage({ kind: 'update', severity, title: `[web1] ${severity}: Update: 240 failed SSH logins` }),
        { id: `email/f-1/${severity}`, previous: { reference: before, title: makeMessage().title, worse } },
      )
    const grown = await update('medium', false)
    const worse = await update('critical', true, grown.ok ? grown.reference : undefined)
    expect(worse).toEqual({ ok: true, reference })
    const [first, ...later] = mails.map(({ raw }) => headersOf(raw))
    expect(first.get('message-id')).toBe(reference)
    for (const headers of later) {
      expect(headers.get('message-id')).not.toBe(reference)
      expect(headers.get('in-reply-to')).toBe(reference)
      expect(headers.get('references')).toBe(reference)
    }
    expect(later.map(headers => headers.get('subject'))).toEqual([
      'Re: [guard] [web1] Medium: 120 failed SSH logins from 203.0.113.7',
      '[guard] [web1] critical: Update: 240 failed SSH logins',
    ])
    const text = mails[1].raw.slice(0, mails[1].raw.indexOf('Content-Type: text/html'))
    expect(text).toContain('[web1] medium: Update: 240 failed SSH logins')
  })

  it('a reference that is none begins no header', async () => {
    const { port, mails } = await startMail()
    const reference = '<x@example.com>\r\nBcc: victim@example.org'
    await send(port, LOGIN, makeMessage({ kind: 'update' }), { previous: { reference, title: 'x', worse: false } })
    const headers = headersOf(mails[0].raw)
    for (const name of ['bcc', 'references', 'in-reply-to']) expect(headers.has(name)).toBe(false)
  })

  it('Chinese arrives as Chinese', async () => {
    const { port, mails } = await startMail()
    await send(
      port,
      { ...LOGIN, subject_prefix: '[guard]' },
      makeMessage({ title: '[web1] 高危：单一来源反复登录失败' }),
      { language: 'zh_cn' },
    )
    expect(headersOf(mails[0].raw).get('subject')).toBe('[guard] [web1] 高危：单一来源反复登录失败')
  })

  it.each([
    [{ tls: 'none', smtp_host: 'mail.example.com' }, /on this machine/],
    [{ tls: 'none', ...LOGIN }, /password/],
    [{ user: 'x' }, /together/],
    [{ to: ['a@example.com, b@example.com'] }, /one mail address/],
    [{ from: 'x@example.com\r\nBcc: y@example.com' }, /one mail address/],
  ])('refuses %j', (table, message) => {
    expect(() =>
      email.open({ enabled: true, smtp_host: '127.0.0.1', from: 'guard@example.com', to: ['a@example.com'], ...table }),
    ).toThrow(message)
  })
})
