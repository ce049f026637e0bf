import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { WebFields } from './fields.ts'
import { splitRequest } from './request.ts'
import { readIsoStamp, stamp } from './stamp.ts'
import { bytesOf, digits, startsWith, until } from './text.ts'
import { splitHost, Words } from './words.ts'
import { RequestWriter } from './writer.ts'

const TYPES = ['http', 'https', 'h2', 'grpcs', 'ws', 'wss'].map(type => bytesOf(`${type} `))
const SPACE = 32
const OPEN = 91
const COLON = 58
const FIRST_COLON = 6
const LETTER_T = 84
const LETTER_A = 97
const LETTER_Z = 90
/** `- http://www.example:80- -`: a connection that brought no request. */
const NO_REQUEST = bytesOf('- ')

/** Microseconds and UTC, a name, and an address where a syslog line has its program. */
function isClassic(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start + 26] !== LETTER_Z) return false
  const at = until(bytes, start + 28, end, SPACE) + 1
  const peer = bytes[at]
  if (peer !== OPEN) return peer >= 48 && peer <= 57
  // The first colon of an address stands near; a level or a thread in brackets has none.
  return until(bytes, at, Math.min(end, at + FIRST_COLON), COLON) < Math.min(end, at + FIRST_COLON)
}

/** Access logs of AWS load balancers: application (with the type first) and classic. */
function open(context: FormatContext): (line: Line, out: BatchWriter) => Verdict {
  const fields = new WebFields()
  const writer = new RequestWriter(context)
  const words = new Words()
  return (line, out) => {
    const { bytes, start, end } = line
    const type = bytes[start] < LETTER_A ? undefined : TYPES.find(one => startsWith(bytes, start, end, one))
    const at = type === undefined ? start : start + type.length
    if (bytes[at + 10] !== LETTER_T || (type === undefined && !isClassic(bytes, start, end))) return VERDICT.notMine
    if (!readIsoStamp(bytes, at, end) || bytes[stamp.end] !== SPACE) return VERDICT.notMine
    const { time, flags } = stamp
    words.split(bytes, stamp.end + 1, end, SPACE)
    // name client target three times elb_status target_status received sent "request" "agent"
    const { starts, ends, count } = words
    if (count < 11 || starts[10] === 0 || bytes[starts[10] - 1] !== 34) return VERDICT.notMine
    fields.reset(bytes)
    fields.time = time
    fields.flags = flags
    fields.service = 'elb'
    fields.peerStart = starts[1]
    fields.peerEnd = ends[1]
    fields.status = digits(bytes, starts[6], ends[6])
    fields.size = digits(bytes, starts[9], ends[9])
    if (!startsWith(bytes, starts[10], ends[10], NO_REQUEST)) {
      fields.requestStart = starts[10]
      fields.requestEnd = ends[10]
      splitRequest(fields)
      splitHost(fields)
    }
    if (count > 11) {
      fields.agentStart = starts[11]
      fields.agentEnd = ends[11]
    }
    writer.write(fields, line, out)
    return VERDICT.event
  }
}

export default defineFormat({
  id: 'aws-elb',
  title: 'AWS load balancers (application and classic)',
  family: 'web',
  startsWith: 'hgw0123456789',
  open,
  samples: [
    {
      line: 'https 2026-02-21T03:37:31.183361Z app/lb/50dc6c495c0c9188 192.0.2.1:4242 10.0.0.1:80 0.086 0.048 0.037 404 404 120 57 "GET https://www.example:443/.env?a=1 HTTP/1.1" "curl/8.5" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:x "Root=1-5" "www.example" "-" 1 2026-02-21T03:37:31.000000Z "forward" "-" "-"',
      is: [
        {
          kind: 'web.request',
          time: '2026-02-21T03:37:31.183Z',
          source: '192.0.2.1',
          port: 4242,
          method: 'GET',
          path: '/.env',
          query: 'a=1',
          status: 404,
          bytes: 57,
          agent: 'curl/8.5',
          target: 'www.example',
          service: 'elb',
        },
      ],
    },
    {
      line: '2026-02-21T03:37:31.183361Z my-elb 192.0.2.1:4242 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example:80/a HTTP/1.1" "curl/7.38.0" - -',
      is: [{ kind: 'web.request', source: '192.0.2.1', path: '/a', status: 200, agent: 'curl/7.38.0' }],
      note: 'a classic one',
    },
    {
      line: 'http 2026-02-21T03:37:31.183361Z app/lb/50dc6c495c0c9188 192.0.2.1:4242 - -1 -1 -1 400 - 0 57 "- http://www.example:80- -" "-" - - - "-" "-" "-" - 2026-02-21T03:37:31.0Z "-" "-" "-"',
      is: [{ kind: 'web.request', source: '192.0.2.1', status: 400, path: undefined }],
      note: 'a connection without a request',
    },
  ],
})
