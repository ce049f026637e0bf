/** Programs of the system that change the firewall: no shell, bounded output, an end in sight whatever they do. */
import { type ChildProcess, spawn } from 'node:child_process'
import { hasCode } from '../../core/errors.ts'
import { SECOND } from '../../core/time.ts'

export interface CommandOptions {
  /** Written to its standard input; without it there is none. */
  input?: string
  /** Milliseconds until it is killed, with everything it started. */
  timeout?: number
  /** Bytes of each output that are kept; the rest is read and dropped. */
  limit?: number
}

export interface CommandResult {
  /** Its exit status; null where it was killed or could not be started. */
  code: number | null
  stdout: string
  stderr: string
  /** Why it did not end by itself. */
  failure?: 'missing' | 'denied' | 'unstarted' | 'timeout' | 'signal'
  /** Whether output was dropped: what is there must not be taken for all. */
  truncated: boolean
}

/** Runs a program of the system. Never throws, never rejects. */
export type RunCommand = (program: string, args: readonly string[], options?: CommandOptions) => Promise<CommandResult>

const TIMEOUT = 20 * SECOND
const LIMIT = 1 << 20
/** What a child leaves in its pipes is read for so long after its end; a grandchild may hold them open for ever. */
const DRAIN = 200
/** The system's own folders: what runs as root must not depend on whoever set PATH. */
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin'

class Output {
  readonly #chunks: Buffer[] = []
  readonly #limit: number
  #size = 0
  truncated = false

  constructor(limit: number) {
    this.#limit = limit
  }

  add(chunk: Buffer): void {
    const room = this.#limit - this.#size
    if (chunk.length > room) this.truncated = true
    if (room <= 0) return
    this.#chunks.push(chunk.subarray(0, room))
    this.#size += Math.min(room, chunk.length)
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }
}

/** Ends the program's whole process group. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) child.kill('SIGKILL')
  }
}

/**
 * Runs a program by name or path with a PATH and locale of ours. Never rejects: that it is missing, may not be run,
 * was killed or took longer than `timeout` (milliseconds) stands in `failure`, with `code` null.
 */
export const runCommand: RunCommand = (program, args, options = {}) =>
  new Promise(resolve => {
    try {
      start(program, args, options, resolve)
    } catch (error) {
      // No memory or descriptors for a process: node throws what it does not emit.
      const stderr = error instanceof Error ? error.message : String(error)
      resolve({ code: null, stdout: '', stderr, failure: 'unstarted', truncated: false })
    }
  })

function start(
  program: string,
  args: readonly string[],
  { input, timeout = TIMEOUT, limit = LIMIT }: CommandOptions,
  resolve: (result: CommandResult) => void,
): void {
  const stdout = new Output(limit)
  const stderr = new Output(Math.min(limit, 1 << 16))
  let failure: CommandResult['failure']
  const answer = (code: number | null): void => {
    clearTimeout(deadline)
    clearTimeout(drain)
    child.stdout.destroy()
    child.stderr.destroy()
    resolve({
      code,
      stdout: stdout.text(),
      stderr: stderr.text(),
      ...(failure === undefined ? {} : { failure }),
      truncated: stdout.truncated,
    })
  }
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH, LC_ALL: 'C' },
    detached: true,
  })
  let drain: NodeJS.Timeout | undefined
  const deadline = setTimeout(() => {
    failure = 'timeout'
    killGroup(child)
  }, timeout)
  child.stdout.on('data', (chunk: Buffer) => stdout.add(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.add(chunk))
  // A program that ends before it has read everything: its status says so.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input ?? '')
  child.once('error', error => {
    failure = hasCode(error, 'ENOENT') ? 'missing' : 'denied'
    answer(null)
  })
  child.once('exit', (code, signal) => {
    if (signal !== null) failure ??= 'signal'
    drain = setTimeout(() => answer(code), DRAIN)
  })
  child.once('close', code => answer(code))
}

/** What a failed command said, in one short line. */
export function complaint(program: string, result: CommandResult): string {
  switch (result.failure) {
    case 'missing':
      return `${program} is not installed`
    case 'timeout':
      return `${program} did not end in time`
    case 'denied':
      return `${program} may not be run`
    case 'unstarted':
      return `${program} could not be started: ${result.stderr.slice(0, 200)}`
    default: {
      const lines = result.stderr.trim().split('\n')
      const said = (lines.find(line => /error|fail|denied|permit|invalid/i.test(line)) ?? lines[0] ?? '').trim()
      return said === '' ? `${program} ended with status ${result.code ?? result.failure}` : said.slice(0, 300)
    }
  }
}

/** Whether it was refused for want of rights. */
export const wasDenied = (result: CommandResult): boolean =>
  result.failure === 'denied' || /not permitted|permission denied|must be root/i.test(result.stderr)
