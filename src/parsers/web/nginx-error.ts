import type { BatchWriter } from '../../core/batch.ts'
import type { EventKind } from '../../core/event.ts'
import { FLAG, KIND } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { WebFields } from './fields.ts'
import { isFilterMessage, readFilterMessage } from './filter-message.ts'
import { splitRequest } from './request.ts'
import { readSlashStamp, stamp } from './stamp.ts'
import { bytesOf, find, findLast, startsWith, until } from './text.ts'
import { isTraceLine } from './trace.ts'
import { RequestWriter } from './writer.ts'

const CLIENT = bytesOf(', client: ')
const SERVER = bytesOf(', server: ')
const REQUEST = bytesOf(', request: "')
const REQUEST_ENDS = [
  bytesOf('", upstream: "'),
  bytesOf('", subrequest: "'),
  bytesOf('", host: "'),
  bytesOf('", referrer: "'),
]
const HOST = bytesOf(', host: "')
const REFERRER = bytesOf(', referrer: "')
const HOST_REFERRER = bytesOf('", referrer: "')
const CONFIGURED = [bytesOf(', subrequest: "'), bytesOf(', upstream: "')]
const VERSION = bytesOf(' HTTP/')
const USER = bytesOf('user "')
const MISMATCH = bytesOf('": password mismatch')
const NOT_FOUND = bytesOf('" was not found in "')
const NO_PASSWORD = bytesOf('no user/password was provided')
/** nginx writes at most 2,048 bytes of a message. */
const CUT_AT = 2000
const LONGEST_DETAIL = 200

/** Opens the reader of nginx's error log. */
function open(context: FormatContext): (line: Line, out: BatchWriter) => Verdict {
  const fields = new WebFields()
  const writer = new RequestWriter(context)
  return (line, out) => {
    const { bytes, start, end } = line
    if (!readSlashStamp(bytes, start, end)) return isTraceLine(bytes, start, end) ? VERDICT.irrelevant : VERDICT.notMine
    const { time, flags, end: stampEnd } = stamp
    const message = messageStart(bytes, stampEnd, end)
    if (message < 0) return VERDICT.notMine
    fields.reset(bytes)
    fields.time = time
    fields.flags = flags
    fields.service = 'nginx'
    const tail = find(bytes, message, end, CLIENT)
    if (tail < 0) return end - start >= CUT_AT ? VERDICT.malformed : VERDICT.irrelevant
    if (startsWith(bytes, message, end, NO_PASSWORD)) return VERDICT.irrelevant
    readTail(bytes, message, end, fields)
    const kind = readMessage(bytes, message, fields.detailEnd, fields)
    fields.detailStart = message
    fields.detailEnd = Math.min(fields.detailEnd, message + LONGEST_DETAIL)
    if (kind === 'web.filter') readFilterMessage(fields, message, tail)
    writer.write(fields, line, out, KIND[kind])
    return VERDICT.event
  }
}

/** Behind ` [level] pid#tid: *connection `; -1 where the line is laid out otherwise. */
function messageStart(bytes: Uint8Array, stampEnd: number, end: number): number {
  if (bytes[stampEnd] !== 32 || bytes[stampEnd + 1] !== 91) return -1
  const level = until(bytes, stampEnd, Math.min(end, stampEnd + 12), 93)
  if (bytes[level] !== 93) return -1
  const pid = until(bytes, level + 2, Math.min(end, level + 40), 58)
  if (bytes[pid] !== 58 || until(bytes, level, pid, 35) === pid) return -1
  let message = pid + 2
  if (bytes[message] === 42) message = until(bytes, message, end, 32) + 1
  return Math.min(message, end)
}

/**
 * Reads `, client: A, server: S, request: "R", host: "H"`. Neither the message in front nor the request behind is
 * escaped, so both may imitate it: where the line names two different clients, and either may be true, it accuses
 * neither. Leaves the end of the message in detailEnd.
 */
