import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { isDigit, readNumber, SPACE } from '../support/bytes.ts'
import { openTagged } from '../support/tag.ts'

const DOT = 46
const SECONDS = 10
const MICROS = 6

export default defineFormat({
  id: 'syslog-unix',
  title: 'Syslog with seconds since 1970 (journalctl -o short-unix)',
  family: 'system',
  startsWith: '123456789',
  open: ({ parseMessage }) => {
    const parseTagged = openTagged(parseMessage)
    return (line, out) => {
      const { bytes, start, end } = line
      const dot = start + SECONDS
      const after = dot + 1 + MICROS
      if (bytes[dot] !== DOT || after >= end || bytes[after] !== SPACE || !isDigit(bytes[after - 1]))
        return VERDICT.notMine
      // Ten digits are more than a number is read of at once.
      const high = readNumber(bytes, start, dot - 1)
      const low = readNumber(bytes, dot - 1, dot)
      const micros = readNumber(bytes, dot + 1, after)
      if (high < 0 || low < 0 || micros < 0) return VERDICT.notMine
      line.time = (high * 10 + low) * 1000 + Math.floor(micros / 1000)
      line.flags = 0
      return parseTagged(line, out, after)
    }
  },
  samples: [
    {
      line: '1771645051.183361 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', pid: 403, time: '2026-02-21T03:37:31.183Z' }],
    },
    { line: '1771645051.183361 web-1', is: 'malformed', note: 'cut' },
  ],
})
