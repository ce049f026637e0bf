import { formatTime, SECOND } from '../../core/time.ts'
import { defineNotifier } from '../../kit/define-notifier.ts'
import { answerObject, type HttpAnswer, judgeStatus, postJson } from './support/http.ts'
import { fitLine, fitText, inCharacters, MARKDOWN, piecesOf } from './support/layout.ts'
import { COLORS, checkHttps, HTTP_OPTIONS, serviceUrl } from './support/options.ts'

/** Characters of an embed's title and description (Discord's reference; 6,000 in all). */
const TITLE = 256
const DESCRIPTION = 4096

/** Discord says the wait in its JSON more exactly than in the header. */
function judge(answer: HttpAnswer) {
  const said = answer.status === 429 ? answerObject(answer.body)?.retry_after : undefined
  return judgeStatus(
    typeof said === 'number' && said >= 0 && Number.isFinite(said) ? { ...answer, retryAfter: said * SECOND } : answer,
  )
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
  check: ({ webhook_url, allow_http }) => checkHttps('webhook_url', webhook_url, allow_http),
  send(message, { webhook_url, ca }, context) {
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
    return postJson({ url: webhook_url, value, ca }, context, judge)
  },
})
