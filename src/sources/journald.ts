/** The systemd journal, through its own program. */
import { EXIT, Problem } from '../core/errors.ts'
import { outputOf } from './command.ts'
import { LOG_GROUPS_HINT } from './problems.ts'
import type { Source } from './source.ts'

export interface JournalQuery {
  /** As journalctl understands them: `2026-02-12 10:00`, `yesterday`, `-2h`. */
  since?: string | undefined
  until?: string | undefined
  units?: readonly string[]
  /** A journal's folder, for the journal of another host. */
  directory?: string | undefined
}

/** The arguments of journalctl for a query. Fields are complete (`--all`): it leaves out what is long otherwise. */
export function journalArguments(query: JournalQuery): string[] {
  const args = ['--output=json', '--all', '--quiet', '--no-pager']
  if (query.since !== undefined) args.push(`--since=${query.since}`)
  if (query.until !== undefined) args.push(`--until=${query.until}`)
  if (query.directory !== undefined) args.push(`--directory=${query.directory}`)
  for (const unit of query.units ?? []) args.push(`--unit=${unit}`)
  return args
}

/** The journal as a source; `program` is where journalctl is, for tests. */
export function journalSource(query: JournalQuery = {}, program = 'journalctl'): Source {
  return {
    name: 'journal',
    path: 'journalctl',
    kind: 'stream',
    seekable: false,
    read: signal =>
      outputOf(
        {
          program,
          args: journalArguments(query),
          missing: cause => noJournal(program, cause),
          failed: journalFailed,
        },
        signal,
      ),
  }
}

/** There is no journalctl. */
export const noJournal = (program: string, cause: unknown): Problem =>
  new Problem(EXIT.input, 'journalctl is not on this machine', {
    where: program,
    hint: 'name the log files instead, for example /var/log/auth.log',
    cause,
  })

/** What journalctl said before it failed. */
export function journalFailed(message: string): Problem {
  if (/permission|not seeing messages|access/i.test(message)) {
    return new Problem(EXIT.permission, 'the journal may not be read', {
      where: 'journalctl',
      hint: LOG_GROUPS_HINT,
      cause: message,
    })
  }
  if (/failed to parse (?:timestamp|time)/i.test(message)) {
    return new Problem(EXIT.usage, `journalctl does not understand the time: ${message}`, {
      where: '--since, --until',
      expected: 'a time such as "2026-02-12 10:00", "yesterday" or "-2h"',
    })
  }
  return new Problem(EXIT.input, `journalctl failed: ${message}`, { where: 'journalctl' })
}
