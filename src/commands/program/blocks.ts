/** Verbs about what is done to attackers. */
import { type Command, Option } from 'commander'
import { startThreadsAhead } from '../../app/parse-pool.ts'
import { BLOCK_STATES } from '../../core/decision.ts'
import { EXPORT_FORMATS } from '../../sinks/policy/export.ts'
import type { ProgramKit } from './kit.ts'

const BLOCKS_HELP = `
Examples:
  vpsguard blocks why 203.0.113.7               is it blocked, and would it be
  vpsguard blocks add 203.0.113.0/24 --minutes 120
  vpsguard blocks remove-all --yes              the way out: needs no daemon, no database, no config
  vpsguard blocks export --format nginx -o deny.conf`

const ENFORCE_HELP = `
Examples:
  vpsguard enforce --dry-run     what would be blocked now, and what is protected
  vpsguard enforce               begins; undoes itself unless it is confirmed
  vpsguard enforce --confirm     keeps it
  vpsguard observe               goes back`

/**
 * Adds `blocks` and the other verbs of blocking to the program; their modules are loaded when they are called.
 * `addInputFlags` gives a verb the flags of whoever reads logs.
 */
export function addBlockVerbs(kit: ProgramKit, addInputFlags: (command: Command) => Command): void {
  const { verb, group, does } = kit
  const blocks = group('blocks', 'look at blocks, and make and end them').addHelpText('after', BLOCKS_HELP)
  const state = (): Option => new Option('--state <state>', 'in this state').choices([...BLOCK_STATES, 'all'])
  const json = (command: Command): Command => command.option('--json', 'as JSON')

  does(
    json(verb('list', 'what is blocked, or would be, and why', blocks))
      .addOption(state())
      .option('--since <time>', 'made since: 2026-01-31, -2h, yesterday')
      .option('--limit <count>', 'at most so many'),
    async (_words, flags, env) => (await import('../blocks.ts')).blocksListCommand(flags, env),
  )
  does(
    json(verb('add', 'block addresses or networks by hand, in every mode', blocks))
      .argument('<address...>', 'addresses or networks')
      .option('--minutes <count>', "for so long (default: the config's ttl_minutes)")
      .option('--permanent', 'until it is removed')
      .option('--reason <text>', 'why'),
    async (words, flags, env) => (await import('../blocks-change.ts')).blocksAddCommand(words, flags, env),
  )
  does(
    json(verb('remove', 'end blocks', blocks)).argument('<address...>', 'addresses or networks'),
    async (words, flags, env) => (await import('../blocks-change.ts')).blocksRemoveCommand(words, flags, env),
  )
  does(
    json(verb('remove-all', 'end every block and take all that is ours out of every firewall', blocks)).option(
      '--yes',
      'it is meant',
    ),
    async (_words, flags, env) => (await import('../blocks-change.ts')).blocksRemoveAllCommand(flags, env),
  )
  does(
    json(verb('verify', 'compare the firewall with the ledger; exit 1 where they differ', blocks)),
    async (_words, flags, env) => (await import('../blocks-change.ts')).blocksVerifyCommand(flags, env),
  )
  does(json(verb('cleanup', 'end what has run out and set the firewall right', blocks)), async (_words, flags, env) =>
    (await import('../blocks-change.ts')).blocksCleanupCommand(flags, env),
  )
  does(
    json(verb('why', 'all that is known of an address', blocks)).argument('<address>', 'an address or network'),
    async ([address], flags, env) => (await import('../blocks.ts')).blocksWhyCommand(address, flags, env),
  )
  does(
    verb('export', 'blocks in the language of another program', blocks)
      .addOption(new Option('-f, --format <id>', 'whose').choices([...EXPORT_FORMATS]).default('nft'))
      .addOption(state())
      .option('-o, --output <file>', 'write to a file'),
    async (_words, flags, env) => (await import('../blocks.ts')).blocksExportCommand(flags, env),
  )

  does(
    json(verb('enforce', 'block for real; undoes itself unless it is confirmed'))
      .option('--confirm', 'keep it')
      .option('--observe', 'go back, as vpsguard observe does')
      .option('--dry-run', 'only show what would be blocked now')
      .addHelpText('after', ENFORCE_HELP),
    async (_words, flags, env) => (await import('../enforce.ts')).enforceCommand(flags, env),
  )
  does(
    json(verb('observe', 'only write down what would be blocked; ends the blocks made by themselves')),
    async (_words, flags, env) => (await import('../enforce.ts')).observeCommand(flags, env),
  )
  addReplay(kit, addInputFlags)
}

const REPLAY_HELP = `
Examples:
  vpsguard replay /var/log/auth.log --rotated    last weeks, had it enforced
  vpsguard replay access.log --since -7d --json`

function addReplay({ verb, does }: ProgramKit, addInputFlags: (command: Command) => Command): void {
  const command = verb('replay', 'what enforcing would have blocked in these logs, and whom it would have hit')
  addInputFlags(command.argument('[log...]', "files, folders, globs, or - for stdin; without any, this host's logs"))
    .option('--strategy <name>', 'balanced or strict, instead of the config')
    .option('--rules-only', 'no campaigns and anomalies')
    .option('--budget <rate>', 'false alarms that may happen: 1/week, 2/month ...')
    .option('--model <file>', 'the trained baseline to judge by')
    .option('--seed <number>', 'seed of everything random')
    .option('--geoip <file...>', 'MMDB files with countries, cities or networks')
    .option('-v, --verbose', 'list everything')
    .option('--json', 'as JSON')
    .addHelpText('after', REPLAY_HELP)
  does(command, async (logs, flags, env) => {
    startThreadsAhead(logs)
    return (await import('../replay.ts')).replayCommand(logs, flags, env)
  })
}
