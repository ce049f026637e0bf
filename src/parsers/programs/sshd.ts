import type { BatchWriter } from '../../core/batch.ts'
import { FLAG, KIND } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { find, findByte, literal, skipSpaces, startsWith } from '../support/bytes.ts'
import { addEvent } from '../support/emit.ts'
import type { PamMessage } from '../support/pam.ts'
import { addPamFailure, createPamMessage, PAM, readPam, readSession, withoutPreauth } from '../support/pam.ts'
import {
  parseAccepted,
  parseExceeded,
  parseFailed,
  parseInvalidUser,
  parsePamError,
  parsePostponed,
  parseRootRefused,
  parseUser,
} from '../support/sshd/auth.ts'
import { parseClosedBy, parseDisconnecting, parseReceivedDisconnect, parseTimeout } from '../support/sshd/closes.ts'
import { parseGreeting, parseNameless, parseTried } from '../support/sshd/nameless.ts'
import { SSHD_SAMPLES } from '../support/sshd/samples.ts'
import {
  parseBadProtocol,
  parseConnectionFrom,
  parseDrop,
  parseNegotiate,
  parseNoIdentification,
  parsePenalise,
  parseRefused,
} from '../support/sshd/scans.ts'

const FAILED = literal('Failed ')
const ACCEPTED = literal('Accepted ')
const INVALID_USER = literal('Invalid user ')
const ILLEGAL_USER = literal('Illegal user ')
const USER = literal('User ')
const ERROR = literal('error: ')
const FATAL = literal('fatal: ')
const PAM_ERROR = literal('PAM: ')
const EXCEEDED = literal('maximum authentication attempts exceeded for ')
const ROOT_REFUSED = literal('ROOT LOGIN REFUSED FROM ')
const CLOSED_BY = literal('Connection closed by ')
const RESET_BY = literal('Connection reset by ')
const DISCONNECTED = literal('Disconnected from ')
const RECEIVED = literal('Received disconnect from ')
const DISCONNECTING = literal('Disconnecting')
const TIMEOUT = literal('Timeout before authentication for ')
const NO_IDENTIFICATION = literal('Did not receive identification string from ')
const BAD_PROTOCOL = literal('Bad protocol version identification ')
const BAD_REMOTE = literal('Bad remote protocol version identification')
const NEGOTIATE = literal('Unable to negotiate with ')
const REFUSED = literal('refused connect from ')
const DROP = literal('drop connection #')
const PENALISE = literal('srclimit_penalise: ')
const CONNECTION_FROM = literal(': Connection from ')
const TIMED_OUT = literal('Connection from ')
const KERNEL = literal('kernel:')
const POSTPONED = literal('Postponed ')
const SOLARIS = literal('[ID ')
const CLOSE = literal('] ')
const LOWER_AUTH = literal('uthentication ')

/** Tags of `TAG: Connection from PEER: TEXT`, with what each is called as a scan. */
const TAGS: readonly { tag: Uint8Array; name: Uint8Array }[] = [
  { tag: literal('banner exchange'), name: literal('banner exchange') },
  { tag: literal('ssh_dispatch_run_fatal'), name: literal('key exchange') },
  { tag: literal('kex_exchange_identification'), name: literal('banner exchange') },
]
const OTHER_TAG = literal('protocol error')

const pam: PamMessage = createPamMessage()

/** Parses one message of sshd (also sshd-session, sshd-auth and the old `sshd(pam_unix)`). */
function parse(line: Line, out: BatchWriter): Verdict {
  const { bytes } = line
  let pos = line.messageStart
  if (bytes[pos] === 91 && startsWith(bytes, pos, line.messageEnd, SOLARIS)) {
    const close = find(bytes, pos, line.messageEnd, CLOSE)
    if (close >= 0) line.messageStart = pos = close + CLOSE.length
  }
  if (bytes[pos] === 107 && startsWith(bytes, pos, line.messageEnd, KERNEL)) pos = behindKernel(line)
  const end = withoutPreauth(line)
  const flags = end < line.messageEnd ? FLAG.PREAUTH : 0
  if (bytes[pos] === 101 && startsWith(bytes, pos, end, ERROR)) {
    pos += ERROR.length
    line.messageStart = pos
  } else if (bytes[pos] === 102 && startsWith(bytes, pos, end, FATAL)) {
    pos += FATAL.length
    line.messageStart = pos
  }
  return parseText(line, out, pos, end, flags)
}

