import { escapeTerminal } from '../../core/text.ts'
import { defineNotifier } from '../../kit/define-notifier.ts'
import { postJson } from './support/http.ts'
import { fitLine, fitText, inCharacters, type Markup, piecesOf } from './support/layout.ts'
import { checkHttps, HTTP_OPTIONS, serviceUrl } from './support/options.ts'
import { reach } from './support/probe.ts'

/** Slack reads `&`, `<` and `>` as its own: mentions (`<!channel>`) and links begin with them. */
const escapeSlack = (text: string): string =>
  escapeTerminal(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Slack's mrkdwn has no escape for its own marks: where one would end a span too early, a look-alike stands in. */
const MRKDWN: Markup = {
  text: line => escapeSlack(line).replaceAll('`', 'ˋ'),
  bold: line => `*${escapeSlack(line).replaceAll('*', '∗').replaceAll('`', 'ˋ')}*`,
  block: lines => `\`\`\`${lines.map(line => escapeSlack(line).replaceAll('`', 'ˋ')).join('\n')}\`\`\``,
}

/** Characters of a header block and of a section's text (Slack's reference of blocks). */
const HEADER = 150
const SECTION = 3000

export default defineNotifier({
  id: 'slack',
  title: 'Slack',
  description:
    'Posts to an incoming webhook of Slack, or of a service that understands the same (Mattermost, Rocket.Chat).',
  options: {
    webhook_url: serviceUrl.describe('The address of the incoming webhook.'),
    ...HTTP_OPTIONS,
  },
  secrets: ['webhook_url'],
  files: ['ca'],
  check: ({ webhook_url, allow_http }) => checkHttps('webhook_url', webhook_url, allow_http),
  send(message, { webhook_url, ca }, context) {
    const text = fitText(piecesOf(message, MRKDWN, context.language), SECTION, inCharacters)
    const value = {
      // What phones and search show.
      text: fitLine(message.title, HEADER * 2, inCharacters, escapeSlack),
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: fitLine(message.title, HEADER), emoji: false } },
        ...(text === '' ? [] : [{ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }]),
      ],
      unfurl_links: false,
      unfurl_media: false,
    }
    return postJson({ url: webhook_url, value, ca }, context)
  },
  probe: ({ webhook_url, ca }, context) => reach(webhook_url, ca, context),
})
