/** Lines whose columns are parted by tabs: copies from consoles and tables, templates of rsyslog. */
import type { BatchWriter } from '../../core/batch.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import { findByteFar } from '../../core/words.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { decode, literal } from './bytes.ts'
import { parseCell } from './csv.ts'
import { isLevel } from './relayed.ts'

const TAB = 9
const LONGEST = 16_384
/** No head of a line is longer. */
const HEAD = 256

const STAMP = String.raw`(?<stamp>(?:<\d{1,3}>)?(?:[A-Z][a-z]{2}[ \t]{1,4}\d{1,2}[ \t]{1,4}\d\d:\d\d:\d\d(?:\.\d{1,9})?|\d{4}-\d\d-\d\d[T \t]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?))`
const BLANKS = String.raw`[ \t]{1,64}`
const FACILITY = '(?:kern|user|mail|daemon|auth|syslog|cron|authpriv|ftp|security|local[0-7])'
const SEVERITY = '(?:emerg|alert|crit|err|error|warning|warn|notice|info|debug)'
const PROGRAM = String.raw`(?<program>[A-Za-z_(][\w./()@-]{0,63})`
/** Host and tag; the tag has a number in brackets, a colon, or both. */
const TAGGED = new RegExp(
  String.raw`^${STAMP}${BLANKS}(?:(?<host>[\w.:-]{1,255})${BLANKS})?(?:${FACILITY}[.\t]${SEVERITY}\t)?${PROGRAM}(?:\[(?<pid>\d{1,10})\]:?|:)${BLANKS}(?=\S)`,
)
/** A column each for host, program and, perhaps, its number. */
const COLUMNS = new RegExp(
  String.raw`^${STAMP}\t(?<host>[\w.:-]{1,255})\t(?:${FACILITY}[.\t]${SEVERITY}\t)?${PROGRAM}\t(?:(?:(?<pid>\d{1,10})|-)\t)?(?=\S)`,
)
/** An access line: none of its fields holds a tab, since web servers escape what clients send. */
const ACCESS = /^[\da-fA-F.:]{3,45}\t[^\t"]{1,64}\t/

/**
 * Reads the line with the columns of its head parted by blanks, as syslog has them; `notMine` where none are parted by
 * tabs, or nothing is known of it then. What stands behind the head stays as it is.
 */
export function parseTabbed(line: Line, out: BatchWriter, { parseLine }: FormatContext): Verdict {
  const { bytes, start, end } = line
  if (parseLine === undefined || end - start > LONGEST) return VERDICT.notMine
  const headEnd = Math.min(end, start + HEAD)
  if (findByteFar(bytes, start, headEnd, TAB) === headEnd) return VERDICT.notMine
  const text = untabbed(decode(bytes, start, end))
  if (text === undefined) return VERDICT.notMine
  const verdict = parseCell(line, out, text, parseLine)
  if (verdict === VERDICT.event || verdict === VERDICT.irrelevant) return verdict
  line.bytes = bytes
  line.start = start
  line.end = end
  return VERDICT.notMine
}

function untabbed(text: string): string | undefined {
  if (ACCESS.test(text)) return text.replaceAll('\t', ' ')
  const head = text.slice(0, HEAD)
  const found = TAGGED.exec(head) ?? COLUMNS.exec(head)
  const { stamp, host = '', program = '', pid } = found?.groups ?? {}
  if (found === null || stamp === undefined || names(host) || names(program)) return undefined
  const tag = pid === undefined ? program : `${program}[${pid}]`
  const rest = text.slice(found[0].length)
  return `${stamp.replaceAll(/[ \t]+/g, ' ')} ${host === '' ? '' : `${host} `}${tag}: ${rest}`
}

/** Whether the word is a level: then an application speaks, and what follows may be what its user typed. */
function names(word: string): boolean {
  const bytes = literal(word)
  return isLevel(bytes, 0, bytes.length)
}