/** A log that took the kernel's ring for its own: `kernel: [  970.699397] MESSAGE`. */
function behindKernel(line: Line): number {
  const { bytes, messageEnd } = line
  let message = findByte(bytes, line.messageStart, messageEnd, 93) + 1
  if (bytes[message] === 58) message++
  message = skipSpaces(bytes, message, messageEnd)
  if (message < messageEnd) line.messageStart = message
  return line.messageStart
}

function parseText(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  switch (bytes[pos]) {
    case 70: // F
      if (startsWith(bytes, pos, end, FAILED)) return parseFailed(line, out, pos + FAILED.length, end, flags)
      break
    case 65: // A
      if (startsWith(bytes, pos, end, ACCEPTED)) return parseAccepted(line, out, pos + ACCEPTED.length, end, flags)
      if (startsWith(bytes, pos + 1, end, LOWER_AUTH)) return parseAuthentication(line, out, pos, end, flags)
      break
    case 97: // a
      if (startsWith(bytes, pos + 1, end, LOWER_AUTH)) return parseAuthentication(line, out, pos, end, flags)
      break
    case 73: // I
      if (startsWith(bytes, pos, end, INVALID_USER) || startsWith(bytes, pos, end, ILLEGAL_USER))
        return parseInvalidUser(line, out, pos + INVALID_USER.length, end, flags)
      break
    case 67: // C
      if (startsWith(bytes, pos, end, CLOSED_BY)) return parseClosedBy(line, out, pos + CLOSED_BY.length, end, flags)
      if (startsWith(bytes, pos, end, RESET_BY)) return parseClosedBy(line, out, pos + RESET_BY.length, end, flags)
      if (startsWith(bytes, pos, end, TIMED_OUT)) return parseTimedOut(line, out, pos + TIMED_OUT.length, end, flags)
      break
    case 68: // D
      if (startsWith(bytes, pos, end, DISCONNECTED))
        return parseClosedBy(line, out, pos + DISCONNECTED.length, end, flags)
      if (startsWith(bytes, pos, end, DISCONNECTING))
        return parseDisconnecting(line, out, pos + DISCONNECTING.length, end, flags)
      if (startsWith(bytes, pos, end, NO_IDENTIFICATION))
        return parseNoIdentification(line, out, pos + NO_IDENTIFICATION.length, end, flags)
      break
    case 82: // R
      if (startsWith(bytes, pos, end, RECEIVED))
        return parseReceivedDisconnect(line, out, pos + RECEIVED.length, end, flags)
      if (startsWith(bytes, pos, end, ROOT_REFUSED))
        return parseRootRefused(line, out, pos + ROOT_REFUSED.length, end, flags)
      break
    case 85: // U
      if (startsWith(bytes, pos, end, USER)) return parseUser(line, out, pos + USER.length, end, flags)
      if (startsWith(bytes, pos, end, NEGOTIATE)) return parseNegotiate(line, out, pos + NEGOTIATE.length, end, flags)
      break
    case 66: // B
      if (startsWith(bytes, pos, end, BAD_PROTOCOL))
        return parseBadProtocol(line, out, pos + BAD_PROTOCOL.length, end, flags)
      if (startsWith(bytes, pos, end, BAD_REMOTE)) return VERDICT.irrelevant
      break
    case 84: // T
      if (startsWith(bytes, pos, end, TIMEOUT)) return parseTimeout(line, out, pos + TIMEOUT.length, end, flags)
      break
    case 109: // m
      if (startsWith(bytes, pos, end, EXCEEDED)) return parseExceeded(line, out, pos + EXCEEDED.length, end, flags)
      break
    case 114: // r
      if (startsWith(bytes, pos, end, REFUSED)) return parseRefused(line, out, pos + REFUSED.length, end, flags)
      break
    case 100: // d
      if (startsWith(bytes, pos, end, DROP)) return parseDrop(line, out, pos + DROP.length, end, flags)
      break
    default:
      break
  }
  return parseRest(line, out, pos, end, flags)
}

