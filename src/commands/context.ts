/** How a report is to look here: width, colour, zone. */
import { formatTime } from '../core/time.ts'
import type { ReportContext } from '../kit/define-report.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'

/** NO_COLOR and FORCE_COLOR as on no-color.org and force-color.org; a pipe gets no colour of itself. */
export function useColor(
  env: CommandEnvironment,
  flags: CommonFlags,
  setting: 'auto' | 'always' | 'never' = 'auto',
): boolean {
  if (flags.color === false || setting === 'never') return false
  const { NO_COLOR, FORCE_COLOR, TERM } = env.environment
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0') return true
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false
  return setting === 'always' || (env.stdout.isTTY === true && TERM !== 'dumb')
}

/**
 * The width of the terminal between 40 and 120 columns (80 where stdout is none), colour as flags, environment and
 * `setting` have it, times in the zone of whoever asks. `verbosity` is cut to 0, 1 or 2.
 */
export function terminalContext(
  env: CommandEnvironment,
  flags: CommonFlags,
  verbosity: number,
  setting: 'auto' | 'always' | 'never' = 'auto',
): ReportContext {
  const columns = env.stdout.isTTY === true ? (env.stdout.columns ?? 80) : 80
  return {
    verbosity: verbosity <= 0 ? 0 : verbosity === 1 ? 1 : 2,
    color: useColor(env, flags, setting),
    width: Math.max(40, Math.min(columns, 120)),
    localTime: localStamp,
  }
}

/** A moment in this machine's zone: `2026-03-30 15:54:01`. Without Intl, which takes megabytes. */
function localStamp(rfc3339: string): string {
  const time = new Date(rfc3339)
  if (Number.isNaN(time.getTime())) return formatTime(0)
  const day = [time.getFullYear(), time.getMonth() + 1, time.getDate()]
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()]
  return `${day.map(twoDigits).join('-')} ${clock.map(twoDigits).join(':')}`
}

const twoDigits = (value: number): string => String(value).padStart(2, '0')
