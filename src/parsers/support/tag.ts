/** What stands behind the stamp of a syslog line: host, program, pid, message. */
import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { ParseMessage } from '../../kit/define-parser.ts'
import { COLON, findByte, isDigit, literal, SPACE, skipSpaces, startsWith, trimEnd } from './bytes.ts'
import { Heads } from './heads.ts'

const OPEN = 91
const CLOSE = 93

const LAST_MESSAGE = literal('last message ')
const MARK = literal('-- MARK --')
const DASHES = literal('--- last message ')

const words = (text: string): Uint8Array[] => text.split(' ').map(literal)
const FACILITIES = words(
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp security console local0 local1 local2 local3 local4 local5 local6 local7',
)
const LEVELS = words('emerg panic alert crit err error warn warning notice info debug')

function isOneOf(list: readonly Uint8Array[], bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = 0; i < list.length; i++)
    if (list[i].length === end - start && startsWith(bytes, start, end, list[i])) return true
  return false
}

/** Whether the word is `facility.level` (busybox, OpenWrt write it before the program). */
function isFacilityLevel(bytes: Uint8Array, start: number, end: number): boolean {
  // A program's tag ends with a colon or a bracket: almost every line is told by that or by having no dot.
  if (end - start > 16 || bytes[end - 1] === COLON || bytes[end - 1] === CLOSE) return false
  const dot = findByte(bytes, start, end, 46)
  return dot < end && isOneOf(LEVELS, bytes, dot + 1, end) && isOneOf(FACILITIES, bytes, start, dot)
}

/** Reads what stands behind a stamp, from `start` on, and hands the message on. */
export type ParseTagged = (line: Line, out: BatchWriter, start: number) => Verdict

/** A reader of tagged lines that remembers the usual heads. */
export function openTagged(parseMessage: ParseMessage): ParseTagged {
  const heads = new Heads()
  return (line, out, start) => {
    const bracket = heads.match(line, out, start)
    if (bracket < 0) return parseTagged(line, out, start, parseMessage, heads)
    return parsePid(line, out, bracket, parseMessage)
  }
}

/**
 * Reads `[host] program[pid]: message` from `start` and hands the message on. Forms met: the host missing, the program
 * in brackets (metalog), `<facility.level>` before the host (FreeBSD) and `facility.level` before the program (busybox,
 * OpenWrt), no colon behind the tag, `last message repeated` with no program at all.
 */
function parseTagged(line: Line, out: BatchWriter, start: number, parseMessage: ParseMessage, heads: Heads): Verdict {
  const { bytes, end } = line
  line.headBytes = undefined
  let pos = skipSpaces(bytes, start, end)
  if (pos < end && bytes[pos] === 60 /* < */) {
    const close = findByte(bytes, pos, end, 62)
    if (close < end) pos = skipSpaces(bytes, close + 1, end)
  }
  if (pos >= end) return VERDICT.malformed
  // The first word is the host, unless it is a tag already.
  let hostEnd = pos
  let bracket = -1
  while (hostEnd < end && bytes[hostEnd] !== SPACE) {
    if (bytes[hostEnd] === OPEN && bracket < 0) bracket = hostEnd
    hostEnd++
  }
  const tagFirst =
    bytes[hostEnd - 1] === COLON || bracket > pos || (bracket === pos && isProgramInBrackets(bytes, pos, hostEnd))
  if (!tagFirst && !isFacilityLevel(bytes, pos, hostEnd)) {
    if (isRepeat(bytes, pos, end)) return parseUntagged(line, out, pos, parseMessage)
    line.hostStart = pos
    line.hostEnd = hostEnd
    pos = skipSpaces(bytes, hostEnd, end)
  }
  if (pos >= end) return VERDICT.malformed
  if (bytes[pos] === 45 && startsWith(bytes, pos, end, MARK)) return VERDICT.irrelevant
  if (bytes[pos] >= 97 && isRepeat(bytes, pos, end)) return parseUntagged(line, out, pos, parseMessage)
  if (bytes[pos] === 45 && startsWith(bytes, pos, end, DASHES)) return parseUntagged(line, out, pos + 4, parseMessage)
  const nameEnd = readProgram(line, pos, false)
  heads.learn(line, start)
  return parsePid(line, out, nameEnd, parseMessage)
}

