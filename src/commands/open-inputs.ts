/** Opens what the person named, and tells at once what cannot be read. */
import type { InputRequest } from '../app/inputs.ts'
import { resolveInputs } from '../app/inputs.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { escapeTerminal } from '../core/text.ts'
import type { Source } from '../sources/source.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { formatProblem } from './problem.ts'

/** Problems told in full; a folder of a thousand unreadable files is one story. */
const MOST_TOLD = 10

export interface OpenInputs {
  sources: Source[]
  /** What could not be read; the rest is read all the same. Grows while reading: see `failed`. */
  problems: Problem[]
  /** Takes an input of which nothing could be read after all. */
  failed: (problem: Problem) => void
}

/**
 * Opens the inputs. Problems are told even where --quiet is given: the result is not what was asked for. Where the
 * inputs are wanted whole, one that is none is thrown instead. @throws Problem
 */
export async function openInputs(
  request: InputRequest,
  flags: CommonFlags,
  env: CommandEnvironment,
  whole = false,
): Promise<OpenInputs> {
  const { sources, notes, problems } = await resolveInputs(request, env.signal)
  if (sources.length === 0 || (whole && problems.length > 0)) throw asOne(problems)
  for (const problem of problems.slice(0, MOST_TOLD)) env.stderr.write(formatProblem(problem))
  if (problems.length > MOST_TOLD) {
    env.stderr.write(`vpsguard: ${problems.length - MOST_TOLD} more inputs cannot be read; the report names them\n`)
  }
  if (flags.quiet !== true) for (const note of notes) env.stderr.write(`${escapeTerminal(note)}\n`)
  return {
    sources,
    problems,
    failed(problem) {
      problems.push(problem)
      env.stderr.write(formatProblem(problem))
    },
  }
}

/** Every problem, a line each, as one; the exit code is the first one's. */
function asOne(problems: readonly Problem[]): Problem {
  const [first, ...others] = problems
  if (first === undefined) {
    return new Problem(EXIT.input, 'nothing to read: what was named holds no line', {
      hint: '--rotated reads the older parts of a log that has just been rotated',
    })
  }
  if (others.length === 0) return first
  const told = problems.slice(0, MOST_TOLD).map(problem => problem.message)
  if (problems.length > MOST_TOLD) told.push(`and ${problems.length - MOST_TOLD} more`)
  const hints = new Set(problems.map(problem => problem.hint))
  const { expected, hint } = first
  return new Problem(first.exitCode, ['these cannot be read:', ...told].join('\n'), {
    ...(expected === undefined ? {} : { expected }),
    ...(hint === undefined || hints.size > 1 ? {} : { hint }),
  })
}
