import { z } from 'zod'
import type { Severity } from '../../core/finding.ts'
import { SECOND } from '../../core/time.ts'
import { defineNotifier } from '../../kit/define-notifier.ts'
import { createHmac } from '../hashing.ts'
import { judgeCode, postJson } from './support/http.ts'
import { fitLine, fitText, inCharacters, inJsonBytes, PLAIN, piecesOf } from './support/layout.ts'
import { checkHttps, HTTP_OPTIONS, serviceUrl } from './support/options.ts'
import { reach } from './support/probe.ts'

/** Bytes of a request are 20 K at most. */
const TEXT = 16_000
const TITLE = 150
/** "Too many requests": 100 a minute, 5 a second. */
const BUSY = [9499, 11232]

const TEMPLATE: Readonly<Record<Severity, string>> = {
  critical: 'red',
  high: 'orange',
  medium: 'yellow',
  low: 'blue',
  info: 'grey',
}

export default defineNotifier({
  id: 'feishu',
  title: 'Feishu / Lark',
  description: 'Posts a card as a custom bot of a Feishu or Lark group.',
  options: {
    webhook_url: serviceUrl.describe('The address of the bot.'),
    secret: z.string().min(1).optional().describe("The bot's signing secret."),
    ...HTTP_OPTIONS,
  },
  secrets: ['webhook_url', 'secret'],
  files: ['ca'],
  check: ({ webhook_url, allow_http }) => checkHttps('webhook_url', webhook_url, allow_http),
  send(message, { webhook_url, secret, ca }, context) {
    const timestamp = String(Math.floor(context.now() / SECOND))
    // Plain text elements: in Feishu's Markdown a text of the log could mention everybody.
    const value = {
      ...(secret === undefined
        ? {}
        : { timestamp, sign: createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64') }),
      msg_type: 'interactive',
      card: {
        header: {
          title: { tag: 'plain_text', content: fitLine(message.title, TITLE, inCharacters) },
          template: TEMPLATE[message.severity],
        },
        elements: [
          {
            tag: 'div',
            text: {
              tag: 'plain_text',
              content: fitText(piecesOf(message, PLAIN, context.language), TEXT, inJsonBytes),
            },
          },
        ],
      },
    }
    return postJson({ url: webhook_url, value, ca }, context, judgeCode('code', 0, 'msg', BUSY))
  },
  probe: ({ webhook_url, ca }, context) => reach(webhook_url, ca, context),
})
