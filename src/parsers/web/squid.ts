import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, isDigit } from '../support/bytes.ts'
import { addTextEvent } from '../support/emit.ts'
import { WebFields } from './fields.ts'
import { JsonFiller } from './json-fields.ts'
import { readClfStamp, stamp } from './stamp.ts'
import { bytesOf } from './text.ts'
import { RequestWriter } from './writer.ts'

const LONGEST = 16_384
const RESULT = String.raw`(?<result>(?:TCP|UDP|NONE|TAG)[A-Z_]{0,40})`
const NATIVE = new RegExp(
  String.raw`^(?<epoch>\d{10}\.\d{3}) +\d{1,10} (?<peer>\S{1,255}) ${RESULT}\/(?<status>\d{3}) \d{1,18} (?<method>[A-Z_]{1,32}) (?<target>\S+) (?<user>\S+) [A-Z_]{1,40}\/\S+ \S+`,
)
const COMBINED = new RegExp(
  String.raw`^(?<peer>\S{1,255}) \S{1,64} (?<user>.{1,128}?) \[(?<date>[^\]]{20,30})\] "(?<method>[A-Z_]{1,32}) (?<target>\S+)(?: \S+)?" (?<status>\d{3}) .* ${RESULT}:[A-Z_]{1,40}$`,
)
const POINT = 46
const UPPER_A = 65
const UPPER_Z = 90

/**
 * A proxy's log: what its users asked of others' sites is no attack on this host. Told are those whom it turned away: by its
 * rules, or for a name and a password that are wrong. A challenge without a name stands before every login, and is none.
 */
function open(context: FormatContext): (line: Line, out: BatchWriter) => Verdict {
  const fields = new WebFields()
  const filler = new JsonFiller()
  const writer = new RequestWriter(context)
  return (line, out) => {
    const { bytes, start, end } = line
    // Ten digits and a point: an address has a point among its first four bytes.
    const native =
      bytes[start + 10] === POINT && isDigit(bytes[start + 1]) && isDigit(bytes[start + 2]) && isDigit(bytes[start + 3])
    // The combined form ends with a word in capitals, which no other access line does.
    if ((!native && (bytes[end - 1] < UPPER_A || bytes[end - 1] > UPPER_Z)) || end - start > LONGEST)
      return VERDICT.notMine
    const found = (native ? NATIVE : COMBINED).exec(decode(bytes, start, end))?.groups
    if (found === undefined) return VERDICT.notMine
    const { epoch, date, peer, result, status, method, target, user } = found
    if (date !== undefined) {
      const clf = bytesOf(date)
      if (!readClfStamp(clf, 0, clf.length)) return VERDICT.malformed
      line.time = stamp.time
      line.flags = stamp.flags
    } else {
      line.time = Math.round(Number(epoch) * 1000)
      line.flags = 0
    }
    if (!result.includes('DENIED')) return VERDICT.irrelevant
    if (status === '407') {
      if (user === '-') return VERDICT.irrelevant
      addTextEvent(line, out, 'web.auth.failed', { user, source: peer, service: 'squid' })
      return VERDICT.event
    }
    const { time, flags } = line
    filler.fill({ peer, method, target, status, user }, fields)
    fields.time = time
    fields.flags = flags
    fields.service = 'squid'
    writer.write(fields, line, out)
    return VERDICT.event
  }
}

export default defineFormat({
  id: 'squid',
  title: 'Squid (access.log, its own form and the combined one): who was turned away',
  family: 'web',
  startsWith: '0123456789abcdefABCDEF:',
  open,
  samples: [
    {
      line: '1772265901.123    235 192.0.2.1 TCP_DENIED/403 3916 CONNECT www.example:443 - HIER_NONE/- text/html',
      is: [
        {
          kind: 'web.request',
          time: '2026-02-28T08:05:01.123Z',
          source: '192.0.2.1',
          method: 'CONNECT',
          path: 'www.example:443',
          status: 403,
          service: 'squid',
        },
      ],
    },
    {
      line: '1772265901.123      1 192.0.2.1 TCP_DENIED/407 3916 CONNECT www.example:443 bob HIER_NONE/- text/html',
      is: [{ kind: 'web.auth.failed', source: '192.0.2.1', user: 'bob' }],
      note: 'a wrong password',
    },
    {
      line: '1772265901.123      0 192.0.2.1 TCP_DENIED/407 3916 CONNECT www.example:443 - HIER_NONE/- text/html',
      is: 'irrelevant',
      note: 'the challenge before a login',
    },
    {
      line: '1772265901.123    235 192.0.2.1 TCP_TUNNEL/200 3916 CONNECT www.example:443 bob HIER_DIRECT/203.0.113.5 -',
      is: 'irrelevant',
      note: 'what a proxy is for',
    },
    {
      line: '192.0.2.1 - - [28/Feb/2026:08:05:01 +0000] "CONNECT www.example:443 HTTP/1.1" 403 3916 "-" "curl/8.5" TCP_DENIED:HIER_NONE',
      is: [{ kind: 'web.request', source: '192.0.2.1', method: 'CONNECT', status: 403 }],
    },
    {
      line: '192.0.2.1 - bob [28/Feb/2026:08:05:01 +0000] "GET http://www.example/a HTTP/1.1" 200 3916 "-" "curl/8.5" TCP_MISS:HIER_DIRECT',
      is: 'irrelevant',
    },
  ],
})
