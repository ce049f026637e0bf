import { spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { z } from 'zod'
import { type Delivery, defineNotifier } from '../../kit/define-notifier.ts'
import { shown } from './support/http.ts'
import { machineForm } from './webhook.ts'

/** More of what the command says is not kept. */
const LONGEST_OUTPUT = 4096
/** sysexits.h: wrong usage and wrong data stay wrong however often they are tried. */
const FINAL = new Set([64, 65])

/** The whole environment of the command: nothing of ours, nothing of the message's, gets there. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LANG: 'C.UTF-8',
  VPSGUARD: '1',
}

function run(command: readonly string[], input: string, signal: AbortSignal): Promise<Delivery> {
  return new Promise(resolve => {
    // A group of its own, so that what the command has started ends with it.
    const child = spawn(command[0], command.slice(1), {
      cwd: '/',
      env: ENVIRONMENT,
      shell: false,
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    let said = ''
    const finish = (delivery: Delivery): void => {
      signal.removeEventListener('abort', stop)
      child.stderr.destroy()
      resolve(delivery)
    }
    const stop = (): void => {
      if (child.pid !== undefined) {
        try {
          process.kill(-child.pid, 'SIGKILL')
        } catch {
          // It has just ended by itself.
        }
      }
      finish({ ok: false, retry: true, error: 'the command did not end in time' })
    }
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(0, LONGEST_OUTPUT)
    })
    child.on('error', error => finish({ ok: false, retry: true, error: shown(error.message) }))
    // `exit`, not `close`: a process left behind that holds the pipe must not hold us.
    child.on('exit', (code, killer) => {
      if (code === 0) return finish({ ok: true })
      const how = code === null ? `the command was ended by ${killer}` : `the command ended with ${code}`
      const detail = shown(said)
      finish({ ok: false, retry: code === null || !FINAL.has(code), error: detail === '' ? how : `${how}: ${detail}` })
    })
    // A command that does not read its input is no failure.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

export default defineNotifier({
  id: 'command',
  title: 'Command',
  description:
    'Runs a program of yours with the message as JSON on its standard input. No shell; nothing of the message stands in its arguments or environment. Exit code 0: delivered; 64 and 65: give up; others: try again.',
  options: {
    command: z
      .array(z.string().min(1))
      .min(1)
      .refine(command => command[0]?.startsWith('/') === true, {
        error: 'expected the absolute path of a program first',
      })
      .describe('The program and its arguments, such as ["/usr/local/bin/tell", "--quietly"].'),
  },
  secrets: [],
  send: (message, { command }, context) => run(command, machineForm(message, context), context.signal),
  async probe({ command: [program] }) {
    try {
      await access(program, constants.X_OK)
      // Of a folder the same bit means something else.
      if (!(await stat(program)).isFile()) return { ok: false, error: `${shown(program)} is no program` }
      return { ok: true, text: `${shown(program)} may be run; it was not` }
    } catch (error) {
      return { ok: false, error: shown(error instanceof Error ? error.message : String(error)) }
    }
  },
})