function readTail(bytes: Uint8Array, message: number, end: number, fields: WebFields): void {
  const tail = trueTail(bytes, message, end)
  fields.detailEnd = tail < 0 ? find(bytes, message, end, CLIENT) : tail
  const address = fields.detailEnd + CLIENT.length
  const addressEnd = until(bytes, address, end, 44)
  if (tail >= 0) {
    fields.peerStart = address
    fields.peerEnd = addressEnd
  }
  if (startsWith(bytes, addressEnd, end, SERVER)) {
    fields.vhostStart = addressEnd + SERVER.length
    fields.vhostEnd = until(bytes, fields.vhostStart, end, 44)
  }
  const request = find(bytes, addressEnd, end, REQUEST)
  if (request < 0) return
  fields.requestStart = request + REQUEST.length
  let stop = bytes[end - 1] === 34 ? end - 1 : end
  for (const mark of REQUEST_ENDS) {
    const at = find(bytes, fields.requestStart, stop, mark)
    if (at >= 0) stop = at
  }
  fields.requestEnd = stop
  splitRequest(fields)
  ;[fields.referrerStart, fields.referrerEnd] = quotedBehind(bytes, stop, end, REFERRER)
  const [hostStart, hostEnd] = quotedBehind(bytes, stop, end, HOST)
  if (hostEnd > hostStart) {
    fields.vhostStart = hostStart
    fields.vhostEnd = hostEnd
  }
}

/** Where the client is named; -1 where two places name different ones and both may be nginx's. */
function trueTail(bytes: Uint8Array, message: number, end: number): number {
  const first = find(bytes, message, end, CLIENT)
  let differ = false
  let fits = 0
  let fit = -1
  for (let at = first; at >= 0; at = find(bytes, at + 1, end, CLIENT)) {
    if (!equal(bytes, first, addressEndOf(bytes, first, end), at, addressEndOf(bytes, at, end))) differ = true
    if (isWholeTail(bytes, at, end)) {
      fits++
      fit = at
    }
  }
  if (!differ) return first
  // A password is only asked for where the request was a valid one, so that a tail that holds no valid one is a user's name.
  return fits === 1 && startsWith(bytes, message, end, USER) ? fit : -1
}

const addressEndOf = (bytes: Uint8Array, tail: number, end: number): number =>
  until(bytes, tail + CLIENT.length, end, 44)

/**
 * Whether all that stands from `tail` on can be nginx's tail of a valid request: it ends with a version, a host has no
 * slash, and what refers (which may hold anything) is last.
 */
function isWholeTail(bytes: Uint8Array, tail: number, end: number): boolean {
  const server = addressEndOf(bytes, tail, end)
  if (!startsWith(bytes, server, end, SERVER) || bytes[end - 1] !== 34) return false
  let i = until(bytes, server + SERVER.length, end, 44)
  const version = startsWith(bytes, i, end, REQUEST) ? find(bytes, i + REQUEST.length, end, VERSION) : -1
  if (version < 0) return false
  i = until(bytes, version + VERSION.length, end, 34) + 1
  for (const mark of CONFIGURED) {
    if (startsWith(bytes, i, end, mark)) i = until(bytes, i + mark.length, end, 34) + 1
  }
  if (startsWith(bytes, i, end, HOST)) {
    const refers = find(bytes, i + HOST.length, end, HOST_REFERRER)
    if (until(bytes, i, refers < 0 ? end : refers, 47) !== (refers < 0 ? end : refers)) return false
    i = refers < 0 ? end : refers + 1
  }
  return i >= end || startsWith(bytes, i, end, REFERRER)
}

function equal(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  return aEnd - a === bEnd - b && startsWith(bytes, a, aEnd, bytes.subarray(b, bEnd))
}

function quotedBehind(bytes: Uint8Array, from: number, end: number, mark: Uint8Array): [number, number] {
  const at = find(bytes, from, end, mark)
  return at < 0 ? [0, 0] : [at + mark.length, until(bytes, at + mark.length, end, 34)]
}

/** What the message says; takes the user of a failed login. */
function readMessage(bytes: Uint8Array, start: number, end: number, fields: WebFields): EventKind {
  if (isFilterMessage(bytes, start, end)) return 'web.filter'
  if (!startsWith(bytes, start, end, USER)) return 'web.error'
  const mismatch = findLast(bytes, start, end, MISMATCH)
  const missing = mismatch < 0 ? findLast(bytes, start, end, NOT_FOUND) : -1
  const userEnd = mismatch < 0 ? missing : mismatch
  if (userEnd < 0) return 'web.error'
  fields.userStart = start + USER.length
  fields.userEnd = userEnd
  fields.flags |= mismatch < 0 ? FLAG.USER_UNKNOWN : FLAG.USER_KNOWN
  return 'web.auth.failed'
}

