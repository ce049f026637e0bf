import { FLAG } from '../../core/event.ts'
import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, isDigit, SPACE } from '../support/bytes.ts'
import { dateRows, parseCell } from '../support/csv.ts'
import { isLevel, isStamped } from '../support/relayed.ts'
import { createStamp, readIsoStamp } from '../support/stamps.ts'

const TAB = 9
const ESCAPE = 27
const DASH = 45
/** The length of a date. */
const DATE = 10
const LONGEST_PREFIX = 128
/** A line with more than this is none of a terminal's. */
const LONGEST = 65_536
/**
 * What tools put before a whole line: its number (`grep -n`), its length (syslog over TCP), the mark of a quotation, and the address or the name
 * that a collector had it from. Never mere blanks: with them begin the lines in which databases and mail servers
 * continue what a client sent.
 */
const PREFIX =
  /^(?:\d{1,9}:|\d{1,5} (?=<)|> ?|\[[^\s[\]]{1,100}\] |(?:\d{1,3}\.){3}\d{1,3}[ \t]|[\da-fA-F]{0,4}:[\da-fA-F:]{2,40}[ \t])/
/** `2026-02-28<TAB>08:05:01<TAB>Auth.Info<TAB>ADDRESS<TAB>`, as Kiwi writes it. */
const KIWI =
  /^(?:(?<iso>\d{4}-\d\d-\d\d)|(?<month>\d\d)-(?<day>\d\d)-(?<year>\d{4}))\t(?<clock>\d\d:\d\d:\d\d)\t\w{2,8}\.\w{3,8}\t\S{1,64}\t/
/** A terminal's colours and what goes with them. */
const COLOURS = /\u001b\[[\d;]{0,20}[A-Za-z]/g

/** Whether the number that the line begins with can be one of these: most lines that begin with one begin with a date. */
function mayBePrefix(bytes: Uint8Array, start: number, end: number): boolean {
  let pos = start
  while (pos < end && isDigit(bytes[pos])) pos++
  return bytes[pos] !== DASH || bytes[start + DATE] === TAB
}

export default defineFormat({
  id: 'prefixed',
  title: "A line's number or length, a collector's address, a terminal's colours before a line of any other format",
  family: 'system',
  startsWith: '\u001b0123456789abcdefABCDEF:>[',
  open: context => {
    const { parseLine } = context
    const stamp = createStamp()
    return (line, out) => {
      const { bytes, start, end } = line
      if (parseLine === undefined || end - start > LONGEST) return VERDICT.notMine
      if (bytes[start] === ESCAPE) {
        const verdict = parseCell(line, out, decode(bytes, start, end).replace(COLOURS, ''), parseLine)
        if (verdict !== VERDICT.notMine) return verdict
        line.bytes = bytes
        line.start = start
        line.end = end
        return VERDICT.notMine
      }
      if (!mayBePrefix(bytes, start, end)) return VERDICT.notMine
      const head = decode(bytes, start, Math.min(end, start + LONGEST_PREFIX))
      const kiwi = KIWI.exec(head)
      const prefix = kiwi ?? PREFIX.exec(head)
      if (prefix === null) return VERDICT.notMine
      let inner = start + prefix[0].length
      if (isLevel(bytes, start, inner - 1)) return VERDICT.notMine
      while (inner < end && (bytes[inner] === SPACE || bytes[inner] === TAB)) inner++
      if (!isStamped(bytes, inner, end)) return VERDICT.notMine
      line.start = inner
      const first = out.length
      const verdict = parseLine(line, out)
      if (verdict === VERDICT.notMine) line.start = start
      const { iso, year, month, day, clock } = kiwi?.groups ?? {}
      if (clock !== undefined && verdict === VERDICT.event) {
        const text = new TextEncoder().encode(`${iso ?? `${year}-${month}-${day}`} ${clock} `)
        // The year is the collector's; its clock has no zone either.
        if (readIsoStamp(text, 0, text.length, stamp)) {
          dateRows(out, first, stamp.time)
          for (let row = first; row < out.length; row++) out.columns.flags[row] |= FLAG.LOCAL
        }
      }
      return verdict
    }
  },
  samples: [
    {
      line: '77:Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1' }],
      note: 'grep -n',
    },
    {
      line: '92 <38>Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1' }],
      note: 'octets counted, as syslog goes over TCP',
    },
    {
      line: '101 <38>1 2026-02-28T08:05:01Z web-1 sshd 403 - - Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', pid: 403 }],
    },
    {
      line: '> Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1' }],
      note: 'a quotation',
    },
    {
      line: '198.51.100.9 Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1' }],
      note: 'the address of the host that sent it',
    },
    {
      line: '[198.51.100.9] <38>Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1' }],
    },
    {
      line: '[INFO] Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: 'unknown',
      note: 'what an application writes behind its level may be what its user typed',
    },
    {
      line: '\u001b[0m\u001b[32mFeb 28 08:05:01\u001b[0m web-1 sshd[403]: \u001b[1;31mFailed password for root from 192.0.2.1 port 4242 ssh2\u001b[0m',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', port: 4242 }],
      note: 'in colours',
    },
    {
      line: '\u001b[36mweb-1  | \u001b[0m192.0.2.1 - - [28/Feb/2026:08:05:01 +0000] "GET /a HTTP/1.1" 200 12',
      is: [{ kind: 'web.request', source: '192.0.2.1', path: '/a' }],
      note: 'docker compose logs at a terminal',
    },
    {
      line: '02-28-2026\t08:05:02\tAuth.Info\t198.51.100.9\tFeb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', time: '2026-02-28T08:05:02Z' }],
      note: 'Kiwi, with the year',
    },
    {
      line: '\tFeb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: 'unknown',
      note: "a database's line that goes on: what its client sent",
    },
    { line: '[app] hello', is: 'unknown' },
  ],
})
