import { defineFormat } from '../../kit/define-parser.ts'
import { parseCef } from '../support/cef.ts'

const head = 'CEF:0|Vendor|Gateway|1.0|100'

export default defineFormat({
  id: 'cef',
  title: 'CEF and LEEF, bare: logins, and requests that filters saw',
  family: 'system',
  startsWith: 'CL',
  open: () => (line, out) => parseCef(line, out, line.start),
  samples: [
    {
      line: `${head}|Login failed|5|rt=1772265901000 src=192.0.2.1 suser=root outcome=failure`,
      is: [
        {
          kind: 'panel.auth.failed',
          time: '2026-02-28T08:05:01Z',
          source: '192.0.2.1',
          user: 'root',
          service: 'Gateway',
        },
      ],
    },
    {
      line: `${head}|User authentication|3|rt=Feb 28 2026 08:05:01 src=2001:db8::7 duser=alice outcome=success`,
      is: [{ kind: 'panel.auth.accepted', time: '2026-02-28T08:05:01Z', source: '2001:db8::7', user: 'alice' }],
    },
    {
      line: `${head}|Failed login|5|rt=1772265901000 app=sshd dpt=22 src=192.0.2.1 suser=root`,
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', service: 'sshd' }],
    },
    {
      line: `${head}|Login failed|5|rt=1772265901000 suser=x src=203.0.113.9 src=192.0.2.1 outcome=failure`,
      is: [{ kind: 'panel.auth.failed', source: undefined }],
      note: 'a name that looks like one more key: nobody is accused',
    },
    {
      line: `${head}|Login failed|5|rt=1772265901000 suser=x src\\=203.0.113.9 src=192.0.2.1 outcome=failure`,
      is: [{ source: '192.0.2.1', user: 'x src=203.0.113.9' }],
    },
    {
      line: `${head}|SQL injection|9|rt=1772265901000 src=192.0.2.1 requestMethod=GET request=https://www.example/a?id\\=1 requestClientApplication=sqlmap/1.8 act=blocked`,
      is: [
        {
          kind: 'web.request',
          source: '192.0.2.1',
          path: '/a',
          query: 'id=1',
          agent: 'sqlmap/1.8',
          status: 403,
          target: 'www.example',
        },
      ],
    },
    {
      line: 'LEEF:1.0|Vendor|Gateway|1.0|LoginFailed|devTime=2026-02-28T08:05:01Z\tsrc=192.0.2.1\tusrName=root',
      is: 'irrelevant',
      note: 'its number is no words',
    },
    {
      line: 'LEEF:2.0|Vendor|Gateway|1.0|Login failed|^|devTime=2026-02-28T08:05:01Z^src=192.0.2.1^usrName=root',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: 'root', time: '2026-02-28T08:05:01Z' }],
    },
    { line: `${head}|Disk full|5|rt=1772265901000 src=192.0.2.1`, is: 'irrelevant' },
    { line: `${head}|Login failed|5|src=192.0.2.1 outcome=failure`, is: 'unknown', note: 'without a time' },
    { line: 'CEF:0|Vendor|Gateway', is: 'malformed' },
  ],
})
