import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { find } from '../support/bytes.ts'
import { WebFields } from './fields.ts'
import { markQuery } from './request.ts'
import { readIsoStamp, stamp } from './stamp.ts'
import { bytesOf, digits, startsWith } from './text.ts'
import { Words } from './words.ts'
import { RequestWriter } from './writer.ts'

const TAB = 9
const SPACE = 32
const DIRECTIVES = ['#Software:', '#Version:', '#Date:', '#Fields:', '#Start-Date:', '#End-Date:', '#Remark:'].map(
  bytesOf,
)

/** Where the fields of a layout stand among the words behind date and time; -1 where it has none. */
interface Layout {
  peer: number
  method: number
  stem: number
  query: number
  user: number
  status: number
  size: number
  agent: number
  referrer: number
  host: number
}

/**
 * A line cannot see the `#Fields:` above it (files are parsed in pieces), so the usual layouts are told by their shape.
 * IIS leaves fields out, yet never changes their order:
 * [s-sitename] [s-computername] [s-ip] cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip [cs-version]
 * cs(User-Agent) [cs(Cookie)] [cs(Referer)] [cs-host] sc-status sc-substatus sc-win32-status [sc-bytes] [cs-bytes] [time-taken]
 */
const MOST_BEFORE_METHOD = 3
const MOST_BEFORE_STATUS = 4
const HTTP = bytesOf('HTTP/')
const URL_MARK = bytesOf('://')

/** CloudFront: x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query ... */
const CLOUDFRONT: Layout = {
  peer: 2,
  method: 3,
  stem: 5,
  query: 9,
  user: -1,
  status: 6,
  size: 1,
  agent: 8,
  referrer: 7,
  host: 4,
}

function open(context: FormatContext): (line: Line, out: BatchWriter) => Verdict {
  const fields = new WebFields()
  const writer = new RequestWriter(context)
  const words = new Words()
  return (line, out) => {
    const { bytes, start, end } = line
    if (bytes[start] === 35) {
      return DIRECTIVES.some(directive => startsWith(bytes, start, end, directive))
        ? VERDICT.irrelevant
        : VERDICT.notMine
    }
    const tabs = bytes[start + 10] === TAB
    if (!readDateAndTime(bytes, start, end, tabs)) return VERDICT.notMine
    const { time } = stamp
    words.split(bytes, start + 20, end, tabs ? TAB : SPACE)
    const layout = tabs ? CLOUDFRONT : iisLayout(bytes, words)
    if (layout === undefined || words.count <= Math.max(layout.status, layout.agent, layout.query))
      return VERDICT.notMine
    fields.reset(bytes)
    fields.time = time
    // Both are written in UTC, whatever the server's zone.
    fields.flags = 0
    fields.service = tabs ? 'cloudfront' : 'iis'
    fill(fields, words, layout)
    writer.write(fields, line, out)
    return VERDICT.event
  }
}

function readDateAndTime(bytes: Uint8Array, start: number, end: number, tabs: boolean): boolean {
  if (bytes[start + 10] !== (tabs ? TAB : SPACE) || end - start < 30 || bytes[start + 19] !== (tabs ? TAB : SPACE))
    return false
  if (!tabs) return readIsoStamp(bytes, start, start + 19)
  const copy = bytes.slice(start, start + 19)
  copy[10] = SPACE
  return readIsoStamp(copy, 0, 19)
}

/** Where IIS put the fields, told by the path, the port, and the status with its substatus. */
function iisLayout(bytes: Uint8Array, { starts, ends, count }: Words): Layout | undefined {
  const isNumber = (word: number, from: number, to: number): boolean => {
    const size = ends[word] - starts[word]
    if (word >= count || size < from || size > to) return false
    for (let i = starts[word]; i < ends[word]; i++) if (bytes[i] < 48 || bytes[i] > 57) return false
    return true
  }
  let method = 0
  while (method <= MOST_BEFORE_METHOD && !(bytes[starts[method + 1]] === 47 && isNumber(method + 3, 1, 5))) method++
  if (method > MOST_BEFORE_METHOD || method + 9 > count) return undefined
  const peer = method + 5
  const agent = startsWith(bytes, starts[peer + 1], ends[peer + 1], HTTP) ? peer + 2 : peer + 1
  let status = agent + 1
  // A client may write a number for its referrer: the number behind the status is a short one, and the client's is not before one.
  while (status <= agent + MOST_BEFORE_STATUS && !(isNumber(status, 3, 3) && isNumber(status + 1, 1, 2))) status++
  if (status > agent + MOST_BEFORE_STATUS) return undefined
  // Of two between agent and status, cookie and referrer or referrer and host, a host is neither a URL nor absent.
  const last = status - 1
  const withHost =
    last === agent + 3 ||
    (last === agent + 2 && bytes[starts[last]] !== 45 && find(bytes, starts[last], ends[last], URL_MARK) < 0)
  return {
    peer,
    method,
    stem: method + 1,
    query: method + 2,
    user: method + 4,
    status,
    size: count - status === 6 && isNumber(status + 4, 1, 20) ? status + 3 : -1,
    agent,
    referrer: last === agent ? -1 : withHost ? last - 1 : last,
    host: withHost ? last : -1,
  }
}

