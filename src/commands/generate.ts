/** `vpsguard generate`. */
import { EXIT, Problem } from '../core/errors.ts'
import { DAY } from '../core/time.ts'
import { generate, parseFormat, parseProfile } from '../generate/index.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { numberFlag } from './flags.ts'
import { writeFileWhole, writeStream } from './output.ts'
import { parseMoment } from './times.ts'

export interface GenerateFlags extends CommonFlags {
  entries?: string
  attackProfile?: string[]
  format?: string
  start?: string
  days?: string
  seed?: string
  output?: string
  truth?: string
}

/** Lines are written in blocks, so that a million of them are not a million writes. */
function* blocks(lines: Iterable<string>): Generator<string> {
  let block: string[] = []
  for (const line of lines) {
    block.push(line)
    if (block.length < 1000) continue
    yield `${block.join('\n')}\n`
    block = []
  }
  if (block.length > 0) yield `${block.join('\n')}\n`
}

/**
 * Writes a log that the seed alone decides, by default of 5000 lines over the last 7 whole days, and with --truth
 * what is true of it as JSON.
 * @throws Problem (exit 2) for profiles, formats or numbers that cannot be
 */
export async function generateCommand(flags: GenerateFlags, env: CommandEnvironment): Promise<number> {
  const days = numberFlag('--days', flags.days, 1 / 24, 3660) ?? 7
  const now = env.now()
  const start =
    flags.start === undefined ? Math.floor(now / DAY) * DAY - days * DAY : parseMoment('--start', flags.start, now)
  const log = generate({
    entries: numberFlag('--entries', flags.entries, 1, 20_000_000) ?? 5000,
    profiles: (flags.attackProfile ?? []).map(parseProfile),
    format: parseFormat(flags.format ?? 'auth'),
    start,
    days,
    seed: numberFlag('--seed', flags.seed, 0, Number.MAX_SAFE_INTEGER) ?? 1,
  })
  if (flags.truth !== undefined && flags.truth === flags.output) {
    throw new Problem(EXIT.usage, '--truth and --output name the same file', { expected: 'two files' })
  }
  if (flags.output === undefined || flags.output === '-') await writeStream(env.stdout, blocks(log.lines), env.signal)
  else writeFileWhole(flags.output, blocks(log.lines))
  if (flags.truth !== undefined) writeFileWhole(flags.truth, [`${JSON.stringify(log.truth, null, 2)}\n`])
  return EXIT.ok
}
