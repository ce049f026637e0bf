import type { BatchWriter } from '../../core/batch.ts'
import { KIND } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { WebFields } from './fields.ts'
import type { JsonValues } from './json-fields.ts'
import { JsonFiller, JsonReader } from './json-fields.ts'
import type { KeyMap } from './json-keys.ts'
import { KNOWN_KEYS } from './json-keys.ts'
import { RequestWriter } from './writer.ts'

const decoder = new TextDecoder()

/** A JSON line longer than this is no request that a server lets in. */
const LONGEST = 262_144

function parseObject(line: string): object | undefined {
  // An object of an array that stands one a line.
  const text = line.endsWith(',') ? line.slice(0, -1) : line
  for (const candidate of [text, text.includes('\\x') ? text.replaceAll('\\x', '\\\\x') : undefined]) {
    if (candidate === undefined) return undefined
    try {
      const value: unknown = JSON.parse(candidate)
      return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
    } catch {
      // nginx without escape=json writes \x22 into what it calls JSON: the second candidate is that, mended.
    }
  }
  return undefined
}

/** Whether the object is an access record: somebody asked for something, and was answered or is named. */
function isRequest(values: JsonValues): boolean {
  const asked =
    values.request !== undefined || (values.method !== undefined && (values.target ?? values.address) !== undefined)
  return asked && (values.status !== undefined || values.peer !== undefined)
}

/** Caddy's and Traefik's own messages in the same file. */
function isServerMessage(object: object): boolean {
  return (
    'level' in object &&
    ('msg' in object || 'message' in object) &&
    ('logger' in object || 'ts' in object || 'time' in object)
  )
}

/** Builds the reader of JSON access lines with the given keys. */
export function openJson(keys: KeyMap): (context: FormatContext) => (line: Line, out: BatchWriter) => Verdict {
  return context => {
    const reader = new JsonReader(keys)
    const filler = new JsonFiller()
    const fields = new WebFields()
    const writer = new RequestWriter(context)
    return (line, out) => {
      const { bytes, start, end } = line
      if (bytes[start] !== 123 || end - start > LONGEST) return VERDICT.notMine
      const object = parseObject(decoder.decode(bytes.subarray(start, end)))
      if (object === undefined) return VERDICT.notMine
      const values = reader.read(object)
      if (!isRequest(values)) return isServerMessage(object) ? VERDICT.irrelevant : VERDICT.notMine
      filler.fill(values, fields)
      if (Number.isNaN(fields.time)) {
        if (Number.isNaN(line.time)) return VERDICT.malformed
        fields.time = line.time
        fields.flags = line.flags
      }
      const failed = typeof values.service === 'string' && values.service.startsWith('http.log.error')
      const row = writer.write(fields, line, out, failed ? KIND['web.error'] : KIND['web.request'])
      if (failed && values.message !== undefined)
        out.columns.detail[row] = out.string(String(values.message).slice(0, 200))
      return VERDICT.event
    }
  }
}

