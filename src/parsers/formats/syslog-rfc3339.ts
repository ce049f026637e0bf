import { FLAG } from '../../core/event.ts'
import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { isHalfOfDay, LETTER_M, parseLocalDate } from '../support/dated.ts'
import { skipPriority } from '../support/priority.ts'
import { openRelayed } from '../support/relayed.ts'
import { openSecondLook, withoutBlanks } from '../support/second-look.ts'
import { createStamp, readIsoStamp } from '../support/stamps.ts'
import { openTagged } from '../support/tag.ts'

export default defineFormat({
  id: 'syslog-rfc3339',
  title: 'Syslog with RFC 3339 stamps (Debian 12, Ubuntu 24.04, journalctl -o short-iso)',
  family: 'system',
  startsWith: '<12',
  open: context => {
    const { parseMessage } = context
    const parseTagged = openTagged(parseMessage)
    const parseRelayed = openRelayed(context)
    const lookAgain = openSecondLook(context)
    const stamp = createStamp()
    return (line, out) => {
      const { bytes, end } = line
      const start = skipPriority(bytes, line.start, end)
      if (!readIsoStamp(bytes, start, end, stamp)) return VERDICT.notMine
      if (bytes[stamp.end + 2] === LETTER_M && isHalfOfDay(bytes, stamp.end)) return parseLocalDate(line, out, context)
      line.time = stamp.time
      line.flags = stamp.flags | (line.flags & FLAG.TRUSTED)
      const verdict = parseTagged(line, out, stamp.end)
      if (verdict === VERDICT.event) return verdict
      if (verdict === VERDICT.irrelevant) return withoutBlanks(line, out, verdict, parseMessage)
      const found = parseRelayed(line, out, stamp, verdict)
      return found === verdict ? lookAgain(line, out, stamp, found) : found
    }
  },
  samples: [
    {
      line: '2026-02-21T03:37:31.183361-08:00 web-1 sshd-session[614]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [
        {
          kind: 'ssh.auth.failed',
          time: '2026-02-21T11:37:31.183Z',
          source: '192.0.2.1',
          host: 'web-1',
          service: 'sshd-session',
        },
      ],
    },
    {
      line: '2026-02-21T03:37:31Z web-1 sshd[614]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', time: '2026-02-21T03:37:31Z' }],
      note: 'no fraction, Z',
    },
    {
      line: '2026-02-21T03:37:31+0530 web-1 sshd[614]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', time: '2026-02-20T22:07:31Z' }],
      note: 'journalctl -o short-iso',
    },
    {
      line: '2026-02-21 03:37:31.123456-0800  localhost sshd[614]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', time: '2026-02-21T11:37:31.123Z', host: 'localhost' }],
      note: 'macOS: log show --style syslog',
    },
    {
      line: '<86>2026-02-21T03:37:31+00:00 web-1 sshd[614]: Accepted password for alice from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.accepted', user: 'alice' }],
    },
    {
      line: '2026-02-21 03:37:31,123 ftp-1 proftpd[614] localhost (client.example[192.0.2.1]): USER alice (Login failed): Incorrect password',
      is: [{ kind: 'ftp.auth.failed', time: '2026-02-21T03:37:31.123Z', source: '192.0.2.1', user: 'alice' }],
      note: "proftpd's own log: local time, no colon behind the tag",
    },
    {
      line: '2026-02-28T08:05:02.123456789Z web-1 sshd[403]: Invalid user bob from 192.0.2.1 port 4242',
      is: [{ kind: 'ssh.user.invalid', user: 'bob', host: 'web-1', time: '2026-02-28T08:05:02.123Z' }],
      note: 'a syslog daemon that counts nanoseconds',
    },
    {
      line: '2026-02-28T08:05:02.000Z Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', time: '2026-02-28T08:05:02Z' }],
      note: "CloudWatch's export: its stamp has the year",
    },
    {
      line: '2026-02-28T08:05:02.123000+00:00 i-0123456789abcdef0 Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', pid: 403 }],
      note: 'aws logs tail',
    },
    {
      line: '2026-02-28T08:05:02Z INFO Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: 'unknown',
      note: 'what an application writes behind its level may be what its user typed',
    },
    {
      line: '2026-02-28 08:05:02 [error] Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: 'unknown',
    },
    {
      line: '2026-02-28T08:05:02.000Z 192.0.2.1 - - [28/Feb/2026:08:05:01 +0000] "GET /a HTTP/1.1" 200 12',
      is: [{ kind: 'web.request', source: '192.0.2.1', path: '/a', time: '2026-02-28T08:05:01Z', target: undefined }],
    },
    {
      line: '2026-02-28T08:05:02Z {filename="/var/log/auth.log", job="logs"} Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', time: '2026-02-28T08:05:02Z' }],
      note: 'Loki (logcli)',
    },
    {
      line: '2026-02-28T08:05:02.000Z,web-1,"sshd[403]: Failed password for invalid user ""a,b"" from 192.0.2.1 port 4242 ssh2"',
      is: [
        { kind: 'ssh.auth.failed', source: '192.0.2.1', user: '"a,b"', host: 'web-1', time: '2026-02-28T08:05:02Z' },
      ],
      note: 'stamp, host and message',
    },
    {
      line: '2026-02-28T08:05:02Z web-1 app: 192.0.2.1 - - [28/Feb/2026:08:05:01 +0000] "GET /a HTTP/1.1" 200 12',
      is: 'unknown',
      note: 'what a program says is no line of its own',
    },
    { line: '2026-02-21T03:37:31Z web-1', is: 'malformed', note: 'cut' },
  ],
})
