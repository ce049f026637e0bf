import { defineFormat } from '../../kit/define-parser.ts'
import { parseTabbed } from '../support/tabs.ts'

const message = 'Failed password for root from 192.0.2.1 port 4242 ssh2'
const is = [{ kind: 'ssh.auth.failed' as const, source: '192.0.2.1', host: 'web-1', pid: 403 }]

export default defineFormat({
  id: 'tabbed',
  title: 'Syslog and access lines whose columns are parted by tabs (consoles, tables, templates of rsyslog)',
  family: 'system',
  startsWith: '<0123456789ABCDEFJMNOSabcdef:',
  open: context => (line, out) => parseTabbed(line, out, context),
  samples: [
    { line: `Feb 28 08:05:01\tweb-1\tsshd[403]:\t${message}`, is },
    { line: `Feb\t28\t08:05:01\tweb-1\tsshd[403]:\t${message}`, is },
    { line: `2026-02-28T08:05:01Z\tweb-1\tsshd[403]:\t${message}`, is },
    { line: `2026-02-28\t08:05:01\tweb-1\tsshd[403]\t${message}`, is },
    { line: `2026-02-28T08:05:01Z\tweb-1\tsshd\t403\t${message}`, is, note: 'a column for the number' },
    { line: `Feb 28 08:05:01\tweb-1\tauthpriv\tinfo\tsshd[403]:\t${message}`, is },
    {
      line: '192.0.2.1\t-\t-\t[28/Feb/2026:08:05:01 +0000]\t"GET /.env HTTP/1.1"\t404\t12\t"-"\t"curl"',
      is: [{ kind: 'web.request', source: '192.0.2.1', path: '/.env', status: 404, agent: 'curl' }],
    },
    {
      line: `Feb 28 08:05:01\tweb-1\tsshd[403]:\tInvalid user x\tfrom\t203.0.113.9 from 192.0.2.1 port 4242`,
      is: [{ kind: 'ssh.user.invalid', source: '192.0.2.1' }],
      note: 'tabs of the message stay',
    },
    {
      line: `2026-02-28T08:05:01Z\tINFO\tsshd[403]:\t${message}`,
      is: 'unknown',
      note: 'what an application writes behind its level may be what its user typed',
    },
    { line: `Feb 28 08:05:01\tweb-1\tapp[7]:\tsshd[403]:\t${message}`, is: 'unknown' },
  ],
})
