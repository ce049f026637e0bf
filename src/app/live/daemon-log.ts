/** The daemon's own log: JSON lines for machines (journald, containers), short lines for a person at a terminal. */
import { type Logger, pino } from 'pino'
import { escapeTerminal } from '../../core/text.ts'

export type DaemonLog = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

export interface LogTarget {
  write(text: string): unknown
}

const LEVELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warning', 50: 'error' }

/** `quiet` leaves out what is no trouble. */
export function openDaemonLog(target: LogTarget, format: 'json' | 'text', quiet: boolean): DaemonLog {
  const options = { level: quiet ? 'warn' : 'info', base: null, timestamp: pino.stdTimeFunctions.isoTime }
  return pino(
    options,
    format === 'json'
      ? { write: text => void target.write(text) }
      : { write: text => void target.write(forPeople(text)) },
  )
}

/** `12:03:04 warning: ...` of a JSON line; whatever the log's writers put into it is escaped. */
function forPeople(line: string): string {
  // Written by pino a moment ago.
  const { level, time, msg, ...rest } = JSON.parse(line) as { level: number; time: string; msg?: string } & Record<
    string,
    unknown
  >
  const clock = new Date(time).toTimeString().slice(0, 8)
  const mark = level > 30 ? `${LEVELS[level] ?? level}: ` : ''
  const more = Object.entries(rest)
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('')
  return `${clock} ${mark}${escapeTerminal((msg ?? '') + more)}\n`
}
