/** What common, combined and vhost-combined share: one reader, told apart by the fields a line has. */
import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { readAccessLine } from './access-line.ts'
import { ACCESS, type AccessShape } from './access-right.ts'
import { WebFields } from './fields.ts'
import { openProxyLine } from './squid-line.ts'
import { RequestWriter } from './writer.ts'

const QUOTE = 34
const BACKSLASH = 92
const UPPER_A = 65
const UPPER_Z = 90

/** Opens the reader of access lines of these shapes; the others are left to their declarations. */
export function openAccess(
  shapes: readonly AccessShape[],
  withVhost: boolean,
): (context: FormatContext) => (line: Line, out: BatchWriter) => Verdict {
  return context => {
    const fields = new WebFields()
    const writer = new RequestWriter(context)
    const parseProxyLine = openProxyLine(context)
    return (line, out) => {
      const quoted = line.end - line.start > 2 && line.bytes[line.start] === QUOTE
      const bytes = quoted ? unquoteLine(line) : line.bytes
      const start = quoted ? 0 : line.start
      const end = quoted ? bytes.length : line.end
      // A word in capitals ends a line of Squid's, and no other.
      const last = bytes[end - 1]
      if (last <= UPPER_Z && last >= UPPER_A && !quoted) {
        const verdict = parseProxyLine(line, out)
        if (verdict !== VERDICT.notMine) return verdict
      }
      fields.reset(bytes)
      const shape = readAccessLine(bytes, start, end, fields, withVhost)
      if (shape === ACCESS.none) return VERDICT.notMine
      if (shape === ACCESS.cut) return VERDICT.malformed
      if (!shapes.includes(shape)) return VERDICT.notMine
      writer.write(fields, line, out)
      return VERDICT.event
    }
  }
}

/** A line that stands in quotes as a whole (exported as CSV, or with a stray quote in front): without them. */
function unquoteLine(line: Line): Uint8Array {
  const { bytes, start, end } = line
  const bare = new Uint8Array(end - start)
  let size = 0
  let escaped = false
  for (let i = start + 1; i < end; i++) {
    const doubled = bytes[i + 1] === QUOTE && i + 1 < end && (bytes[i] === BACKSLASH || bytes[i] === QUOTE)
    // Only where the request's own quote is escaped or doubled has the whole line been quoted.
    if (doubled && (escaped || bytes[i - 1] === 32)) {
      escaped = true
      i++
    }
    bare[size++] = bytes[i]
  }
  if (escaped && bare[size - 1] === QUOTE) size--
  return bare.subarray(0, size)
}
