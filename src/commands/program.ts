/** The command line: every verb, its flags, its help. The verbs' code is loaded when one is called. */
import { Argument, Command, CommanderError } from 'commander'
import { startThreadsAhead } from '../app/parse-pool.ts'
import { EXIT } from '../core/errors.ts'
import { escapeTerminal } from '../core/text.ts'
import type { CommandEnvironment } from './command.ts'
import type { Shell } from './completion.ts'
import { addBlockVerbs } from './program/blocks.ts'
import { addFindingVerbs } from './program/findings.ts'
import { demandHelpWords } from './program/help-words.ts'
import { type Flags, type ProgramKit, severityOption as severity, wordsOf } from './program/kit.ts'
import { addOperationVerbs } from './program/operation.ts'
import { VERSION } from './version.ts'

export interface Program {
  run(argv: readonly string[]): Promise<number>
  /** For the documentation. */
  command: Command
}

const EXIT_HELP = `
Exit codes: 0 ok, 1 findings at or above --fail-on, 2 usage, 3 bad config,
4 input missing or unreadable, 5 permission, 6 model absent,
70 internal error, 130 interrupted.`

const QUIET_HELP = 'no notes and no progress on stderr, only what went wrong'

const ANALYZE_HELP = `
Examples:
  vpsguard analyze                              this host's own logs
  vpsguard analyze /var/log/auth.log --rotated  a log with its rotated parts
  vpsguard analyze /var/log/nginx auth.log      several logs, merged in time
  journalctl -o json | vpsguard analyze -       from a pipe
  vpsguard analyze auth.log -o report.html      a page to search and print
${EXIT_HELP}`

/** Flags about which lines are read and how. */
function addInputFlags(command: Command): Command {
  return command
    .option('--input-format <id>', 'read every line as this format instead of looking at it')
    .option('--rotated', 'read the rotated parts of each file too (auth.log.1, .2.gz ...)')
    .option('--since <time>', 'leave out what happened before: 2026-01-31, "2026-01-31 08:00", -2h, yesterday')
    .option('--until <time>', 'leave out what happened after')
    .option('--year <year>', 'year of the first stamp, in logs whose stamps have none')
    .option('--timezone <zone>', 'zone of stamps that have none: local, UTC, Europe/Paris ...')
    .option('--journal', 'read the systemd journal (--since and --until limit it)')
    .option('--unit <name...>', 'of the journal, only these units')
}

function addReportFlags(command: Command): Command {
  return command
    .option('-f, --format <id>', 'terminal, json, jsonl, markdown, csv or html')
    .option('--json', 'short for --format json')
    .option('-o, --output <file>', 'write the report to a file; its ending chooses the format')
    .option('-v, --verbose', 'tell more (-vv: everything)', (_, level: number) => level + 1, 0)
    .option('--redact', 'replace addresses, users and host names, the same ones always alike')
    .addOption(severity('--min-severity <level>', 'leave out findings below'))
    .addOption(severity('--fail-on <level>', 'exit with 1 where a finding is at or above'))
}

function addDetectionFlags(command: Command): Command {
  return command
    .option('--rules-only', 'no campaigns and anomalies')
    .option('--ml-only', 'no findings of rules (they still keep attacks out of what is learnt)')
    .option('--budget <rate>', 'false alarms that may happen: 1/week, 2/month ...')
    .option('--model <file>', 'the trained baseline to judge by')
    .option('--seed <number>', 'seed of everything random')
    .option('--geoip <file...>', 'MMDB files with countries, cities or networks')
}

