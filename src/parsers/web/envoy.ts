import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode } from '../support/bytes.ts'
import { WebFields } from './fields.ts'
import { JsonFiller } from './json-fields.ts'
import { RequestWriter } from './writer.ts'

const LONGEST = 32_768
const DIGIT_TWO = 50
const DASH = 45
/**
 * `[TIME] "METHOD PATH PROTOCOL" CODE FLAGS [DETAILS ...] RECEIVED SENT DURATION UPSTREAM "FORWARDED" "AGENT" "ID" "AUTHORITY"`,
 * and what Istio adds behind it: the upstream, its cluster and addresses, and the client's own.
 */
const LINE =
  /^\[(?<time>\d{4}-\d\d-\d\dT[\d:.]{8,20}Z)\] "(?<method>[A-Z-]{1,32}) (?<target>[^"]*) (?<protocol>[A-Z]{2,5}\/[\d.]{1,3}|-)" (?<status>\d{1,3}) \S+(?: \S+ \S+ "[^"]*")? \d{1,18} (?<size>\d{1,18}) \d{1,12} \S+ "(?<forwarded>[^"]*)" "(?<agent>[^"]*)" "[^"]*" "(?<vhost>[^"]*)"(?<rest>.*)$/
/** Istio: `"UPSTREAM" CLUSTER LOCAL DOWNSTREAM-LOCAL DOWNSTREAM-REMOTE SNI ROUTE`. */
const PEER = /^ "[^"]*" \S+ \S+ \S+ (?<peer>\[?[\da-fA-F.:]+\]?:\d{1,5}) \S+ \S+$/

function open(context: FormatContext): (line: Line, out: BatchWriter) => Verdict {
  const fields = new WebFields()
  const filler = new JsonFiller()
  const writer = new RequestWriter(context)
  return (line, out) => {
    const { bytes, start, end } = line
    if (bytes[start + 1] !== DIGIT_TWO || bytes[start + 5] !== DASH || end - start > LONGEST) return VERDICT.notMine
    const found = LINE.exec(decode(bytes, start, end))?.groups
    if (found === undefined) return VERDICT.notMine
    const { time, method, target, protocol, status, size, forwarded, agent, vhost, rest } = found
    if (method === '-') return VERDICT.irrelevant
    // Without the peer's own address nobody knows whether Envoy or the client wrote what was forwarded: then nobody is named.
    const peer = PEER.exec(rest)?.groups?.peer
    filler.fill(
      {
        time,
        ...(peer === undefined ? {} : { peer, forwarded }),
        method,
        target,
        protocol,
        status,
        size,
        agent,
        vhost,
      },
      fields,
    )
    if (Number.isNaN(fields.time)) return VERDICT.malformed
    fields.service = 'envoy'
    writer.write(fields, line, out)
    return VERDICT.event
  }
}

export default defineFormat({
  id: 'envoy',
  title: 'Envoy and Istio access log (the client where the log has its own address)',
  family: 'web',
  startsWith: '[',
  open,
  samples: [
    {
      line: '[2026-02-28T08:05:01.123Z] "GET /.env?a=1 HTTP/1.1" 404 NR 0 57 2 - "192.0.2.1" "curl/8.5" "5f3c" "www.example" "-"',
      is: [
        {
          kind: 'web.request',
          time: '2026-02-28T08:05:01.123Z',
          method: 'GET',
          path: '/.env',
          query: 'a=1',
          status: 404,
          bytes: 57,
          agent: 'curl/8.5',
          target: 'www.example',
          service: 'envoy',
        },
      ],
    },
    {
      line: '[2026-02-28T08:05:01.123Z] "GET / HTTP/2" 200 - via_upstream - "-" 0 57 2 1 "203.0.113.9" "curl/8.5" "5f3c" "www.example" "10.0.0.9:80" inbound|80|| 127.0.0.6:1 10.0.0.9:80 192.0.2.1:41234 - default',
      is: [{ kind: 'web.request', source: '192.0.2.1', port: 41234, status: 200 }],
      note: 'Istio: what the client says was forwarded is not believed',
    },
    {
      line: '[2026-02-28T08:05:01.123Z] "- - -" 0 UF 0 0 2 - "-" "-" "-" "-" "10.0.0.9:80"',
      is: 'irrelevant',
      note: 'no request',
    },
  ],
})
