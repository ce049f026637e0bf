/** Which sources a run reads: the paths given, stdin, the journal, or this host's own logs. */
import { EXIT, Problem } from '../core/errors.ts'
import { SECOND } from '../core/time.ts'
import { discover } from '../sources/discover.ts'
import { hostLogs } from '../sources/host-logs.ts'
import { journalSource } from '../sources/journald.ts'
import type { Source } from '../sources/source.ts'

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

/** Opens what the request names; `signal` ends the wait for a stdin that says nothing. @throws Problem where there is nothing to read at all */
export async function resolveInputs(request: InputRequest, signal?: AbortSignal): Promise<ResolvedInputs> {
  const inputs: ResolvedInputs = { sources: [], notes: [], problems: [] }
  const { since, until, units } = request
  const stamp = (time: number | undefined): string | undefined =>
    time === undefined ? undefined : `@${Math.floor(time / SECOND)}`
  const journal = (): Source => journalSource({ since: stamp(since), until: stamp(until), units })
  if (request.journal) inputs.sources.push(journal())
  if (request.paths.length > 0) await addFiles(request.paths, request.rotated, inputs, signal)
  if (request.paths.length === 0 && !request.journal) await addOwnLogs(request, journal, inputs)
  return inputs
}

async function addFiles(
  paths: readonly string[],
  rotated: boolean,
  inputs: ResolvedInputs,
  signal?: AbortSignal,
): Promise<void> {
  const found = await discover(paths, { rotated, signal })
  inputs.sources.push(...found.sources)
  inputs.problems.push(...found.problems)
}

/** The journal first, since it has what the system's log files have; then the web servers' files. */
async function addOwnLogs(request: InputRequest, journal: () => Source, inputs: ResolvedInputs): Promise<void> {
  const own = await hostLogs()
  inputs.problems.push(...own.problems)
  const files = own.journal === undefined ? [...own.system, ...own.web] : own.web
  if (own.journal !== undefined) {
    inputs.sources.push(journal())
    inputs.notes.push(`Reading this host's journal (${own.journal})`)
  }
  if (files.length > 0) {
    inputs.notes.push(`Reading this host's logs: ${files.join(', ')}`)
    await addFiles(files, request.rotated, inputs)
  }
  if (inputs.sources.length === 0 && inputs.problems.length === 0) {
    throw new Problem(EXIT.input, 'this host has no log in the usual places', {
      hint: 'name one: vpsguard analyze PATH',
    })
  }
}
