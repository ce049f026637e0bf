import type { BatchWriter } from '../../core/batch.ts'
import { FLAG, KIND } from '../../core/event.ts'
import { createScratch, parseAddressBytes } from '../../core/ip.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import { WebFields } from './fields.ts'
import { isFilterMessage, readFilterMessage } from './filter-message.ts'
import { readApacheErrorStamp, stamp } from './stamp.ts'
import { bytesOf, digits, find, findLast, startsWith, until } from './text.ts'
import { isTraceLine } from './trace.ts'
import { RequestWriter } from './writer.ts'

const CLIENT = bytesOf('[client ')
const REMOTE = bytesOf('[remote ')
const REFERRER = bytesOf(', referer: ')
const PID = bytesOf('[pid ')
const USER = bytesOf('user ')
const ERROR_END = bytesOf(': [client ')
const LONGEST_DETAIL = 200
const scratch = createScratch()

/** What Apache says of a login that failed: behind the user stands this, and whether it means that there is no such user. */
const FAILURES: readonly { mark: Uint8Array; unknown: boolean }[] = [
  { mark: bytesOf(': authentication failure for "'), unknown: false },
  { mark: bytesOf(': password mismatch: '), unknown: false },
  { mark: bytesOf(' not found: '), unknown: true },
  { mark: bytesOf(' denied by provider: '), unknown: true },
]
/** Digest: `user `bob' in realm `staff' not found: /x`. */
const IN_REALM = bytesOf(' in realm ')

function open(context: FormatContext): (line: Line, out: BatchWriter) => Verdict {
  const fields = new WebFields()
  const writer = new RequestWriter(context)
  return (line, out) => {
    const { bytes, start, end } = line
    if (bytes[start] !== 91 || !readApacheErrorStamp(bytes, start + 1, end) || bytes[stamp.end] !== 93) {
      return isTraceLine(bytes, start, end) ? VERDICT.irrelevant : VERDICT.notMine
    }
    fields.reset(bytes)
    fields.time = stamp.time
    fields.flags = stamp.flags
    return read(line, out, stamp.end + 1, fields, writer)
  }
}

/** Opens the reader of what Apache sends to syslog (`ErrorLog syslog`): the same message, without a stamp of its own. */
export function openApacheMessage(context: FormatContext): (line: Line, out: BatchWriter) => Verdict {
  const fields = new WebFields()
  const writer = new RequestWriter(context)
  return (line, out) => {
    const { bytes, start } = line
    if (bytes[start] !== 91) return VERDICT.notMine
    fields.reset(bytes)
    fields.time = line.time
    fields.flags = line.flags
    // Where the brackets begin, a space is expected before each.
    return read(line, out, start - 1, fields, writer)
  }
}

/** Reads what follows the stamp. */
function read(line: Line, out: BatchWriter, at: number, fields: WebFields, writer: RequestWriter): Verdict {
  const { bytes, end } = line
  fields.service = 'apache'
  const message = readBrackets(bytes, at, end, fields)
  if (fields.peerEnd === fields.peerStart) return VERDICT.irrelevant
  const referrer = findLast(bytes, message, end, REFERRER)
  const messageEnd = referrer < 0 ? end : referrer
  if (referrer >= 0) {
    fields.referrerStart = referrer + REFERRER.length
    fields.referrerEnd = end
  }
  fields.detailStart = message
  fields.detailEnd = Math.min(messageEnd, message + LONGEST_DETAIL)
  if (isFilterMessage(bytes, message, end)) {
    readFilterMessage(fields, message, end)
    writer.write(fields, line, out, KIND['web.filter'])
  } else {
    const failed = readFailure(bytes, message, messageEnd, fields)
    writer.write(fields, line, out, KIND[failed ? 'web.auth.failed' : 'web.error'])
  }
  return VERDICT.event
}

/** Walks ` [level] [pid n:tid n] [client a:p]`, all written by Apache; answers where the message begins. */
function readBrackets(bytes: Uint8Array, at: number, end: number, fields: WebFields): number {
  let i = at
  let hasPorts = false
  for (;;) {
    i = skipSystemError(bytes, i, end)
    if (i + 1 >= end || bytes[i] !== 32 || bytes[i + 1] !== 91) break
    const close = until(bytes, i, end, 93)
    if (close === end) break
    const open = i + 1
    let stop = close
    if (startsWith(bytes, open, end, PID)) hasPorts = true
    if (startsWith(bytes, open, end, CLIENT) || startsWith(bytes, open, end, REMOTE)) {
      // An IPv6 address with a port may stand in brackets of its own.
      if (bytes[open + CLIENT.length] === 91) stop = until(bytes, close + 1, end, 93)
      fields.peerStart = open + CLIENT.length
      fields.peerEnd = hasPorts ? withoutPort(bytes, fields.peerStart, stop, fields) : stop
      i = stop + 1
      break
    }
    i = stop + 1
  }
  while (i < end && bytes[i] === 32) i++
  return Math.min(i, end)
}

/** Behind ` (36)File name too long:`, the operating system's word for what went wrong, which comes before the client. */
function skipSystemError(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== 32 || bytes[at + 1] !== 40) return at
  const close = until(bytes, at + 2, Math.min(end, at + 12), 41)
  if (bytes[close] !== 41 || digits(bytes, at + 2, close) === 0) return at
  const colon = find(bytes, close, Math.min(end, close + 120), ERROR_END)
  return colon < 0 ? at : colon + 1
}

/**
 * Apache 2.4 writes a port behind every client, also behind a bare IPv6 address, where it looks like one more group.
 * Answers where the address ends.
 */
