import { FLAG } from '../../core/event.ts'
import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { findByte, literal, readNumber, SPACE, startsWith, trimEnd } from '../support/bytes.ts'
import { parseCef } from '../support/cef.ts'
import { skipPriority } from '../support/priority.ts'
import { createStamp, readIsoStamp } from '../support/stamps.ts'

const VERSION = literal('1 ')
const DASH = 45
const QUOTE = 34
const BACKSLASH = 92

/** Position behind the structured data at `pos`: `-`, or elements in brackets whose quoted values may hold brackets and escaped quotes; -1 where it is cut. */
function skipStructuredData(bytes: Uint8Array, pos: number, end: number): number {
  if (bytes[pos] === DASH) return pos + 1
  let i = pos
  while (i < end && bytes[i] === 91) {
    let quoted = false
    for (i++; i < end; i++) {
      const byte = bytes[i]
      if (quoted && byte === BACKSLASH) i++
      else if (byte === QUOTE) quoted = !quoted
      else if (byte === 93 && !quoted) break
    }
    if (i >= end) return -1
    i++
  }
  return i === pos ? -1 : i
}

const isNil = (bytes: Uint8Array, start: number, end: number): boolean => end - start === 1 && bytes[start] === DASH

/** Whether the byte begins `CEF:` or `LEEF:`. */
const isCef = (byte: number): boolean => byte === 67 || byte === 76

export default defineFormat({
  id: 'syslog-rfc5424',
  title: 'Syslog protocol, RFC 5424',
  family: 'system',
  startsWith: '<',
  open: ({ parseMessage }) => {
    const stamp = createStamp()
    return (line, out) => {
      const { bytes, start, end } = line
      const version = skipPriority(bytes, start, end)
      if (version === start || !startsWith(bytes, version, end, VERSION)) return VERDICT.notMine
      let pos = version + VERSION.length
      if (bytes[pos] === DASH) stamp.end = pos + 1
      else if (readIsoStamp(bytes, pos, end, stamp)) {
        line.time = stamp.time
        line.flags = stamp.flags | (line.flags & FLAG.TRUSTED)
      } else return VERDICT.malformed
      pos = stamp.end + 1
      const host = pos
      const hostEnd = findByte(bytes, host, end, SPACE)
      const program = hostEnd + 1
      const programEnd = findByte(bytes, program, end, SPACE)
      const pid = programEnd + 1
      const pidEnd = findByte(bytes, pid, end, SPACE)
      const id = pidEnd + 1
      const idEnd = findByte(bytes, id, end, SPACE)
      if (idEnd >= end) return VERDICT.malformed
      const data = skipStructuredData(bytes, idEnd + 1, end)
      if (data < 0) return VERDICT.malformed
      if (!isNil(bytes, host, hostEnd)) {
        line.hostStart = host
        line.hostEnd = hostEnd
      }
      if (!isNil(bytes, program, programEnd)) {
        line.programStart = program
        line.programEnd = programEnd
      }
      line.headBytes = undefined
      line.pid = Math.max(0, readNumber(bytes, pid, pidEnd))
      let message = data < end && bytes[data] === SPACE ? data + 1 : data
      if (bytes[message] === 0xef && bytes[message + 1] === 0xbb && bytes[message + 2] === 0xbf) message += 3
      line.messageStart = Math.min(message, end)
      line.messageEnd = trimEnd(bytes, line.messageStart, end)
      if (line.programEnd === line.programStart && isCef(bytes[line.messageStart])) {
        const verdict = parseCef(line, out, line.messageStart)
        if (verdict !== VERDICT.notMine) return verdict
      }
      return parseMessage(line, out)
    }
  },
  samples: [
    {
      line: '<134>1 2026-02-28T08:05:01Z fw-1 - - - - CEF:0|Vendor|Gateway|1|100|Login failed|5|src=192.0.2.1 suser=root outcome=failure',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: 'root', host: 'fw-1', service: 'Gateway' }],
    },
    {
      line: '<38>1 2026-07-08T17:40:17.954167-04:00 web-1.example sshd 55555 - [tz Known="1"][x@123 t="[brackets]"] Failed unknown for invalid user alice from 192.0.2.2 port 55555 ssh2',
      is: [
        {
          kind: 'ssh.auth.failed',
          time: '2026-07-08T21:40:17.954Z',
          source: '192.0.2.2',
          port: 55555,
          user: 'alice',
          user_known: false,
          method: 'unknown',
          host: 'web-1.example',
          service: 'sshd',
          pid: 55555,
        },
      ],
    },
    {
      line: '<38>1 2026-07-08T17:40:17Z web-1 sshd 7 - [x@1 a="quote \\" and ] inside"] Invalid user bob from 192.0.2.2 port 5',
      is: [{ kind: 'ssh.user.invalid', user: 'bob', source: '192.0.2.2' }],
      note: 'an escaped quote and a bracket in a value',
    },
    {
      line: '<38>1 2026-07-08T17:40:17Z web-1 sshd 7 - - \uFEFFInvalid user bob from 192.0.2.2 port 5',
      is: [{ kind: 'ssh.user.invalid', user: 'bob' }],
      note: 'a byte order mark before the message',
    },
    {
      line: '<38>1 2026-07-08T17:40:17Z - sshd - - - Invalid user bob from 192.0.2.2 port 5',
      is: [{ kind: 'ssh.user.invalid', host: undefined, pid: undefined }],
    },
    {
      line: '<38>1 2026-07-08T17:40:17Z web-1 sshd 7 - [x@1 a="cut',
      is: 'malformed',
      note: 'cut in its structured data',
    },
    { line: '<38>1 2026-07-08T17:40:17Z web-1 sshd', is: 'malformed' },
  ],
})
