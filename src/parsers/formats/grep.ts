import { VERDICT } from '../../core/line.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { COLON, find, isDigit, literal, SPACE, startsWith } from '../support/bytes.ts'
import { openWrapped } from '../support/wrapped.ts'

const SLASH = 47
const DOT = 46
const LONGEST_PATH = 1024
const LOG_NAMES = ['.log', '_log', '-log'].map(literal)
const OTHER_NAMES = ['secure', 'messages', 'syslog', 'maillog'].map(literal)

/** Where the path ends that bytes[start, end) begins with; -1 where it begins with none of a log. */
function pathEnd(bytes: Uint8Array, start: number, end: number): number {
  const most = Math.min(end, start + LONGEST_PATH)
  let colon = start
  while (colon < most && bytes[colon] !== COLON && bytes[colon] !== SPACE) colon++
  if (colon >= most || bytes[colon] !== COLON) return -1
  let digits = colon + 1
  while (digits < end && isDigit(bytes[digits])) digits++
  // A port: it is a virtual host and no file.
  if (digits > colon + 1 && bytes[digits] === SPACE) return -1
  if (bytes[start] === SLASH || bytes[start] === DOT) return colon
  for (const name of LOG_NAMES) if (find(bytes, start, colon, name) >= 0) return colon
  for (const name of OTHER_NAMES) if (startsWith(bytes, start, colon, name)) return colon
  return -1
}

export default defineFormat({
  id: 'grep',
  title: "The file's name, and the line's number, before a line of any other format (grep -H, grep -n, zgrep)",
  family: 'system',
  startsWith: './abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
  open: context => {
    const parseWrapped = openWrapped(context)
    return (line, out) => {
      const { bytes, start, end } = line
      const colon = pathEnd(bytes, start, end)
      if (colon < 0) return VERDICT.notMine
      let digits = colon + 1
      while (digits < end && isDigit(bytes[digits])) digits++
      line.start = digits > colon + 1 && bytes[digits] === COLON ? digits + 1 : colon + 1
      if (line.start >= end) return VERDICT.irrelevant
      const verdict = parseWrapped(line, out)
      if (verdict === VERDICT.notMine) line.start = start
      return verdict
    }
  },
  samples: [
    {
      line: '/var/log/auth.log:Feb 28 08:05:01 web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', host: 'web-1', pid: 403 }],
    },
    {
      line: 'auth.log.1:123:2026-02-28T08:05:01Z web-1 sshd[403]: Failed password for root from 192.0.2.1 port 4242 ssh2',
      is: [{ kind: 'ssh.auth.failed', source: '192.0.2.1', time: '2026-02-28T08:05:01Z' }],
      note: 'grep -n',
    },
    {
      line: 'access.log:192.0.2.1 - - [28/Feb/2026:08:05:01 +0000] "GET /a HTTP/1.1" 200 12',
      is: [{ kind: 'web.request', source: '192.0.2.1', path: '/a' }],
      note: 'the name is no part of the address',
    },
    {
      line: './secure-20260228:7:Feb 28 08:05:01 web-1 sshd[403]: Invalid user bob from 192.0.2.1 port 4242',
      is: [{ kind: 'ssh.user.invalid', user: 'bob' }],
    },
    { line: '/var/log/auth.log:hello', is: 'unknown' },
  ],
})
