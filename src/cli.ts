/** argv -> command -> exit code. The only place that ends the process. */

import { z } from 'zod'
import { explainStream } from './commands/output.ts'
import { formatProblem } from './commands/problem.ts'
import { createProgram } from './commands/program.ts'
import { EXIT, hasCode, Problem } from './core/errors.ts'

// A config is checked once: compiling every schema for it takes longer than checking it.
z.config({ jitless: true })

const interrupt = new AbortController()
let interrupted = false
process.on('SIGINT', () => {
  // The first Ctrl-C lets the command clean up; a second one does not wait for it.
  if (interrupted) process.exit(EXIT.interrupted)
  interrupted = true
  interrupt.abort()
})
process.on('SIGTERM', () => interrupt.abort())
process.stdout.on('error', error => {
  // A reader that has seen enough (head, less) closes the pipe: that is no error of ours.
  if (hasCode(error, 'EPIPE')) process.exit(EXIT.ok)
  const problem = explainStream(error)
  process.stderr.write(formatProblem(problem))
  process.exit(problem.exitCode)
})
// Nobody reads the messages: the report is still wanted.
process.stderr.on('error', () => undefined)

async function main(): Promise<number> {
  try {
    return await createProgram(interrupt.signal).run(process.argv.slice(2))
  } catch (error) {
    if (interrupt.signal.aborted) return EXIT.interrupted
    if (error instanceof Problem) {
      process.stderr.write(formatProblem(error))
      return error.exitCode
    }
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
    process.stderr.write(`vpsguard: an error of its own, please report it:\n${detail}\n`)
    return EXIT.internal
  }
}

const code = await main()
// What is still on its way to a pipe must arrive before the end.
process.stdout.write('', () => process.exit(code))
