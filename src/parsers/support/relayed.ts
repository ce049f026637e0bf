/** A line with a stamp of its own behind another stamp: what a relay, a log service or its exporter put before it. */
import type { BatchWriter } from '../../core/batch.ts'
import { FLAG } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { COLON, decode, find, isDigit, literal, SPACE } from './bytes.ts'
import { dateRows, parseCsvFields } from './csv.ts'
import { skipPriority } from './priority.ts'
import type { Stamp } from './stamps.ts'
import { createStamp, readClassicStamp, readIsoStamp } from './stamps.ts'

const TAB = 9
const ONE = 49
const COMMA = 44
const OPEN = 91
const BRACE = 123
const LABELS_END = literal('} ')
const MOST_LABELS = 2048
const LONGEST_WORD = 256

/** A level, as applications write it: `INFO`, `[error]`, `warn:`. */
const LEVEL =
  /^\[?(?:trace|debug|info|information|notice|warn|warning|err|error|crit|critical|alert|emerg|fatal|panic|severe)\]?:?$/i

/** How a relay, a machine or a stream of a log service is called. */
const NAME = /^\[?[\w.:/@-]+\]?$/

const inner = createStamp()

/**
 * Whether bytes[start, end) name a level: then an application speaks, and what follows may be what its user typed. No relay
 * or collector is called so, and nobody's text must pass for a line of sshd's.
 */
export const isLevel = (bytes: Uint8Array, start: number, end: number): boolean => LEVEL.test(decode(bytes, start, end))

/** Whether a stamp of syslog stands at `at`, with or without a priority before it. */
export function isStamped(bytes: Uint8Array, at: number, end: number): boolean {
  let pos = skipPriority(bytes, at, end)
  // RFC 5424: the version.
  if (pos > at && bytes[pos] === ONE && bytes[pos + 1] === SPACE) pos += 2
  return isDigit(bytes[pos]) ? readIsoStamp(bytes, pos, end, inner) : readClassicStamp(bytes, pos, end, inner)
}

/**
 * Tries the line again as one that came by another's hands, where syslog's reader found nothing it knows behind `stamp`:
 *
 *     STAMP [WORD] LINE          a relay's header, CloudWatch's export and `aws logs tail`
 *     STAMP {name="value"} LINE  Loki
 *     STAMP,"LINE"               a table
 *
 * The line itself must begin with a stamp or an address. `verdict` is the answer where it does not.
 */
export type ParseRelayed = (line: Line, out: BatchWriter, stamp: Stamp, verdict: Verdict) => Verdict

/**
 * Answers a function that a format calls with what it made of a line and the second stamp that stands in it: lines
 * that it did not understand are read anew from there. With no parser of whole lines in the context, nothing is.
 */
export function openRelayed(context: FormatContext): ParseRelayed {
  const { parseLine } = context
  return (line, out, stamp, verdict) => {
    const { bytes, start, end, time, flags } = line
    if (parseLine === undefined || verdict === VERDICT.event || verdict === VERDICT.irrelevant) return verdict
    if (bytes[stamp.end] === COMMA) return parseCsvFields(line, out, stamp.end + 1, context, verdict)
    if (isTagged(line, stamp.end)) return verdict
    const first = out.length
    const at = lineStart(bytes, stamp.end, end, (stamp.flags & FLAG.YEARLESS) === 0)
    if (at < 0) return verdict
    line.start = at
    line.hostStart = line.hostEnd = line.programStart = line.programEnd = line.pid = 0
    const found = parseLine(line, out)
    if (found !== VERDICT.event && found !== VERDICT.irrelevant) {
      line.bytes = bytes
      line.start = start
      line.end = end
      return verdict
    }
    // A service knows the year and the zone that the line does not tell.
    if ((flags & (FLAG.YEARLESS | FLAG.LOCAL)) === 0) dateRows(out, first, time)
    return found
  }
}

/** Whether a program's tag was found, `app[7]` or `app: `: then it is a program that nobody knows, and no line of another's. */
function isTagged({ bytes, programStart, programEnd }: Line, stampEnd: number): boolean {
  if (programEnd === programStart || bytes[stampEnd + 1] === BRACE) return false
  return bytes[programEnd] === OPEN || (bytes[programEnd] === COLON && bytes[programEnd + 1] === SPACE)
}

/** Where the line begins that stands behind the stamp; -1 where none does. */
function lineStart(bytes: Uint8Array, stampEnd: number, end: number, dated: boolean): number {
  let pos = skipBlanks(bytes, stampEnd, end)
  if (pos >= end) return -1
  if (dated && bytes[pos] === BRACE) {
    const labels = find(bytes, pos, Math.min(end, pos + MOST_LABELS), LABELS_END)
    return labels < 0 || bytes[pos + 1] === 34 ? pos : skipBlanks(bytes, labels + LABELS_END.length, end)
  }
  if (isStamped(bytes, pos, end)) return pos
  // An address, or the stamp of a web server in brackets: an access line.
  if (dated && (isDigit(bytes[pos]) || (bytes[pos] === OPEN && isDigit(bytes[pos + 1])))) return pos
  const word = pos
  const most = Math.min(end, pos + LONGEST_WORD)
  while (pos < most && bytes[pos] !== SPACE && bytes[pos] !== TAB) pos++
  const wordEnd = pos
  pos = skipBlanks(bytes, pos, end)
  if (pos >= end || !(isStamped(bytes, pos, end) || (dated && bytes[pos] === BRACE))) return -1
  return NAME.test(decode(bytes, word, wordEnd)) && !isLevel(bytes, word, wordEnd) ? pos : -1
}

function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  let pos = start
  while (pos < end && (bytes[pos] === SPACE || bytes[pos] === TAB)) pos++
  return pos
}
