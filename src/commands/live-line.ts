/** One line of a live run: what began or grew, for a terminal or a pipe. */
import type { Change } from '../app/live/judge.ts'
import { escapeTerminal } from '../core/text.ts'
import { createInk, SEVERITY_MARKS } from '../sinks/reports/terminal/ink.ts'
import { formatNumber, plural } from '../sinks/reports/words.ts'

/** Sources named in a line. */
const NAMED = 3

const clock = (time: string): string => {
  const date = new Date(time)
  return Number.isNaN(date.getTime()) ? '--:--:--' : date.toTimeString().slice(0, 8)
}

/** Severity, rule, who, what; everything of the log's is escaped. */
export function changeLine({ finding, change }: Change, color: boolean): string {
  const ink = createInk(color)
  const { severity, rule, title, sources, reasons, count, id, last_seen } = finding
  const named = sources.slice(0, NAMED).join(', ')
  const more = sources.length > NAMED ? ` and ${formatNumber(sources.length - NAMED)} more` : ''
  // A title that names the one address is not told it again.
  const who =
    sources.length === 0 || (sources.length === 1 && title.includes(named)) ? '' : `${escapeTerminal(named)}${more}  `
  const what = change === 'new' ? title : `${title} (goes on: ${plural(count, 'event')})`
  const mark = ink.severity[severity](`${SEVERITY_MARKS[severity]} ${severity.toUpperCase().padEnd(8)}`)
  const reason = reasons[0] === undefined ? '' : `\n         ${escapeTerminal(reasons[0].text)}`
  return `${ink.quiet(clock(last_seen))} ${mark} ${escapeTerminal(rule)}: ${who}${escapeTerminal(what)}${reason}  ${ink.quiet(`[${id.slice(0, 8)}]`)}`
}
