import type { BatchWriter } from '../../core/batch.ts'
import { KIND } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { WebFields } from './fields.ts'
import { splitRequest } from './request.ts'
import { readClfStamp, stamp } from './stamp.ts'
import { bytesOf, digits, find, findLast, until } from './text.ts'
import { RequestWriter } from './writer.ts'

const PROGRAM = bytesOf('haproxy[')
const PROGRAM_END = bytesOf(']: ')
const SPACE = 32

/** Opens the reader of HAProxy messages; the message may stand behind a syslog header of any kind. */
export function openHaproxy(context: FormatContext): (line: Line, out: BatchWriter) => Verdict {
  const fields = new WebFields()
  const writer = new RequestWriter(context)
  return (line, out) => {
    const { bytes, end } = line
    let at = line.start
    const program = find(bytes, at, Math.min(end, at + 200), PROGRAM)
    if (program >= 0) {
      const colon = find(bytes, program, Math.min(end, program + 32), PROGRAM_END)
      if (colon < 0) return VERDICT.notMine
      at = colon + PROGRAM_END.length
    }
    const peerEnd = until(bytes, at, end, SPACE)
    if (
      bytes[peerEnd + 1] !== 91 ||
      peerEnd === at ||
      !readClfStamp(bytes, peerEnd + 2, end) ||
      bytes[stamp.end] !== 93
    ) {
      return program < 0 ? VERDICT.notMine : VERDICT.irrelevant
    }
    const { time, flags, end: stampEnd } = stamp
    // `" ` behind the stamp is an access line of another family; here a frontend's name follows.
    if (bytes[stampEnd + 1] !== SPACE || bytes[stampEnd + 2] === 34) return VERDICT.notMine
    fields.reset(bytes)
    fields.time = time
    fields.flags = flags
    fields.service = 'haproxy'
    fields.peerStart = at
    fields.peerEnd = peerEnd
    return readRest(bytes, stampEnd + 2, end, fields)
      ? write(writer, fields, line, out)
      : writeError(writer, fields, line, out, stampEnd + 2)
  }
}

/** frontend backend/server timers status bytes cookie cookie flags connections queues [{captures}] "request" */
function readRest(bytes: Uint8Array, at: number, end: number, fields: WebFields): boolean {
  let i = at
  for (let word = 0; word < 3; word++) i = until(bytes, i, end, SPACE) + 1
  const statusEnd = until(bytes, i, end, SPACE)
  if (statusEnd >= end || (statusEnd - i !== 3 && bytes[i] !== 45)) return false
  fields.status = bytes[i] === 45 ? 0 : digits(bytes, i, statusEnd)
  fields.size = digits(bytes, statusEnd + 1, end)
  // HAProxy writes a quote inside captures and requests as #22, so these two are its own.
  const open = until(bytes, statusEnd, end, 34)
  const close = findLast(bytes, open + 1, end, QUOTE)
  if (open >= end || close < 0) return false
  fields.requestStart = open + 1
  fields.requestEnd = close
  splitRequest(fields)
  return true
}

const QUOTE = bytesOf('"')

function write(writer: RequestWriter, fields: WebFields, line: Line, out: BatchWriter): Verdict {
  writer.write(fields, line, out)
  return VERDICT.event
}

/** `frontend/1: SSL handshake failure` and the like: the connection came to nothing. */
function writeError(writer: RequestWriter, fields: WebFields, line: Line, out: BatchWriter, at: number): Verdict {
  const colon = find(fields.bytes, at, line.end, bytesOf(': '))
  if (colon < 0) return VERDICT.irrelevant
  fields.detailStart = colon + 2
  fields.detailEnd = Math.min(line.end, colon + 202)
  writer.write(fields, line, out, KIND['web.error'])
  return VERDICT.event
}

export default defineFormat({
  id: 'haproxy',
  title: 'HAProxy HTTP log, with or without a syslog header',
  family: 'web',
  open: openHaproxy,
  samples: [
    {
      line: 'Feb  6 12:14:14 lb-1 haproxy[14389]: 192.0.2.1:33317 [06/Feb/2025:12:14:14.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {www.example} {} "GET /index.html?a=1 HTTP/1.1"',
      is: [
        {
          time: '2025-02-06T12:14:14.655Z',
          kind: 'web.request',
          source: '192.0.2.1',
          port: 33317,
          method: 'GET',
          path: '/index.html',
          query: 'a=1',
          status: 200,
          bytes: 2750,
          service: 'haproxy',
        },
      ],
    },
    {
      line: '203.0.113.4:5120 [06/Feb/2025:12:14:14.655] http-in http-in/<NOSRV> -1/-1/-1/-1/0 400 187 - - PR-- 2/2/0/0/0 0/0 "<BADREQ>"',
      is: [{ source: '203.0.113.4', path: '<BADREQ>', status: 400 }],
      note: 'no HTTP at all',
    },
    {
      line: '203.0.113.4:5120 [06/Feb/2025:12:14:14.655] https-in/1: SSL handshake failure',
      is: [{ kind: 'web.error', source: '203.0.113.4', detail: 'SSL handshake failure' }],
    },
    {
      line: '203.0.113.4:5120 [06/Feb/2025:12:14:14.655] https-in~ app/web1 0/0/0/1/1 200 2750 - - ---- 1/1/0/0/0 0/0 "GET https://www.example:8443/login?a=1 HTTP/2.0"',
      is: [{ path: '/login', query: 'a=1', target: 'www.example' }],
      note: 'HTTP/2: a whole URL, and no request to a proxy',
    },
    {
      line: '203.0.113.4:5120 [06/Feb/2025:12:14:14.655] https-in~ app/web1 0/0/0/1/1 200 2750 - - ---- 1/1/0/0/0 0/0 "GET https://[2001:db8::2]:8443?a=/1 HTTP/3.0"',
      is: [{ query: 'a=/1', target: '[2001:db8::2]' }],
    },
    { line: 'Feb  6 12:14:14 lb-1 haproxy[14389]: Proxy http-in started.', is: 'irrelevant' },
  ],
})
