/** sshd's lines about an attempt: Failed, Accepted, Invalid user, not allowed, PAM errors. */
import type { BatchWriter } from '../../../core/batch.ts'
import { FLAG, KIND } from '../../../core/event.ts'
import type { Line, Verdict } from '../../../core/line.ts'
import { VERDICT } from '../../../core/line.ts'
import { find, findByte, findLast, literal, SPACE, startsWith } from '../bytes.ts'
import { addEvent, sourceIndex } from '../emit.ts'
import { type AfterPeer, createPeer, mentionsFrom, readFrom, readPeerAtEnd } from '../peer.ts'

const FOR = literal('for ')
const FOR_INSIDE = literal(' for ')
const SERVICE_FOR = literal('service for ')
const INVALID = literal('invalid user ')
const ILLEGAL = literal('illegal user ')
const INVALID_NAME = literal('<invalid username>')
const FROM = literal(' from ')
const NOT_ALLOWED = literal(' not allowed because ')
const KEYBOARD = literal('keyboard-interactive/pam')
const ROOT = literal('root')
const REFUSED = literal('root login refused')
const EXCEEDED = literal('maximum authentication attempts exceeded')

const peer = createPeer()

/** Position behind `invalid user ` or `illegal user `, or `pos` where neither stands there. */
function skipInvalid(bytes: Uint8Array, pos: number, end: number): number {
  if (bytes[pos] === 105 && (startsWith(bytes, pos, end, INVALID) || startsWith(bytes, pos, end, ILLEGAL)))
    return pos + INVALID.length
  return pos
}

/** Writes an event for `[invalid user ]USER from PEER ...` at `pos`; answers its row, -1 where no user and peer stand there. */
function addUserFrom(
  line: Line,
  out: BatchWriter,
  kind: number,
  flags: number,
  pos: number,
  end: number,
  after: AfterPeer,
): number {
  const { bytes } = line
  const user = skipInvalid(bytes, pos, end)
  const unknownName = startsWith(bytes, user, end, INVALID_NAME)
  const known = user > pos || unknownName ? FLAG.USER_UNKNOWN : FLAG.USER_KNOWN
  const found = readFrom(bytes, user, end, after, peer)
  if (!found && !mentionsFrom(bytes, user, end)) return -1
  if (!found && !looksWhole(bytes, user, end)) return -1
  const row = addEvent(line, out, kind, flags | known)
  const columns = out.columns
  if (!found) {
    columns.user[row] = out.text(bytes, user, findByte(bytes, user, end, SPACE))
    return row
  }
  if (!unknownName) columns.user[row] = out.text(bytes, user, peer.before)
  columns.source[row] = sourceIndex(bytes, peer.start, peer.end, out)
  columns.port[row] = peer.port
  return row
}

/** A line with a peer that cannot be told from the client's text is an event without a source; one that is just cut is not. */
function looksWhole(bytes: Uint8Array, start: number, end: number): boolean {
  return find(bytes, start, end, FROM) !== findLast(bytes, start, end, FROM)
}

/** `Failed METHOD for [invalid user ]USER from PEER port N ssh2[: key]`; `pos` is behind `Failed `. */
export function parseFailed(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  return parseOutcome(line, out, KIND['ssh.auth.failed'], pos, end, flags)
}

/** `Accepted METHOD for USER from PEER port N ssh2[: key]`; `pos` is behind `Accepted `. */
export function parseAccepted(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  return parseOutcome(line, out, KIND['ssh.auth.accepted'], pos, end, flags)
}

function parseOutcome(line: Line, out: BatchWriter, kind: number, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  const methodEnd = findByte(bytes, pos, end, SPACE)
  // "Failed to release session" and the like; "Failed password f" is cut.
  if (!startsWith(bytes, methodEnd + 1, end, FOR))
    return methodEnd + 1 + FOR.length > end ? VERDICT.malformed : VERDICT.irrelevant
  const row = addUserFrom(line, out, kind, flags, methodEnd + 1 + FOR.length, end, 'text')
  if (row < 0) return VERDICT.malformed
  const columns = out.columns
  columns.method[row] = out.text(bytes, pos, methodEnd)
  if (columns.source[row] >= 0 && peer.tail < end) columns.detail[row] = out.text(bytes, peer.tail, end)
  return VERDICT.event
}

