import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, find, literal, startsWith } from '../support/bytes.ts'
import { type JournalFields, parseRecord } from '../support/journal.ts'
import { RecordBuffer } from '../support/record.ts'

const STAMP = literal('__REALTIME_TIMESTAMP=')
const MESSAGE = literal('\nMESSAGE=')

/** Reads the fields before the message; none of theirs can hold a line feed that matters, since the kernel or journald wrote them. */
function readFields(text: string): JournalFields {
  const fields: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=')
    if (equals > 0) fields[line.slice(0, equals)] ??= line.slice(equals + 1)
  }
  return fields
}

/** The line loop hands over each record as one block (see export.ts), the stamp first and the message last. */
export default defineFormat({
  id: 'journald-export',
  title: 'systemd journal in its export format (journalctl -o export)',
  family: 'system',
  startsWith: '_',
  open: ({ parseMessage }) => {
    const buffer = new RecordBuffer()
    return (line, out) => {
      const { bytes, start, end } = line
      if (!startsWith(bytes, start, end, STAMP)) return VERDICT.notMine
      const message = find(bytes, start, end, MESSAGE)
      if (message < 0) return VERDICT.irrelevant
      const fields = readFields(decode(bytes, start, message))
      return parseRecord(
        line,
        out,
        buffer,
        { ...fields, MESSAGE: bytes.slice(message + MESSAGE.length, end) },
        parseMessage,
      )
    }
  },
  samples: [
    {
      line: '__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1771645051183361\n_HOSTNAME=web-1\nSYSLOG_IDENTIFIER=sshd\n_COMM=sshd\n_PID=614\nMESSAGE=Failed password for root from 192.0.2.1 port 4242 ssh2\n',
      is: [
        {
          kind: 'ssh.auth.failed',
          time: '2026-02-21T03:37:31.183Z',
          source: '192.0.2.1',
          host: 'web-1',
          service: 'sshd',
          pid: 614,
        },
      ],
    },
    {
      line: '__REALTIME_TIMESTAMP=1771645051183361\nSYSLOG_IDENTIFIER=sshd\nMESSAGE\n&\0\0\0\0\0\0\0Invalid user a\nb from 192.0.2.1 port 5\n_PID=614\n',
      is: [{ kind: 'ssh.user.invalid', source: '192.0.2.1', user: 'a b', pid: 614 }],
      note: 'a binary field, with a line feed in it',
    },
  ],
})
