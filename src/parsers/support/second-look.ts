/**
 * A second look at lines that have syslog's stamp and tell nothing as they stand: their columns are parted otherwise, or a
 * service wrote them itself. Off the usual path: what is known never comes here.
 */
import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext, ParseMessage } from '../../kit/define-parser.ts'
import { COLON, decode, findByte, SPACE } from './bytes.ts'
import { parseServiceMessage } from './services/index.ts'
import type { Stamp } from './stamps.ts'
import { parseTabbed } from './tabs.ts'

const TAB = 9
const COMMA = 44
const OPEN = 91
/** A line longer than this is none of a service's. */
const LONGEST = 4096

/**
 * Looks again at a line behind `stamp`; `verdict` is the answer where that helps nothing, and then the line is as it was.
 */
export type LookAgain = (line: Line, out: BatchWriter, stamp: Stamp, verdict: Verdict) => Verdict

export function openSecondLook(context: FormatContext): LookAgain {
  return (line, out, stamp, verdict) => {
    const { time, flags, end: stampEnd } = stamp
    line.headBytes = undefined
    const tabbed = parseTabbed(line, out, context)
    if (tabbed !== VERDICT.notMine) return tabbed
    // What a program says that nobody knows is no line of a service's.
    if (line.end - line.start > LONGEST || (isTagged(line) && !isService(line))) return verdict
    const found = parseServiceMessage(line, out, decode(line.bytes, stampEnd, line.end), time, flags)
    return found === VERDICT.notMine ? verdict : found
  }
}

/** Whether the line has a program's tag, `app[7]` or `app: `. */
function isTagged({ bytes, programStart, programEnd }: Line): boolean {
  if (programEnd === programStart) return false
  return bytes[programEnd] === OPEN || (bytes[programEnd] === COLON && bytes[programEnd + 1] === SPACE)
}

/** A client of OpenVPN's, where syslog has its host. */
const PEER = /^(?:[^\s/]{1,128}\/)?\[?[\da-fA-F.:]{3,45}\]?:\d{1,5}$/

/** RouterOS tags its lines with topics and OpenVPN puts the client before its parts: no program or host is called so. */
function isService({ bytes, programStart, programEnd, hostStart, hostEnd }: Line): boolean {
  return (
    findByte(bytes, programStart, programEnd, COMMA) < programEnd ||
    (findByte(bytes, hostStart, hostEnd, COLON) < hostEnd && PEER.test(decode(bytes, hostStart, hostEnd)))
  )
}

/**
 * Hands the message on without the blanks it begins with, where those alone made it tell nothing: `sshd[403]:   Failed`.
 * sudo pads its messages on purpose, and has been asked with them.
 */
export function withoutBlanks(line: Line, out: BatchWriter, verdict: Verdict, parseMessage: ParseMessage): Verdict {
  const { bytes, messageEnd } = line
  const first = bytes[line.messageStart]
  if (verdict !== VERDICT.irrelevant || (first !== SPACE && first !== TAB)) return verdict
  let pos = line.messageStart
  while (pos < messageEnd && (bytes[pos] === SPACE || bytes[pos] === TAB)) pos++
  line.messageStart = pos
  return pos === messageEnd ? verdict : parseMessage(line, out)
}
