import { defineFormat } from '../../kit/define-parser.ts'
import { parseLocalDate } from '../support/dated.ts'

const failed = 'web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2'
const is = [
  { kind: 'ssh.auth.failed' as const, source: '192.0.2.1', host: 'web-1', pid: 403, time: '2026-11-21T15:04:05Z' },
]

export default defineFormat({
  id: 'local-dates',
  title:
    'Dates as viewers of logs write them (Kibana, event viewers), with clocks of twelve hours or of 24, before a line of any other format',
  family: 'system',
  startsWith: '0123456789ADFJMNOSTW',
  open: context => (line, out) => parseLocalDate(line, out, context),
  samples: [
    { line: `Nov 21, 2026 3:04:05 PM ${failed}`, is },
    { line: `November 21, 2026 at 3:04:05 PM ${failed}`, is },
    { line: `Nov 21, 2026 @ 15:04:05.000 ${failed}`, is, note: 'Kibana' },
    { line: `11/21/2026 03:04:05 PM ${failed}`, is },
    { line: `11/21/26, 3:04:05\u202fPM ${failed}`, is, note: 'a narrow blank before the half of the day' },
    { line: `21/11/2026 15:04:05 ${failed}`, is, note: 'no month is above 12' },
    { line: `21.11.2026 15:04:05 ${failed}`, is },
    { line: `2026-11-21 03:04:05 PM ${failed}`, is },
    {
      line: `Nov 21 3:04:05 PM ${failed}`,
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', time: '2000-11-21T15:04:05Z' }],
    },
    {
      line: `Nov 21 12:04:05 AM ${failed}`,
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', time: '2000-11-21T00:04:05Z' }],
    },
    {
      line: '11/21/2026 3:04:05 PM 4 Information sshd: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', time: '2026-11-21T15:04:05Z' }],
      note: "what Windows' event log has of sshd",
    },
    {
      line: '11/21/2026 3:04:05 PM\tweb-1\tsshd[403]\tFailed password for root from 192.0.2.1 port 4242 ssh2',
      is,
      note: 'in columns',
    },
    {
      line: '11/21/2026 3:04:05 PM INFO login of sshd[403]: Failed password for root from 203.0.113.9 port 4242 ssh2',
      is: 'unknown',
      note: 'what an application writes may be what its user typed',
    },
    { line: `13/13/2026 03:04:05 PM ${failed}`, is: 'unknown' },
  ],
})
