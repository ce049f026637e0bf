import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, findByte, isDigit, literal, SPACE } from '../support/bytes.ts'
import { cellsOf, dateRows, isWholeLine, parseCell, parseCsvFields } from '../support/csv.ts'
import { readLocalDate } from '../support/local-dates.ts'
import { createStamp, readIsoStamp } from '../support/stamps.ts'

const QUOTE = 34
const COMMA = 44
const LONGEST_STAMP = 40
/** Seconds or milliseconds since 1970. */
const EPOCH = /^\d{10}(?:\d{3}|\.\d{1,9})?$/

export default defineFormat({
  id: 'csv',
  title: 'A row of a table around a line of any other format (CloudWatch Insights, Graylog, Splunk)',
  family: 'system',
  startsWith: '"12',
  open: context => {
    const { parseLine } = context
    const stamp = createStamp()

    /** Milliseconds since 1970 of a cell; NaN where it holds no stamp. Leaves FLAG bits in `stamp.flags`. */
    const timeOf = (cell: string): number => {
      stamp.flags = 0
      if (EPOCH.test(cell)) return Math.floor(Number(cell) * (cell.length === 13 && !cell.includes('.') ? 1 : 1000))
      const bytes = literal(`${readLocalDate(cell)?.text ?? cell} `)
      return readIsoStamp(bytes, 0, bytes.length, stamp) && stamp.end === bytes.length - 1 ? stamp.time : Number.NaN
    }

    return (line, out) => {
      const { bytes, start, end } = line
      const quoted = bytes[start] === QUOTE
      if (!quoted && !isDigit(bytes[start])) return VERDICT.notMine
      let comma = start
      const most = Math.min(end, start + LONGEST_STAMP)
      // A stamp in quotes may hold a comma: `Nov 21, 2026 @ 15:04:05.000`, Kibana's.
      if (quoted) comma = Math.min(most, findByte(bytes, start + 1, most, QUOTE))
      while (comma < most && bytes[comma] !== COMMA) comma++
      // `08:05:01,123 `: the fraction of a second.
      if (comma < most && !(isDigit(bytes[comma + 1]) && bytes[comma + 4] === SPACE)) {
        const time = timeOf(decode(bytes, start + (quoted ? 1 : 0), comma - (quoted ? 1 : 0)))
        if (!Number.isNaN(time)) {
          line.time = time
          line.flags = stamp.flags
          const verdict = parseCsvFields(line, out, comma + 1, context, VERDICT.notMine)
          if (verdict === VERDICT.notMine) line.start = start
          return verdict
        }
      }
      if (!quoted || parseLine === undefined) return VERDICT.notMine
      // The line comes first, and the stamp that the service gave it may follow.
      const [first, second = ''] = cellsOf(decode(bytes, start, end))
      if (!isWholeLine(first)) return VERDICT.notMine
      const row = out.length
      const verdict = parseCell(line, out, first, parseLine)
      const time = timeOf(second)
      if (verdict === VERDICT.event && !Number.isNaN(time) && stamp.flags === 0) dateRows(out, row, time)
      if (verdict === VERDICT.event || verdict === VERDICT.irrelevant) return verdict
      line.bytes = bytes
      line.start = start
      line.end = end
      return VERDICT.notMine
    }
  },
  samples: [
    {
      line: '2026-02-28 08:05:02.000,"Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2"',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1' }],
      note: 'CloudWatch Insights',
    },
    {
      line: '1772265902000,Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', time: '2026-02-28T08:05:02Z' }],
      note: 'the stamp of the service has the year',
    },
    {
      line: '"Feb 28, 2026 @ 08:05:02.000","web-1","sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2"',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', time: '2026-02-28T08:05:02Z' }],
      note: 'Kibana',
    },
    {
      line: '"2026-02-28T08:05:02.000Z","web-1","sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2"',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', pid: 403, time: '2026-02-28T08:05:02Z' }],
      note: 'Graylog: stamp, host and message',
    },
    {
      line: '"Feb 28 08:05:01 web-1 sshd[403]: Failed password for invalid user ""a,b"" from 192.0.2.1 port 4242 ssh2","2026-02-28T08:05:02.000+0000",web-1',
      is: [{ kind: 'ssh.auth.failed', user: '"a,b"', source: '192.0.2.1', time: '2026-02-28T08:05:02Z' }],
      note: 'Splunk: the line comes first',
    },
    {
      line: '"Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2"',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1' }],
    },
    {
      line: '2026-02-28T08:05:02.000Z,shop,order,"sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2"',
      is: 'unknown',
      note: 'what an application writes may be what its user typed',
    },
    { line: '"timestamp","source","message"', is: 'unknown' },
  ],
})
