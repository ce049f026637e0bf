import { VERDICT } from '../../core/line.ts'
import { HOUR, MINUTE } from '../../core/time.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import {
  decode,
  find,
  findByte,
  isDigit,
  literal,
  readNumber,
  SPACE,
  skipSpaces,
  startsWith,
} from '../support/bytes.ts'
import { fillLine, RecordBuffer } from '../support/record.ts'
import { createStamp, readIsoStamp } from '../support/stamps.ts'

const OPEN = 91
const CLOSE = 93
const PLUS = 43
const MINUS = 45
/** The length of `+0100`. */
const ZONE = 5
/** Where the date of the stamp ends: exim writes a space, where most others have a T. */
const DATE = 10
/** Where the seconds end. */
const CLOCK = 19
const DOT = 46
/** What decides stands in the first words. */
const HEAD = 80
const DASH = 45
const AUTHENTICATOR = literal(' authenticator failed for ')
/** How exim's other lines begin; each is a text that no host and program of a syslog line can stand for. */
const BEGINS = [
  'H=',
  'SMTP ',
  'TLS error ',
  'TLS session',
  'no host name found ',
  'no IP address found ',
  'no MAIL in SMTP ',
  'unexpected disconnection ',
  'rejected ',
  'Start queue run',
  'End queue run',
  'exim 4',
  'refused connection from ',
  'ident connection ',
].map(literal)
/** A message's id: `1tXyZa-0000AB-CD`, since version 4.97 `1tXyZa-00000000ABC-1dEf`. */
const ID = /^[\da-zA-Z]{6}-(?:[\da-zA-Z]{6}-[\da-zA-Z]{2}|[\da-zA-Z]{11}-[\da-zA-Z]{4}) /

/** Whether a message of exim's begins at `at`: an authenticator's name, a message's id, a host, what it says of a connection or of itself. */
function isExim(bytes: Uint8Array, at: number, end: number): boolean {
  const head = Math.min(end, at + HEAD)
  if (bytes[at + 6] === DASH && ID.test(decode(bytes, at, head))) return true
  for (const begin of BEGINS) if (startsWith(bytes, at, end, begin)) return true
  const authenticator = find(bytes, at, head, AUTHENTICATOR)
  return authenticator > at && findByte(bytes, at, authenticator, SPACE) === authenticator
}

/** `+0100 ` as milliseconds; NaN for anything else. */
function zoneAt(bytes: Uint8Array, at: number, end: number): number {
  if ((bytes[at] !== PLUS && bytes[at] !== MINUS) || at + ZONE >= end || bytes[at + ZONE] !== SPACE) return Number.NaN
  const hours = readNumber(bytes, at + 1, at + 3)
  const minutes = readNumber(bytes, at + 3, at + ZONE)
  if (hours < 0 || minutes < 0) return Number.NaN
  const offset = hours * HOUR + minutes * MINUTE
  return bytes[at] === MINUS ? -offset : offset
}

export default defineFormat({
  id: 'exim',
  title: "Exim's own log (mainlog, rejectlog)",
  family: 'system',
  startsWith: '12',
  open: ({ parseMessage }) => {
    const stamp = createStamp()
    const buffer = new RecordBuffer()
    return (line, out) => {
      const { bytes, start, end } = line
      const behind = bytes[start + CLOCK]
      if (bytes[start + DATE] !== SPACE || (behind !== SPACE && behind !== DOT)) return VERDICT.notMine
      if (!readIsoStamp(bytes, start, end, stamp)) return VERDICT.notMine
      let { time, flags } = stamp
      let pos = skipSpaces(bytes, stamp.end, end)
      // With `log_timezone` the zone stands behind a space.
      const offset = zoneAt(bytes, pos, end)
      if (!Number.isNaN(offset)) {
        time -= offset
        flags = 0
        pos = skipSpaces(bytes, pos + ZONE, end)
      }
      let pid = 0
      if (bytes[pos] === OPEN) {
        let i = pos + 1
        for (; i < end && isDigit(bytes[i]); i++) pid = pid * 10 + bytes[i] - 48
        if (bytes[i] !== CLOSE || i === pos + 1) return VERDICT.notMine
        pos = skipSpaces(bytes, i + 1, end)
      }
      if (!isExim(bytes, pos, end)) return VERDICT.notMine
      fillLine(line, out, buffer, {
        program: 'exim',
        message: bytes.subarray(pos, end),
        time,
        pid: pid <= 0xffffffff ? pid : 0,
      })
      line.flags |= flags
      return parseMessage(line, out)
    }
  },
  samples: [
    {
      line: '2026-02-28 08:05:01 dovecot_login authenticator failed for (helo.example) [192.0.2.1]:4242: 535 Incorrect authentication data (set_id=bob)',
      is: [
        {
          kind: 'mail.auth.failed',
          time: '2026-02-28T08:05:01Z',
          source: '192.0.2.1',
          port: 4242,
          user: 'bob',
          method: 'dovecot_login',
          service: 'exim',
        },
      ],
    },
    {
      line: '2026-02-28 08:05:01.123 +0100 [4711] login authenticator failed for ([203.0.113.9]) [192.0.2.1]: 535 Incorrect authentication data',
      is: [{ kind: 'mail.auth.failed', time: '2026-02-28T07:05:01.123Z', source: '192.0.2.1', pid: 4711 }],
      note: 'with milliseconds, a zone and the number of the process',
    },
    {
      line: '2026-02-28 08:05:01 1tXyZa-00000000ABC-1dEf <= bob@mail.example H=client.example [192.0.2.1]:4242 P=esmtpsa X=TLS1.3 A=plain_login:bob S=900',
      is: [{ kind: 'mail.auth.accepted', source: '192.0.2.1', user: 'bob', method: 'plain_login' }],
    },
    { line: '2026-02-28 08:05:01 1tXyZa-0000AB-CD Completed', is: 'irrelevant' },
    { line: '2026-02-28 08:05:01 H=(x) [192.0.2.1] F=<a@b.example> rejected RCPT <c@d.example>: no', is: 'irrelevant' },
  ],
})