/**
 * `Postponed METHOD for invalid user USER from PEER port N ssh2`: an attempt on a name that is none, not yet decided; `pos`
 * is behind `Postponed `. Of an account that exists it tells nothing: most of them end in a login.
 */
export function parsePostponed(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  const user = findByte(bytes, pos, end, SPACE) + FOR_INSIDE.length
  if (!startsWith(bytes, user - FOR_INSIDE.length, end, FOR_INSIDE) || skipInvalid(bytes, user, end) === user)
    return VERDICT.irrelevant
  const row = addUserFrom(line, out, KIND['ssh.user.invalid'], flags, user, end, 'text')
  return row < 0 ? VERDICT.malformed : VERDICT.event
}

/** `Invalid user USER from PEER[ port N]`; `pos` is behind `Invalid user `. */
export function parseInvalidUser(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  // Nothing follows the peer here, so the last `from` is sshd's own.
  const from = findLast(bytes, pos - 1, end, FROM)
  if (from < 0 || !readPeerAtEnd(bytes, from + FROM.length, end, false, peer) || peer.start !== from + FROM.length)
    return VERDICT.malformed
  const row = addEvent(line, out, KIND['ssh.user.invalid'], flags | FLAG.USER_UNKNOWN)
  const columns = out.columns
  columns.user[row] = out.text(bytes, pos, Math.max(pos, from))
  columns.source[row] = sourceIndex(bytes, peer.start, peer.end, out)
  columns.port[row] = peer.port
  return VERDICT.event
}

/** `User USER from PEER not allowed because REASON`; `pos` is behind `User `. */
export function parseUser(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  const reason = findLast(bytes, pos, end, NOT_ALLOWED)
  if (reason < 0) return VERDICT.irrelevant
  const from = findLast(bytes, pos - 1, reason, FROM)
  // "User root not allowed because account is locked" names nobody.
  if (from < 0 || !readPeerAtEnd(bytes, from + FROM.length, reason, false, peer)) return VERDICT.irrelevant
  const row = addEvent(line, out, KIND['ssh.user.invalid'], flags | FLAG.USER_KNOWN)
  const columns = out.columns
  columns.user[row] = out.text(bytes, pos, Math.max(pos, from))
  columns.source[row] = sourceIndex(bytes, peer.start, peer.end, out)
  columns.port[row] = peer.port
  columns.detail[row] = out.text(bytes, reason + NOT_ALLOWED.length, end)
  return VERDICT.event
}

/** `PAM: TEXT for [illegal user ]USER from PEER[ via HOST]`; `pos` is behind `PAM: `. */
export function parsePamError(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  const at = find(bytes, pos, end, FOR_INSIDE)
  if (at < 0) return VERDICT.irrelevant
  let user = at + FOR_INSIDE.length
  if (startsWith(bytes, user, end, SERVICE_FOR)) user += SERVICE_FOR.length
  const row = addUserFrom(line, out, KIND['ssh.auth.failed'], flags, user, end, 'nothing')
  if (row < 0) return VERDICT.irrelevant
  out.columns.method[row] = out.text(KEYBOARD, 0, KEYBOARD.length)
  return VERDICT.event
}

/** `maximum authentication attempts exceeded for [invalid user ]USER from PEER port N ssh2`; `pos` is behind `for `. */
export function parseExceeded(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const row = addUserFrom(line, out, KIND['ssh.preauth.closed'], flags, pos, end, 'nothing')
  if (row < 0) return VERDICT.malformed
  out.columns.detail[row] = out.text(EXCEEDED, 0, EXCEEDED.length)
  return VERDICT.event
}

/** `ROOT LOGIN REFUSED FROM PEER[ port N]`; `pos` is behind `FROM `. */
export function parseRootRefused(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  if (!readPeerAtEnd(bytes, pos, end, false, peer) || peer.start !== pos) return VERDICT.malformed
  const row = addEvent(line, out, KIND['ssh.auth.failed'], flags | FLAG.USER_KNOWN)
  const columns = out.columns
  columns.user[row] = out.text(ROOT, 0, ROOT.length)
  columns.source[row] = sourceIndex(bytes, peer.start, peer.end, out)
  columns.port[row] = peer.port
  columns.detail[row] = out.text(REFUSED, 0, REFUSED.length)
  return VERDICT.event
}
