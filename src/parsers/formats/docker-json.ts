import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, find, findByte, literal, SPACE, startsWith } from '../support/bytes.ts'
import { RecordBuffer } from '../support/record.ts'
import { createStamp, readIsoStamp } from '../support/stamps.ts'
import { openWrapped, type ParseWrapped } from '../support/wrapped.ts'

const LOG = literal('"log":')
const STREAM = literal('"stream":')
const STDOUT = literal(' stdout ')
const STDERR = literal(' stderr ')
/** Of `yyyy-mm-ddThh:mm:ss.nnnnnnnnnZ`. */
const STAMP_LENGTH = 30

interface Wrapped {
  log: string
  time: string | undefined
}

function readWrapped(text: string): Wrapped | undefined {
  let record: unknown
  try {
    record = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof record !== 'object' || record === null || !('log' in record) || typeof record.log !== 'string')
    return undefined
  return { log: record.log, time: 'time' in record && typeof record.time === 'string' ? record.time : undefined }
}

const encoder = new TextEncoder()
const stamp = createStamp()

/** Parses what a container wrote. Any program may run in one, so what is of no format of ours is no sign of a damaged log. */
function parseInner(line: Line, out: BatchWriter, parseWrapped: ParseWrapped): Verdict {
  const verdict = parseWrapped(line, out)
  return verdict === VERDICT.notMine ? VERDICT.unknownMessage : verdict
}

/**
 * `2026-02-12T10:00:00.123456789Z MESSAGE` (docker logs -t): always nine digits and a Z, as nobody else writes them. A
 * message of no format of ours leaves the line to syslog's.
 */
function parseStamped(line: Line, out: BatchWriter, parseWrapped: ParseWrapped): Verdict {
  const { bytes, start, end, flags } = line
  const behind = start + STAMP_LENGTH
  if (behind >= end || bytes[behind] !== SPACE || bytes[behind - 1] !== 90 || bytes[start + 19] !== 46)
    return VERDICT.notMine
  line.time = stamp.time
  line.flags = stamp.flags
  line.start = behind + 1
  const verdict = parseWrapped(line, out)
  if (verdict === VERDICT.event || verdict === VERDICT.irrelevant) return verdict
  line.bytes = bytes
  line.start = start
  line.end = end
  line.time = Number.NaN
  line.flags = flags
  line.host = -1
  line.hostStart = line.hostEnd = 0
  return VERDICT.notMine
}

/** `2026-02-12T10:00:00.123456789Z stdout F MESSAGE` (CRI: containerd, CRI-O; Kubernetes pods). */
function parseCri(line: Line, out: BatchWriter, parseWrapped: ParseWrapped): Verdict {
  const { bytes, start, end } = line
  if (!readIsoStamp(bytes, start, end, stamp)) return VERDICT.notMine
  const at = stamp.end
  if (!startsWith(bytes, at, end, STDOUT) && !startsWith(bytes, at, end, STDERR))
    return parseStamped(line, out, parseWrapped)
  const tags = at + STDOUT.length
  const tagsEnd = findByte(bytes, tags, end, SPACE)
  if (bytes[tags] !== 70 && bytes[tags] !== 80) return VERDICT.notMine
  line.time = stamp.time
  line.flags = stamp.flags
  line.start = Math.min(tagsEnd + 1, end)
  return parseInner(line, out, parseWrapped)
}

