import { z } from 'zod'
import { defineNotifier } from '../../kit/define-notifier.ts'
import { createHmac } from '../hashing.ts'
import { judgeCode, postJson } from './support/http.ts'
import { fitLine, fitText, inCharacters, inJsonBytes, MARKDOWN, piecesOf, titlePiece } from './support/layout.ts'
import { checkHttps, HTTP_OPTIONS, serviceUrl, under } from './support/options.ts'
import { reach } from './support/probe.ts'

/** Bytes of a robot's message. */
const TEXT = 18_000
const TITLE = 100
/** "Sending too fast": 20 messages a minute and robot. */
const BUSY = [130101, 410100]

export default defineNotifier({
  id: 'dingtalk',
  title: 'DingTalk',
  description: 'Posts as a custom robot of a DingTalk group.',
  options: {
    access_token: z
      .string()
      .regex(/^\w+$/, { error: 'expected the access_token of the robot, without the address' })
      .describe("The robot's access_token."),
    secret: z.string().min(1).optional().describe("The robot's signing secret (SEC...)."),
    server: serviceUrl.default('https://oapi.dingtalk.com').describe('Address of the service.'),
    ...HTTP_OPTIONS,
  },
  secrets: ['access_token', 'secret'],
  files: ['ca'],
  check: ({ server, allow_http }) => checkHttps('server', server, allow_http),
  send(message, { access_token, secret, server, ca }, context) {
    const timestamp = String(context.now())
    const url = new URL(under(server, 'robot/send'))
    url.searchParams.set('access_token', access_token)
    if (secret !== undefined) {
      url.searchParams.set('timestamp', timestamp)
      url.searchParams.set('sign', createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64'))
    }
    const value = {
      msgtype: 'markdown',
      markdown: {
        title: fitLine(message.title, TITLE, inCharacters),
        text: fitText(
          [titlePiece(message, MARKDOWN), ...piecesOf(message, MARKDOWN, context.language)],
          TEXT,
          inJsonBytes,
          '\n\n',
        ),
      },
      at: { isAtAll: false },
    }
    return postJson({ url: url.href, value, ca }, context, judgeCode('errcode', 0, 'errmsg', BUSY))
  },
  probe: ({ server, ca }, context) => reach(server, ca, context),
})
