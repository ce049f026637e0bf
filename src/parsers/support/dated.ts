/** Lines of any other format behind a date as people write it. */
import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { decode, isDigit, SPACE } from './bytes.ts'
import { parseCell } from './csv.ts'
import { readLocalDate } from './local-dates.ts'

/** A stamp is no longer than this. */
const HEAD = 64
const LONGEST = 65_536
/** Event viewers put the number and the level of an event between its time and what sshd says. */
const EVENT = /^\d{1,5}[ \t]+(?:Information|Warning|Error)[ \t]+(?=sshd: )/

/** Whether the line may begin with a date: figures and what parts them, or a word with a figure soon behind it. */
function mayBeDate(bytes: Uint8Array, start: number, end: number): boolean {
  if (isDigit(bytes[start]))
    return PARTS.has(bytes[start + 1]) || PARTS.has(bytes[start + 2]) || PARTS.has(bytes[start + 4])
  const most = Math.min(end, start + 24)
  for (let i = start; i < most; i++) if (isDigit(bytes[i])) return true
  return false
}
/** Slash, point, dash, blank. */
const PARTS: ReadonlySet<number | undefined> = new Set([47, 46, 45, 32])

/** Parses the line with its stamp written as syslog has it; `notMine` where it has none, or nothing is known of it then. */
export function parseLocalDate(line: Line, out: BatchWriter, { parseLine }: FormatContext): Verdict {
  const { bytes, start, end } = line
  if (parseLine === undefined || end - start > LONGEST || !mayBeDate(bytes, start, end)) return VERDICT.notMine
  const date = readLocalDate(decode(bytes, start, Math.min(end, start + HEAD)))
  if (date === undefined) return VERDICT.notMine
  const rest = decode(bytes, start, end).slice(date.length)
  const behind = /^(?<part>[ \t]+|,)/.exec(rest)?.[0]
  if (behind === undefined) return VERDICT.notMine
  const part = behind.includes('\t') ? '\t' : behind === ',' ? ',' : ' '
  const verdict = parseCell(line, out, `${date.text}${part}${rest.slice(behind.length).replace(EVENT, '')}`, parseLine)
  if (verdict === VERDICT.event || verdict === VERDICT.irrelevant) return verdict
  line.bytes = bytes
  line.start = start
  line.end = end
  return VERDICT.notMine
}

/** The second letter of both halves of the day: what a caller looks for before it asks. */
export const LETTER_M = 77

/** Whether ` AM ` or ` PM ` stands at `pos`, behind a clock. */
export const isHalfOfDay = (bytes: Uint8Array, pos: number): boolean =>
  (bytes[pos + 1] === 65 || bytes[pos + 1] === 80) && bytes[pos] === SPACE && bytes[pos + 3] === SPACE
