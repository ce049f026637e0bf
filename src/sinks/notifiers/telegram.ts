import { z } from 'zod'
import { SECOND } from '../../core/time.ts'
import { defineNotifier } from '../../kit/define-notifier.ts'
import { answerObject, type HttpAnswer, isEditRefused, judgeStatus, postJson, shown } from './support/http.ts'
import { fitText, HTML, inCharacters, piecesOf, titlePiece } from './support/layout.ts'
import { checkHttps, HTTP_OPTIONS, serviceUrl, under } from './support/options.ts'
import { ask } from './support/probe.ts'

/** Characters of a message (Bot API, sendMessage); counted here with the markup, so that it is always short enough. */
const LIMIT = 4096

/** The message that an answer is about; its ids count within the bot's chat, so that the reference names both. */
function messageId({ body }: HttpAnswer): number | undefined {
  const result = answerObject(body)?.result
  const id = typeof result === 'object' && result !== null && 'message_id' in result ? result.message_id : undefined
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : undefined
}

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
  edits: true,
  check: ({ server, allow_http }) => checkHttps('server', server, allow_http),
  async send(message, { server, bot_token, chat_id, ca }, context) {
    const { previous } = context
    const quiet = previous !== undefined && !previous.worse
    const place = `${bot_token.slice(0, bot_token.indexOf(':'))}/${chat_id}/`
    const known = previous?.reference.startsWith(place) === true ? Number(previous.reference.slice(place.length)) : 0
    const url = (method: string): string => under(server, `bot${bot_token}/${method}`)
    const value = {
      chat_id,
      text: fitText([titlePiece(message, HTML), ...piecesOf(message, HTML, context.language)], LIMIT, inCharacters),
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
    }
    if (quiet && known > 0) {
      const edit = { ...value, message_id: known }
      const edited = { ok: true, reference: `${place}${known}`, edited: true } as const
      const delivery = await postJson({ url: url('editMessageText'), value: edit, ca }, context, answer => {
        // What would change nothing stands there already: an edit made before a crash.
        if (/message is not modified/.test(answer.body)) return edited
        if (isEditRefused(answer)) return undefined
        const judged = judge(answer)
        return judged.ok ? edited : judged
      })
      if (delivery !== undefined) return delivery
    }
    const fresh = {
      ...value,
      disable_notification: quiet || message.severity === 'low' || message.severity === 'info',
      ...(known > 0 ? { reply_parameters: { message_id: known, allow_sending_without_reply: true } } : {}),
    }
    return postJson({ url: url('sendMessage'), value: fresh, ca }, context, answer => {
      const delivery = judge(answer)
      const id = messageId(answer)
      return delivery.ok && id !== undefined ? { ...delivery, reference: `${place}${id}` } : delivery
    })
  },
  async probe({ server, bot_token, chat_id, ca }, context) {
    const url = (method: string): string => under(server, `bot${bot_token}/${method}`)
    const bot = await ask({ url: url('getMe'), method: 'GET', ca }, context, judge, '')
    if (!bot.ok) return bot
    const headers = { 'content-type': 'application/json; charset=utf-8' }
    const chat = { url: url('getChat'), headers, body: JSON.stringify({ chat_id }), ca }
    return ask(chat, context, judge, 'the token holds and the bot knows the chat; no message was sent')
  },
})
