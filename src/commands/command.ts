/** What a command gets and gives. */
export interface CommandEnvironment {
  signal: AbortSignal
  environment: Readonly<Record<string, string | undefined>>
  cwd: string
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  now: () => number
}

/** Flags that every command understands. */
export interface CommonFlags {
  config?: string
  quiet?: boolean
  color?: boolean
}