function withoutPort(bytes: Uint8Array, start: number, end: number, fields: WebFields): number {
  if (until(bytes, start, end, 58) === end || bytes[start] === 91) return end
  let colon = end - 1
  while (bytes[colon] !== 58) colon--
  if (until(bytes, start, colon, 58) === colon || !parseAddressBytes(bytes, start, colon, scratch)) return end
  fields.port = digits(bytes, colon + 1, end)
  return colon
}

/** Skips `AH01617: `. */
function skipCode(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== 65 || bytes[start + 1] !== 72) return start
  const colon = until(bytes, start, Math.min(end, start + 10), 58)
  return bytes[colon] === 58 && colon + 2 <= end ? colon + 2 : start
}

/** `user bob: authentication failure for "/x": Password Mismatch`, `user bob not found: /x`; takes the user and the path. */
function readFailure(bytes: Uint8Array, start: number, end: number, fields: WebFields): boolean {
  const at = skipCode(bytes, start, end)
  if (!startsWith(bytes, at, end, USER)) return false
  let from = at + USER.length
  for (const { mark, unknown } of FAILURES) {
    // The user is the client's word and may imitate what stands behind it: the last mark is Apache's.
    const stop = findLast(bytes, from, end, mark)
    if (stop < 0) continue
    const realm = find(bytes, from, stop, IN_REALM)
    let userEnd = realm < 0 ? stop : realm
    if (userEnd - from >= 2 && (bytes[from] === 96 || bytes[from] === 39) && bytes[userEnd - 1] === 39) {
      from++
      userEnd--
    }
    fields.userStart = from
    fields.userEnd = userEnd
    fields.flags |= unknown ? FLAG.USER_UNKNOWN : FLAG.USER_KNOWN
    fields.targetStart = stop + mark.length
    const quote = until(bytes, fields.targetStart, end, 34)
    fields.targetEnd = quote < end && !unknown ? quote : end
    return true
  }
  return false
}

export default defineFormat({
  id: 'apache-error',
  title: 'Apache error log (2.2 and 2.4), with ModSecurity',
  family: 'web',
  open,
  samples: [
    {
      line: '[Sat Feb 21 03:37:31.123456 2026] [core:error] [pid 14:tid 140] (36)File name too long: [client 192.0.2.1:4810] AH00036: access to /aaa failed (filesystem path)',
      is: [
        {
          kind: 'web.error',
          source: '192.0.2.1',
          port: 4810,
          detail: 'AH00036: access to /aaa failed (filesystem path)',
        },
      ],
      note: "the operating system's word before the client",
    },
    {
      line: '[Sun Mar 01 10:11:12.345678 2026] [auth_basic:error] [pid 123:tid 456] [client 192.0.2.1:59410] AH01617: user bob: authentication failure for "/admin": Password Mismatch',
      is: [
        {
          time: '2026-03-01T10:11:12.345Z',
          kind: 'web.auth.failed',
          source: '192.0.2.1',
          port: 59410,
          user: 'bob',
          user_known: true,
          path: '/admin',
          service: 'apache',
        },
      ],
    },
    {
      line: '[Sun Mar 01 10:11:12.345678 2026] [auth_basic:error] [pid 123] [client 2001:db8::1:5941] AH01618: user eve not found: /admin, referer: http://x.example/',
      is: [
        {
          kind: 'web.auth.failed',
          source: '2001:db8::1',
          port: 5941,
          user: 'eve',
          user_known: false,
          path: '/admin',
          referrer: 'http://x.example/',
        },
      ],
    },
    {
      line: '[Sun Mar  1 10:11:12 2026] [error] [client 192.0.2.1] user bob not found: /private',
      is: [{ kind: 'web.auth.failed', source: '192.0.2.1', user: 'bob', user_known: false, path: '/private' }],
      note: 'Apache 2.2',
    },
    {
      line: "[Sun Mar 01 10:11:12 2026] [auth_digest:error] [pid 1] [client 192.0.2.1:40] AH01790: user `eve' in realm `staff' not found: /x",
      is: [{ kind: 'web.auth.failed', user: 'eve', path: '/x' }],
    },
    {
      line: '[Sun Mar 01 10:11:12 2026] [authz_core:error] [pid 1] [client 192.0.2.1:40] AH01630: client denied by server configuration: /var/www/.git',
      is: [
        {
          kind: 'web.error',
          source: '192.0.2.1',
          detail: 'AH01630: client denied by server configuration: /var/www/.git',
        },
      ],
    },
    {
      line: '[Sun Mar 01 10:11:12.5 2026] [:error] [pid 1] [client 192.0.2.1:40] [client 192.0.2.1] ModSecurity: Warning. Pattern match "x" at ARGS:id. [file "/etc/crs/942.conf"] [line "6"] [id "942100"] [msg "SQL Injection Attack Detected"] [data "Matched: 1 [id \\"1\\"]"] [hostname "www.example"] [uri "/item"] [unique_id "a"]',
      is: [
        {
          kind: 'web.filter',
          source: '192.0.2.1',
          detail: '942100 SQL Injection Attack Detected',
          path: '/item',
          target: 'www.example',
        },
      ],
    },
    {
      line: '[Sun Mar 01 10:11:12 2026] [auth_basic:error] [pid 1] [client 192.0.2.1:40] AH01617: user x] [client 203.0.113.9:1: authentication failure for "/": Password Mismatch',
      is: [{ source: '192.0.2.1', user: 'x] [client 203.0.113.9:1' }],
      note: 'a user name accuses nobody',
    },
    {
      line: '[Sun Mar 01 10:11:12 2026] [mpm_event:notice] [pid 1:tid 2] AH00489: Apache/2.4.62 (Debian) configured',
      is: 'irrelevant',
    },
  ],
})