export default defineFormat({
  id: 'nginx-error',
  title: 'nginx error log',
  family: 'web',
  open,
  samples: [
    {
      line: '2026/02/21 03:37:31 [error] 1234#1234: *5678 user "bob": password mismatch, client: 192.0.2.1, server: www.example, request: "GET /admin?x=1 HTTP/1.1", host: "admin.example"',
      is: [
        {
          time: '2026-02-21T03:37:31Z',
          kind: 'web.auth.failed',
          source: '192.0.2.1',
          user: 'bob',
          user_known: true,
          method: 'GET',
          path: '/admin',
          query: 'x=1',
          target: 'admin.example',
          service: 'nginx',
        },
      ],
    },
    {
      line: '2026/02/21 03:37:31 [error] 7#7: *1 user "eve" was not found in "/etc/nginx/.htpasswd", client: 2001:db8::5, server: _, request: "GET / HTTP/2.0", host: "x.example"',
      is: [{ kind: 'web.auth.failed', source: '2001:db8::5', user: 'eve', user_known: false }],
    },
    {
      line: '2026/02/21 03:37:31 [error] 7#7: *1 access forbidden by rule, client: 192.0.2.1, server: _, request: "GET /.git/config HTTP/1.1", host: "x.example", referrer: "http://ref.example/"',
      is: [
        {
          kind: 'web.error',
          source: '192.0.2.1',
          path: '/.git/config',
          detail: 'access forbidden by rule',
          referrer: 'http://ref.example/',
        },
      ],
    },
    {
      line: '2026/02/21 03:37:31 [error] 7#7: *1 limiting requests, excess: 20.520 by zone "login", client: 192.0.2.1, server: _, request: "POST /login HTTP/1.1", host: "x.example"',
      is: [{ kind: 'web.error', detail: 'limiting requests, excess: 20.520 by zone "login"', method: 'POST' }],
    },
    {
      line: '2026/02/21 03:37:31 [error] 7#7: *1 user "x": password mismatch, client: 203.0.113.9, server: _, request: "GET /": password mismatch, client: 192.0.2.1, server: _, request: "GET / HTTP/1.1"',
      is: [{ kind: 'web.auth.failed', detail: 'user "x": password mismatch' }],
      note: 'a user name that imitates the tail: two clients are named, none is accused',
    },
    {
      line: '2026/02/21 03:37:31 [error] 7#7: *9 [client 192.0.2.1] ModSecurity: Access denied with code 403 (phase 2). Matched "Operator `Ge\' with parameter `5\'" [file "/etc/modsecurity/REQUEST-949.conf"] [line "81"] [id "949110"] [rev ""] [msg "Inbound Anomaly Score Exceeded"] [data ""] [hostname "x.example"] [uri "/a"] [unique_id "1"], client: 192.0.2.1, server: _, request: "GET /a?id=1 HTTP/1.1", host: "x.example"',
      is: [
        {
          kind: 'web.filter',
          source: '192.0.2.1',
          detail: '949110 Inbound Anomaly Score Exceeded',
          path: '/a',
          query: 'id=1',
        },
      ],
    },
    {
      line: '2026/02/21 03:37:31 [error] 7#7: *1 user "x": password mismatch, client: 203.0.113.9, server: _, request: "GET / HTTP/1.1", host: "x.example"": was not found in "/etc/nginx/.htpasswd", client: 192.0.2.1, server: _, request: "GET / HTTP/1.1", host: "x.example"',
      is: [{ kind: 'web.auth.failed', source: '192.0.2.1' }],
      note: 'an imitation that cannot be true: a host has no slash',
    },
    {
      line: '2026/02/21 03:37:31 [error] 7#7: *1 user "x": password mismatch, client: 203.0.113.9, server: _, request: "GET / HTTP/1.1", referrer: "": password mismatch, client: 192.0.2.1, server: _, request: "GET / HTTP/1.1", host: "h"x"',
      is: [{ kind: 'web.auth.failed', detail: 'user "x": password mismatch' }],
      note: 'one that can: nobody is accused',
    },
    { line: '2026/02/21 03:37:31 [notice] 1#1: signal process started', is: 'irrelevant' },
    { line: 'Stack trace:', is: 'irrelevant', note: 'a PHP trace of several lines' },
    { line: '#0 /var/www/html/index.php(17): require()', is: 'irrelevant' },
  ],
})
