/** A growing output: stdout, or a file that appears when it is whole. */
import type { CommandEnvironment } from './command.ts'
import { openWhole, writeStream } from './output.ts'

export interface Sink {
  /** @throws Problem */
  write(text: string): void
  /** Everything is written; a file gets its name. @throws Problem */
  end(): Promise<void>
  /** Something failed: nothing is left behind. */
  discard(): void
}

const BLOCK = 64 * 1024

/** @throws Problem where the file cannot be written */
export function createSink(path: string | undefined, env: CommandEnvironment): Sink {
  if (path === undefined || path === '-') return stdoutSink(env)
  const file = openWhole(path)
  return { write: file.write, end: async () => file.end(), discard: file.discard }
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