/** What is left: PAM, and errors that begin with the name of a function. */
function parseRest(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const { bytes } = line
  const first = bytes[pos]
  if (first === 80 && startsWith(bytes, pos, end, PAM_ERROR))
    return parsePamError(line, out, pos + PAM_ERROR.length, end, flags)
  if (first === 80 && startsWith(bytes, pos, end, POSTPONED))
    return parsePostponed(line, out, pos + POSTPONED.length, end, flags)
  if (first === 112 || first === 80 || first === 40 || first === 115 || (first >= 48 && first <= 57)) {
    const verdict = parsePam(line, out)
    if (verdict !== VERDICT.notMine) return verdict
  }
  if (first === 115 && startsWith(bytes, pos, end, PENALISE))
    return parsePenalise(line, out, pos + PENALISE.length, end, flags)
  // `TAG: Connection from ...`, with the tag a word or two of sshd's own.
  if (first >= 97 && first <= 122) {
    const at = find(bytes, pos, Math.min(end, pos + 64), CONNECTION_FROM)
    if (at >= 0) {
      const id = at + CONNECTION_FROM.length
      for (const { tag, name } of TAGS)
        if (at - pos === tag.length && startsWith(bytes, pos, at, tag))
          return parseConnectionFrom(line, out, id, end, flags, name)
      if (isTag(bytes, pos, at)) return parseConnectionFrom(line, out, id, end, flags, OTHER_TAG)
    }
  }
  return parseNameless(line, out, pos, end, flags)
}

/** A function's name: lower-case letters, digits and underscores, with no room for anything of the client's. */
function isTag(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]
    if (!((byte >= 97 && byte <= 122) || (byte >= 48 && byte <= 57) || byte === 95)) return false
  }
  return true
}

/** `Connection from PEER port N timed out`; without those last words it is no more than a greeting. */
function parseTimedOut(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  if (!startsWith(line.bytes, end - TIMED_OUT_TAIL.length, end, TIMED_OUT_TAIL))
    return parseGreeting(line, out, pos, end, flags)
  return parseClosedBy(line, out, pos, end, flags)
}
const TIMED_OUT_TAIL = literal(' timed out')

/** `Authentication failure for USER from PEER` without the `PAM: ` of newer versions, or pam_unix's own text. */
function parseAuthentication(line: Line, out: BatchWriter, pos: number, end: number, flags: number): Verdict {
  const tried = parseTried(line, out, pos, end, flags)
  if (tried !== VERDICT.notMine) return tried
  const verdict = parsePam(line, out)
  return verdict === VERDICT.notMine ? parsePamError(line, out, pos, end, flags) : verdict
}

function parsePam(line: Line, out: BatchWriter): Verdict {
  switch (readPam(line, pam)) {
    case PAM.none:
      return VERDICT.notMine
    case PAM.authFailed:
    case PAM.moreFailed:
      return addPamFailure(line, out, pam)
    case PAM.sessionOpened:
    case PAM.sessionClosed: {
      const row = addEvent(
        line,
        out,
        pam.kind === PAM.sessionOpened ? KIND['ssh.session.opened'] : KIND['ssh.session.closed'],
      )
      readSession(line, pam)
      out.columns.user[row] = out.text(line.bytes, pam.userStart, pam.userEnd)
      return VERDICT.event
    }
    default:
      return VERDICT.irrelevant
  }
}

export default defineProgram({
  id: 'sshd',
  title: 'OpenSSH server',
  programs: ['sshd', 'sshd-session', 'sshd-auth', 'sshd(pam_unix)', '/usr/sbin/sshd', 'com.openssh.sshd'],
  parse,
  samples: SSHD_SAMPLES,
})
