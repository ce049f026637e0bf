import { z } from 'zod'
import type { Severity } from '../../core/finding.ts'
import { defineNotifier } from '../../kit/define-notifier.ts'
import { createHash } from '../hashing.ts'
import { answerObject, judgeStatus, postJson } from './support/http.ts'
import { fitLine, fitText, inBytes, PLAIN, piecesOf } from './support/layout.ts'
import { checkHttps, HTTP_OPTIONS, headerId, headerText, serviceUrl, under } from './support/options.ts'
import { ask, judgeWord } from './support/probe.ts'

/** Bytes of a message; a longer one becomes an attachment. */
const MESSAGE = 4096
const TITLE = 250

const PRIORITY: Readonly<Record<Severity, number>> = { critical: 5, high: 4, medium: 3, low: 2, info: 1 }

/** An update that is not worse comes without sound or vibration. */
const QUIET = 2

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

export default defineNotifier({
  id: 'ntfy',
  title: 'ntfy',
  description: 'Publishes to a topic of ntfy.sh or of an ntfy server of your own.',
  options: {
    server: serviceUrl.default('https://ntfy.sh').describe('Address of the server.'),
    topic: z
      .string()
      .regex(/^[\w-]{1,64}$/, { error: 'expected up to 64 letters, digits, _ and -' })
      .describe('The topic. On ntfy.sh whoever knows it can read it: choose one that cannot be guessed.'),
    token: headerText.optional().describe('Access token, where the topic is protected.'),
    user: z.string().optional().describe('User name, where there is no token.'),
    password: z.string().optional().describe("The user's password."),
    ...HTTP_OPTIONS,
  },
  secrets: ['topic', 'token', 'password'],
  files: ['ca'],
  edits: true,
  check({ server, allow_http, token, user, password }) {
    if ((user === undefined) !== (password === undefined))
      return { key: 'user', message: 'expected user and password together' }
    if (token !== undefined && user !== undefined)
      return { key: 'token', message: 'expected a token, or user and password' }
    return checkHttps('server', server, allow_http)
  },
  send(message, { server, topic, token, user, password, ca }, context) {
    const { previous } = context
    const quiet = previous !== undefined && !previous.worse
    // Messages of one sequence take each other's place. A sequence belongs to its topic.
    const place = `vpsguard-${digest(`${server} ${topic}`).slice(0, 8)}-`
    const edits = quiet && previous.reference.startsWith(place)
    const sequence = edits ? previous.reference : `${place}${digest(context.id).slice(0, 32)}`
    // As JSON in the body, not in headers: titles are UTF-8 and may not end a header.
    const value = {
      topic,
      title: fitLine(message.title, TITLE, inBytes),
      message: fitText(piecesOf(message, PLAIN, context.language), MESSAGE, inBytes),
      priority: quiet ? Math.min(PRIORITY[message.severity], QUIET) : PRIORITY[message.severity],
      sequence_id: sequence,
      tags: ['vpsguard', message.severity, message.kind],
    }
    const authorization =
      token !== undefined
        ? `Bearer ${token}`
        : user === undefined
          ? undefined
          : `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`
    const headers = { 'x-vpsguard-id': headerId(context.id), ...(authorization === undefined ? {} : { authorization }) }
    return postJson({ url: server, headers, value, ca }, context, answer => {
      const delivery = judgeStatus(answer)
      // A server older than 2.16 knows no sequences, and does not repeat the name: there, later messages are new ones.
      const known = answerObject(answer.body)?.sequence_id === sequence
      return delivery.ok && known ? { ...delivery, reference: sequence, edited: edits } : delivery
    })
  },
  probe({ server, ca }, context) {
    const text = 'the server is well; whether the topic may be written to, only a message shows (vpsguard notify test)'
    const request = { url: under(server, 'v1/health'), method: 'GET', ca } as const
    return ask(request, context, answer => judgeWord(answer, ({ healthy }) => healthy === true), text)
  },
})
