import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, find, literal } from '../support/bytes.ts'
import { fillLine, RecordBuffer } from '../support/record.ts'
import { createStamp, readIsoStamp } from '../support/stamps.ts'
import { openWrapped } from '../support/wrapped.ts'

/** One of these holds the message; lines without any are not even decoded. */
const MESSAGE_KEYS = ['"message"', '"msg"', '"log"', '"original"'].map(literal)
/**
 * What those add that ship the lines of files (Filebeat, Elastic Agent, Vector, Fluent Bit). A whole line is read from
 * their objects only: an application that logs what its users type looks the same but for these.
 */
const SHIPPED = [
  'log/file',
  'log.file.path',
  'log/offset',
  'agent/type',
  'beat/name',
  'event/original',
  'file',
  'source_type',
]
/** A line longer than this is no log message. */
const LONGEST = 65_536

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value of a key; of one within another, `outer/inner`, which may be written as one with a dot, too. */
function field(fields: Fields, key: string): unknown {
  const slash = key.indexOf('/')
  if (slash < 0) return fields[key]
  const inner = fields[key.slice(0, slash)]
  return isFields(inner) ? inner[key.slice(slash + 1)] : fields[key.replace('/', '.')]
}

function textOf(fields: Fields, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = field(fields, key)
    if (typeof value === 'string' && value !== '') return value
  }
  return undefined
}

const encoder = new TextEncoder()
const stamp = createStamp()

/** Milliseconds since 1970, of a text or of a number of seconds or milliseconds; NaN for none. */
function timeOf(fields: Fields): number {
  for (const key of ['@timestamp', 'timestamp', 'time']) {
    const value = field(fields, key)
    if (typeof value === 'number' && value > 0) return Math.floor(value < 1e11 ? value * 1000 : value)
    if (typeof value !== 'string') continue
    const bytes = encoder.encode(value)
    if (readIsoStamp(bytes, 0, bytes.length, stamp) && stamp.flags === 0) return stamp.time
  }
  return Number.NaN
}

function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}

function pidOf(fields: Fields): number {
  const pid = Number(field(fields, 'procid') ?? field(fields, 'pid') ?? field(fields, 'process/pid') ?? 0)
  return Number.isInteger(pid) && pid >= 0 && pid <= 0xffffffff ? pid : 0
}

export default defineFormat({
  id: 'json-message',
  title:
    'JSON objects around a line of any other format, or around the message of a program (Filebeat, rsyslog, Vector)',
  family: 'system',
  startsWith: '{',
  open: context => {
    const { parseMessage } = context
    const parseWrapped = openWrapped(context)
    const buffer = new RecordBuffer()

    /** Where the object names the program, its word counts and not what the message looks like. */
    const parseProgram = (line: Line, out: BatchWriter, fields: Fields, program: string, message: string): Verdict => {
      const time = timeOf(fields)
      if (!Number.isFinite(time)) return VERDICT.unknownMessage
      fillLine(line, out, buffer, {
        program,
        message: message.trimStart(),
        host: textOf(fields, ['hostname', 'host/hostname', 'host/name', 'host', 'fromhost', 'source']),
        pid: pidOf(fields),
        time,
      })
      line.flags = 0
      return parseMessage(line, out)
    }

    return (line, out) => {
      const { bytes, start, end } = line
      if (end - start > LONGEST || MESSAGE_KEYS.every(key => find(bytes, start, end, key) < 0)) return VERDICT.notMine
      const fields = parseObject(decode(bytes, start, end))
      if (fields === undefined) return VERDICT.notMine
      const message = textOf(fields, ['event/original', 'message', 'msg', 'log'])
      if (message === undefined) return VERDICT.notMine
      const program = textOf(fields, ['programname', 'appname', 'app_name', 'app-name', 'process/name', 'program'])
      if (program !== undefined) return parseProgram(line, out, fields, program, message)
      if (SHIPPED.every(key => field(fields, key) === undefined)) return VERDICT.notMine
      buffer.clear()
      buffer.add(message)
      line.bytes = buffer.bytes
      line.start = 0
      line.end = buffer.length
      // A bare message is believed of a program that is named only: any program's own log looks like this.
      line.time = Number.NaN
      const verdict = parseWrapped(line, out)
      if (verdict !== VERDICT.notMine) return verdict
      line.bytes = bytes
      line.start = start
      line.end = end
      return VERDICT.notMine
    }
  },
  samples: [
    {
      line: '{"@timestamp":"2026-02-28T08:05:02.123Z","message":"Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2","log":{"file":{"path":"/var/log/auth.log"}}}',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', pid: 403 }],
      note: 'Filebeat',
    },
    {
      line: '{"@timestamp":"2026-02-28T08:05:02.123Z","event":{"original":"192.0.2.1 - - [28/Feb/2026:08:05:01 +0000] \\"GET /a HTTP/1.1\\" 200 12"}}',
      is: [{ kind: 'web.request', source: '192.0.2.1', path: '/a', time: '2026-02-28T08:05:01Z' }],
      note: 'the original of an event',
    },
    {
      line: '{"appname":"sshd","hostname":"web-1","message":"Failed password for root from 192.0.2.1 port 4242 ssh2","procid":403,"timestamp":"2026-02-28T08:05:02Z"}',
      is: [
        {
          kind: 'ssh.auth.failed',
          source: '192.0.2.1',
          host: 'web-1',
          pid: 403,
          service: 'sshd',
          time: '2026-02-28T08:05:02Z',
        },
      ],
      note: 'Vector',
    },
    {
      line: '{"@timestamp":"2026-02-28T09:05:02+01:00","host":"web-1","severity":"info","programname":"sshd","procid":"403","msg":" Invalid user bob from 192.0.2.1 port 4242"}',
      is: [{ kind: 'ssh.user.invalid', user: 'bob', host: 'web-1', time: '2026-02-28T08:05:02Z' }],
      note: 'rsyslog',
    },
    {
      line: '{"time":1772265902000,"msg":"Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2"}',
      is: 'unknown',
      note: 'what an application logs may be what its user typed',
    },
    { line: '{"time":1772265902,"msg":"Failed password for root from 192.0.2.1 port 4242 ssh2"}', is: 'unknown' },
    { line: '{"time":"2026-02-28T08:05:02Z","program":"app","message":"hello"}', is: 'unknown' },
  ],
})
