/**
 * Lines that PAM modules write under the name of the program that called them:
 * `pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root`.
 */
import type { BatchWriter } from '../../core/batch.ts'
import { FLAG, KIND } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import { decode, find, findByte, findLast, literal, SPACE, skipSpaces, startsWith, trimEnd } from './bytes.ts'
import { addEvent, addTextEvent, clampCount, sourceIndex } from './emit.ts'
import { pamTag } from './pam-tags.ts'

const OLD_UNIX = literal('(pam_unix) ')
const FAILURE = literal('uthentication failure;')
const MORE = literal('more authentication failure')
const MAJOR_PAM = literal('PAM ')
const LOGNAME = literal('logname=')
const RUSER = literal(' ruser=')
const TTY = literal(' tty=')
const RHOST = literal(' rhost=')
const USER = literal(' user=')
const OPENED = literal('session opened for user ')
const CLOSED = literal('session closed for user ')
const BY = literal(' by ')
const UID = literal('(uid=')
const PREAUTH = literal(' [preauth]')
const PASSWORD_CHANGED = literal('password changed for ')

export const PAM = {
  /** No PAM module speaks here. */
  none: 0,
  authFailed: 1,
  moreFailed: 2,
  sessionOpened: 3,
  sessionClosed: 4,
  passwordChanged: 5,
  /** A module said something that is no event. */
  other: 6,
} as const
export type PamKind = (typeof PAM)[keyof typeof PAM]

/** What the last readPam found: ranges into the line's bytes. */
export interface PamMessage {
  kind: PamKind
  /** Service by the module's tag, `sshd` in `pam_unix(sshd:auth)`; empty where the tag has none. */
  serviceStart: number
  serviceEnd: number
  /** The text behind the tag; of a session, what stands behind `session opened for user `. */
  textStart: number
  userStart: number
  userEnd: number
  /** `by X(uid=N)` of a session line (readSession). */
  byStart: number
  byEnd: number
  unix: boolean
}

export const createPamMessage = (): PamMessage => ({
  kind: PAM.none,
  serviceStart: 0,
  serviceEnd: 0,
  textStart: 0,
  userStart: 0,
  userEnd: 0,
  byStart: 0,
  byEnd: 0,
  unix: false,
})

/** Reads what a PAM module says in the line's message. */
export function readPam(line: Line, pam: PamMessage): PamKind {
  const { bytes, messageStart: start } = line
  const end = withoutPreauth(line)
  pam.kind = PAM.none
  pam.serviceStart = line.programStart
  pam.serviceEnd = line.programEnd
  pam.userStart = pam.userEnd = pam.byStart = pam.byEnd = -1
  pam.unix = false
  const first = bytes[start]
  let pos = start
  if (first === 112) {
    const tag = pamTag(bytes, start, end)
    if (tag === undefined) return pam.kind
    pam.unix = tag.unix
    if (tag.serviceStart > 0) {
      pam.serviceStart = start + tag.serviceStart
      pam.serviceEnd = start + tag.serviceEnd
    }
    pos = start + tag.size
  } else if (first === 40 && startsWith(bytes, start, end, OLD_UNIX)) {
    pos = start + OLD_UNIX.length
    pam.unix = true
  } else if (first === 80 && startsWith(bytes, start, end, MAJOR_PAM)) {
    pos = start + MAJOR_PAM.length
    return readMore(bytes, pos, end, pam)
  } else if (first >= 48 && first <= 57) return readMore(bytes, pos, end, pam)
  else if ((first | 32) !== 97 && first !== 115) return pam.kind
  pam.textStart = pos
  const tagged = pos > start
  if ((bytes[pos] | 32) === 97 && startsWith(bytes, pos + 1, end, FAILURE)) {
    pam.kind = PAM.authFailed
    pam.textStart = pos + 1 + FAILURE.length
  } else if (startsWith(bytes, pos, end, OPENED)) {
    pam.kind = PAM.sessionOpened
    pam.textStart = pos + OPENED.length
  } else if (startsWith(bytes, pos, end, CLOSED)) {
    pam.kind = PAM.sessionClosed
    pam.textStart = pos + CLOSED.length
  } else if (startsWith(bytes, pos, end, PASSWORD_CHANGED)) {
    pam.kind = PAM.passwordChanged
    pam.userStart = pos + PASSWORD_CHANGED.length
    pam.userEnd = end
  } else if (tagged) {
    pam.kind = bytes[pos] >= 48 && bytes[pos] <= 57 ? readMore(bytes, pos, end, pam) : PAM.other
    if (pam.kind === PAM.none) pam.kind = PAM.other
  }
  return pam.kind
}

function readMore(bytes: Uint8Array, pos: number, end: number, pam: PamMessage): PamKind {
  const space = findByte(bytes, pos, end, SPACE)
  pam.kind = startsWith(bytes, space + 1, end, MORE) ? PAM.moreFailed : PAM.none
  pam.textStart = pos
  return pam.kind
}

/** Finds user and opener of the session that readPam found: `alice(uid=1000) by (uid=0)`, `alice by root(uid=0)`, `alice`. */
export function readSession(line: Line, pam: PamMessage): void {
  const { bytes } = line
  const pos = pam.textStart
  const end = withoutPreauth(line)
  pam.userStart = pos
  pam.userEnd = end
  const by = pam.kind === PAM.sessionOpened ? findLast(bytes, pos, end, BY) : -1
  if (by >= 0) {
    pam.userEnd = by
    pam.byStart = by + BY.length
    pam.byEnd = withoutUid(bytes, pam.byStart, end)
  }
  pam.userEnd = withoutUid(bytes, pos, pam.userEnd)
}

