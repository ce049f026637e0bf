/** Verbs about findings and what people say of them. */
import { type ProgramKit, severityOption } from './kit.ts'

export function addFindingVerbs({ verb, group, does }: ProgramKit): void {
  const findings = group('findings', 'look at the findings that watch has recorded')
  const list = verb('list', 'the findings, last seen first', findings)
    .option('--since <time>', 'seen at or after: 2026-01-31, -2h, yesterday')
    .option('--until <time>', 'begun before')
    .addOption(severityOption('--severity <level>', 'this severe or worse'))
    .option('--rule <id>', 'of this rule or detector')
    .option('--source <address>', 'that accuse this address')
    .option('--all', 'those that are over too')
    .option('--limit <count>', 'at most so many')
    .option('--json', 'as JSON')
  does(list, async (_words, flags, env) => {
    const { findingsCommand } = await import('../findings.ts')
    return await findingsCommand('list', undefined, flags, env)
  })
  for (const [name, text] of [
    ['show', 'one finding with its proof and what was done about it'],
    ['explain', 'the whole story of one finding, in words'],
  ] as const) {
    const command = verb(name, text, findings).option('--json', 'as JSON')
    command.argument('<finding>', "the finding's id, or the beginning of it")
    does(command, async ([id], flags, env) => {
      const { findingsCommand } = await import('../findings.ts')
      return await findingsCommand(name, id, flags, env)
    })
  }
}
