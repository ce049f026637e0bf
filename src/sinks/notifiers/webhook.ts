import { z } from 'zod'
import type { Message } from '../../core/notification.ts'
import { escapeJson } from '../../core/text.ts'
import { formatTime, SECOND } from '../../core/time.ts'
import { defineNotifier, type SendContext } from '../../kit/define-notifier.ts'
import { createHmac } from '../hashing.ts'
import { exchange, judgeStatus, unreachable } from './support/http.ts'
import { checkHttps, HTTP_OPTIONS, headerId, headerText, serviceUrl } from './support/options.ts'
import { reach } from './support/probe.ts'

/** The message as webhooks and commands get it. `id` is the same on every attempt: a receiver drops repetitions by it. */
export function machineForm(message: Message, { id, group, host, now }: SendContext): string {
  return escapeJson(JSON.stringify({ version: 1, id, group, host, sent_at: formatTime(now()), ...message }))
}

/**
 * The signature of a body: HMAC-SHA256 over `<timestamp>.<body>`, hexadecimal. The timestamp (seconds) is signed with
 * it, so that a receiver can refuse an old body sent again.
 */
export function signBody(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`
}

export default defineNotifier({
  id: 'webhook',
  title: 'Webhook',
  description:
    'Posts JSON to an address of yours. With a secret, X-VPSGuard-Signature holds the HMAC-SHA256 of "<X-VPSGuard-Timestamp>.<body>".',
  options: {
    url: serviceUrl.describe('Where the JSON is sent.'),
    secret: z.string().min(8).optional().describe('Key of the signature; at least 8 characters.'),
    authorization: headerText.optional().describe('Value of the Authorization header, such as "Bearer ...".'),
    ...HTTP_OPTIONS,
  },
  secrets: ['url', 'secret', 'authorization'],
  files: ['ca'],
  check: ({ url, allow_http }) => checkHttps('url', url, allow_http),
  async send(message, { url, secret, authorization, ca }, context) {
    const body = machineForm(message, context)
    const timestamp = String(Math.floor(context.now() / SECOND))
    try {
      const answer = await exchange(
        {
          url,
          body,
          ca,
          signal: context.signal,
          headers: {
            'content-type': 'application/json; charset=utf-8',
            'idempotency-key': headerId(context.id),
            'x-vpsguard-id': headerId(context.id),
            'x-vpsguard-timestamp': timestamp,
            ...(secret === undefined ? {} : { 'x-vpsguard-signature': signBody(secret, timestamp, body) }),
            ...(authorization === undefined ? {} : { authorization }),
          },
        },
        context.now,
      )
      return judgeStatus(answer)
    } catch (error) {
      return unreachable(error, context.signal)
    }
  },
  probe: ({ url, ca }, context) => reach(url, ca, context),
})