/** Builds the command line. */
export function createProgram(signal: AbortSignal): Program {
  let exitCode: number = EXIT.ok
  const env = (): CommandEnvironment => ({
    signal,
    environment: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    now: () => Date.now(),
  })
  const program = new Command('vpsguard')
    .description('Finds the attacks on a server that per-address tools miss, with the log lines that prove it.')
    .version(VERSION, '-V, --version')
    .option('-c, --config <file>', 'read this config and no other')
    .option('-q, --quiet', QUIET_HELP)
    .option('--no-color', 'no colour (NO_COLOR and FORCE_COLOR are obeyed too)')
    .addHelpText('after', EXIT_HELP)
    .showSuggestionAfterError()
    .configureOutput({
      outputError: (text, write) =>
        write(
          text
            .replace(/^error: /, 'vpsguard: ')
            .split('\n')
            .map(escapeTerminal)
            .join('\n'),
        ),
    })
    .enablePositionalOptions()
    .exitOverride()

  const verb = (name: string, description: string, under = program): Command => {
    const command = under.command(name).description(description).exitOverride()
    // The common flags may stand after the verb as well, as people type them.
    return command
      .option('-c, --config <file>', 'read this config and no other')
      .option('-q, --quiet', QUIET_HELP)
      .option('--no-color', 'no colour')
  }

  addDetectionFlags(
    addReportFlags(
      addInputFlags(
        verb('analyze', 'read logs and report the attacks in them').argument(
          '[log...]',
          "files, folders, globs, or - for stdin; without any, this host's logs",
        ),
      ),
    ),
  )
    .addHelpText('after', ANALYZE_HELP)
    .action(async (logs: string[], _flags: unknown, command: Command) => {
      startThreadsAhead(logs)
      const { analyzeCommand } = await import('./analyze.ts')
      exitCode = await analyzeCommand(logs, flagsOf(command), env())
    })

  addInputFlags(
    verb('parse', 'show the events that log lines say').argument('[log...]', 'files, folders, globs, or - for stdin'),
  )
    .option('-f, --format <id>', 'json (one event a line), csv or table')
    .option('--json', 'short for --format json')
    .option('--stats', 'count lines, formats and kinds of events instead')
    .option('--formats', 'list the formats that are understood')
    .option('-o, --output <file>', 'write to a file')
    .action(async (logs: string[], _flags: unknown, command: Command) => {
      startThreadsAhead(logs)
      const { parseCommand } = await import('./parse.ts')
      exitCode = await parseCommand(logs, flagsOf(command), env())
    })

  verb('watch', 'follow the logs and tell, record and answer what happens')
    .argument('[log...]', "files, globs, or - for stdin; without any, the config's or this host's logs")
    .option('--once', 'read what is new since the last time, tell it, and stop (for cron and timers)')
    .option('--interval <time>', 'look every so often instead of all the time: 60s, 5m ...')
    .option('--from <place>', 'where a first start begins: start (learns from what is there) or end')
    .option('--json', 'findings as JSON Lines on stdout')
    .option('--log-format <format>', 'the own messages on stderr: json or text')
    .option('--input-format <id>', 'read every line as this format instead of looking at it')
    .option('--journal', 'follow the systemd journal')
    .option('--unit <name...>', 'of the journal, only these units')
    .option('--year <year>', 'year of the first stamp, in logs whose stamps have none')
    .option('--timezone <zone>', 'zone of stamps that have none: local, UTC, Europe/Paris ...')
    .option('--rules-only', 'no campaigns and anomalies')
    .option('--budget <rate>', 'false alarms that may happen: 1/week, 2/month ...')
    .option('--model <file>', 'the trained baseline to judge by')
    .option('--seed <number>', 'seed of everything random')
    .option('--geoip <file...>', 'MMDB files with countries, cities or networks')
    .option('--metrics [address]', "serve /metrics for Prometheus (default: the config's address)")
    .addOption(severity('--fail-on <level>', 'exit with 1 where a finding was at or above'))
    .addHelpText('after', EXIT_HELP)
    .action(async (logs: string[], _flags: unknown, command: Command) => {
      const { watchCommand } = await import('./watch.ts')
      exitCode = await watchCommand(logs, flagsOf(command), env())
    })

  addInputFlags(
    verb('train', 'learn what is normal on this server').argument('[log...]', 'files, folders, globs, or - for stdin'),
  )
    .option('--model <file>', 'the model file to write, or to look at with --check')
    .option('--check', 'show the model; with a log, how far that log has drifted from it')
    .option('--shadow', 'let the new model wait beside the one in force; --check LOG says what it would have told')
    .option('--take-over', 'with --check LOG: put the waiting model in force, where a week of log speaks for it')
    .option('--json', 'as JSON')
    .option('--budget <rate>', 'false alarms that may happen: 1/week, 2/month ...')
    .option('--seed <number>', 'seed of everything random')
    .action(async (logs: string[], _flags: unknown, command: Command) => {
      startThreadsAhead(logs)
      const { trainCommand } = await import('./train.ts')
      exitCode = await trainCommand(logs, flagsOf(command), env())
    })

  const kit: ProgramKit = {
    verb,
    group: (name, description) => program.command(name).description(description).exitOverride(),
    does(command, action) {
      command.action(async (...parts: unknown[]) => {
        exitCode = await action(wordsOf(parts.slice(0, -2)), flagsOf(command), env())
      })
    },
  }
  addFindingVerbs(kit)
  addBlockVerbs(kit, addInputFlags)
  addOperationVerbs(kit)

  verb('explain', 'tell the whole story of one finding of a saved JSON report')
    .argument('<finding>', "the finding's id, or the beginning of it")
    .argument('<report>', 'the report, as analyze --format json wrote it (- for stdin)')
    .action(async (id: string, report: string, _flags: unknown, command: Command) => {
      const { explainCommand } = await import('./explain.ts')
      exitCode = await explainCommand(id, report, flagsOf(command), env())
    })

  verb('generate', 'write a realistic log with attacks hidden in it')
    .option('--entries <count>', 'lines, about', '5000')
    .option(
      '--attack-profile <profile:share...>',
      'an attack and its share of the lines: brute, botnet, stuffing, low-slow, breach, recon, scan, web-stuffing, spray-scan',
    )
    .option('--format <id>', 'auth, secure, syslog-rfc3339, journald-json, nginx, apache ...', 'auth')
    .option('--start <time>', 'when it begins')
    .option('--days <count>', 'how long it lasts', '7')
    .option('--seed <number>', 'the same seed gives the same bytes', '1')
    .option('-o, --output <file>', 'where to write it (default: stdout)')
    .option('--truth <file>', 'where to write who attacked, when and as what')
    .action(async (_flags: unknown, command: Command) => {
      const { generateCommand } = await import('./generate.ts')
      exitCode = await generateCommand(flagsOf(command), env())
    })

  verb('init', 'write a commented config')
    .argument('[file]', 'where to', 'vpsguard.toml')
    .option('--force', 'write over a file that is there')
    .action(async (file: string, _flags: unknown, command: Command) => {
      const { initCommand } = await import('./config.ts')
      exitCode = await initCommand(file, flagsOf(command), env())
    })

  const config = program.command('config').description('look at the config').exitOverride()
  for (const [name, text] of [
    ['validate', 'check the config and say what is wrong'],
    ['show', 'the config as it is in force, with where it came from'],
    ['print-default', 'every key with its meaning and default'],
  ] as const) {
    verb(name, text, config)
      .argument('[file]', 'the config; without it, the one in force')
      .action(async (file: string | undefined, _flags: unknown, command: Command) => {
        const { configCommand } = await import('./config.ts')
        exitCode = await configCommand(name, file, flagsOf(command), env())
      })
  }

  const rules = program.command('rules').description('look at the rules').exitOverride()
  for (const [name, argument, text] of [
    ['list', '', 'every rule with what it catches'],
    ['show', '<id>', 'one rule: options, samples, false positives'],
    ['test', '[id]', "run a rule's own samples (all rules without an id)"],
  ] as const) {
    const command = verb(name, text, rules).option('--json', 'as JSON')
    if (argument !== '') command.argument(argument, 'the rule')
    command.action(async (...parts: unknown[]) => {
      const { rulesCommand } = await import('./rules.ts')
      const id = typeof parts[0] === 'string' ? parts[0] : undefined
      exitCode = await rulesCommand(name, id, flagsOf(command), env())
    })
  }

  program
    .command('completion')
    .description('print a script that completes the command line: source <(vpsguard completion bash)')
    .exitOverride()
    .addArgument(new Argument('<shell>', 'whose script').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: Shell) => {
      const { completionCommand } = await import('./completion.ts')
      exitCode = await completionCommand(shell, program, env())
    })

  return {
    command: program,
    async run(argv) {
      demandHelpWords(program, argv)
      try {
        await program.parseAsync(argv.length === 0 ? ['--help'] : [...argv], { from: 'user' })
      } catch (error) {
        // Commander has said its word already; help and version are no failures.
        if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
        throw error
      }
      return exitCode
    },
  }
}

/** A command's flags with those before the verb. Commander's own merge would let the outer `color: true` hide --no-color. */
function flagsOf(command: Command): Flags {
  let color = true
  for (let at: Command | null = command; at !== null; at = at.parent) color &&= at.opts().color !== false
  return { ...command.optsWithGlobals(), color }
}
