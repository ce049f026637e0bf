import { FLAG } from '../../core/event.ts'
import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { skipPriority } from '../support/priority.ts'
import { createStamp, readIsoStamp } from '../support/stamps.ts'
import { parseTagged } from '../support/tag.ts'

export default defineFormat({
  id: 'syslog-rfc3339',
  title: 'Syslog with RFC 3339 stamps (Debian 12, Ubuntu 24.04, journalctl -o short-iso)',
  family: 'system',
  startsWith: '<12',
  open: ({ parseMessage }) => {
    const stamp = createStamp()
    return (line, out) => {
      const { bytes, end } = line
      const start = skipPriority(bytes, line.start, end)
      if (!readIsoStamp(bytes, start, end, stamp)) return VERDICT.notMine
      line.time = stamp.time
      line.flags = stamp.flags | (line.flags & FLAG.TRUSTED)
      return parseTagged(line, out, stamp.end, parseMessage)
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
    { line: '2026-02-21T03:37:31Z web-1', is: 'malformed', note: 'cut' },
  ],
})
