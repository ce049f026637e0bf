/** How an input was read, for the report. */
import type { InputReport } from '../core/report.ts'
import { formatTime } from '../core/time.ts'
import type { PipelineInput } from './pipeline.ts'

/** Under this share of understood lines, the program says that it may not be reading what it thinks. */
const UNDERSTOOD_AT_LEAST = 0.05

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
