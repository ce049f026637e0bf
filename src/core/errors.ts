/**
 * The program's expected failures. Each says what is wrong, where, what was expected and what to do; a bug is any
 * other exception. The exit codes are part of the command line's contract: people's scripts ask for them.
 */
export const EXIT = {
  ok: 0,
  findings: 1,
  usage: 2,
  config: 3,
  input: 4,
  permission: 5,
  model: 6,
  internal: 70,
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export interface ProblemDetails {
  /** The file, key, address or option that is meant. */
  where?: string
  /** What would have been right. */
  expected?: string
  /** What the person can do now. */
  hint?: string
  cause?: unknown
}

/** A failure with a plain message and the exit code the command line answers with. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly exitCode: ExitCode
  readonly where: string | undefined
  readonly expected: string | undefined
  readonly hint: string | undefined

  constructor(exitCode: ExitCode, message: string, details: ProblemDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.exitCode = exitCode
    this.where = details.where
    this.expected = details.expected
    this.hint = details.hint
  }
}

/** Says whether a value is a Node system error with the given code (ENOENT, EACCES ...). */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
}
