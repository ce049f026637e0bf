/** sshd's lines about a connection that ended before anybody had logged in. */
import type { BatchWriter } from '../../../core/batch.ts'
import { FLAG, KIND } from '../../../core/event.ts'
import type { Line, Verdict } from '../../../core/line.ts'
import { VERDICT } from '../../../core/line.ts'
import { COLON, endsWith, find, findByte, isDigit, literal, SPACE, skipSpaces, startsWith } from '../bytes.ts'
import { addEvent, sourceIndex } from '../emit.ts'
import type { Peer } from '../peer.ts'
import { createPeer, readPeerAtEnd, readPeerAtStart, readPeerBeforeText } from '../peer.ts'
import { parseBareClose } from './nameless.ts'

const AUTHENTICATING = literal('authenticating user ')
const INVALID = literal('invalid user ')
const LOGGED_IN = literal('user ')
const TOO_MANY = literal('Too many authentication failures')
const TOO_MANY_FOR = literal('Too many authentication failures for ')
const CHANGE = literal('Change of username or service not allowed: (')
const AUTH_FAIL = literal('Auth fail')
const AUTH_CANCEL = literal('Auth cancel')
const NO_METHODS = literal('authentication methods available')
const TIMED_OUT = literal(' timed out')
const UPPER_C = 67

/** Who a connection id names before its address. */
export const PREAMBLE = { none: 0, authenticating: 1, invalid: 2, loggedIn: 3 } as const
export type Preamble = (typeof PREAMBLE)[keyof typeof PREAMBLE]

/** The preamble of a connection id at `pos`; where the user begins is left in `userStart`. */
export function readPreamble(bytes: Uint8Array, pos: number, end: number): Preamble {
  userStart = pos
  const first = bytes[pos]
  if (first === 97 && startsWith(bytes, pos, end, AUTHENTICATING)) {
    userStart = pos + AUTHENTICATING.length
    return PREAMBLE.authenticating
  }
  if (first === 105 && startsWith(bytes, pos, end, INVALID)) {
    userStart = pos + INVALID.length
    return PREAMBLE.invalid
  }
  if (first === 117 && startsWith(bytes, pos, end, LOGGED_IN)) {
    userStart = pos + LOGGED_IN.length
    return PREAMBLE.loggedIn
  }
  return PREAMBLE.none
}
/** Where the user begins that readPreamble read last. */
export let userStart = 0

const peer = createPeer()

/** Sets source, port, user and the account's state from a connection id; `from` is where its user begins. */
export function setId(line: Line, out: BatchWriter, row: number, preamble: Preamble, from: number, id: Peer): void {
  const { bytes } = line
  const columns = out.columns
  columns.source[row] = sourceIndex(bytes, id.start, id.end, out)
  columns.port[row] = id.port
  if (preamble === PREAMBLE.none) return
  columns.user[row] = out.text(bytes, from, Math.max(from, id.before))
  columns.flags[row] |= preamble === PREAMBLE.invalid ? FLAG.USER_UNKNOWN : FLAG.USER_KNOWN
}

/** `[authenticating user U |invalid user U ]PEER[ port N]` with nothing behind it; `pos` is where the id begins. */
export function parseClosedBy(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  const preamble = readPreamble(bytes, pos, end)
  if (preamble === PREAMBLE.loggedIn) return VERDICT.irrelevant
  // Without both, the line does not tell an attempt from a logged-in user who leaves.
  if (preamble === PREAMBLE.none && (flags & FLAG.PREAUTH) === 0)
    return bytes[line.messageStart] === UPPER_C ? parseBareClose(line, out, pos, end, flags) : VERDICT.irrelevant
  const from = userStart
  const stop = endsWith(bytes, pos, end, TIMED_OUT) ? end - TIMED_OUT.length : end
  if (!readPeerAtEnd(bytes, from, stop, preamble !== PREAMBLE.none, peer)) return VERDICT.malformed
  if (preamble === PREAMBLE.none && peer.start !== pos) return VERDICT.malformed
  const row = addEvent(line, out, KIND['ssh.preauth.closed'], flags)
  setId(line, out, row, preamble, from, peer)
  // "Connection closed by", "Disconnected from": how it ended.
  out.columns.detail[row] = out.text(bytes, line.messageStart, pos - 1)
  return VERDICT.event
}

