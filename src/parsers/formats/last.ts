import type { BatchWriter } from '../../core/batch.ts'
import { type EventKind, FLAG } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, literal } from '../support/bytes.ts'
import { addTextEvent } from '../support/emit.ts'
import { isLevel } from '../support/relayed.ts'
import { createStamp, readClassicStamp, readIsoStamp } from '../support/stamps.ts'

const LONGEST = 512
const WEEKDAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)'
const CLASSIC = String.raw`${WEEKDAY} (?<date>[A-Z][a-z]{2} [ \d]\d) (?<clock>\d\d:\d\d)(?<seconds>:\d\d)?(?: (?<year>\d{4}))?`
const ISO = String.raw`(?<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:?\d\d)`
/** How a line goes on behind its first stamp. */
const UNTIL = `(?: - | {2,}(?:still|gone)|$)`
const HOST = String.raw`(?<host>[\w.:%-]{2,255})`
/**
 * Name, terminal and host are single words, and nothing stands before them: a name with blanks in it, or none at all, could
 * be what another's log quotes of its client. With `-a` the host ends the line.
 */
const ROW = new RegExp(
  String.raw`^(?<user>[^\s:[\]{}"]{1,32}) +(?<terminal>[\w/:.-]{2,32}) +(?:${HOST} +)?(?:${CLASSIC}|${ISO})${UNTIL}(?<rest>.*)$`,
)
const HOST_LAST = new RegExp(String.raw` (?:\([\d:+ ]{3,16}\)|in|out|logged in) +${HOST}$`)
const STAMPED = new RegExp(String.raw`${WEEKDAY} [A-Z][a-z]{2} [ \d]\d \d\d:`)
const NOTE = /^(?:(?:wtmp|btmp|\S{0,80}\/[wb]tmp\S{0,20}) begins |(?:reboot|shutdown|runlevel) +(?:system|\(to lvl|~))/
const SSHD_FAILED = 'ssh:notty'

/** What a row tells: sshd writes its refusals for a terminal of that name, and logins over the network have a pseudo-terminal. */
function kindOf(terminal: string): EventKind | undefined {
  if (terminal === SSHD_FAILED) return 'ssh.auth.failed'
  if (/^(?:pts\/\d{1,6}|sshd?)$/.test(terminal)) return 'ssh.auth.accepted'
  return /^(?:(?:vs|pro)?ftpd?:?\d{1,10})$/.test(terminal) ? 'ftp.auth.accepted' : undefined
}

function isLevelName(word: string): boolean {
  const bytes = literal(word)
  return isLevel(bytes, 0, bytes.length)
}

const stamp = createStamp()

function parse(line: Line, out: BatchWriter): Verdict {
  const { bytes, start, end } = line
  if (end - start > LONGEST) return VERDICT.notMine
  const text = decode(bytes, start, end)
  if (NOTE.test(text)) return VERDICT.irrelevant
  const { user = '', terminal = '', host, date, clock, seconds, year, iso, rest = '' } = ROW.exec(text)?.groups ?? {}
  if ((date === undefined && iso === undefined) || isLevelName(user)) return VERDICT.notMine
  const time = literal(`${iso ?? `${date} ${year === undefined ? '' : `${year} `}${clock}${seconds ?? ':00'}`} `)
  const read =
    iso === undefined ? readClassicStamp(time, 0, time.length, stamp) : readIsoStamp(time, 0, time.length, stamp)
  // The second stamp is where the session ends; a third, or one further on, is a name's.
  if (!read || rest.search(STAMPED) > 0) return VERDICT.malformed
  line.time = stamp.time
  line.flags = stamp.flags
  const source = host ?? HOST_LAST.exec(` ${rest}`)?.groups?.host
  const kind = kindOf(terminal)
  // A console has no address, and whether it let somebody in stands in the name of the file only.
  if (kind === undefined || source === undefined || /^(?:tmux|screen|mosh|localhost|:\d)/.test(source))
    return VERDICT.irrelevant
  addTextEvent(line, out, kind, {
    user: user.trim(),
    source,
    service: kind.startsWith('ssh') ? 'sshd' : 'ftp',
    ...(kind === 'ssh.auth.failed' ? { method: 'password' } : { flags: FLAG.USER_KNOWN }),
  })
  return VERDICT.event
}

export default defineFormat({
  id: 'last',
  title: 'What last and lastb print: logins over the network, and those that sshd refused',
  family: 'system',
  open: () => parse,
  samples: [
    {
      line: 'root     ssh:notty    192.0.2.1        Sat Feb 28 08:05 - 08:05  (00:00)',
      is: [{ kind: 'ssh.auth.failed', user: 'root', source: '192.0.2.1', time: '2000-02-28T08:05:00Z' }],
      note: 'lastb',
    },
    {
      line: 'root     ssh:notty    192.0.2.1        Sat Feb 28 08:05:01 2026 - Sat Feb 28 08:05:01 2026  (00:00)    ',
      is: [{ kind: 'ssh.auth.failed', user: 'root', source: '192.0.2.1', time: '2026-02-28T08:05:01Z' }],
      note: 'lastb -F',
    },
    {
      line: 'alice    pts/0        192.0.2.1        Sat Feb 28 08:05   still logged in',
      is: [{ kind: 'ssh.auth.accepted', user: 'alice', source: '192.0.2.1', user_known: true }],
    },
    {
      line: 'alice    pts/0        2001:db8::7      Sat Feb 28 08:05:01 2026 - Sat Feb 28 09:05:01 2026  (01:00)',
      is: [{ kind: 'ssh.auth.accepted', source: '2001:db8::7', time: '2026-02-28T08:05:01Z' }],
    },
    {
      line: 'alice    pts/0        Sat Feb 28 08:05 - 09:05  (01:00)     host.example',
      is: [{ kind: 'ssh.auth.accepted', user: 'alice', source: 'host.example' }],
      note: 'last -a',
    },
    {
      line: 'alice    pts/0        192.0.2.1        2026-02-28T08:05:01+00:00 - 2026-02-28T09:05:01+00:00  (01:00)',
      is: [{ kind: 'ssh.auth.accepted', source: '192.0.2.1', time: '2026-02-28T08:05:01Z' }],
    },
    {
      line: '         ssh:notty    192.0.2.1        Sat Feb 28 08:05 - 08:05  (00:00)',
      is: 'unknown',
      note: 'no name was given: so begin the lines in which others go on with what a client sent',
    },
    {
      line: 'x ssh:notty 203.0.113.9 ssh:notty    192.0.2.1        Sat Feb 28 08:05 - 08:05  (00:00)',
      is: 'unknown',
      note: 'a name that imitates the columns (lastb -w)',
    },
    {
      line: 'ERROR ssh:notty 203.0.113.9 Sat Feb 28 08:05 - 08:05  (00:00)',
      is: 'unknown',
      note: 'what an application writes may be what its user typed',
    },
    {
      line: 'x ssh:notty 203.0.113.9 Sat Feb 28 08:05 - 08:05 ssh:notty 192.0.2.1 Sat Feb 28 08:05 - 08:05  (00:00)',
      is: 'malformed',
      note: 'two stamps that both begin a row',
    },
    { line: 'reboot   system boot  6.8.0-31-generic Sat Feb 28 08:05   still running', is: 'irrelevant' },
    { line: 'alice    tty1                          Sat Feb 28 08:05 - 09:05  (01:00)', is: 'irrelevant' },
    { line: 'wtmp begins Sat Feb 28 08:05:01 2026', is: 'irrelevant' },
  ],
})
