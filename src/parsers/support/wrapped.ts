/** A line within a wrapping: what a container wrote, what a tool put a name before. */
import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { literal, startsWith } from './bytes.ts'
import { fillLine, RecordBuffer } from './record.ts'

/** How sshd's messages begin that name a source. `sshd -D -e` writes them bare: whoever runs it stamps them. */
const BARE = [
  'Failed ',
  'Accepted ',
  'Invalid user ',
  'Connection ',
  'Disconnected from ',
  'Disconnecting ',
  'Received disconnect from ',
  'User ',
  'Postponed ',
  'Unable to negotiate with ',
  'error: ',
  'fatal: ',
  'banner exchange: ',
  'kex_exchange_identification: ',
  'ssh_dispatch_run_fatal: ',
  'Bad protocol version ',
  'Did not receive identification string from ',
  'Timeout before authentication for ',
].map(literal)
/** Whether any of them begins with the byte. */
const BARE_FIRST = Array.from({ length: 256 }, (_, byte) => BARE.some(begin => begin[0] === byte))

export type ParseWrapped = (line: Line, out: BatchWriter) => Verdict

/**
 * Parses bytes[start, end) as a line that another wraps. Its own stamp is better than the wrapping's (`line.time`, which
 * is NaN where that has none) and the wrapping's stands in where it has none. `notMine` where it is of no format.
 */
export function openWrapped({ parseLine, parseMessage }: FormatContext): ParseWrapped {
  const buffer = new RecordBuffer()
  const parseBare = (line: Line, out: BatchWriter): Verdict => {
    fillLine(line, out, buffer, {
      program: 'sshd',
      message: line.bytes.subarray(line.start, line.end),
      time: line.time,
    })
    const verdict = parseMessage(line, out)
    // Other programs say `error:` too.
    return verdict === VERDICT.event || verdict === VERDICT.irrelevant ? verdict : VERDICT.notMine
  }
  return (line, out) => {
    const { bytes } = line
    while (line.end > line.start && (bytes[line.end - 1] === 10 || bytes[line.end - 1] === 13)) line.end--
    if (line.end === line.start) return VERDICT.irrelevant
    const { start, end, time, flags } = line
    const isBare =
      BARE_FIRST[bytes[start]] && Number.isFinite(time) && BARE.some(begin => startsWith(bytes, start, end, begin))
    if (isBare) {
      const verdict = parseBare(line, out)
      if (verdict !== VERDICT.notMine) return verdict
      line.bytes = bytes
      line.start = start
      line.end = end
      line.time = time
      line.flags = flags
      line.pid = 0
      line.programStart = line.programEnd = line.messageStart = line.messageEnd = 0
    }
    return parseLine === undefined ? VERDICT.notMine : parseLine(line, out)
  }
}
