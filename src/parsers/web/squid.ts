import { defineFormat } from '../../kit/define-parser.ts'
import { openProxyLine } from './squid-line.ts'

export default defineFormat({
  id: 'squid',
  title: 'Squid (access.log, its own form and the combined one): who was turned away',
  family: 'web',
  startsWith: '0123456789abcdefABCDEF:',
  open: openProxyLine,
  samples: [
    {
      line: '1772265901.123    235 192.0.2.1 TCP_DENIED/403 3916 CONNECT www.example:443 - HIER_NONE/- text/html',
      is: [
        {
          kind: 'web.request',
          time: '2026-02-28T08:05:01.123Z',
          source: '192.0.2.1',
          method: 'CONNECT',
          path: 'www.example:443',
          status: 403,
          service: 'squid',
        },
      ],
    },
    {
      line: '1772265901.123      1 192.0.2.1 TCP_DENIED/407 3916 CONNECT www.example:443 bob HIER_NONE/- text/html',
      is: [{ kind: 'web.auth.failed', source: '192.0.2.1', user: 'bob' }],
      note: 'a wrong password',
    },
    {
      line: '1772265901.123      0 192.0.2.1 TCP_DENIED/407 3916 CONNECT www.example:443 - HIER_NONE/- text/html',
      is: 'irrelevant',
      note: 'the challenge before a login',
    },
    {
      line: '1772265901.123    235 192.0.2.1 TCP_TUNNEL/200 3916 CONNECT www.example:443 bob HIER_DIRECT/203.0.113.5 -',
      is: 'irrelevant',
      note: 'what a proxy is for',
    },
    {
      line: '192.0.2.1 - - [28/Feb/2026:08:05:01 +0000] "CONNECT www.example:443 HTTP/1.1" 403 3916 "-" "curl/8.5" TCP_DENIED:HIER_NONE',
      is: [{ kind: 'web.request', source: '192.0.2.1', method: 'CONNECT', status: 403 }],
    },
    {
      line: '192.0.2.1 - bob [28/Feb/2026:08:05:01 +0000] "GET http://www.example/a HTTP/1.1" 200 3916 "-" "curl/8.5" TCP_MISS:HIER_DIRECT',
      is: 'irrelevant',
    },
  ],
})
