import { formatTime, SECOND } from '../../core/time.ts'
import { defineNotifier } from '../../kit/define-notifier.ts'
import { answerObject, type HttpAnswer, isEditRefused, judgeStatus, postJson } from './support/http.ts'
import { fitLine, fitText, inCharacters, MARKDOWN, piecesOf } from './support/layout.ts'
import { COLORS, checkHttps, HTTP_OPTIONS, serviceUrl } from './support/options.ts'
import { ask, judgeWord } from './support/probe.ts'

/** Characters of an embed's title and description (Discord's reference; 6,000 in all). */
const TITLE = 256
const DESCRIPTION = 4096

/** Message flag: it comes without a sound (SUPPRESS_NOTIFICATIONS). */
const SILENT = 1 << 12
/** Error code: too many edits of a message older than an hour. No pause of the channel's, but the message's own limit. */
const EDITED_TOO_OFTEN = 30046
const MESSAGE_ID = /^\d{1,20}$/

/** Discord says the wait in its JSON more exactly than in the header. */
function judge(answer: HttpAnswer) {
  const said = answer.status === 429 ? answerObject(answer.body)?.retry_after : undefined
  return judgeStatus(
    typeof said === 'number' && said >= 0 && Number.isFinite(said) ? { ...answer, retryAfter: said * SECOND } : answer,
  )
}

/** The address of a message of the webhook; a thread that the webhook's address names stays named. */
function messageUrl(webhook: string, id: string): string {
  const url = new URL(webhook)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/messages/${id}`
  return url.href
}

function waiting(webhook: string): string {
  const url = new URL(webhook)
  // Only then does the answer name the message.
  url.searchParams.set('wait', 'true')
  return url.href
}

export default defineNotifier({
  id: 'discord',
  title: 'Discord',
  description: 'Posts to a webhook of a Discord channel. Nobody is mentioned, whatever stands in the log.',
  options: {
    webhook_url: serviceUrl.describe('The address of the webhook.'),
    ...HTTP_OPTIONS,
  },
  secrets: ['webhook_url'],
  files: ['ca'],
  edits: true,
  check: ({ webhook_url, allow_http }) => checkHttps('webhook_url', webhook_url, allow_http),
  async send(message, { webhook_url, ca }, context) {
    const { previous } = context
    const quiet = previous !== undefined && !previous.worse
    const value = {
      allowed_mentions: { parse: [] },
      embeds: [
        {
          title: fitLine(message.title, TITLE, inCharacters, MARKDOWN.text),
          description: fitText(piecesOf(message, MARKDOWN, context.language), DESCRIPTION, inCharacters),
          color: COLORS[message.severity],
          timestamp: formatTime(context.now()),
        },
      ],
    }
    if (quiet && MESSAGE_ID.test(previous.reference)) {
      const { reference } = previous
      const url = messageUrl(webhook_url, reference)
      const delivery = await postJson({ url, method: 'PATCH', value, ca }, context, answer =>
        isEditRefused(answer) || answerObject(answer.body)?.code === EDITED_TOO_OFTEN ? undefined : judge(answer),
      )
      if (delivery !== undefined) return delivery.ok ? { ...delivery, reference, edited: true } : delivery
    }
    const fresh = quiet ? { ...value, flags: SILENT } : value
    return postJson({ url: waiting(webhook_url), value: fresh, ca }, context, answer => {
      const delivery = judge(answer)
      const id = answerObject(answer.body)?.id
      return delivery.ok && typeof id === 'string' && MESSAGE_ID.test(id) ? { ...delivery, reference: id } : delivery
    })
  },
  probe({ webhook_url, ca }, context) {
    const isHook = ({ id }: Record<string, unknown>): boolean => typeof id === 'string'
    const request = { url: webhook_url, method: 'GET', ca } as const
    return ask(request, context, answer => judgeWord(answer, isHook), 'the webhook is there; no message was sent')
  },
})
