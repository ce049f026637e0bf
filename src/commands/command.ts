/** What a command gets and gives. */
import type { Whose } from '../app/state-folder.ts'

export interface CommandEnvironment {
  signal: AbortSignal
  environment: Readonly<Record<string, string | undefined>>
  cwd: string
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  now: () => number
}

/** Whose state folder it is. */
export function whose(env: CommandEnvironment): Whose {
  return { environment: env.environment, uid: process.getuid?.() }
}

/** Flags that every command understands. */
export interface CommonFlags {
  config?: string
  quiet?: boolean
  color?: boolean
}