export default defineFormat({
  id: 'web-json',
  title:
    'Access log as JSON lines (nginx with escape=json, Caddy, Traefik, Apache, Elastic common schema, Cloudflare, Google, Azure)',
  family: 'web',
  startsWith: '{',
  open: openJson(KNOWN_KEYS),
  samples: [
    {
      line: '{"time_iso8601":"2025-05-17T10:05:03+02:00","remote_addr":"192.0.2.1","remote_user":"","request":"GET /a?b=\\"c\\" HTTP/1.1","status":200,"body_bytes_sent":"512","http_referer":"-","http_user_agent":"Mozilla/5.0","host":"www.example"}',
      is: [
        {
          time: '2025-05-17T08:05:03Z',
          source: '192.0.2.1',
          method: 'GET',
          path: '/a',
          query: 'b="c"',
          status: 200,
          bytes: 512,
          agent: 'Mozilla/5.0',
          target: 'www.example',
        },
      ],
      note: 'nginx, escape=json',
    },
    {
      line: '{"level":"info","ts":1747476303.5,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"192.0.2.1","remote_port":"5312","client_ip":"198.51.100.3","proto":"HTTP/2.0","method":"GET","host":"www.example","uri":"/x?y=1","headers":{"User-Agent":["curl/8.5.0"]}},"user_id":"","size":12,"status":404}',
      is: [
        {
          time: '2025-05-17T10:05:03.500Z',
          kind: 'web.request',
          source: '198.51.100.3',
          method: 'GET',
          path: '/x',
          query: 'y=1',
          status: 404,
          bytes: 12,
          agent: 'curl/8.5.0',
          target: 'www.example',
        },
      ],
      note: 'Caddy: client_ip is what Caddy itself decided',
    },
    {
      line: '{"ClientAddr":"10.0.0.3:41000","ClientHost":"198.51.100.3","ClientUsername":"-","DownstreamContentSize":19,"DownstreamStatus":404,"RequestHost":"www.example","RequestMethod":"GET","RequestPath":"/.env","RequestProtocol":"HTTP/1.1","StartUTC":"2025-05-17T10:05:03.123456789Z","request_User-Agent":"-"}',
      is: [
        {
          time: '2025-05-17T10:05:03.123Z',
          source: '198.51.100.3',
          method: 'GET',
          path: '/.env',
          status: 404,
          bytes: 19,
          target: 'www.example',
        },
      ],
      note: 'Traefik: ClientHost is the forwarded header',
    },
    {
      line: '{"time":"17/May/2025:10:05:03 +0000","remote_addr":"203.0.113.9","request":"\\x16\\x03\\x01","status":"400","bytes_sent":"157"}',
      is: [{ source: '203.0.113.9', path: '\\x16\\x03\\x01', status: 400 }],
      note: 'nginx without escape=json is not JSON; read all the same',
    },
    {
      line: '{"level":"info","ts":1747476303.5,"logger":"tls","msg":"cleaning storage unit"}',
      is: 'irrelevant',
      note: "Caddy's own message",
    },
    {
      line: '{"time":"2025-05-17T10:05:03Z","remote_addr":"192.0.2.1","request":"GET /a HTTP/1.1","status":200},',
      is: [{ source: '192.0.2.1', path: '/a' }],
      note: 'an element of an array',
    },
    {
      line: '{"ClientIP":"192.0.2.1","ClientRequestHost":"www.example","ClientRequestMethod":"GET","ClientRequestURI":"/a?x=1","ClientRequestUserAgent":"curl/8.5.0","EdgeResponseBytes":512,"EdgeResponseStatus":404,"EdgeStartTimestamp":"2025-05-17T10:05:03Z"}',
      is: [
        {
          time: '2025-05-17T10:05:03Z',
          source: '192.0.2.1',
          method: 'GET',
          path: '/a',
          query: 'x=1',
          status: 404,
          bytes: 512,
          agent: 'curl/8.5.0',
          target: 'www.example',
        },
      ],
      note: 'Cloudflare',
    },
    {
      line: '{"httpRequest":{"remoteIp":"192.0.2.1","requestMethod":"GET","requestUrl":"https://www.example/a?x=1","responseSize":"512","status":404,"userAgent":"curl/8.5.0"},"severity":"WARNING","timestamp":"2025-05-17T10:05:03.5Z"}',
      is: [{ source: '192.0.2.1', method: 'GET', path: '/a', query: 'x=1', status: 404, target: 'www.example' }],
      note: 'Google: the whole address is a visit and no request to a proxy',
    },
    {
      line: '{"time":"2025-05-17T10:05:03Z","properties":{"clientIP":"192.0.2.1","httpMethod":"GET","requestUri":"/a","httpStatus":404,"userAgent":"curl/8.5.0"}}',
      is: [{ source: '192.0.2.1', method: 'GET', path: '/a', status: 404 }],
      note: 'Azure',
    },
    {
      line: '{"requestTime":"17/May/2025:10:05:03 +0000","ip":"192.0.2.1","httpMethod":"POST","path":"/a","status":"403","responseLength":"5"}',
      is: [{ time: '2025-05-17T10:05:03Z', source: '192.0.2.1', method: 'POST', path: '/a', status: 403, bytes: 5 }],
      note: "Amazon's API gateway",
    },
    {
      line: '{"level":30,"time":1747476303000,"pid":1,"req":{"method":"GET","url":"/a?x=1","headers":{"host":"www.example","user-agent":"curl/8.5.0"},"remoteAddress":"192.0.2.1","remotePort":4242},"res":{"statusCode":404},"msg":"request completed"}',
      is: [
        {
          time: '2025-05-17T10:05:03Z',
          source: '192.0.2.1',
          method: 'GET',
          path: '/a',
          query: 'x=1',
          status: 404,
          agent: 'curl/8.5.0',
          target: 'www.example',
        },
      ],
      note: 'pino (Fastify, Express)',
    },
    { line: '{"hello":"world"}', is: 'unknown' },
  ],
})
