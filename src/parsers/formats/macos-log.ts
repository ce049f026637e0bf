import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, SPACE } from '../support/bytes.ts'
import { fillLine, RecordBuffer } from '../support/record.ts'
import { createStamp, readIsoStamp } from '../support/stamps.ts'

/** `2026-02-28 08:05:01.123456-0800 0x`: where the number of the thread begins. */
const THREAD = 32
const ZERO = 48
const LETTER_X = 120
const LONGEST = 16_384
/** `0xTHREAD TYPE 0xACTIVITY PID TTL PROGRAM: [(LIBRARY)] [[SUBSYSTEM:CATEGORY]] MESSAGE`. */
const BEHIND =
  /^0x[\da-f]+ +\w+ +0x[\da-f]+ +(?<pid>\d{1,10}) +\d+ +(?<program>[\w.-]{1,64}): (?:\([^()]{1,100}\) )?(?:\[[\w.-]{1,100}:[\w.-]{1,100}\] )?(?<message>.*)$/s

export default defineFormat({
  id: 'macos-log',
  title: 'macOS: log show, log stream',
  family: 'system',
  startsWith: '2',
  open: ({ parseMessage }) => {
    const stamp = createStamp()
    const buffer = new RecordBuffer()
    return (line, out) => {
      const { bytes, start, end } = line
      if (bytes[start + THREAD] !== ZERO || bytes[start + THREAD + 1] !== LETTER_X || end - start > LONGEST)
        return VERDICT.notMine
      if (bytes[start + THREAD - 1] !== SPACE || !readIsoStamp(bytes, start, end, stamp)) return VERDICT.notMine
      const found = BEHIND.exec(decode(bytes, start + THREAD, end))?.groups
      if (found === undefined) return VERDICT.notMine
      const { program, message, pid } = found
      fillLine(line, out, buffer, { program, message, pid: Number(pid), time: stamp.time })
      line.flags = stamp.flags
      return parseMessage(line, out)
    }
  },
  samples: [
    {
      line: '2026-02-28 08:05:01.123456-0800 0x1b2c     Info        0x0                  403    0    sshd: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [
        {
          kind: 'ssh.auth.failed',
          source: '192.0.2.1',
          pid: 403,
          service: 'sshd',
          time: '2026-02-28T16:05:01.123Z',
        },
      ],
    },
    {
      line: '2026-02-28 08:05:01.123456-0800 0x1b2c     Default     0x0                  77     0    kernel: (Sandbox) [com.example.x:y] hello',
      is: 'irrelevant',
    },
  ],
})
