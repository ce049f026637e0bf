/** Verbs about findings and what people say of them. */
import { Argument, type Command, Option } from 'commander'
import { type ProgramKit, severityOption } from './kit.ts'

const LABEL_HELP = `
Examples:
  vpsguard label 3f9a0c21 tp --note "blocked at the provider"
  vpsguard label 3f9a0c21 fp                    shows what a suppression would have hidden
  vpsguard label 3f9a0c21 fp --suppress --days 14`

const json = (command: Command): Command => command.option('--json', 'as JSON')

/**
 * Adds `findings`, `incidents`, `label` and the reports to the program, in the order of its help; their modules are
 * loaded when they are called.
 */
export function addFindingVerbs(kit: ProgramKit): void {
  addFindings(kit)
  addIncidents(kit)
  addLabels(kit)
  addReports(kit)
}

function addFindings({ verb, group, does }: ProgramKit): void {
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

function addIncidents({ verb, group, does }: ProgramKit): void {
  const incidents = group('incidents', 'findings of the last 30 days that belong to one story')
  const list = json(verb('list', 'the incidents, worst first', incidents))
    .option('--since <time>', 'seen at or after: 2026-01-31, -2h, yesterday')
    .addOption(severityOption('--severity <level>', 'this severe or worse'))
    .option('--limit <count>', 'at most so many')
  does(list, async (_words, flags, env) =>
    (await import('../incidents.ts')).incidentsCommand('list', undefined, flags, env),
  )
  for (const [name, text] of [
    ['show', 'one incident: what ties its findings together'],
    ['timeline', 'one incident in order of time, with what was done about it'],
  ] as const) {
    const command = json(verb(name, text, incidents))
    command.argument('<incident>', "the incident's id, or the beginning of it")
    does(command, async ([id], flags, env) => (await import('../incidents.ts')).incidentsCommand(name, id, flags, env))
  }
}

function addLabels({ verb, does }: ProgramKit): void {
  const label = json(verb('label', 'say that a finding was a false alarm (fp) or true (tp)'))
    .argument('<finding>', "the finding's id, or the beginning of it")
    .addArgument(new Argument('<verdict>', 'false positive or true positive').choices(['fp', 'tp']))
    .option('--note <text>', 'why')
    .option('--suppress', 'record findings like it from now on, but neither tell nor answer them')
    .option('--days <count>', 'how long that holds (default: 30)')
    .addOption(new Option('--field <field>', 'by what they are known').choices(['source', 'user', 'path']))
    .addHelpText('after', LABEL_HELP)
  does(label, async ([id, verdict], flags, env) =>
    (await import('../label.ts')).labelCommand(id, verdict === 'tp' ? 'tp' : 'fp', flags, env),
  )
  const suppressions = json(verb('suppressions', 'what is neither told nor answered, and until when'))
  does(suppressions.option('--remove <id>', 'end one'), async (_words, flags, env) =>
    (await import('../label.ts')).suppressionsCommand(flags, env),
  )
}

function addReports({ verb, does }: ProgramKit): void {
  does(
    json(verb('history', 'this week against last: new, growing, gone; and the last days')),
    async (_words, flags, env) => (await import('../history.ts')).historyCommand(flags, env),
  )
  const report = json(verb('report', 'a report of what watch has recorded'))
    .addOption(
      new Option('--period <period>', 'of which time').choices(['today', 'last24h', 'week']).default('last24h'),
    )
    .option('-f, --format <id>', 'terminal, json, jsonl, markdown, csv or html')
    .option('-o, --output <file>', 'write the report to a file; its ending chooses the format')
    .option('-v, --verbose', 'tell more (-vv: everything)', (_, level: number) => level + 1, 0)
    .option('--redact', 'replace addresses, users and host names, the same ones always alike')
    .addOption(severityOption('--min-severity <level>', 'leave out findings below'))
    .addOption(severityOption('--fail-on <level>', 'exit with 1 where a finding is at or above'))
  does(report, async (_words, flags, env) => (await import('../history.ts')).reportCommand(flags, env))
}
