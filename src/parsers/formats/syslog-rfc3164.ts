import { FLAG } from '../../core/event.ts'
import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { decode, literal, startsWith } from '../support/bytes.ts'
import { isHalfOfDay, LETTER_M, parseLocalDate } from '../support/dated.ts'
import { skipPriority } from '../support/priority.ts'
import { openRelayed } from '../support/relayed.ts'
import { openSecondLook, withoutBlanks } from '../support/second-look.ts'
import { createStamp, readClassicStamp } from '../support/stamps.ts'
import { openTagged } from '../support/tag.ts'

const DASH = 45
const DASHES = literal('-- ')
const JOURNAL_NOTE = /^-- (?:Logs begin at|Journal begins at|Boot [\da-f]|Reboot --|No entries --|cursor: )/

/** What journalctl writes between the lines of the journal. */
const isJournalNote = (text: string): boolean => JOURNAL_NOTE.test(text)

export default defineFormat({
  id: 'syslog-rfc3164',
  title: 'Classic syslog (auth.log, secure, journalctl -o short)',
  family: 'system',
  startsWith: '<JFMASOND12-',
  open: context => {
    const { parseMessage } = context
    const parseTagged = openTagged(parseMessage)
    const parseRelayed = openRelayed(context)
    const lookAgain = openSecondLook(context)
    const stamp = createStamp()
    return (line, out) => {
      const { bytes, end } = line
      const start = skipPriority(bytes, line.start, end)
      if (bytes[start] === DASH)
        return startsWith(bytes, start, end, DASHES) && isJournalNote(decode(bytes, start, end))
          ? VERDICT.irrelevant
          : VERDICT.notMine
      if (!readClassicStamp(bytes, start, end, stamp)) {
        if (stamp.end === 0) return VERDICT.notMine
        const dated = parseLocalDate(line, out, context)
        return dated === VERDICT.notMine ? VERDICT.malformed : dated
      }
      if (bytes[stamp.end + 2] === LETTER_M && isHalfOfDay(bytes, stamp.end)) return parseLocalDate(line, out, context)
      line.time = stamp.time
      line.flags = stamp.flags | (line.flags & FLAG.TRUSTED)
      const verdict = parseTagged(line, out, stamp.end)
      if (verdict === VERDICT.event) return verdict
      if (verdict !== VERDICT.unknownMessage) return withoutBlanks(line, out, verdict, parseMessage)
      const found = parseRelayed(line, out, stamp, verdict)
      return found === VERDICT.unknownMessage ? lookAgain(line, out, stamp, found) : found
    }
  },
  samples: [
    {
      line: 'Feb 28 08:05:01   web-1   sshd[403]:   Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', pid: 403 }],
      note: 'several blanks',
    },
    {
      line: 'Feb 28 08:05:01 aix-1 auth|security:info sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'aix-1', service: 'sshd', pid: 403 }],
      note: 'AIX',
    },
    {
      line: 'Feb 28 08:05:01 aix-1 Message forwarded from aix-2: sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', pid: 403 }],
    },
    {
      line: 'Feb 28 08:05:01 web-1 sshd[403]: kernel:[  970.699396]: Failed keyboard-interactive for <invalid username> from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1' }],
    },
    {
      line: 'Feb 29 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [
        {
          kind: 'ssh.auth.failed',
          source: '192.0.2.1',
          port: 4242,
          user: 'root',
          host: 'web-1',
          service: 'sshd',
          pid: 403,
        },
      ],
    },
    {
      line: 'Feb  9 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1' }],
      note: 'day padded with a space',
    },
    {
      line: 'Feb 9 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1' }],
      note: 'day not padded',
    },
    {
      line: '<38>Feb 29 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1' }],
      note: 'with its priority',
    },
    {
      line: 'Feb 28 2026 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', time: '2026-02-28T08:05:01Z', host: 'web-1' }],
      note: 'with a year',
    },
    {
      line: 'Feb 28 08:05:01 2026 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', time: '2026-02-28T08:05:01Z', host: 'web-1' }],
      note: 'with the year behind the clock',
    },
    {
      line: '2026 Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', time: '2026-02-28T08:05:01Z', host: 'web-1' }],
      note: 'with the year before the month (syslog-ng)',
    },
    {
      line: 'Feb 28 08:05:01.183361 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', time: '2000-02-28T08:05:01.183Z' }],
      note: 'journalctl -o short-precise',
    },
    {
      line: 'Feb 28 08:05:01 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', pid: 403 }],
      note: 'no host (busybox syslogd -S)',
    },
    {
      line: 'Feb 28 08:05:01 [sshd] Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', service: 'sshd' }],
      note: 'metalog',
    },
    {
      line: 'Feb 28 08:05:01 <auth.info> bsd-1 sshd[403]: error: PAM: Authentication error for root from 192.0.2.1',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'bsd-1' }],
      note: 'FreeBSD syslogd -v',
    },
    {
      line: 'Feb 28 08:05:01 router auth.info sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'router', service: 'sshd' }],
      note: 'busybox',
    },
    {
      line: 'Feb 28 08:05:01 sun-1 sshd[403]: [ID 800047 auth.info] Failed keyboard-interactive for alice from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', user: 'alice', method: 'keyboard-interactive' }],
      note: 'Solaris',
    },
    {
      line: 'Feb 28 08:05:01 web-1 last message repeated 3 times',
      is: [{ kind: 'log.repeat', count: 3, host: 'web-1' }],
    },
    {
      line: 'Feb 28 08:05:01 bsd-1 --- last message repeated 2 times ---',
      is: [{ kind: 'log.repeat', count: 2 }],
      note: 'macOS',
    },
    {
      line: 'Feb 28 08:05:01 web-1 sshd[403]: message repeated 4 times: [ Failed password for root from 192.0.2.1 port 2007 ssh2]',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', port: 2007, count: 4 }],
    },
    {
      line: 'Feb 28 08:05:02 relay-1 Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', pid: 403 }],
      note: 'a relay put its own header before the line',
    },
    {
      line: 'Feb 28 08:05:02 relay-1 <38>2026-02-28T08:05:01Z web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', time: '2026-02-28T08:05:01Z', host: 'web-1' }],
    },
    {
      line: 'Feb 28 08:05:02 web-1 app[7]: Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: 'unknown',
      note: 'what a program says is no header',
    },
    {
      line: 'Feb 28 08:05:01 web-1 sshd[403]: \u001b[01;31m\u001b[KFailed password\u001b[m\u001b[K for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', pid: 403, service: 'sshd' }],
      note: 'grep --color=always',
    },
    {
      line: 'Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from \u001b[01;31m\u001b[K192.0.2.1\u001b[m\u001b[K port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1' }],
    },
    { line: 'Feb 28 08:05:01 web-1 -- MARK --', is: 'irrelevant' },
    { line: '-- Boot 0123456789abcdef0123456789abcdef --', is: 'irrelevant', note: 'journalctl' },
    { line: '-- No entries --', is: 'irrelevant', note: 'journalctl' },
    { line: '-- something else', is: 'unknown' },
    { line: 'Feb 28 08:05:01 web-1 somethingelse[7]: hello', is: 'unknown' },
    { line: 'Feb 28 08:05:01 web-1', is: 'malformed', note: 'cut' },
    { line: 'Feb 28 08:05:0', is: 'malformed', note: 'cut in the stamp' },
    {
      line: 'Feb 31 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: 'malformed',
    },
  ],
})
