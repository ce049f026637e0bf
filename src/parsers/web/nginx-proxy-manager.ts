import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { WebFields } from './fields.ts'
import { readClfStamp, stamp } from './stamp.ts'
import { bytesOf, digits, find, startsWith, until } from './text.ts'
import { RequestWriter } from './writer.ts'

const SPACE = 32
const QUOTE = 34
const CLOSE = 93
const QUESTION = 63
const DASH = bytesOf(' - ')
const TARGET = bytesOf(' "')
const CLIENT = bytesOf(' [Client ')
const LENGTH = bytesOf('] [Length ')
/** `[stamp] CACHE UPSTREAM-STATUS STATUS - `: what stands before the method is short. */
const LONGEST_HEAD = 200

/**
 * `[stamp] [CACHE UPSTREAM-STATUS] STATUS - METHOD SCHEME HOST "TARGET" [Client ADDRESS] [Length N] [Gzip N] [Sent-to HOST]
 * "AGENT" "REFERRER"`. nginx escapes quotes in all that a client writes, so the first quote behind the target ends it.
 */
function open(context: FormatContext): (line: Line, out: BatchWriter) => Verdict {
  const fields = new WebFields()
  const writer = new RequestWriter(context)
  return (line, out) => {
    const { bytes, start, end } = line
    if (!readClfStamp(bytes, start + 1, end) || bytes[stamp.end] !== CLOSE) return VERDICT.notMine
    const { time, flags, end: stampEnd } = stamp
    const dash = dashBehindStatus(bytes, stampEnd, Math.min(end, stampEnd + LONGEST_HEAD))
    const target = dash < 0 ? -1 : find(bytes, dash, end, TARGET)
    if (target < 0) return VERDICT.notMine
    const targetEnd = until(bytes, target + TARGET.length, end, QUOTE)
    if (!startsWith(bytes, targetEnd + 1, end, CLIENT)) return VERDICT.notMine
    fields.reset(bytes)
    fields.time = time
    fields.flags = flags
    fields.service = 'nginx'
    fields.peerStart = targetEnd + 1 + CLIENT.length
    fields.peerEnd = until(bytes, fields.peerStart, end, CLOSE)
    fields.status = digits(bytes, behindLastSpace(bytes, stampEnd, dash), dash)
    readRequest(fields, dash + DASH.length, target)
    fields.targetStart = target + TARGET.length
    fields.targetEnd = targetEnd
    const query = until(bytes, fields.targetStart, targetEnd, QUESTION)
    fields.queryMark = query === targetEnd ? -1 : query
    if (startsWith(bytes, fields.peerEnd, end, LENGTH)) fields.size = digits(bytes, fields.peerEnd + LENGTH.length, end)
    readQuoted(fields, fields.peerEnd, end)
    writer.write(fields, line, out)
    return VERDICT.event
  }
}

/** The dash that stands behind a number: the others stand for a cache or an upstream that was not asked. */
function dashBehindStatus(bytes: Uint8Array, start: number, end: number): number {
  let at = find(bytes, start, end, DASH)
  while (at >= 0 && !(bytes[at - 1] >= 48 && bytes[at - 1] <= 57)) at = find(bytes, at + 1, end, DASH)
  return at
}

function behindLastSpace(bytes: Uint8Array, start: number, end: number): number {
  let i = end
  while (i > start && bytes[i - 1] !== SPACE) i--
  return i
}

/** `METHOD SCHEME HOST`. */
function readRequest(fields: WebFields, start: number, end: number): void {
  const { bytes } = fields
  fields.methodStart = start
  fields.methodEnd = until(bytes, start, end, SPACE)
  fields.vhostStart = Math.min(end, until(bytes, fields.methodEnd + 1, end, SPACE) + 1)
  fields.vhostEnd = end
}

/** `"AGENT" "REFERRER"` behind the brackets. */
function readQuoted(fields: WebFields, start: number, end: number): void {
  const { bytes } = fields
  const agent = until(bytes, start, end, QUOTE)
  if (agent >= end) return
  fields.agentStart = agent + 1
  fields.agentEnd = until(bytes, agent + 1, end, QUOTE)
  const referrer = until(bytes, fields.agentEnd + 1, end, QUOTE)
  if (referrer >= end) return
  fields.referrerStart = referrer + 1
  fields.referrerEnd = until(bytes, referrer + 1, end, QUOTE)
}

export default defineFormat({
  id: 'nginx-proxy-manager',
  title: 'Nginx Proxy Manager (proxy-host and default-host access logs)',
  family: 'web',
  startsWith: '[',
  open,
  samples: [
    {
      line: '[28/Feb/2026:08:05:01 +0000] - 404 404 - GET https www.example "/a?x=1" [Client 192.0.2.1] [Length 192] [Gzip 3.10] [Sent-to 10.0.0.9] "Mozilla/5.0 (X11)" "https://www.example/"',
      is: [
        {
          kind: 'web.request',
          time: '2026-02-28T08:05:01Z',
          source: '192.0.2.1',
          method: 'GET',
          path: '/a',
          query: 'x=1',
          status: 404,
          bytes: 192,
          agent: 'Mozilla/5.0 (X11)',
          referrer: 'https://www.example/',
          target: 'www.example',
        },
      ],
    },
    {
      line: '[28/Feb/2026:08:05:01 +0000] HIT 200 304 - GET http www.example "/" [Client 2001:db8::7] [Length 0] [Gzip -] [Sent-to app] "curl/8.5.0" "-"',
      is: [{ source: '2001:db8::7', status: 304, bytes: 0, agent: 'curl/8.5.0' }],
    },
    {
      line: '[28/Feb/2026:08:05:01 +0000] 444 - GET https 198.51.100.1 "/.env" [Client 192.0.2.1] [Length 0] [Gzip -] "-" "-"',
      is: [{ source: '192.0.2.1', path: '/.env', status: 444 }],
      note: 'a host that is none of its own',
    },
    {
      line: '[28/Feb/2026:08:05:01 +0000] - 502, 200 200 - POST https www.example "/x\\x22 [Client 203.0.113.9] [Length 1" [Client 192.0.2.1] [Length 5] [Gzip -] [Sent-to app] "a" "b"',
      is: [{ source: '192.0.2.1', method: 'POST', status: 200 }],
      note: 'a target cannot choose the client; two upstreams were asked',
    },
    { line: '[28/Feb/2026:08:05:01 +0000] something else', is: 'unknown' },
  ],
})
