import type { BatchWriter } from '../../core/batch.ts'
import { KIND } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { WebFields } from './fields.ts'
import { readIsoStamp, stamp } from './stamp.ts'
import { bytesOf, find, findLast, startsWith, until } from './text.ts'
import { RequestWriter } from './writer.ts'

const SPACE = 32
const OPEN = 91
const CLOSE = 93
const DASH = 45
const COLON = 58
const HASH = 35
const LEVELS = ['[ERROR]', '[WARN]', '[NOTICE]', '[INFO]', '[DEBUG]'].map(bytesOf)
const USER = bytesOf("User '")
const REFUSED = bytesOf("' failed to authenticate.")
const CONSOLE = bytesOf('Failed Login Attempt - username:')
const CONSOLE_END = bytesOf(' ip:')
/** The brackets before the message: level, process, connection, the script that speaks. */
const MOST_BRACKETS = 6

/** `2026-02-21 03:37:31.183361 [NOTICE] [PID] [ADDRESS:PORT[:PROTOCOL]-N#VHOST] MESSAGE`: logins that failed. */
function open(context: FormatContext): (line: Line, out: BatchWriter) => Verdict {
  const fields = new WebFields()
  const writer = new RequestWriter(context)
  return (line, out) => {
    const { bytes, start, end } = line
    // Always six digits of a second's fraction.
    if (
      bytes[start + 10] !== SPACE ||
      bytes[start + 26] !== SPACE ||
      !readIsoStamp(bytes, start, end) ||
      bytes[stamp.end + 1] !== OPEN
    )
      return VERDICT.notMine
    const level = stamp.end + 1
    if (bytes[stamp.end] !== SPACE || !LEVELS.some(one => startsWith(bytes, level, end, one))) return VERDICT.notMine
    fields.reset(bytes)
    fields.time = stamp.time
    fields.flags = stamp.flags
    fields.service = 'litespeed'
    const message = readBrackets(fields, level, end)
    if (fields.peerEnd === fields.peerStart || !readLogin(fields, message, end)) return VERDICT.irrelevant
    writer.write(fields, line, out, KIND['web.auth.failed'])
    return VERDICT.event
  }
}

/** Takes the connection's peer and virtual host; answers where the message begins. The server writes the brackets before any text of a client's. */
function readBrackets(fields: WebFields, start: number, end: number): number {
  const { bytes } = fields
  let pos = start
  for (let i = 0; i < MOST_BRACKETS && bytes[pos] === OPEN; i++) {
    const close = until(bytes, pos, end, CLOSE)
    if (i > 0 && fields.peerEnd === fields.peerStart) readConnection(fields, pos + 1, close)
    pos = close + 1
    while (pos < end && bytes[pos] === SPACE) pos++
  }
  return pos
}

/** `ADDRESS:PORT:PROTOCOL-N#VHOST` or `ADDRESS:PORT-N#VHOST`; an IPv6 address stands in brackets or is followed by a port, too. */
function readConnection(fields: WebFields, start: number, end: number): void {
  const { bytes } = fields
  const hash = until(bytes, start, end, HASH)
  let to = until(bytes, start, hash, DASH)
  if (to === hash || until(bytes, start, to, COLON) === to) return
  // The protocol: what stands behind the last colon and is no number.
  let colon = to - 1
  while (colon > start && bytes[colon] !== COLON) colon--
  if (bytes[colon + 1] < 48 || bytes[colon + 1] > 57) to = colon
  fields.peerStart = start
  fields.peerEnd = to
  if (hash < end) {
    fields.vhostStart = hash + 1
    fields.vhostEnd = end
  }
}

function readLogin(fields: WebFields, start: number, end: number): boolean {
  const { bytes } = fields
  if (startsWith(bytes, start, end, USER)) {
    const refused = findLast(bytes, start, end, REFUSED)
    if (refused < 0) return false
    fields.userStart = start + USER.length
    fields.userEnd = refused
  } else {
    const console = find(bytes, start, end, CONSOLE)
    if (console < 0) return false
    fields.userStart = console + CONSOLE.length
    fields.userEnd = Math.max(fields.userStart, findLast(bytes, fields.userStart, end, CONSOLE_END))
  }
  fields.detailStart = start
  fields.detailEnd = Math.min(end, start + 200)
  return true
}

export default defineFormat({
  id: 'litespeed-error',
  title: 'LiteSpeed and OpenLiteSpeed error log',
  family: 'web',
  startsWith: '12',
  open,
  samples: [
    {
      line: "2026-02-21 03:37:31.353044 [INFO] [1226038] [192.0.2.1:61120-5#Example] User 'bob' failed to authenticate.",
      is: [
        {
          kind: 'web.auth.failed',
          time: '2026-02-21T03:37:31.353Z',
          source: '192.0.2.1',
          port: 61120,
          user: 'bob',
          target: 'Example',
          service: 'litespeed',
        },
      ],
    },
    {
      line: '2026-02-21 03:37:31.774649 [NOTICE] [1226033] [192.0.2.1:45164:HTTP2-41#_AdminVHost] [STDERR] [WebAdmin Console] Failed Login Attempt - username:admin ip:192.0.2.1 url:',
      is: [{ kind: 'web.auth.failed', source: '192.0.2.1', user: 'admin' }],
    },
    {
      line: "2026-02-21 03:37:31.353044 [INFO] [1226038] [192.0.2.1:61120-5#Example] User 'x' failed to authenticate. [203.0.113.9:1-1#Y] User 'y' failed to authenticate.",
      is: [{ kind: 'web.auth.failed', source: '192.0.2.1' }],
      note: 'a name cannot choose the address',
    },
    { line: '2026-02-21 03:37:31.353044 [NOTICE] [1226038] [AutoRestarter] new child process', is: 'irrelevant' },
  ],
})
