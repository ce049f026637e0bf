/** Programs of the system whose output is an input: never through a shell. */
import type { SpawnOptions } from 'node:child_process'
import { spawn } from 'node:child_process'
import { EXIT, hasCode, Problem } from '../core/errors.ts'

export interface Command {
  program: string
  args: readonly string[]
  /** Open file to read from; absent: nothing. */
  stdin?: number
  /** Makes the Problem for a program that is missing. */
  missing: (cause: unknown) => Problem
  /** Makes the Problem for a program that failed, from what it wrote to stderr. */
  failed: (message: string) => Problem
}

const MOST_STDERR = 4096

/** Runs the command and delivers its stdout. @throws Problem after what it wrote, where it failed */
export async function* outputOf(command: Command, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const { program, args, stdin } = command
  const options: SpawnOptions = { stdio: [stdin ?? 'ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } }
  const child = started(() => spawn(program, args, options), program)
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  // The promise is looked at when the output ends; until then its failure must not count as unhandled.
  exit.catch(() => undefined)
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (stderr.length < MOST_STDERR) stderr += text
  })
  const stop = (): void => {
    child.kill('SIGTERM')
  }
  signal?.addEventListener('abort', stop, { once: true })
  try {
    if (child.stdout !== null)
      for await (const chunk of child.stdout) {
        signal?.throwIfAborted()
        if (chunk instanceof Uint8Array) yield chunk
      }
    const code = await exit
    signal?.throwIfAborted()
    if (code !== 0) throw command.failed(stderr.trim() || `${program} ended with status ${code}`)
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) throw command.missing(cause)
    if (cause instanceof Problem || signal?.aborted === true) throw cause
    throw cannotRun(program, cause)
  } finally {
    signal?.removeEventListener('abort', stop)
    // Whoever stops reading early (a full pipe, a limit) leaves no process behind.
    if (child.exitCode === null) stop()
  }
}

/** Where there is no memory for a process, node throws instead of emitting. @throws Problem */
function started<Child>(start: () => Child, program: string): Child {
  try {
    return start()
  } catch (cause) {
    throw cannotRun(program, cause)
  }
}

const cannotRun = (program: string, cause: unknown): Problem =>
  new Problem(EXIT.input, `${program} cannot be run: ${cause instanceof Error ? cause.message : String(cause)}`, {
    where: program,
    cause,
  })
