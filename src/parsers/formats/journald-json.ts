import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, find, literal } from '../support/bytes.ts'
import { type JournalFields, parseRecord } from '../support/journal.ts'
import { RecordBuffer } from '../support/record.ts'

const STAMP = literal('"__REALTIME_TIMESTAMP"')

/** A field's text. journalctl writes what is no UTF-8 as an array of byte values, and a field that stands twice as an array of texts. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && typeof value[0] === 'string') return value[0]
  return undefined
}

function messageOf(value: unknown): string | Uint8Array | undefined {
  if (Array.isArray(value) && value.every(byte => typeof byte === 'number')) return Uint8Array.from(value)
  return textOf(value)
}

/** The fields of the object; undefined where the text is no JSON object. */
function readFields(text: string): JournalFields | undefined {
  let record: unknown
  try {
    record = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof record !== 'object' || record === null) return undefined
  const field = (name: string): unknown => (name in record ? Reflect.get(record, name) : undefined)
  return {
    MESSAGE: messageOf(field('MESSAGE')),
    SYSLOG_IDENTIFIER: textOf(field('SYSLOG_IDENTIFIER')),
    SYSLOG_PID: textOf(field('SYSLOG_PID')),
    _COMM: textOf(field('_COMM')),
    _EXE: textOf(field('_EXE')),
    _UID: textOf(field('_UID')),
    _PID: textOf(field('_PID')),
    _HOSTNAME: textOf(field('_HOSTNAME')),
    _SOURCE_REALTIME_TIMESTAMP: textOf(field('_SOURCE_REALTIME_TIMESTAMP')),
    __REALTIME_TIMESTAMP: textOf(field('__REALTIME_TIMESTAMP')),
  }
}

export default defineFormat({
  id: 'journald-json',
  title: 'systemd journal as JSON lines (journalctl -o json)',
  family: 'system',
  startsWith: '{',
  open: ({ parseMessage }) => {
    const buffer = new RecordBuffer()
    return (line, out) => {
      const { bytes, start, end } = line
      if (find(bytes, start, end, STAMP) < 0) return VERDICT.notMine
      const fields = readFields(decode(bytes, start, end))
      if (fields === undefined) return VERDICT.malformed
      // A record without a message is a record all the same (a catalog entry, a metric).
      if (fields.MESSAGE === undefined) return VERDICT.irrelevant
      return parseRecord(line, out, buffer, fields, parseMessage)
    }
  },
  samples: [
    {
      line: '{"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1771645051183361","_HOSTNAME":"web-1","SYSLOG_IDENTIFIER":"sshd","_COMM":"sshd","_UID":"0","_EXE":"/usr/sbin/sshd","_PID":"614","SYSLOG_PID":"614","_SELINUX_CONTEXT":"unconfined\\n","MESSAGE":"Failed password for root from 192.0.2.1 port 4242 ssh2"}',
      is: [
        {
          kind: 'ssh.auth.failed',
          time: '2026-02-21T03:37:31.183Z',
          source: '192.0.2.1',
          user: 'root',
          host: 'web-1',
          service: 'sshd',
          pid: 614,
        },
      ],
    },
    {
      line: '{"__REALTIME_TIMESTAMP":"1771645051183361","_HOSTNAME":"web-1","SYSLOG_IDENTIFIER":"sshd","_PID":"614","MESSAGE":[73,110,118,97,108,105,100,32,117,115,101,114,32,120,255,32,102,114,111,109,32,49,57,50,46,48,46,50,46,49,32,112,111,114,116,32,53]}',
      is: [{ kind: 'ssh.user.invalid', source: '192.0.2.1', port: 5 }],
      note: 'a message that is no UTF-8 comes as byte values',
    },
    {
      line: '{"__REALTIME_TIMESTAMP":"1771645051183361","SYSLOG_IDENTIFIER":"systemd","MESSAGE":"Started a unit."}',
      is: 'irrelevant',
    },
    { line: '{"__REALTIME_TIMESTAMP":"1771645051183361","_HOSTNAME":"web-1","MESSAGE":null}', is: 'irrelevant' },
    { line: '{"__REALTIME_TIMESTAMP":"1771645051183361","_HOSTNAME":"we', is: 'malformed', note: 'cut' },
  ],
})