/** `PEER[ port N]: CODE: TEXT` behind `Received disconnect from `. */
export function parseReceivedDisconnect(
  line: Line,
  out: BatchWriter,
  pos: number,
  end: number,
  flags: number,
): Verdict {
  const { bytes } = line
  if (!readPeerAtStart(bytes, pos, end, peer) || bytes[peer.tail] !== COLON || peer.tail >= end)
    return VERDICT.malformed
  let text = skipSpaces(bytes, peer.tail + 1, end)
  const codeStart = text
  while (text < end && isDigit(bytes[text])) text++
  if (text > codeStart && bytes[text] === COLON) text++
  if (text < end && bytes[text] === SPACE) text++
  const isPreauth = (flags & FLAG.PREAUTH) !== 0
  // Before 5.9 sshd wrote no [preauth]; these texts are only said of a login that failed.
  if (
    !isPreauth &&
    !endsWith(bytes, text, end, AUTH_FAIL) &&
    !endsWith(bytes, text, end, AUTH_CANCEL) &&
    !endsWith(bytes, text, end, NO_METHODS)
  )
    return VERDICT.irrelevant
  const row = addEvent(line, out, KIND['ssh.preauth.closed'], flags)
  const columns = out.columns
  columns.source[row] = sourceIndex(bytes, peer.start, peer.end, out)
  columns.port[row] = peer.port
  columns.detail[row] = out.text(bytes, Math.min(text, end), end)
  return VERDICT.event
}

/** `Disconnecting: TEXT`, `Disconnecting [preamble ]PEER port N: TEXT`; `pos` is behind `Disconnecting`. */
export function parseDisconnecting(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  if (bytes[pos] === COLON) return parseDisconnectingNobody(line, out, skipSpaces(bytes, pos + 1, end), end, flags)
  const id = pos + 1
  const preamble = readPreamble(bytes, id, end)
  if (preamble === PREAMBLE.loggedIn) return VERDICT.irrelevant
  if (preamble === PREAMBLE.none && (flags & FLAG.PREAUTH) === 0) return VERDICT.irrelevant
  const from = userStart
  const found =
    preamble === PREAMBLE.none
      ? readPeerAtStart(bytes, from, end, peer)
      : readPeerBeforeText(bytes, from, end, endsWith(bytes, id, end, TOO_MANY), peer) ||
        readChangeOfUser(bytes, from, end)
  if (!found && find(bytes, id, end, PORT) < 0) return VERDICT.malformed
  const row = addEvent(line, out, KIND['ssh.preauth.closed'], flags)
  if (found) {
    setId(line, out, row, preamble, from, peer)
    out.columns.detail[row] = out.text(bytes, skipSpaces(bytes, Math.min(peer.tail + 1, end), end), end)
  }
  return VERDICT.event
}
const PORT = literal(' port ')

/**
 * `U PEER port N: Change of username or service not allowed: (U,service) -> (V,service)`: the only text of sshd that
 * tells names again. The true fit is the one whose user stands in the brackets; two such fits are no answer.
 */
function readChangeOfUser(bytes: Uint8Array, start: number, end: number): boolean {
  let found = -1
  for (let at = find(bytes, start, end, CHANGE); at >= 0; at = find(bytes, at + 1, end, CHANGE)) {
    const idEnd = at - 2
    if (idEnd <= start || !readPeerAtEnd(bytes, start, idEnd, true, peer)) continue
    const user = peer.before - start
    const name = at + CHANGE.length
    if (!startsWith(bytes, name, end, bytes.subarray(start, start + user)) || bytes[name + user] !== 44) continue
    if (found >= 0) return false
    found = idEnd
  }
  if (found < 0 || !readPeerAtEnd(bytes, start, found, true, peer)) return false
  peer.tail = found
  return true
}

/** `Disconnecting: Too many authentication failures[ for USER]` says who, but not from where. */
function parseDisconnectingNobody(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  if (!startsWith(bytes, pos, end, TOO_MANY)) return VERDICT.irrelevant
  const row = addEvent(line, out, KIND['ssh.preauth.closed'], flags)
  const columns = out.columns
  if (startsWith(bytes, pos, end, TOO_MANY_FOR)) {
    let user = pos + TOO_MANY_FOR.length
    if (startsWith(bytes, user, end, INVALID)) {
      user += INVALID.length
      columns.flags[row] |= FLAG.USER_UNKNOWN
    }
    columns.user[row] = out.text(bytes, user, end)
  }
  columns.detail[row] = out.text(bytes, pos, pos + TOO_MANY.length)
  return VERDICT.event
}

/** `Timeout before authentication for PEER[ port N]`, newer `for connection from PEER to HOST, pid = N`; `pos` is behind `for `. */
export function parseTimeout(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  const start = startsWith(bytes, pos, end, CONNECTION_FROM) ? pos + CONNECTION_FROM.length : pos
  const word = findByte(bytes, start, end, SPACE)
  if (word === start || !readPeerAtStart(bytes, start, end, peer)) return VERDICT.irrelevant
  const row = addEvent(line, out, KIND['ssh.scan'], flags)
  const columns = out.columns
  columns.source[row] = sourceIndex(bytes, peer.start, peer.end, out)
  columns.port[row] = peer.port
  columns.detail[row] = out.text(TIMEOUT, 0, TIMEOUT.length)
  return VERDICT.event
}
const CONNECTION_FROM = literal('connection from ')
const TIMEOUT = literal('timeout before authentication')
