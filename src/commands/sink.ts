/** A growing output: stdout, or a file that appears when it is whole. */
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import type { CommandEnvironment } from './command.ts'
import { explainWrite, writeStream } from './output.ts'

export interface Sink {
  write(text: string): void
  /** Everything is written; the file gets its name. @throws Problem */
  end(): Promise<void>
  /** Something failed: nothing is left behind. */
  discard(): void
}

const BLOCK = 64 * 1024

export function createSink(path: string | undefined, env: CommandEnvironment): Sink {
  return path === undefined || path === '-' ? stdoutSink(env) : fileSink(path)
}

function stdoutSink(env: CommandEnvironment): Sink {
  let block = ''
  return {
    write(text) {
      block += text
      if (block.length < BLOCK) return
      // The pipeline cannot wait here; the stream keeps what a slow reader has not taken yet.
      env.stdout.write(block)
      block = ''
    },
    end: () => writeStream(env.stdout, [block], env.signal),
    discard: () => undefined,
  }
}

function fileSink(path: string): Sink {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`
  let block = ''
  let file: number
  try {
    file = openSync(temporary, 'wx', 0o640)
  } catch (cause) {
    throw explainWrite(path, cause)
  }
  const flush = (): void => {
    const bytes = Buffer.from(block)
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    block = ''
  }
  const discard = (): void => {
    closeSync(file)
    rmSync(temporary, { force: true })
  }
  return {
    write(text) {
      block += text
      if (block.length >= BLOCK) flush()
    },
    async end() {
      try {
        flush()
        closeSync(file)
        renameSync(temporary, path)
      } catch (cause) {
        rmSync(temporary, { force: true })
        throw explainWrite(path, cause)
      }
    },
    discard,
  }
}
