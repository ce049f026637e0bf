/** `vpsguard help WORD...`, where a word may be none. */
import type { Command } from 'commander'
import { EXIT, Problem } from '../../core/errors.ts'
import { nearest } from '../../kit/nearest.ts'

/** Looks whether the words behind `help` are verbs; commander itself shows the general help for what it does not know. @throws Problem (exit 2) */
export function demandHelpWords(program: Command, argv: readonly string[]): void {
  if (argv[0] !== 'help') return
  let at = program
  for (const word of argv.slice(1)) {
    if (word.startsWith('-') || word === 'help') return
    const verbs = at.commands.map(command => command.name())
    // The words behind a verb without verbs of its own are its arguments.
    if (verbs.length === 0) return
    const next = at.commands.find(command => command.name() === word || command.aliases().includes(word))
    if (next === undefined) {
      const close = nearest(word, verbs)
      throw new Problem(EXIT.usage, `help ${word}: there is no such command`, {
        expected: `one of ${verbs.join(', ')}`,
        ...(close === undefined ? {} : { hint: ['vpsguard', 'help', ...pathTo(program, at), close].join(' ') }),
      })
    }
    at = next
  }
}

function pathTo(program: Command, command: Command): string[] {
  return command === program || command.parent === null ? [] : [...pathTo(program, command.parent), command.name()]
}
