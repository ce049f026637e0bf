import type { BatchWriter } from '../../core/batch.ts'
import { FLAG, KIND } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { WebFields } from './fields.ts'
import { readIsoStamp, stamp } from './stamp.ts'
import { bytesOf, find, findLast, startsWith, until } from './text.ts'
import { RequestWriter } from './writer.ts'

const OPEN = bytesOf(': (')
const MISMATCH = bytesOf("password doesn't match for ")
const USER = bytesOf(' username: ')
const UNKNOWN = bytesOf('get_password failed')
const DIGEST = bytesOf('digest: auth failed for ')
const DIGEST_END = bytesOf(': wrong password')
const PEERS = [bytesOf(', IP: '), bytesOf(' IP: ')]

/** `2026-02-21 03:37:31: (mod_auth.c.525) MESSAGE`: logins that failed, with the client at the end of the line. */
function open(context: FormatContext): (line: Line, out: BatchWriter) => Verdict {
  const fields = new WebFields()
  const writer = new RequestWriter(context)
  return (line, out) => {
    const { bytes, start, end } = line
    if (!readIsoStamp(bytes, start, end) || !startsWith(bytes, stamp.end, end, OPEN)) return VERDICT.notMine
    const close = until(bytes, stamp.end, Math.min(end, stamp.end + 80), 41)
    if (bytes[close] !== 41) return VERDICT.notMine
    fields.reset(bytes)
    fields.time = stamp.time
    fields.flags = stamp.flags
    fields.service = 'lighttpd'
    const message = close + 2
    if (!readLogin(fields, message, end)) return VERDICT.irrelevant
    writer.write(fields, line, out, KIND['web.auth.failed'])
    return VERDICT.event
  }
}

/** Reads who failed to log in; the name stands before the address, so the address is the last one. */
function readLogin(fields: WebFields, start: number, end: number): boolean {
  const { bytes } = fields
  const mismatch = startsWith(bytes, start, end, MISMATCH)
  const digest = startsWith(bytes, start, end, DIGEST)
  if (!mismatch && !digest && !startsWith(bytes, start, end, UNKNOWN)) return false
  const mark = PEERS.find(one => findLast(bytes, start, end, one) >= 0)
  if (mark === undefined) return false
  const peer = findLast(bytes, start, end, mark)
  fields.peerStart = peer + mark.length
  fields.peerEnd = end
  fields.detailStart = start
  fields.detailEnd = peer
  if (mismatch) {
    const user = find(bytes, start, peer, USER)
    if (user >= 0) {
      fields.targetStart = start + MISMATCH.length
      fields.targetEnd = user
      fields.userStart = user + USER.length
      fields.userEnd = bytes[peer - 1] === 44 ? peer - 1 : peer
      fields.flags |= FLAG.USER_KNOWN
    }
  } else if (digest) {
    const user = findLast(bytes, start, peer, DIGEST_END)
    fields.userStart = start + DIGEST.length
    fields.userEnd = user < 0 ? peer : user
  } else fields.flags |= FLAG.USER_UNKNOWN
  return true
}

export default defineFormat({
  id: 'lighttpd-error',
  title: 'lighttpd error log',
  family: 'web',
  startsWith: '0123456789',
  open,
  samples: [
    {
      line: "2026-02-21 03:37:31: (mod_auth.c.525) password doesn't match for /admin username: bob IP: 192.0.2.1",
      is: [
        {
          kind: 'web.auth.failed',
          time: '2026-02-21T03:37:31Z',
          source: '192.0.2.1',
          user: 'bob',
          path: '/admin',
          service: 'lighttpd',
        },
      ],
    },
    {
      line: "2026-02-21 03:37:31: (http_auth.c.1) password doesn't match for /admin username: bob, IP: 2001:db8::7",
      is: [{ kind: 'web.auth.failed', source: '2001:db8::7', user: 'bob' }],
    },
    {
      line: "2026-02-21 03:37:31: (mod_auth.c.1) password doesn't match for / username: x IP: 203.0.113.9 IP: 192.0.2.1",
      is: [{ kind: 'web.auth.failed', source: '192.0.2.1', user: 'x IP: 203.0.113.9' }],
      note: 'a name cannot choose the address',
    },
    {
      line: '2026-02-21 03:37:31: (mod_auth.c.853) get_password failed, IP: 192.0.2.1',
      is: [{ kind: 'web.auth.failed', source: '192.0.2.1' }],
    },
    {
      line: '2026-02-21 03:37:31: (http_auth.c.867) digest: auth failed for  bob : wrong password, IP: 192.0.2.1',
      is: [{ kind: 'web.auth.failed', source: '192.0.2.1' }],
    },
    { line: '2026-02-21 03:37:31: (server.c.1551) server started (lighttpd/1.4.69)', is: 'irrelevant' },
  ],
})
