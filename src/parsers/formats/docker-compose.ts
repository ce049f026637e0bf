import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { findByte, SPACE, skipSpaces } from '../support/bytes.ts'
import { openWrapped } from '../support/wrapped.ts'

const BAR = 124
const LONGEST_NAME = 128

export default defineFormat({
  id: 'docker-compose',
  title: 'docker compose logs: the name of the container and a bar before a line of any other format',
  family: 'system',
  startsWith: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
  open: context => {
    const parseWrapped = openWrapped(context)
    return (line, out) => {
      const { bytes, start, end } = line
      const name = findByte(bytes, start, Math.min(end, start + LONGEST_NAME), SPACE)
      const bar = skipSpaces(bytes, name, end)
      if (bar === name || bar + 1 >= end || bytes[bar] !== BAR || bytes[bar + 1] !== SPACE) return VERDICT.notMine
      line.start = bar + 2
      const verdict = parseWrapped(line, out)
      // Any program may run in a container, so what is of no format of ours is no sign of a damaged log.
      return verdict === VERDICT.notMine ? VERDICT.unknownMessage : verdict
    }
  },
  samples: [
    {
      line: 'web-1  | 192.0.2.1 - - [28/Feb/2026:08:05:01 +0000] "GET /a HTTP/1.1" 200 12 "-" "Mozilla/5.0"',
      is: [{ kind: 'web.request', source: '192.0.2.1', path: '/a', time: '2026-02-28T08:05:01Z' }],
    },
    {
      line: 'bastion-1  | Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', pid: 403 }],
    },
    {
      line: 'bastion-1  | 2026-02-28T08:05:02.123456789Z Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', user: 'root', time: '2026-02-28T08:05:02.123Z' }],
      note: 'docker compose logs -t around sshd -D -e',
    },
    { line: 'app-1  | Listening on port 3000', is: 'unknown' },
    { line: 'app-1 | Failed password for root from 192.0.2.1 port 4242 ssh2', is: 'unknown', note: 'no stamp at all' },
  ],
})
