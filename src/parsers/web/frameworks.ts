import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { WebFields } from './fields.ts'
import { markQuery } from './request.ts'
import { readIsoStamp, stamp } from './stamp.ts'
import { bytesOf, find } from './text.ts'
import { RequestWriter } from './writer.ts'

/** One of these stands near the beginning; other lines are not decoded. */
const GIN = bytesOf('[GIN] ')
const RAILS = bytesOf('Started ')
const HEAD = 120
const LONGEST = 16_384

/** `[GIN] 2026/02/28 - 08:05:01 | 404 |  12.3µs |  ADDRESS | GET  "/a"`: the target is quoted as Go does. */
const GIN_LINE =
  /^\[GIN\] (?<day>\d{4}\/\d\d\/\d\d) - (?<clock>\d\d:\d\d:\d\d) \| *(?<status>\d{3}) *\| *[^|\s]{1,20} *\| *(?<peer>[\da-fA-F.:]{2,45}) *\| *(?<method>[A-Z]{3,10}) +"(?<target>(?:[^"\\]|\\.)*)"/
/** `Started GET "/a" for ADDRESS at 2026-02-28 08:05:01 +0000`: no target holds a blank, so what stands behind it is the server's. */
const RAILS_LINE =
  /^(?:[A-Z], \[[^\]]{10,60}\] +[A-Z]+ -- : )?(?:\[[\w-]{1,64}\] ){0,4}Started (?<method>[A-Z]{3,10}) "(?<target>[^\s]*)" for (?<peer>[\da-fA-F.:]{2,45}) at (?<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?<zone>[+-]\d{4})$/

const encoder = new TextEncoder()
const decoder = new TextDecoder()

interface Request {
  time: string
  peer: string
  method: string
  target: string
  status: number
}

function read(text: string): Request | undefined {
  const gin = GIN_LINE.exec(text)?.groups
  if (gin !== undefined) {
    const { day, clock, status, peer, method, target } = gin
    return { time: `${day.replaceAll('/', '-')} ${clock}`, peer, method, target, status: Number(status) }
  }
  const rails = RAILS_LINE.exec(text)?.groups
  if (rails === undefined) return undefined
  const { time, zone, peer, method, target } = rails
  return { time: time.replace(' ', 'T') + zone, peer, method, target, status: 0 }
}

function open(context: FormatContext): (line: Line, out: BatchWriter) => Verdict {
  const fields = new WebFields()
  const writer = new RequestWriter(context)
  return (line, out) => {
    const { bytes, start, end } = line
    const head = Math.min(end, start + HEAD)
    if (end - start > LONGEST || (find(bytes, start, head, GIN) < 0 && find(bytes, start, head, RAILS) < 0))
      return VERDICT.notMine
    const request = read(decoder.decode(bytes.subarray(start, end)))
    if (request === undefined) return VERDICT.notMine
    const { time, peer, method, target, status } = request
    const text = encoder.encode(`${time} ${peer} ${method} ${target}`)
    if (!readIsoStamp(text, 0, text.length)) return VERDICT.malformed
    fields.reset(text)
    fields.time = stamp.time
    fields.flags = stamp.flags
    fields.status = status
    fields.peerStart = time.length + 1
    fields.peerEnd = fields.peerStart + peer.length
    fields.methodStart = fields.peerEnd + 1
    fields.methodEnd = fields.methodStart + method.length
    fields.targetStart = fields.methodEnd + 1
    fields.targetEnd = text.length
    markQuery(fields)
    writer.write(fields, line, out)
    return VERDICT.event
  }
}

export default defineFormat({
  id: 'web-frameworks',
  title: 'Requests in the own logs of Gin (Go) and Rails',
  family: 'web',
  startsWith: '[SDIWEF',
  open,
  samples: [
    {
      line: '[GIN] 2026/02/28 - 08:05:01 | 404 |      12.3µs |       192.0.2.1 | GET      "/.env?a=1"',
      is: [
        {
          kind: 'web.request',
          time: '2026-02-28T08:05:01Z',
          source: '192.0.2.1',
          method: 'GET',
          path: '/.env',
          query: 'a=1',
          status: 404,
        },
      ],
    },
    {
      line: '[GIN] 2026/02/28 - 08:05:01 | 200 |   1.204512ms |     2001:db8::7 | POST     "/x\\" | 203.0.113.9 | GET \\"/y"',
      is: [{ source: '2001:db8::7', method: 'POST', status: 200 }],
      note: 'a target cannot choose the client',
    },
    {
      line: 'Started GET "/wp-login.php" for 192.0.2.1 at 2026-02-28 08:05:01 +0100',
      is: [{ kind: 'web.request', time: '2026-02-28T07:05:01Z', source: '192.0.2.1', path: '/wp-login.php' }],
      note: 'Rails',
    },
    {
      line: 'I, [2026-02-28T08:05:01.123456 #77]  INFO -- : [0af3-11] Started POST "/login?x=1" for 192.0.2.1 at 2026-02-28 08:05:01 +0000',
      is: [{ source: '192.0.2.1', method: 'POST', path: '/login', query: 'x=1' }],
    },
    { line: 'Started the worker', is: 'unknown' },
  ],
})
