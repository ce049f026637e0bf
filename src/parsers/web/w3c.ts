import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
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
 * IIS: s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) [cs(Referer)] sc-status ...
 */
const IIS: Layout = {
  peer: 6,
  method: 1,
  stem: 2,
  query: 3,
  user: 5,
  status: 9,
  size: -1,
  agent: 7,
  referrer: 8,
  host: -1,
}
const IIS_WITHOUT_REFERRER: Layout = { ...IIS, referrer: -1, status: 8 }
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

/** The layout whose method, port, peer and status stand where they should. */
function iisLayout(bytes: Uint8Array, words: Words): Layout | undefined {
  const { starts, ends, count } = words
  const isNumber = (word: number, from: number, to: number): boolean => {
    const size = ends[word] - starts[word]
    if (word >= count || size < from || size > to) return false
    for (let i = starts[word]; i < ends[word]; i++) if (bytes[i] < 48 || bytes[i] > 57) return false
    return true
  }
  if (count < 10 || !isNumber(4, 1, 5) || bytes[starts[2]] !== 47) return undefined
  if (isNumber(9, 3, 3)) return IIS
  return isNumber(8, 3, 3) ? IIS_WITHOUT_REFERRER : undefined
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
  title: 'W3C extended log: IIS and CloudFront, in their usual order of fields',
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
