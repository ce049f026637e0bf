import { defineFormat } from '../../kit/define-parser.ts'
import { openAccess } from './access.ts'
import { ACCESS } from './access-right.ts'

export default defineFormat({
  id: 'combined',
  title: 'Access log, combined log format (Apache, nginx, Traefik), with or without X-Forwarded-For behind it',
  family: 'web',
  open: openAccess([ACCESS.combined], false),
  samples: [
    {
      line: '192.0.2.1 - alice [17/May/2025:10:05:03 +0000] www.example "GET /a HTTP/1.1" 200 5 "-" "Mozilla/5.0"',
      is: [{ source: '192.0.2.1', user: 'alice', target: 'www.example', path: '/a', status: 200 }],
      note: 'the virtual host behind the stamp',
    },
    {
      line: '192.0.2.1 - - [17/May/2025:10:05:03 +0000] TLSv1.3 TLS_AES_256_GCM_SHA384 "GET /a HTTP/1.1" 200 5 "-" "-"',
      is: [{ source: '192.0.2.1', path: '/a', status: 200 }],
    },
    {
      line: '192.0.2.1 - x [17/May/2025:09:00:00 +0000] y [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 200 5 "-" "-"',
      is: [{ time: '2025-05-17T10:05:03Z', source: '192.0.2.1' }],
      note: 'a user name that imitates a stamp',
    },
    {
      line: '192.0.2.1 - - [17/May/2025:10:05:03 +0000] "www.example" "GET /a HTTP/1.1"  404 5 "-" "Mozilla/5.0"',
      is: [{ source: '192.0.2.1', target: 'www.example', method: 'GET', path: '/a', status: 404 }],
      note: 'a quoted host before the request, two spaces behind it',
    },
    {
      line: '192.0.2.1 - - - [17/May/2025:10:05:03 ] www.example "GET / HTTP/1.1" 200 814 "-" "Mozilla/5.0" + 293 1149 546',
      is: [{ source: '192.0.2.1', path: '/', status: 200, agent: 'Mozilla/5.0' }],
      note: 'the zone left out, its space not',
    },
    {
      line: '192.0.2.1 - - [17/May/2025:10:05:03 +0000] "GET /a/b.png?x=1 HTTP/1.1" 200 203023 "https://www.example/a/" "Mozilla/5.0 (X11; Linux x86_64)"',
      is: [
        {
          time: '2025-05-17T10:05:03Z',
          kind: 'web.request',
          source: '192.0.2.1',
          method: 'GET',
          path: '/a/b.png',
          query: 'x=1',
          status: 200,
          bytes: 203023,
          referrer: 'https://www.example/a/',
          agent: 'Mozilla/5.0 (X11; Linux x86_64)',
        },
      ],
    },
    {
      line: '203.0.113.8:52344 - - [17/May/2025:10:05:03 +0000] "CONNECT shop.example:443 HTTP/1.1" 405 166 "-" "-"',
      is: [{ source: '203.0.113.8', port: 52344, method: 'CONNECT', path: 'shop.example:443', status: 405 }],
      note: 'port behind the address, open-proxy probe',
    },
    {
      line: '10.0.0.2 - - [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 200 59 "-" "curl/8.5.0" 89 0.001 [default-web-8080] [] 10.1.0.5:8080 59 0.000 200 5f2a',
      is: [{ source: '10.0.0.2', path: '/a' }],
      note: "ingress-nginx: the upstream's address is no client's",
    },
    {
      line: '10.0.0.2 - - [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 200 59 "-" "curl/8.5.0" 10.1.0.5:8080 0.003',
      is: [{ source: '10.0.0.2' }],
      note: '$upstream_addr behind the agent',
    },
    {
      line: '"10.5.102.222, 198.51.100.66, 203.0.113.9" 10.0.0.2 - - [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 200 5 "-" "-"',
      is: [{ source: '203.0.113.9' }],
      note: 'the forwarded list in quotes before the peer',
    },
    {
      line: '198.51.100.66, 203.0.113.9 192.0.2.1 - - [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 200 5 "-" "-"',
      is: [{ source: '192.0.2.1' }],
      note: 'a peer that is no proxy may claim what it likes',
    },
    {
      line: '2025/05/17 10:05:03 [info] 192.0.2.1 - - [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 200 5 "-" "-"',
      is: 'unknown',
      note: 'a clock is no address',
    },
    {
      line: '10.0.0.2 - - [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8.5.0" "198.51.100.66, 203.0.113.9"',
      is: [{ source: '203.0.113.9', agent: 'curl/8.5.0' }],
      note: 'a private peer is a proxy: the rightmost hop is the client, what stands left of it is its claim',
    },
    {
      line: 'unix: - - [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8.5.0" "203.0.113.9"',
      is: [{ source: '203.0.113.9' }],
      note: 'nginx behind a socket of its own host',
    },
    {
      line: '203.0.113.5 - - [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8.5.0" "198.51.100.66"',
      is: [{ source: '203.0.113.5' }],
      note: 'a peer that is no trusted proxy: its header is not believed',
    },
    {
      line: '192.0.2.9 - - [17/May/2025:10:05:03 +0200] "GET /?q=\\"x\\" HTTP/1.1" 200 5 "-" "say \\"hi\\" 1.0"',
      is: [{ time: '2025-05-17T08:05:03Z', query: 'q=\\"x\\"', agent: 'say \\"hi\\" 1.0' }],
      note: 'escaped quotes stay as logged',
    },
    {
      line: '192.0.2.9 - x [17/May/2025:10:05:03 +0000] 203.0.113.1 - - [17/May/2025:10:05:03 +0000] "GET / HTTP/1.1" 401 5 "-" "-"',
      is: [{ source: '192.0.2.9', user: 'x [17/May/2025:10:05:03 +0000] 203.0.113.1 - -', status: 401 }],
      note: 'a user name that looks like a line accuses nobody',
    },
    {
      line: '192.0.2.9 - - [17/May/2025:10:05:03 +0000] "GET /login HTTP/1.1" 200 12 "-" "Mozilla/5.0" 1 "app@docker" "http://192.0.2.77:80" 3ms',
      is: [{ source: '192.0.2.9', agent: 'Mozilla/5.0', path: '/login' }],
      note: 'Traefik adds the router, the service and the time',
    },
  ],
})
