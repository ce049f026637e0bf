import { z } from 'zod'
import { SECOND } from '../../core/time.ts'
import { defineNotifier } from '../../kit/define-notifier.ts'
import { answerObject, type HttpAnswer, judgeStatus, postJson, shown } from './support/http.ts'
import { fitText, HTML, inCharacters, piecesOf, titlePiece } from './support/layout.ts'
import { checkHttps, HTTP_OPTIONS, serviceUrl, under } from './support/options.ts'

/** Characters of a message (Bot API, sendMessage); counted here with the markup, so that it is always short enough. */
const LIMIT = 4096

function judge(answer: HttpAnswer) {
  const said = answerObject(answer.body)
  const parameters = said?.parameters
  const wait =
    typeof parameters === 'object' && parameters !== null && 'retry_after' in parameters
      ? parameters.retry_after
      : undefined
  const waiting = typeof wait === 'number' && wait >= 0 ? { ...answer, retryAfter: wait * SECOND } : answer
  const status = judgeStatus(waiting, shown(String(said?.description ?? answer.body)))
  // Status 400 also means a chat that is not there, which a person can put right: only the message's own faults are final.
  if (!status.ok && answer.status === 400) return { ...status, retry: !/parse|too long|empty/.test(status.error) }
  if (!status.ok || said?.ok === true) return status
  return { ok: false, retry: true, error: `not an answer of Telegram: ${shown(answer.body)}` } as const
}

export default defineNotifier({
  id: 'telegram',
  title: 'Telegram',
  description: 'Sends messages of a Telegram bot to a chat.',
  options: {
    bot_token: z
      .string()
      .regex(/^\d+:[\w-]+$/, { error: 'expected a token as BotFather gives it, such as 123456:ABC-DEF' })
      .describe('Token of the bot.'),
    chat_id: z
      .union([z.string().regex(/^(-?\d+|@\w+)$/), z.int()], {
        error: 'expected the number of a chat, or @name of a channel',
      })
      .describe('The chat: a number, or @name of a channel.'),
    server: serviceUrl.default('https://api.telegram.org').describe('Address of the Bot API.'),
    ...HTTP_OPTIONS,
  },
  secrets: ['bot_token'],
  files: ['ca'],
  check: ({ server, allow_http }) => checkHttps('server', server, allow_http),
  send(message, { server, bot_token, chat_id, ca }, context) {
    const value = {
      chat_id,
      text: fitText([titlePiece(message, HTML), ...piecesOf(message, HTML, context.language)], LIMIT, inCharacters),
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
      disable_notification: message.severity === 'low' || message.severity === 'info',
    }
    return postJson({ url: under(server, `bot${bot_token}/sendMessage`), value, ca }, context, judge)
  },
})
