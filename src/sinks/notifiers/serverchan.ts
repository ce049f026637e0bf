import { z } from 'zod'
import { defineNotifier } from '../../kit/define-notifier.ts'
import { judgeCode, postJson } from './support/http.ts'
import { fitLine, fitText, inBytes, inCharacters, MARKDOWN, piecesOf } from './support/layout.ts'
import { checkHttps, HTTP_OPTIONS, serviceUrl, under } from './support/options.ts'
import { reach } from './support/probe.ts'

/** Characters of a title and bytes of a text, as the service names them. */
const TITLE = 32
const DESP = 32 * 1024

/** Keys of the newer service (ServerChan3) name their own server: `sctp<number>t...`. */
function serverOf(key: string): { server: string; path: string } {
  const own = /^sctp(\d+)t/.exec(key)
  return own === null
    ? { server: 'https://sctapi.ftqq.com', path: `${key}.send` }
    : { server: `https://${own[1]}.push.ft07.com`, path: `send/${key}.send` }
}

export default defineNotifier({
  id: 'serverchan',
  title: 'ServerChan',
  description: 'Sends through ServerChan (Server酱) to WeChat and its own app.',
  options: {
    send_key: z
      .string()
      .regex(/^[A-Za-z0-9]+$/, { error: 'expected letters and digits' })
      .describe('The SendKey.'),
    server: serviceUrl.optional().describe('Address of the service; without it, the one that the key belongs to.'),
    ...HTTP_OPTIONS,
  },
  secrets: ['send_key'],
  files: ['ca'],
  check: ({ server, allow_http }) => (server === undefined ? undefined : checkHttps('server', server, allow_http)),
  send(message, { send_key, server, ca }, context) {
    const usual = serverOf(send_key)
    // The title has little room: the whole of it stands once more above the text.
    const value = {
      title: fitLine(message.title, TITLE, inCharacters),
      desp: fitText(
        [{ text: message.title, form: MARKDOWN.bold }, ...piecesOf(message, MARKDOWN, context.language)],
        DESP,
        inBytes,
        '\n\n',
      ),
    }
    return postJson(
      { url: under(server ?? usual.server, usual.path), value, ca },
      context,
      judgeCode('code', 0, 'message'),
    )
  },
  probe: ({ send_key, server, ca }, context) => reach(server ?? serverOf(send_key).server, ca, context),
})
