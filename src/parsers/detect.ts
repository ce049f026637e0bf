/**
 * Chooses the format of each line by itself, from the line's first bytes on: files mix formats, and chunks of one file
 * are parsed by several threads, so no line may depend on the one before.
 */
import type { BatchWriter } from '../core/batch.ts'
import { EXIT, Problem } from '../core/errors.ts'
import type { Line, Verdict } from '../core/line.ts'
import { VERDICT } from '../core/line.ts'
import type { FormatDeclaration, WebOptions } from '../kit/define-parser.ts'
import { DEFAULT_WEB_OPTIONS } from '../kit/define-parser.ts'
import { FORMATS, PROGRAMS } from './index.ts'
import { createMessageParser } from './programs.ts'
import { parseUnknownProgram } from './support/pam.ts'
import { openWebMessages, webServerProgram } from './web/index.ts'

export interface LineParserOptions {
  /** Only this format, by its id (`--input-format`). */
  force?: string | undefined
  /** Formats of the user's own, tried before ours. */
  custom?: readonly FormatDeclaration[]
  /** Absent: the default proxies. */
  web?: WebOptions | undefined
}

/** Parses one line whose `bytes`, `start` and `end` are set; the id of the format that took it is left in `line.format`. */
export type LineParser = (line: Line, out: BatchWriter) => Verdict

/** Envelopes within envelopes. */
const DEEPEST = 2

interface OpenFormat {
  id: string
  parse: LineParser
}

/** Builds a line parser. Throws a Problem for an unknown forced format. */
export function createLineParser(options: LineParserOptions = {}): LineParser {
  const declared = [...(options.custom ?? []), ...FORMATS]
  const { force } = options
  const chosen = force === undefined ? declared : declared.filter(format => format.id === force)
  if (chosen.length === 0) {
    throw new Problem(EXIT.usage, `there is no log format "${force}"`, {
      where: '--input-format',
      expected: `one of ${declared.map(format => format.id).join(', ')}`,
    })
  }
  // The user's own formats and proxies count in what a web server sends to syslog, too.
  const parseWeb = openWebMessages(options.web ?? DEFAULT_WEB_OPTIONS, options.custom)
  const programs = PROGRAMS.map(program => (program === webServerProgram ? { ...program, parse: parseWeb } : program))
  const parseMessage = createMessageParser(programs, parseUnknownProgram)
  let depth = 0
  const parseLine: LineParser = (line, out) => {
    // Nobody wraps logs deeper; a line made of nothing but wrappings would otherwise fill the stack.
    if (depth === DEEPEST) return VERDICT.notMine
    depth++
    try {
      return tryFormats(all, line, out)
    } finally {
      depth--
    }
  }
  const all = openFormats(declared, { parseMessage, parseLine, web: options.web })
  const table = force === undefined ? all : openFormats(chosen, { parseMessage, parseLine, web: options.web })
  return (line, out) => {
    resetLine(line)
    return line.start >= line.end ? VERDICT.irrelevant : tryFormats(table, line, out)
  }
}

/** The formats that a line can be of, by its first byte. */
type FormatTable = readonly OpenFormat[][]

interface Context {
  parseMessage: LineParser
  parseLine: LineParser
  web: WebOptions | undefined
}

function openFormats(formats: readonly FormatDeclaration[], { parseMessage, parseLine, web }: Context): FormatTable {
  const context = {
    parseMessage,
    ...(parseLine === undefined ? {} : { parseLine }),
    ...(web === undefined ? {} : { web }),
  }
  const table: OpenFormat[][] = Array.from({ length: 256 }, () => [])
  for (const format of formats) {
    const open: OpenFormat = { id: format.id, parse: format.open(context) }
    const { startsWith } = format
    for (let byte = 0; byte < 256; byte++) {
      if (startsWith === undefined || startsWith.includes(String.fromCharCode(byte))) table[byte].push(open)
    }
  }
  return table
}

function tryFormats(table: FormatTable, line: Line, out: BatchWriter): Verdict {
  if (line.start >= line.end) return VERDICT.irrelevant
  const formats = table[line.bytes[line.start]]
  for (let i = 0; i < formats.length; i++) {
    const verdict = formats[i].parse(line, out)
    if (verdict !== VERDICT.notMine) {
      line.format = formats[i].id
      return verdict
    }
  }
  return VERDICT.notMine
}

function resetLine(line: Line): void {
  line.time = Number.NaN
  line.flags = 0
  line.hostStart = line.hostEnd = 0
  line.programStart = line.programEnd = 0
  line.pid = 0
  line.messageStart = line.messageEnd = 0
  line.host = -1
  line.headBytes = undefined
  line.format = ''
}
