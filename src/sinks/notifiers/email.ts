import { z } from 'zod'
import type { Message } from '../../core/notification.ts'
import { escapeHtml } from '../../core/text.ts'
import { SECOND } from '../../core/time.ts'
import { type Delivery, defineNotifier, type SendContext } from '../../kit/define-notifier.ts'
import { createHash } from '../hashing.ts'
import { shown } from './support/http.ts'
import { fitLine, fitText, HTML, inBytes, inCharacters, PLAIN, piecesOf, titlePiece } from './support/layout.ts'
import { COLORS, headerId, isLoopback } from './support/options.ts'
import { probeOf } from './support/probe.ts'

/** A subject that every mail program shows in one line. */
const SUBJECT = 180
const BODY = 64 * 1024

/** One address, as it stands in an envelope; no list, no name, nothing that could begin another header. */
const address = z.email({ error: 'expected one mail address, such as admin@example.com' }).max(254)

const TLS = ['starttls', 'tls', 'none'] as const

function html(message: Message, { language }: SendContext): string {
  const color = `#${COLORS[message.severity].toString(16).padStart(6, '0')}`
  const body = fitText(piecesOf(message, HTML, language), BODY, inBytes, '<br>\n')
  return (
    '<!doctype html><html><body style="font-family:sans-serif">' +
    `<h2 style="border-left:6px solid ${color};padding-left:8px">${escapeHtml(message.title)}</h2>` +
    `<p>${body}</p></body></html>`
  )
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

/** The Message-ID of the group's first mail, which later ones answer, so that mail programs show one conversation. */
function threadOf({ previous }: SendContext): string | undefined {
  const reference = previous?.reference ?? ''
  return /^<[^\s<>]+>$/.test(reference) ? reference : undefined
}

/** What nodemailer's errors mean. A refusal that names a 5xx is final (RFC 5321, 4.2.1), but not one of the login. */
function judgeError(error: unknown, signal: AbortSignal): Delivery {
  if (signal.aborted) return { ok: false, retry: true, error: 'no answer in time' }
  const { code, responseCode, message } = { code: '', responseCode: 0, message: String(error), ...readError(error) }
  const final = responseCode >= 500 && (code === 'EENVELOPE' || code === 'EMESSAGE')
  return { ok: false, retry: !final, error: shown(message) }
}

function readError(error: unknown): { code?: string; responseCode?: number; message?: string } {
  if (!(error instanceof Error)) return {}
  return {
    message: error.message,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...('responseCode' in error && typeof error.responseCode === 'number' ? { responseCode: error.responseCode } : {}),
  }
}

interface ServerOptions {
  smtp_host: string
  smtp_port: number
  tls: (typeof TLS)[number]
  user?: string | undefined
  password?: string | undefined
  ca?: string | undefined
}

async function openTransport(options: ServerOptions) {
  const { smtp_host, smtp_port, tls, user, password, ca } = options
  const timeout = 15 * SECOND
  // Loaded when the first mail goes out: a daemon that sends none does without their 20 MB.
  const { createTransport } = await import('nodemailer')
  const { getCACertificates } = await import('node:tls')
  return createTransport({
    host: smtp_host.replace(/^\[|\]$/g, ''),
    port: smtp_port,
    secure: tls === 'tls',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
    tls: { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca: [...getCACertificates('default'), ca] }) },
    ...(user === undefined || password === undefined ? {} : { auth: { user, pass: password } }),
    // Nothing of a message may name a file or an address to be fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

export default defineNotifier({
  id: 'email',
  title: 'Email',
  description: 'Sends mail through an SMTP server, with TLS; plain only to this machine and without a password.',
  options: {
    smtp_host: z
      .string()
      .regex(/^[\w.:[\]-]+$/, { error: 'expected a host name or an address' })
      .describe('The SMTP server.'),
    smtp_port: z.int().min(1).max(65_535).default(587).describe('Its port: 587 with starttls, 465 with tls.'),
    tls: z
      .enum(TLS)
      .default('starttls')
      .describe('"starttls" (never without encryption), "tls" from the first byte, or "none" (this machine only).'),
    user: z.string().min(1).optional().describe('Login name.'),
    password: z.string().min(1).optional().describe('Password of the login.'),
    from: address.describe('Address of the sender.'),
    to: z.array(address).min(1).max(50).describe('Addresses of the recipients.'),
    subject_prefix: z.string().max(50).default('').describe('Put before the subject, for filters.'),
    ca: z.string().includes('-----BEGIN CERTIFICATE-----').optional().describe('PEM certificates of a private CA.'),
  },
  secrets: ['password'],
  files: ['ca'],
  check({ smtp_host, tls, user, password }) {
    if ((user === undefined) !== (password === undefined))
      return { key: 'user', message: 'expected user and password together' }
    if (tls === 'none' && user !== undefined)
      return { key: 'tls', message: 'expected starttls or tls where a password is sent' }
    if (tls === 'none' && !isLoopback(smtp_host))
      return { key: 'tls', message: 'expected starttls or tls: none is for a server on this machine' }
    return undefined
  },
  async send(message, options, context) {
    const { from, to, subject_prefix } = options
    const transport = await openTransport(options)
    // Closing ends a connection that hangs.
    const stop = (): void => transport.close()
    context.signal.addEventListener('abort', stop, { once: true })
    const domain = from.slice(from.lastIndexOf('@') + 1)
    // The same on every attempt: servers and programs drop a repetition by it.
    const messageId = `<vpsguard.${digest(context.id)}@${domain}>`
    const thread = threadOf(context)
    // Some mail programs show one conversation only under one subject. What is worse keeps a subject of its own.
    const before = thread !== undefined && context.previous?.worse === false ? context.previous.title : undefined
    const prefix = `${before === undefined ? '' : 'Re: '}${subject_prefix === '' ? '' : `${subject_prefix} `}`
    const pieces = piecesOf(message, PLAIN, context.language)
    try {
      const mail = {
        from,
        to,
        subject: fitLine(`${prefix}${before ?? message.title}`, SUBJECT, inCharacters),
        text: fitText(before === undefined ? pieces : [titlePiece(message, PLAIN), ...pieces], BODY, inBytes),
        html: html(message, context),
        messageId,
        ...(thread === undefined ? {} : { inReplyTo: thread, references: thread }),
        date: new Date(context.now()),
        priority:
          message.severity === 'critical' || message.severity === 'high' ? ('high' as const) : ('normal' as const),
        headers: { 'Auto-Submitted': 'auto-generated', 'X-VPSGuard-Id': headerId(context.id) },
        signal: context.signal,
      }
      const { rejected } = await transport.sendMail(mail)
      const sent = { ok: true, reference: thread ?? messageId } as const
      return rejected.length === 0 ? sent : { ...sent, note: shown(`refused for ${rejected.join(', ')}`) }
    } catch (error) {
      return judgeError(error, context.signal)
    } finally {
      context.signal.removeEventListener('abort', stop)
      transport.close()
    }
  },
  async probe(options, { signal }) {
    const transport = await openTransport(options)
    const stop = (): void => transport.close()
    signal.addEventListener('abort', stop, { once: true })
    try {
      // EHLO, STARTTLS and the login, then QUIT.
      await transport.verify()
      const login = options.user === undefined ? 'the server answers' : 'the server took the login'
      return { ok: true, text: `${login}; no mail was sent` }
    } catch (error) {
      return probeOf(judgeError(error, signal), '')
    } finally {
      signal.removeEventListener('abort', stop)
      transport.close()
    }
  },
})
