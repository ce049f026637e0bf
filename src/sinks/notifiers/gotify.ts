import type { Severity } from '../../core/finding.ts'
import { defineNotifier } from '../../kit/define-notifier.ts'
import { postJson } from './support/http.ts'
import { fitLine, fitText, inBytes, inCharacters, MARKDOWN, piecesOf } from './support/layout.ts'
import { checkHttps, HTTP_OPTIONS, headerText, serviceUrl, under } from './support/options.ts'
import { ask, judgeWord } from './support/probe.ts'

/** Gotify names no limit of its own; more than this nobody reads on a phone. */
const MESSAGE = 16 * 1024
const TITLE = 250

const PRIORITY: Readonly<Record<Severity, number>> = { critical: 10, high: 7, medium: 4, low: 2, info: 1 }

export default defineNotifier({
  id: 'gotify',
  title: 'Gotify',
  description: 'Sends to a Gotify server as one of its applications.',
  options: {
    server: serviceUrl.describe('Address of the server.'),
    token: headerText.describe('Token of the application.'),
    ...HTTP_OPTIONS,
  },
  secrets: ['token'],
  files: ['ca'],
  check: ({ server, allow_http }) => checkHttps('server', server, allow_http),
  send(message, { server, token, ca }, context) {
    const value = {
      title: fitLine(message.title, TITLE, inCharacters),
      message: fitText(piecesOf(message, MARKDOWN, context.language), MESSAGE, inBytes, '\n\n'),
      priority: PRIORITY[message.severity],
      extras: { 'client::display': { contentType: 'text/markdown' }, 'vpsguard::notice': { id: context.id } },
    }
    return postJson({ url: under(server, 'message'), headers: { 'x-gotify-key': token }, value, ca }, context)
  },
  probe({ server, ca }, context) {
    const text = 'the server is well; whether the token holds, only a message shows (vpsguard notify test)'
    const request = { url: under(server, 'health'), method: 'GET', ca } as const
    return ask(request, context, answer => judgeWord(answer, ({ health }) => health === 'green'), text)
  },
})