function withoutUid(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[end - 1] !== 41) return end
  const uid = findLast(bytes, start, end, UID)
  return uid < 0 ? end : uid
}

/** End of the message without ` [preauth]`. */
export function withoutPreauth(line: Line): number {
  const { bytes, messageStart, messageEnd } = line
  if (bytes[messageEnd - 1] !== 93) return messageEnd
  const at = messageEnd - PREAUTH.length
  return at >= messageStart && startsWith(bytes, at, messageEnd, PREAUTH)
    ? trimEnd(bytes, messageStart, at)
    : messageEnd
}

/** Writes a failure that readPam found, as `pam.auth.failed` or `pam.auth.more`. */
export function addPamFailure(line: Line, out: BatchWriter, pam: PamMessage): Verdict {
  const { bytes } = line
  const end = withoutPreauth(line)
  const more = pam.kind === PAM.moreFailed
  const fields = find(bytes, pam.textStart, end, LOGNAME)
  // pam_ldap names a user and nothing else: the service tells the rest.
  if (fields < 0) return find(bytes, pam.textStart, end, USER) < 0 ? VERDICT.malformed : VERDICT.irrelevant
  const rhost = findRhost(bytes, fields, end)
  if (rhost === NOWHERE) return VERDICT.malformed
  const row = addEvent(
    line,
    out,
    more ? KIND['pam.auth.more'] : KIND['pam.auth.failed'],
    end < line.messageEnd ? FLAG.PREAUTH : 0,
  )
  const columns = out.columns
  if (pam.serviceEnd > pam.serviceStart) columns.service[row] = out.text(bytes, pam.serviceStart, pam.serviceEnd)
  if (more) {
    let count = 0
    for (let i = pam.textStart; i < end && bytes[i] >= 48 && bytes[i] <= 57 && count < 65_536; i++)
      count = count * 10 + bytes[i] - 48
    columns.count[row] = clampCount(count)
  }
  let userFrom = fields
  if (rhost >= 0) {
    const value = rhost + RHOST.length
    const valueEnd = findByte(bytes, value, end, SPACE)
    columns.source[row] = sourceIndex(bytes, value, valueEnd, out)
    userFrom = valueEnd
  }
  const user = find(bytes, userFrom, end, USER)
  if (user >= 0) {
    columns.user[row] = out.text(bytes, user + USER.length, end)
    // pam_unix names the user only where it has an account for it.
    if (pam.unix) columns.flags[row] |= FLAG.USER_KNOWN
  } else if (rhost >= 0) {
    const ruser = find(bytes, fields, rhost, RUSER)
    if (ruser >= 0 && ruser + RUSER.length < rhost) columns.user[row] = out.text(bytes, ruser + RUSER.length, rhost)
    else if (columns.source[row] >= 0) {
      const name = fields + LOGNAME.length
      const nameEnd = findByte(bytes, name, end, SPACE)
      if (nameEnd > name) columns.user[row] = out.text(bytes, name, nameEnd)
    }
  }
  return VERDICT.event
}

/** The line has no rhost field at all: it is cut. */
const NOWHERE = -2

/**
 * Where ` rhost=` stands: -1 where more than one place might be it. `ruser` before it and `user` behind it are the
 * client's text, but a host is one word, and nothing or a user follows it. Of two such places the first is true where no
 * ruser stands before it, unless the service gives the client's name for one.
 */
function findRhost(bytes: Uint8Array, start: number, end: number): number {
  const first = find(bytes, start, end, RHOST)
  if (first < 0) return NOWHERE
  if (first === findLast(bytes, start, end, RHOST)) return first
  let fit = -1
  let fits = 0
  for (let at = first; at >= 0; at = find(bytes, at + 1, end, RHOST)) {
    const behind = skipSpaces(bytes, findByte(bytes, at + RHOST.length, end, SPACE), end)
    if (behind < end && !startsWith(bytes, behind - 1, end, USER)) continue
    if (fits++ === 0) fit = at
  }
  if (fits <= 1) return fit
  if (fit !== first || !startsWith(bytes, first - NO_RUSER.length, first, NO_RUSER)) return -1
  const tty = find(bytes, start, first, TTY)
  if (tty < 0) return -1
  for (const word of NAMES_FOR_RUSER) if (find(bytes, tty, first, word) >= 0) return -1
  return first
}
const NO_RUSER = literal(' ruser=')
/** Terminals of services that tell PAM the client's user name as its ruser. */
const NAMES_FOR_RUSER = ['ftp', 'dovecot', 'imap', 'pop', 'rlogin', 'rsh'].map(literal)

const pamMessage = createPamMessage()

/** What a PAM module says under a program's name; notMine where none speaks. */
export function parsePam(line: Line, out: BatchWriter): Verdict {
  switch (readPam(line, pamMessage)) {
    case PAM.none:
      return VERDICT.notMine
    case PAM.authFailed:
    case PAM.moreFailed:
      return addPamFailure(line, out, pamMessage)
    case PAM.passwordChanged:
      addTextEvent(line, out, 'user.password_changed', {
        target: decode(line.bytes, pamMessage.userStart, pamMessage.userEnd),
      })
      return VERDICT.event
    default:
      return VERDICT.irrelevant
  }
}

/** For every program that has no parser of its own. */
export function parseUnknownProgram(line: Line, out: BatchWriter): Verdict {
  const verdict = parsePam(line, out)
  return verdict === VERDICT.notMine ? VERDICT.unknownMessage : verdict
}