function fill(fields: WebFields, { starts, ends }: Words, layout: Layout): void {
  const { bytes } = fields
  fields.peerStart = starts[layout.peer]
  fields.peerEnd = ends[layout.peer]
  fields.methodStart = starts[layout.method]
  fields.methodEnd = ends[layout.method]
  fields.targetStart = starts[layout.stem]
  fields.targetEnd = ends[layout.stem]
  markQuery(fields)
  if (ends[layout.query] - starts[layout.query] > 1 || bytes[starts[layout.query]] !== 45) {
    fields.queryStart = starts[layout.query]
    fields.queryEnd = ends[layout.query]
  }
  fields.status = digits(bytes, starts[layout.status], ends[layout.status])
  fields.agentStart = starts[layout.agent]
  fields.agentEnd = ends[layout.agent]
  if (layout.user >= 0) {
    fields.userStart = starts[layout.user]
    fields.userEnd = ends[layout.user]
  }
  if (layout.referrer >= 0) {
    fields.referrerStart = starts[layout.referrer]
    fields.referrerEnd = ends[layout.referrer]
  }
  if (layout.size >= 0) fields.size = digits(bytes, starts[layout.size], ends[layout.size])
  if (layout.host >= 0) {
    fields.vhostStart = starts[layout.host]
    fields.vhostEnd = ends[layout.host]
  }
}

export default defineFormat({
  id: 'w3c',
  title: 'W3C extended log: IIS with any of its fields, and CloudFront',
  family: 'web',
  startsWith: '#0123456789',
  open,
  samples: [
    {
      line: '2026-02-21 03:37:31 198.51.100.2 GET /.env a=1 443 - 192.0.2.1 curl/8.5+(x) https://ref.example/ 404 0 2 15',
      is: [
        {
          kind: 'web.request',
          time: '2026-02-21T03:37:31Z',
          source: '192.0.2.1',
          method: 'GET',
          path: '/.env',
          query: 'a=1',
          status: 404,
          agent: 'curl/8.5+(x)',
          referrer: 'https://ref.example/',
          user: undefined,
          service: 'iis',
        },
      ],
    },
    {
      line: '2026-02-21 03:37:31 198.51.100.2 POST /login - 80 DOMAIN\\bob 2001:db8::7 - 401 1 1326 3',
      is: [{ kind: 'web.request', source: '2001:db8::7', user: 'DOMAIN\\bob', status: 401, query: undefined }],
      note: 'an older default, without a referrer',
    },
    {
      line: '2026-02-21 03:37:31 W3SVC1 WEB01 198.51.100.2 GET /.env a=1 443 - 192.0.2.1 HTTP/1.1 curl/8.5 sid=1;+a=2 https://ref.example/ www.example 404 0 2 1245 310 15',
      is: [
        {
          kind: 'web.request',
          source: '192.0.2.1',
          path: '/.env',
          query: 'a=1',
          status: 404,
          bytes: 1245,
          agent: 'curl/8.5',
          referrer: 'https://ref.example/',
          target: 'www.example',
        },
      ],
      note: 'IIS with all its fields',
    },
    {
      line: '2026-02-21 03:37:31 W3SVC2 198.51.100.2 GET / - 80 - 192.0.2.1 HTTP/2.0 curl/8.5 - www.example 200 0 0',
      is: [{ source: '192.0.2.1', path: '/', status: 200, target: 'www.example', referrer: undefined }],
      note: 'some of them',
    },
    {
      line: '2026-02-21 03:37:31 198.51.100.2 GET / - 80 - 192.0.2.1 curl/8.5 200 404 0 2 15 10.0.0.1',
      is: [{ status: 404, referrer: '200' }],
      note: 'a number for a referrer, and a field of its own at the end',
    },
    {
      line: '2026-02-21 03:37:31 GET /a - 80 bob 192.0.2.1 curl/8.5 401 1 1326 3',
      is: [{ source: '192.0.2.1', path: '/a', status: 401, user: 'bob' }],
      note: 'without the address of the server',
    },
    {
      line: '2026-02-21\t03:37:31\tFRA2\t182\t192.0.2.1\tGET\td1.cloudfront.example\t/.env\t404\t-\tcurl/8.5\ta=1\t-\tError\tid\twww.example\thttps\t99\t0.001',
      is: [
        {
          kind: 'web.request',
          source: '192.0.2.1',
          path: '/.env',
          query: 'a=1',
          status: 404,
          bytes: 182,
          service: 'cloudfront',
          target: 'd1.cloudfront.example',
        },
      ],
    },
    { line: '#Fields: date time s-ip cs-method cs-uri-stem', is: 'irrelevant' },
    { line: '#Version: 1.0', is: 'irrelevant' },
  ],
})
