import { z } from 'zod'
import type { Severity } from '../../core/finding.ts'
import { defineNotifier } from '../../kit/define-notifier.ts'
import { createHash } from '../hashing.ts'
import { judgeCode, postJson } from './support/http.ts'
import { fitLine, fitText, inJsonBytes, PLAIN, piecesOf } from './support/layout.ts'
import { checkHttps, HTTP_OPTIONS, serviceUrl, under } from './support/options.ts'
import { reach } from './support/probe.ts'

/** Apple takes 4,096 bytes of JSON a notification; what else Bark puts into it needs some of them. */
const BODY = 3000
const TITLE = 250

const LEVEL: Readonly<Record<Severity, string>> = {
  critical: 'critical',
  high: 'timeSensitive',
  medium: 'active',
  low: 'passive',
  info: 'passive',
}

export default defineNotifier({
  id: 'bark',
  title: 'Bark',
  description: 'Notifies iPhones through the Bark app.',
  options: {
    server: serviceUrl.default('https://api.day.app').describe('Address of the server.'),
    device_key: z.string().min(1).describe('Key that the app shows.'),
    ...HTTP_OPTIONS,
  },
  secrets: ['device_key'],
  files: ['ca'],
  check: ({ server, allow_http }) => checkHttps('server', server, allow_http),
  send(message, { server, device_key, ca }, context) {
    const value = {
      device_key,
      title: fitLine(message.title, TITLE, inJsonBytes),
      body: fitText(piecesOf(message, PLAIN, context.language), BODY, inJsonBytes),
      level: LEVEL[message.severity],
      group: `vpsguard ${fitLine(context.host, 60, inJsonBytes)}`,
      // The same id again replaces the notification: one a campaign, updated.
      id: createHash('sha256').update(context.group).digest('hex').slice(0, 32),
    }
    return postJson({ url: under(server, 'push'), value, ca }, context, judgeCode('code', 200, 'message'))
  },
  probe: ({ server, ca }, context) => reach(server, ca, context),
})
