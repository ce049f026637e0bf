/** Progress of long runs on stderr: only on a terminal, only after a moment. */
import type { Source } from '../sources/source.ts'
import type { CommandEnvironment } from './command.ts'

export interface Progress {
  update: (input: number, bytes: number) => void
  end: () => void
}

const SILENT: Progress = { update: () => undefined, end: () => undefined }
const FIRST_AFTER = 700
const EVERY = 200

/**
 * Tells bytes read by input. A share of the whole is told only where the size of every source is known; nothing is
 * written where it is quiet or stderr is no terminal.
 */
export function createProgress(env: CommandEnvironment, quiet: boolean, sources: readonly Source[]): Progress {
  if (quiet || env.stderr.isTTY !== true) return SILENT
  const total = sources.every(source => source.size !== undefined && source.seekable)
    ? sources.reduce((sum, source) => sum + (source.size ?? 0), 0)
    : undefined
  const read = new Float64Array(sources.length)
  const started = env.now()
  let next = started + FIRST_AFTER
  let shown = false
  return {
    update(input, bytes) {
      read[input] = bytes
      const now = env.now()
      if (now < next) return
      next = now + EVERY
      shown = true
      env.stderr.write(
        `\r\x1b[K${progressLine(
          read.reduce((sum, one) => sum + one, 0),
          total,
          now - started,
        )}`,
      )
    },
    end() {
      if (shown) env.stderr.write('\r\x1b[K')
      shown = false
    },
  }
}

/** One line: bytes read, rate, share and time left where the total is known. */
export function progressLine(bytes: number, total: number | undefined, elapsed: number): string {
  const rate = bytes / Math.max(1, elapsed / 1000)
  const line = `reading ${megabytes(bytes)}, ${megabytes(rate)}/s`
  if (total === undefined || total === 0) return line
  const left = Math.ceil(Math.max(0, total - bytes) / Math.max(1, rate))
  return `${line}, ${Math.min(100, Math.floor((bytes / total) * 100))} %, ${left} s left`
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
