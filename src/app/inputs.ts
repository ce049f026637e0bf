/** Which sources a run reads: the paths given, stdin, the journal, or this host's own logs. */
import { EXIT, Problem } from '../core/errors.ts'
import { discover, hostLogs } from '../sources/discover.ts'
import { openJournal } from '../sources/journald.ts'
import type { Source } from '../sources/source.ts'
import { openStdin } from '../sources/stdin.ts'

export interface InputRequest {
  paths: readonly string[]
  rotated: boolean
  journal: boolean
  units: readonly string[]
  /** Limits what is asked of the journal, milliseconds. */
  since: number | undefined
  until: number | undefined
}

export interface ResolvedInputs {
  sources: Source[]
  /** What was chosen, where it was the program that chose. */
  notes: string[]
  /** What could not be read; the rest is read all the same. */
  problems: Problem[]
}

export async function resolveInputs(request: InputRequest): Promise<ResolvedInputs> {
  const sources: Source[] = []
  const notes: string[] = []
  const problems: Problem[] = []
  if (request.journal) sources.push(await openJournal({ since: request.since, until: request.until, units: request.units }))
  const files = request.paths.filter(path => path !== '-')
  if (files.length < request.paths.length) sources.push(await openStdin())
  if (files.length > 0) {
    const found = await discover(files, { rotated: request.rotated })
    sources.push(...found.sources)
    problems.push(...found.problems)
  }
  if (request.paths.length === 0 && !request.journal) {
    const own = await hostLogs({ since: request.since, until: request.until, rotated: request.rotated })
    sources.push(...own.sources)
    notes.push(...own.notes)
    problems.push(...own.problems)
    if (sources.length === 0 && problems.length === 0) {
      throw new Problem(EXIT.input, 'this host has no log in the usual places', { hint: 'name one: vpsguard analyze PATH' })
    }
  }
  return { sources, notes, problems }
}
