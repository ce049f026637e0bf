import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatDeclaration, ParseMessage, WebOptions } from '../../kit/define-parser.ts'
import { DEFAULT_WEB_OPTIONS, defineProgram } from '../../kit/define-parser.ts'
import { openApacheMessage } from './apache-error.ts'
import combined from './combined.ts'
import common from './common.ts'
import { openHaproxy } from './haproxy.ts'
import json from './json.ts'
import nginxError from './nginx-error.ts'
import uvicorn from './uvicorn.ts'
import vhostCombined from './vhost-combined.ts'

/** Opens the reader of what web servers send to syslog or the journal: the same lines, as a message. The user's own formats come first. */
export function openWebMessages(web: WebOptions, custom: readonly FormatDeclaration[] = []): ParseMessage {
  const context = { parseMessage: () => VERDICT.unknownMessage, web }
  const readers = [...custom, combined, common, vhostCombined, json, nginxError, uvicorn].map(format =>
    format.open(context),
  )
  readers.push(openApacheMessage(context), openHaproxy(context))
  return (line: Line, out: BatchWriter): Verdict => {
    const { start, end } = line
    line.start = line.messageStart
    line.end = line.messageEnd
    let verdict: Verdict = VERDICT.notMine
    for (let i = 0; i < readers.length && verdict === VERDICT.notMine; i++) verdict = readers[i](line, out)
    line.start = start
    line.end = end
    return verdict === VERDICT.notMine ? VERDICT.irrelevant : verdict
  }
}

export default defineProgram({
  id: 'web-server',
  title: 'Web servers that log to syslog or the journal',
  programs: [
    'nginx',
    'httpd',
    'apache2',
    'apache',
    'haproxy',
    'caddy',
    'traefik',
    'lighttpd',
    'uvicorn',
    'gunicorn',
    'hypercorn',
  ],
  parse: openWebMessages(DEFAULT_WEB_OPTIONS),
  samples: [
    {
      line: 'Feb  6 12:14:14 web-1 nginx: 192.0.2.1 - - [06/Feb/2025:12:14:14 +0000] "GET /.env HTTP/1.1" 404 153 "-" "curl/8.5.0"',
      is: [
        {
          time: '2025-02-06T12:14:14Z',
          kind: 'web.request',
          source: '192.0.2.1',
          path: '/.env',
          status: 404,
          host: 'web-1',
        },
      ],
      note: 'access_log syslog:server=...',
    },
    {
      line: 'Feb  6 12:14:14 lb-1 haproxy[14389]: 192.0.2.1:33317 [06/Feb/2025:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1"',
      is: [{ time: '2025-02-06T12:14:14.655Z', source: '192.0.2.1', status: 200, host: 'lb-1', service: 'haproxy' }],
    },
    {
      line: 'Feb  6 12:14:14 web-1 httpd/shop[14]: [authz_core:error] [pid 14:tid 140] [client 192.0.2.1:4810] AH01630: client denied by server configuration: /srv/shop/',
      is: [{ kind: 'web.error', source: '192.0.2.1', port: 4810, host: 'web-1', service: 'apache' }],
      note: 'ErrorLog syslog',
    },
    {
      line: 'Feb  6 12:14:14 web-1 apache2[14]: [error] [client 192.0.2.1] user bob not found: /staff',
      is: [{ kind: 'web.auth.failed', source: '192.0.2.1', user: 'bob' }],
    },
    {
      line: 'Feb  6 12:14:14 web-1 uvicorn[77]: INFO:     192.0.2.1:51234 - "GET /.env?x=%22y HTTP/1.1" 404 Not Found',
      is: [
        {
          kind: 'web.request',
          time: '2000-02-06T12:14:14Z',
          source: '192.0.2.1',
          port: 51234,
          method: 'GET',
          path: '/.env',
          status: 404,
          host: 'web-1',
          service: 'uvicorn',
        },
      ],
    },
    {
      line: 'Feb  6 12:14:14 web-1 gunicorn[77]: 192.0.2.1 - - [06/Feb/2025:12:14:14 +0000] "GET /a HTTP/1.1" 404 5 "-" "curl/8.5.0"',
      is: [{ kind: 'web.request', source: '192.0.2.1', path: '/a', status: 404 }],
    },
    { line: 'Feb  6 12:14:14 web-1 nginx[12]: reloaded', is: 'irrelevant' },
  ],
})
