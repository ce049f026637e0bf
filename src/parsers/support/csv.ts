/** Lines in the cells of a table: what log services export as CSV. */
import type { BatchWriter } from '../../core/batch.ts'
import { FLAG } from '../../core/event.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { decode } from './bytes.ts'
import { fillLine, RecordBuffer } from './record.ts'

const QUOTE = 34
const MOST_CELLS = 12
/** A row longer than this holds no line of a log. */
const LONGEST = 32_768

/** How a whole line of syslog or of a web server begins. */
const WHOLE = /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:|\d{4}-\d\d-\d\d[T ]\d\d:|[\da-fA-F.:]{3,45} \S+ )/
const HOST = /^[\w.-]{1,255}$/
const TAGGED = /^(?<program>[\w./-]{1,64})(?:\[(?<pid>\d{1,10})\])?: (?<message>.*)$/s

const buffer = new RecordBuffer()

/** Whether a text begins like a whole line of a log. */
export const isWholeLine = (text: string): boolean => WHOLE.test(text)

/** The cells of a row: quotes taken off, doubled ones made single. */
export function cellsOf(text: string): string[] {
  const cells: string[] = []
  for (let i = 0; i <= text.length && cells.length < MOST_CELLS; ) {
    let cell = ''
    if (text.charCodeAt(i) === QUOTE) {
      for (i++; i < text.length; i++) {
        if (text.charCodeAt(i) !== QUOTE) cell += text[i]
        else if (text.charCodeAt(i + 1) === QUOTE) cell += text[i++]
        else break
      }
      i++
    }
    const comma = text.indexOf(',', i)
    const stop = comma < 0 ? text.length : comma
    cells.push(cell + text.slice(i, stop))
    i = stop + 1
  }
  return cells
}

/**
 * Reads the cells behind the stamp of a row (`line.time`): the first that is a whole line of a log counts, or, in a row of stamp, host and
 * message, the message with its program's tag (Graylog). `verdict` is the answer where there is none.
 */
export function parseCsvFields(
  line: Line,
  out: BatchWriter,
  start: number,
  { parseLine, parseMessage }: FormatContext,
  verdict: Verdict,
): Verdict {
  const { bytes, end, time, flags } = line
  const restore = (): Verdict => {
    line.bytes = bytes
    line.end = end
    return verdict
  }
  if (end - start > LONGEST || parseLine === undefined) return verdict
  const from = line.start
  const cells = cellsOf(decode(bytes, start, end))
  const first = out.length
  for (const cell of cells) {
    if (!isWholeLine(cell)) continue
    const found = parseCell(line, out, cell, parseLine)
    if (found === VERDICT.event && (flags & (FLAG.YEARLESS | FLAG.LOCAL)) === 0) dateRows(out, first, time)
    if (found === VERDICT.event || found === VERDICT.irrelevant) return found
    line.start = from
    return restore()
  }
  const [host, message] = cells
  const tagged = cells.length === 2 && HOST.test(host) ? TAGGED.exec(message)?.groups : undefined
  if (tagged === undefined || !Number.isFinite(time)) return verdict
  fillLine(line, out, buffer, {
    program: tagged.program,
    message: tagged.message,
    host,
    pid: Number(tagged.pid ?? 0),
    time,
  })
  return parseMessage(line, out)
}

/** Parses a text as a line. */
export function parseCell(
  line: Line,
  out: BatchWriter,
  text: string,
  parseLine: NonNullable<FormatContext['parseLine']>,
): Verdict {
  buffer.clear()
  buffer.add(text)
  line.bytes = buffer.bytes
  line.start = 0
  line.end = buffer.length
  line.hostStart = line.hostEnd = line.programStart = line.programEnd = line.pid = 0
  return parseLine(line, out)
}

/** Gives the rows from `first` on that have no year the time of the service that exported them. */
export function dateRows(out: BatchWriter, first: number, time: number): void {
  const { columns } = out
  for (let row = first; row < out.length; row++) {
    if ((columns.flags[row] & FLAG.YEARLESS) === 0) continue
    columns.time[row] = time
    columns.flags[row] &= ~(FLAG.YEARLESS | FLAG.LOCAL)
  }
}
