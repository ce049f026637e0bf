import { defineFormat } from '../../kit/define-parser.ts'
import { openAccess } from './access.ts'
import { ACCESS } from './access-right.ts'

export default defineFormat({
  id: 'common',
  title: 'Access log, common log format (Apache, nginx, most servers)',
  family: 'web',
  open: openAccess([ACCESS.common], false),
  samples: [
    {
      line: '192.0.2.1 - "" [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 401 5',
      is: [{ source: '192.0.2.1', path: '/a', status: 401 }],
      note: 'Apache writes the empty user in quotes',
    },
    {
      line: '192.0.2.1 - - - [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 401 5',
      is: [{ source: '192.0.2.1', path: '/a' }],
    },
    {
      line: '192.0.2.1 - "bob" [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 401 5',
      is: [{ source: '192.0.2.1', user: 'bob' }],
    },
    {
      line: '192.0.2.1 - frank [10/Oct/2025:13:55:36 -0700] "GET /apache_pb.gif?v=2 HTTP/1.0" 200 2326',
      is: [
        {
          time: '2025-10-10T20:55:36Z',
          kind: 'web.request',
          source: '192.0.2.1',
          user: 'frank',
          method: 'GET',
          path: '/apache_pb.gif',
          query: 'v=2',
          status: 200,
          bytes: 2326,
        },
      ],
    },
    {
      line: '192.0.2.1 - - [10/Oct/2025 13:55:36] "GET /a HTTP/1.1" 404 -',
      is: [{ time: '2025-10-10T13:55:36Z', source: '192.0.2.1', path: '/a', status: 404 }],
      note: "Python's http.server, Flask",
    },
    {
      line: '192.0.2.1 - - [10/Oct/2025 13:55:36] "\u001b[33mGET /a HTTP/1.1\u001b[0m" 404 -',
      is: [{ source: '192.0.2.1', method: 'GET', path: '/a', status: 404 }],
      note: 'Flask, in colours',
    },
    {
      line: '198.51.100.4 [10/Oct/2025:13:55:36 +0000] "GET / HTTP/1.1" 304 -',
      is: [{ source: '198.51.100.4', path: '/', status: 304, bytes: 0 }],
      note: 'no ident, no user',
    },
    {
      line: '2001:db8::7 - - [10/Oct/2025:13:55:36 +0000] "-" 408 -',
      is: [{ source: '2001:db8::7', status: 408 }],
      note: 'the client sent nothing',
    },
    {
      line: '192.0.2.1 - - [10/Oct/2025:13:55:36 +0000] "\\x16\\x03\\x01\\x02\\x00\\x01" 400 157',
      is: [{ path: '\\x16\\x03\\x01\\x02\\x00\\x01', status: 400, bytes: 157 }],
      note: 'TLS bytes on a plain port',
    },
    {
      line: '192.0.2.1 - - [10/Oct/2025:13:55:36 +0000] "GET /x HTTP/1.1"',
      is: [{ method: 'GET', path: '/x' }],
      note: 'cut after the request',
    },
    { line: '192.0.2.1 - - [10/Oct/2025:13:55:36 +0000] "GET /x', is: 'malformed', note: 'cut inside the request' },
    {
      line: 'crawl-7.example.net - - [10/Oct/2025:13:55:36 +0000] "GET /robots.txt HTTP/1.1" 200 24',
      is: [{ source: 'crawl-7.example.net', path: '/robots.txt' }],
      note: 'a host name for an address',
    },
  ],
})
