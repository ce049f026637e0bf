import type { BatchWriter } from '../../core/batch.ts'
import { FLAG } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { ParseMessage } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { findByte, literal, readNumber, SPACE, skipSpaces, startsWith, trimEnd } from '../support/bytes.ts'
import { RecordBuffer } from '../support/record.ts'
import { openSecondLook } from '../support/second-look.ts'
import { createStamp, isWeekday, readClassicStamp, readIsoStamp } from '../support/stamps.ts'
import { openTagged } from '../support/tag.ts'

const PID = literal('[pid ')
const UTC = literal('UTC')
const GMT = literal('GMT')
const VSFTPD = 'vsftpd'

/** vsftpd's own log: `[pid 2] [alice] FAIL LOGIN: Client "192.0.2.1"`, with no program named. */
function parseVsftpd(
  line: Line,
  out: BatchWriter,
  pos: number,
  buffer: RecordBuffer,
  parseMessage: ParseMessage,
): Verdict {
  const { bytes, end } = line
  const close = findByte(bytes, pos, end, 93)
  const pid = Math.max(0, readNumber(bytes, pos + PID.length, close))
  buffer.clear()
  const program = buffer.add(VSFTPD)
  const message = buffer.add(bytes.subarray(Math.min(skipSpaces(bytes, close + 1, end), end), end))
  line.bytes = buffer.bytes
  line.programStart = program
  line.programEnd = message
  line.messageStart = message
  line.messageEnd = trimEnd(buffer.bytes, message, buffer.length)
  line.pid = pid
  return parseMessage(line, out)
}

export default defineFormat({
  id: 'syslog-weekday',
  title: 'Syslog with the day of the week (OpenWrt logread, journalctl -o short-full, vsftpd.log)',
  family: 'system',
  startsWith: 'MTWFS',
  open: context => {
    const { parseMessage } = context
    const lookAgain = openSecondLook(context)
    const stamp = createStamp()
    const buffer = new RecordBuffer()
    const parseTagged = openTagged(parseMessage)
    return (line, out) => {
      const { bytes, start, end } = line
      if (end - start < 20 || bytes[start + 3] !== SPACE || !isWeekday(bytes, start)) return VERDICT.notMine
      const pos = start + 4
      const iso = readIsoStamp(bytes, pos, end, stamp)
      if (!iso && !readClassicStamp(bytes, pos, end, stamp))
        return stamp.end === 0 ? VERDICT.notMine : VERDICT.malformed
      line.time = stamp.time
      line.flags = stamp.flags | (line.flags & FLAG.TRUSTED)
      let next = skipSpaces(bytes, stamp.end, end)
      if (iso && (stamp.flags & FLAG.LOCAL) !== 0) {
        // short-full names the zone; of the names only these two mean the same everywhere.
        const word = findByte(bytes, next, end, SPACE)
        if (startsWith(bytes, next, word, UTC) || startsWith(bytes, next, word, GMT)) line.flags &= ~FLAG.LOCAL
        next = skipSpaces(bytes, word, end)
      }
      if (bytes[next] === 91 && startsWith(bytes, next, end, PID))
        return parseVsftpd(line, out, next, buffer, parseMessage)
      const verdict = parseTagged(line, out, next)
      return verdict === VERDICT.unknownMessage || verdict === VERDICT.malformed
        ? lookAgain(line, out, stamp, verdict)
        : verdict
    }
  },
  samples: [
    {
      line: 'Sat 2026-02-28 08:05:01 UTC web-1 ssh.service[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', pid: 403 }],
      note: 'journalctl -o with-unit',
    },
    {
      line: "Sat Feb 28 08:05:01 2026 authpriv.warn dropbear[403]: Bad password attempt for 'root' from 192.0.2.1:5310",
      is: [
        {
          kind: 'ssh.auth.failed',
          time: '2026-02-28T08:05:01Z',
          source: '192.0.2.1',
          port: 5310,
          user: 'root',
          service: 'dropbear',
          host: undefined,
        },
      ],
      note: 'OpenWrt',
    },
    {
      line: 'Sat 2026-02-28 08:05:01 UTC web-1 sshd[403]: Invalid user bob from 192.0.2.1 port 4242',
      is: [{ kind: 'ssh.user.invalid', time: '2026-02-28T08:05:01Z', host: 'web-1', user: 'bob' }],
      note: 'journalctl -o short-full',
    },
    {
      line: 'Sat Feb 28 08:05:01 2026 [pid 27202] [alice] FAIL LOGIN: Client "192.0.2.1"',
      is: [{ kind: 'ftp.auth.failed', source: '192.0.2.1', user: 'alice', service: 'vsftpd', pid: 27202 }],
      note: 'vsftpd.log',
    },
    { line: 'Sat Feb 28 08:05:01 2026 [pid 27202] CONNECT: Client "192.0.2.1"', is: 'irrelevant' },
    { line: 'Sat Feb 28 08:5', is: 'unknown', note: 'too short for anything' },
  ],
})
