/** How an input was read, for the report. */
import type { InputReport } from '../core/report.ts'
import { formatTime } from '../core/time.ts'
import type { PipelineInput } from './pipeline.ts'

/** What lines lack that a tool wrote without the time, and how to have it. Looked for where next to nothing is understood. */
const STAMPLESS: readonly { looks: RegExp; says: string }[] = [
  {
    looks: /^\[\s*\d+\.\d{6}\] \S+ [^\s:[\]]+(?:\[\d+\])?: /,
    says: 'its stamps count from the start of the machine and tell no time of day (journalctl -o short-monotonic)',
  },
  {
    looks:
      /^(?:Failed |Accepted |Invalid user |Connection (?:closed|reset) |Disconnected from |Received disconnect from |pam_[a-z]+\(|session (?:opened|closed) )/,
    says: 'its lines have no time stamp (journalctl -o cat)',
  },
]

/** What to do about lines without a time, where these are such; each kind once. */
function stampless(samples: readonly string[]): string[] {
  const found = STAMPLESS.find(({ looks }) => samples.some(sample => looks.test(sample)))
  return found === undefined
    ? []
    : [`${found.says}, and nothing can be told without the time: write it with journalctl -o short-iso or -o json`]
}

/** Under this share of understood lines, the program says that it may not be reading what it thinks. */
const UNDERSTOOD_AT_LEAST = 0.05

/**
 * What the report says of one input: its format (the one most lines had), counts of lines, times as ISO 8601 (null
 * where no line has one), and notes. Where less than a twentieth of the lines is understood, a note says what was
 * tried; samples go along there and where more than a quarter is not.
 */
export function describeInput(
  { source, stream, notes, bytes }: PipelineInput,
  formatsTried: readonly string[],
): InputReport {
  const { totals } = stream
  const unparsed = totals.unknown + totals.malformed
  const formats = Object.entries(totals.formats).sort((a, b) => b[1] - a[1])
  const understood = totals.lines === 0 ? 1 : (totals.lines - unparsed) / totals.lines
  const told = [...notes]
  if (totals.lines === 0 && told.length === 0) told.push('empty: not one line')
  if (understood < UNDERSTOOD_AT_LEAST) {
    told.push(
      ...stampless(totals.samples),
      `only ${(understood * 100).toFixed(1)} % of its lines are understood; formats tried: ${formatsTried.join(', ')}. Is it the right file? A web log format of your own goes into [web] log_format`,
    )
  }
  const time = (moment: number): string | null => (Number.isFinite(moment) ? formatTime(moment) : null)
  return {
    path: source.path,
    format: formats[0]?.[0] ?? 'unknown',
    lines: totals.lines,
    events: totals.events,
    unparsed,
    first: time(totals.first),
    last: time(totals.last),
    bytes,
    ...(formats.length > 1 ? { formats: Object.fromEntries(formats) } : {}),
    irrelevant: totals.irrelevant,
    unknown: totals.unknown,
    malformed: totals.malformed,
    clock: stream.clock.describe(),
    ...(told.length > 0 ? { notes: told } : {}),
    ...(understood < UNDERSTOOD_AT_LEAST || (unparsed > 0 && unparsed * 4 > totals.lines)
      ? { samples: totals.samples }
      : {}),
  }
}
