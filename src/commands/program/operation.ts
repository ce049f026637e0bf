/** Verbs about the daemon, its memory and this host. */
import type { Command } from 'commander'
import { HOARDS } from '../../store/hoards.ts'
import type { ProgramKit } from './kit.ts'

const json = (command: Command): Command => command.option('--json', 'as JSON')

/**
 * Adds the verbs of running it to the program, in the order of its help; their modules are loaded when they are
 * called.
 */
export function addOperationVerbs(kit: ProgramKit): void {
  addDaemonVerbs(kit)
  addStorageVerbs(kit)
  addTellingVerbs(kit)
}

function addDaemonVerbs({ verb, does }: ProgramKit): void {
  does(
    json(verb('status', 'whether the daemon runs, and how it does')).option('--check', 'exit 1 where it does not run'),
    async (_words, flags, env) => (await import('../status.ts')).statusCommand(flags, env),
  )
  does(
    json(verb('doctor', 'what works, what is missing and how to get it; exit 1 where something is broken')).option(
      '--online',
      'ask the services of the channels too, without a message',
    ),
    async (_words, flags, env) => (await import('../doctor.ts')).doctorCommand(flags, env),
  )
  does(json(verb('reload', 'check the config, and let the running daemon read it again')), async (_words, flags, env) =>
    (await import('../status.ts')).reloadCommand(flags, env),
  )
}

function addStorageVerbs({ verb, group, does }: ProgramKit): void {
  does(
    json(verb('verify', 'whether the findings are the ones that were recorded; exit 1 where not')).option(
      '--head <hash>',
      'the head of the chain as it was kept elsewhere',
    ),
    async (_words, flags, env) => (await import('../storage.ts')).verifyCommand(flags, env),
  )
  const storage = group('storage', 'look after the memory')
  for (const [name, text] of [
    ['stats', 'what takes how much room'],
    ['prune', 'remove what is older than the config keeps, and get under the size'],
    ['vacuum', 'give free room back to the disk; nothing is removed'],
  ] as const) {
    does(json(verb(name, text, storage)), async (_words, flags, env) =>
      (await import('../storage.ts')).storageCommand(name, undefined, flags, env),
    )
  }
  does(
    json(verb('clear', 'empty a part of the memory', storage))
      .argument('<part>', [...HOARDS, 'checkpoints', 'settings'].join(', '))
      .option('--before <time>', 'only what ended before')
      .option('--yes', 'it is meant'),
    async ([part], flags, env) => (await import('../storage.ts')).storageCommand('clear', part, flags, env),
  )
}

function addTellingVerbs({ verb, group, does }: ProgramKit): void {
  const maintenance = group('maintenance', 'times in which nobody is told')
  does(
    json(verb('start', 'tell nobody for a while; findings are recorded and answered as always', maintenance))
      .option('--minutes <count>', 'for so long (default: 60)')
      .option('--reason <text>', 'why'),
    async (_words, flags, env) => (await import('../maintenance.ts')).maintenanceCommand('start', flags, env),
  )
  for (const [name, text] of [
    ['status', 'whether a maintenance is on'],
    ['end', 'end it, and tell what was held'],
  ] as const) {
    does(json(verb(name, text, maintenance)), async (_words, flags, env) =>
      (await import('../maintenance.ts')).maintenanceCommand(name, flags, env),
    )
  }
  const notify = group('notify', 'the channels on which people are told')
  does(
    json(verb('test', 'send a test message now; exit 1 where a channel does not take it', notify)).option(
      '--channel <id...>',
      'only on these',
    ),
    async (_words, flags, env) => (await import('../maintenance.ts')).notifyTestCommand(flags, env),
  )
}
