/** What the families of verbs are declared with. */
import { type Command, Option } from 'commander'
import { SEVERITIES } from '../../core/finding.ts'
import type { CommandEnvironment, CommonFlags } from '../command.ts'

export type Flags = CommonFlags & Record<string, unknown>

/** A verb's code: what the person wrote, the flags, the world; answers the exit code. */
type Action = (words: readonly string[], flags: Flags, env: CommandEnvironment) => Promise<number>

export interface ProgramKit {
  /** A verb with the flags that all understand. */
  verb(name: string, description: string, under?: Command): Command
  /** A word that only has verbs below it. */
  group(name: string, description: string): Command
  /** Runs the code when the verb is called. */
  does(command: Command, action: Action): void
}

/** A flag that takes a severity. */
export const severityOption = (flag: string, text: string): Option => new Option(flag, text).choices([...SEVERITIES])

/** The verb's words as written, one text each; what may be given several times is flattened. */
export function wordsOf(parts: readonly unknown[]): string[] {
  return parts.flat().filter(part => typeof part === 'string')
}
