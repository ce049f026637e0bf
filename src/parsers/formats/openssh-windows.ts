import { FLAG } from '../../core/event.ts'
import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { isDigit, SPACE } from '../support/bytes.ts'
import { fillLine, RecordBuffer } from '../support/record.ts'
import { createStamp, readIsoStamp } from '../support/stamps.ts'

const DOT = 46
const MOST_DIGITS = 10
/** `2026-02-28 08:05:01.123`. */
const STAMP = 23

export default defineFormat({
  id: 'openssh-windows',
  title: 'OpenSSH for Windows (sshd.log)',
  family: 'system',
  startsWith: '123456789',
  open: ({ parseMessage }) => {
    const stamp = createStamp()
    const buffer = new RecordBuffer()
    return (line, out) => {
      const { bytes, start, end } = line
      let pos = start
      let pid = 0
      for (; isDigit(bytes[pos]) && pos < start + MOST_DIGITS; pos++) pid = pid * 10 + bytes[pos] - 48
      const at = pos + 1
      if (bytes[pos] !== SPACE || bytes[at + 10] !== SPACE || bytes[at + 19] !== DOT || bytes[at + STAMP] !== SPACE)
        return VERDICT.notMine
      if (!readIsoStamp(bytes, at, end, stamp) || stamp.end !== at + STAMP) return VERDICT.notMine
      fillLine(line, out, buffer, {
        program: 'sshd',
        message: bytes.subarray(stamp.end + 1, end),
        pid: pid <= 0xffffffff ? pid : 0,
        time: stamp.time,
      })
      line.flags |= FLAG.LOCAL
      return parseMessage(line, out)
    }
  },
  samples: [
    {
      line: '4242 2026-02-28 08:05:01.123 Failed password for invalid user bob from 192.0.2.1 port 4242 ssh2',
      is: [
        {
          kind: 'ssh.auth.failed',
          source: '192.0.2.1',
          user: 'bob',
          pid: 4242,
          service: 'sshd',
          time: '2026-02-28T08:05:01.123Z',
        },
      ],
    },
    {
      line: '4242 2026-02-28 08:05:01.123 Accepted publickey for EXAMPLE\\bob from 192.0.2.1 port 4242 ssh2: ED25519 SHA256:abc',
      is: [{ kind: 'ssh.auth.accepted', user: 'EXAMPLE\\bob' }],
    },
    { line: '4242 2026-02-28 08:05:01.123 Server listening on :: port 22.', is: 'irrelevant' },
  ],
})
