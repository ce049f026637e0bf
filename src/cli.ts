/** argv -> command -> exit code. The only place that ends the process. */
import { EXIT, hasCode, Problem } from './core/errors.ts'
import { formatProblem } from './commands/problem.ts'
import { createProgram } from './commands/program.ts'

const interrupt = new AbortController()
let interrupted = false
process.on('SIGINT', () => {
  // The first Ctrl-C lets the command clean up; a second one does not wait for it.
  if (interrupted) process.exit(EXIT.interrupted)
  interrupted = true
  interrupt.abort()
})
process.on('SIGTERM', () => interrupt.abort())
// A reader that has seen enough (head, less) closes the pipe: that is no error of ours.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', error => process.exit(hasCode(error, 'EPIPE') ? EXIT.ok : EXIT.internal))
}

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