const isRepeat = (bytes: Uint8Array, pos: number, end: number): boolean =>
  bytes[pos] === 108 && startsWith(bytes, pos, end, LAST_MESSAGE)

/** `[sshd]` or `[sshd]:`, but not a host that is an address in brackets. */
function isProgramInBrackets(bytes: Uint8Array, start: number, end: number): boolean {
  const last = bytes[end - 1] === COLON ? end - 2 : end - 1
  if (bytes[last] !== CLOSE || last - start < 2) return false
  for (let i = start + 1; i < last; i++) if (bytes[i] === COLON) return false
  return !isDigit(bytes[start + 1])
}

function parseUntagged(line: Line, out: BatchWriter, pos: number, parseMessage: ParseMessage): Verdict {
  line.messageStart = pos
  line.messageEnd = line.end
  return parseMessage(line, out)
}

/** AIX writes `auth|security:info` before the program and `Message forwarded from HOST:` before that of another host. */
function skipAix(bytes: Uint8Array, start: number, end: number): number {
  let pos = start
  if (startsWith(bytes, pos, end, FORWARDED)) {
    const hostEnd = findByte(bytes, pos + FORWARDED.length, end, SPACE)
    if (bytes[hostEnd - 1] !== COLON) return start
    pos = skipSpaces(bytes, hostEnd, end)
  }
  const word = findByte(bytes, pos, end, SPACE)
  const colon = findByte(bytes, pos, word, COLON)
  return colon < word - 1 && isOneOf(LEVELS, bytes, colon + 1, word) ? skipSpaces(bytes, word, end) : pos
}
const FORWARDED = literal('Message forwarded from ')

/** Finds the program that stands at `start`; answers where its name ends. */
function readProgram(line: Line, start: number, isBehind: boolean): number {
  const { bytes, end } = line
  let pos = start
  if (bytes[pos] >= 97 && bytes[pos] <= 122) {
    // busybox and OpenWrt: facility.level stands between host and tag.
    const word = findByte(bytes, pos, end, SPACE)
    if (isFacilityLevel(bytes, pos, word)) pos = skipSpaces(bytes, word, end)
  }
  if (bytes[pos] === OPEN) pos++
  let i = pos
  while (i < end) {
    const byte = bytes[i]
    if (byte === SPACE || byte === OPEN || byte === COLON || byte === CLOSE) break
    i++
  }
  // No tag has a space in it, nor a colon without a space behind it.
  if (!isBehind && i + 1 < end && (bytes[i] === SPACE || (bytes[i] === COLON && bytes[i + 1] !== SPACE))) {
    const behind = skipAix(bytes, pos, end)
    if (behind > pos) return readProgram(line, behind, true)
  }
  line.programStart = pos
  line.programEnd = i
  return i
}

/** Reads `[pid]: ` at `start`, behind the program's name, and hands on the message behind it. */
function parsePid(line: Line, out: BatchWriter, start: number, parseMessage: ParseMessage): Verdict {
  const { bytes, end } = line
  let i = start
  line.pid = 0
  if (i < end && bytes[i] === OPEN) {
    let pid = 0
    for (i++; i < end && isDigit(bytes[i]); i++) pid = pid * 10 + bytes[i] - 48
    line.pid = pid <= 0xffffffff ? pid : 0
    // What else may stand in the brackets (a thread, a session) is nothing we need.
    while (i < end && bytes[i] !== CLOSE && bytes[i] !== SPACE) i++
  }
  // `gdm-password]:` is how gdm's tag comes out; `[sshd]` is metalog's.
  if (i < end && bytes[i] === CLOSE) i++
  const tagged = i > line.programStart && i < end && (bytes[i] === COLON || bytes[i - 1] === CLOSE)
  if (i < end && bytes[i] === COLON) i++
  line.messageStart = skipOneSpace(bytes, i, end)
  line.messageEnd = trimEnd(bytes, line.messageStart, end)
  if (!tagged || line.programEnd === line.programStart) return i >= end ? VERDICT.malformed : VERDICT.unknownMessage
  return parseMessage(line, out)
}

/** sudo pads its message, and what it pads is its own: only the separator itself is skipped. */
function skipOneSpace(bytes: Uint8Array, pos: number, end: number): number {
  return pos < end && bytes[pos] === SPACE ? pos + 1 : pos
}
