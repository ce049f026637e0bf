import { defineFormat } from '../../kit/define-parser.ts'
import { openAccess } from './access.ts'
import { ACCESS } from './access-right.ts'

export default defineFormat({
  id: 'vhost-combined',
  title: 'Access log with the virtual host in front (Apache other_vhosts_access.log)',
  family: 'web',
  open: openAccess([ACCESS.common, ACCESS.combined], true),
  samples: [
    {
      line: 'www.example:443 192.0.2.1 - - [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 200 5 "-" "Mozilla/5.0"',
      is: [{ source: '192.0.2.1', target: 'www.example:443', path: '/a', status: 200, agent: 'Mozilla/5.0' }],
    },
    {
      line: '203.0.113.80:80 2001:db8::9 - - [17/May/2025:10:05:03 +0000] "GET /a HTTP/1.1" 404 5 "-" "-"',
      is: [{ source: '2001:db8::9', target: '203.0.113.80:80', status: 404 }],
      note: 'the host header may be an address: the second one is the client',
    },
  ],
})