export default defineFormat({
  id: 'docker-json',
  title: 'Container logs around any other format (docker json-file, docker logs -t, Kubernetes CRI)',
  family: 'system',
  startsWith: '{12',
  open: context => {
    const parseWrapped = openWrapped(context)
    const buffer = new RecordBuffer()
    return (line, out) => {
      const { bytes, start, end } = line
      if (bytes[start] !== 123) return parseCri(line, out, parseWrapped)
      // Access logs as JSON come by here too: the two keys tell at little cost.
      if (find(bytes, start, end, LOG) < 0 || find(bytes, start, end, STREAM) < 0) return VERDICT.notMine
      const wrapped = readWrapped(decode(bytes, start, end))
      if (wrapped === undefined) return VERDICT.malformed
      if (wrapped.time !== undefined) {
        const text = encoder.encode(wrapped.time)
        if (readIsoStamp(text, 0, text.length, stamp)) {
          line.time = stamp.time
          line.flags = stamp.flags
        }
      }
      buffer.clear()
      buffer.add(wrapped.log)
      line.bytes = buffer.bytes
      line.start = 0
      line.end = buffer.length
      return parseInner(line, out, parseWrapped)
    }
  },
  samples: [
    {
      line: '{"log":"Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2\\n","stream":"stdout","time":"2026-02-28T08:05:02.5Z"}',
      is: [
        {
          kind: 'ssh.auth.failed',
          source: '192.0.2.1',
          user: 'root',
          host: 'web-1',
          pid: 403,
          time: '2000-02-28T08:05:01Z',
        },
      ],
      note: "the line's own stamp wins",
    },
    {
      line: '{"log":"192.0.2.1 - - [28/Feb/2026:08:05:01 +0000] \\"GET /a HTTP/1.1\\" 200 12\\r\\n","stream":"stdout","time":"2026-02-28T08:05:02.5Z"}',
      is: [{ kind: 'web.request', source: '192.0.2.1', path: '/a', status: 200, time: '2026-02-28T08:05:01Z' }],
    },
    {
      line: '2026-02-28T08:05:02.123456789Z stdout F 192.0.2.1 - - [28/Feb/2026:08:05:01 +0000] "GET /a HTTP/1.1" 200 12',
      is: [{ kind: 'web.request', source: '192.0.2.1', path: '/a' }],
      note: 'Kubernetes',
    },
    {
      line: '2026-02-28T08:05:02.123456789+01:00 stderr F <38>Feb 28 08:05:01 web-1 sshd[403]: Invalid user bob from 192.0.2.1 port 4242',
      is: [{ kind: 'ssh.user.invalid', user: 'bob' }],
    },
    {
      line: '2026-02-28T08:05:02.123456789Z 192.0.2.1 - - [28/Feb/2026:08:05:01 +0000] "GET /a HTTP/1.1" 200 12',
      is: [{ kind: 'web.request', source: '192.0.2.1', path: '/a', time: '2026-02-28T08:05:01Z' }],
      note: 'docker logs -t',
    },
    {
      line: '2026-02-28T08:05:02.123456789Z Feb 28 08:05:01 web-1 sshd[403]: Invalid user bob from 192.0.2.1 port 4242',
      is: [{ kind: 'ssh.user.invalid', user: 'bob', host: 'web-1' }],
      note: 'docker logs -t, syslog',
    },
    {
      line: '{"log":"Failed password for root from 192.0.2.1 port 4242 ssh2\\r\\n","stream":"stderr","time":"2026-02-28T08:05:02.5Z"}',
      is: [
        {
          kind: 'ssh.auth.failed',
          source: '192.0.2.1',
          user: 'root',
          service: 'sshd',
          time: '2026-02-28T08:05:02.500Z',
        },
      ],
      note: 'sshd -D -e',
    },
    { line: '{"log":"Failed password for root \\n","stream":"stdout","time":"2026-02-28T08:05:02.5Z"}', is: 'unknown' },
    { line: '{"log":"hello\\n","stream":"stdout","time":"2026-02-28T08:05:02.5Z"}', is: 'unknown' },
    {
      line: '{"log":"INFO:     192.0.2.1:51234 - \\"GET /a HTTP/1.1\\" 404 Not Found\\n","stream":"stdout","time":"2026-02-28T08:05:02.123456789Z"}',
      is: [{ kind: 'web.request', source: '192.0.2.1', path: '/a', status: 404, time: '2026-02-28T08:05:02.123Z' }],
    },
    { line: '2026-02-28T08:05:02.123456789Z stdout F ', is: 'irrelevant' },
    { line: '{"log":"hello\\n","stream":"std', is: 'malformed', note: 'cut' },
  ],
})
