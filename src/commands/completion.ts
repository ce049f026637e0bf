/** `vpsguard completion SHELL`: a script that completes what the command line understands. */
import type { Command } from 'commander'
import { EXIT } from '../core/errors.ts'
import { FORMATS as LOGS } from '../generate/index.ts'
import { FORMATS } from '../parsers/index.ts'
import { RULES } from '../rules/index.ts'
import { REPORTS } from '../sinks/reports/index.ts'
import type { CommandEnvironment } from './command.ts'
import { bashCompletion } from './completion/bash.ts'
import { fishCompletion } from './completion/fish.ts'
import { commandTree, type KnownWords } from './completion/tree.ts'
import { zshCompletion } from './completion/zsh.ts'
import { writeStream } from './output.ts'

const WRITERS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }

export type Shell = keyof typeof WRITERS

/** The names under which the program is installed. */
const NAMES = ['vpsguard', 'vpg']

/** The script for a shell, from the declared command line. */
export function completionScript(shell: Shell, program: Command): string {
  const rules = RULES.map(rule => rule.id)
  const known: KnownWords = {
    'analyze --format': REPORTS.map(report => report.id),
    'parse --format': ['json', 'csv', 'table'],
    'generate --format': [...LOGS.auth, ...LOGS.web],
    '--input-format': FORMATS.map(format => format.id),
    'rules show <id>': rules,
    'rules test <id>': rules,
  }
  return WRITERS[shell](commandTree(program, known), NAMES)
}

/**
 * Writes the shell's script to stdout; it is made from the command line's own declaration, so that it lags behind no
 * flag.
 */
export async function completionCommand(shell: Shell, program: Command, env: CommandEnvironment): Promise<number> {
  await writeStream(env.stdout, completionScript(shell, program), env.signal)
  return EXIT.ok
}
