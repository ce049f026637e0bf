import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, find, literal } from '../support/bytes.ts'
import { dateRows } from '../support/csv.ts'
import { fillLine, RecordBuffer } from '../support/record.ts'
import { createStamp, readIsoStamp } from '../support/stamps.ts'
import { openWrapped } from '../support/wrapped.ts'

/** One of these holds the message; lines without any are not even decoded. */
const MESSAGE_KEYS = ['"message"', '"msg"', '"log"', '"original"', '"line"', '"_raw"', '"textPayload"'].map(literal)
/** Where the message stands; the first that is there counts. */
const MESSAGES = ['event/original', 'message', 'msg', 'log', 'line', '_raw', 'result/_raw', 'textPayload']
/** Where the program is named. */
const PROGRAMS = [
  'programname',
  'appname',
  'app_name',
  'app-name',
  'process/name',
  'program',
  'syslogtag',
  'syslog-tag',
  'syslog_tag',
  'ident',
]
/** A syslog tag as rsyslog has it: `sshd[403]:`. */
const TAG = /^(?<name>[^\s[\]:]{1,64})(?:\[(?<pid>\d{1,10})\])?:?$/
/**
 * What those add that ship the lines of files, and those that export them (Filebeat, Elastic Agent, Vector, Fluent Bit,
 * Loki, Splunk, the logging services of Amazon and Google). A whole line is read from
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
  'labels/filename',
  'labels/job',
  'labels/service_name',
  'fields/filename',
  'fields/job',
  '_raw',
  'result/_raw',
  'logStreamName',
  'ingestionTime',
  'logName',
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
  for (const key of [
    '@timestamp',
    'timestamp',
    'time',
    'timereported',
    'timegenerated',
    'date',
    '_time',
    'result/_time',
  ]) {
    const value = field(fields, key)
    if (typeof value === 'number' && value > 0) return Math.floor(value < 1e11 ? value * 1000 : value)
    if (typeof value !== 'string') continue
    const bytes = encoder.encode(value)
    if (readIsoStamp(bytes, 0, bytes.length, stamp) && stamp.flags === 0) return stamp.time
  }
  return Number.NaN
}

function parseObject(line: string): Fields | undefined {
  // An object of an array that stands one a line.
  const text = line.endsWith(',') ? line.slice(0, -1) : line
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}

function pidOf(fields: Fields, tagged: string | undefined): number {
  const pid = Number(field(fields, 'procid') ?? field(fields, 'pid') ?? field(fields, 'process/pid') ?? tagged ?? 0)
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
      const own = timeOf(fields)
      const time = Number.isFinite(own) ? own : line.time
      const tag = TAG.exec(program)?.groups
      if (!Number.isFinite(time)) return VERDICT.unknownMessage
      fillLine(line, out, buffer, {
        program: tag?.name ?? program,
        message: message.trimStart(),
        host: textOf(fields, ['hostname', 'host/hostname', 'host/name', 'host', 'fromhost', 'source']),
        pid: pidOf(fields, tag?.pid),
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
      const message = textOf(fields, MESSAGES)
      if (message === undefined) return VERDICT.notMine
      const program = textOf(fields, PROGRAMS)
      if (program !== undefined) return parseProgram(line, out, fields, program, message)
      if (SHIPPED.every(key => field(fields, key) === undefined)) return VERDICT.notMine
      buffer.clear()
      buffer.add(message)
      line.bytes = buffer.bytes
      line.start = 0
      line.end = buffer.length
      // A bare message is believed of a program that is named only: any program's own log looks like this.
      line.time = Number.NaN
      const first = out.length
      const verdict = parseWrapped(line, out)
      const time = timeOf(fields)
      // The service knows the year that the line does not tell.
      if (verdict === VERDICT.event && Number.isFinite(time)) dateRows(out, first, time)
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
      line: '{"msg":" Failed password for root from 192.0.2.1 port 4242 ssh2","timereported":"2026-02-28T08:05:02Z","hostname":"web-1","syslogtag":"sshd[403]:","pri":"38"}',
      is: [{ kind: 'ssh.auth.failed', host: 'web-1', pid: 403, service: 'sshd', time: '2026-02-28T08:05:02Z' }],
      note: "rsyslog's tag",
    },
    {
      line: '{"appname":"sshd","message":"Invalid user bob from 192.0.2.1 port 4242","timestamp":"2026-02-28T08:05:02Z"},',
      is: [{ kind: 'ssh.user.invalid', user: 'bob' }],
      note: 'an element of an array',
    },
    {
      line: '{"labels":{"filename":"/var/log/auth.log","job":"logs"},"line":"Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2","timestamp":"2026-02-28T08:05:02.123Z"}',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', time: '2026-02-28T08:05:02.123Z' }],
      note: 'Loki; its stamp has the year',
    },
    {
      line: '{"preview":false,"result":{"_raw":"Feb 28 08:05:01 web-1 sshd[403]: Invalid user bob from 192.0.2.1 port 4242","_time":"2026-02-28T08:05:01.000+00:00"}}',
      is: [{ kind: 'ssh.user.invalid', user: 'bob', time: '2026-02-28T08:05:01Z' }],
      note: 'Splunk',
    },
    {
      line: '{"insertId":"x","logName":"projects/p/logs/auth","textPayload":"Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2","timestamp":"2026-02-28T08:05:01.5Z"}',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', time: '2026-02-28T08:05:01.500Z' }],
      note: 'Google',
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
