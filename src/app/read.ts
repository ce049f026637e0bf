/** One source's batches: parsed by the worker threads where it is a big plain file, here otherwise. */
import type { Batch } from '../core/batch.ts'
import { Problem } from '../core/errors.ts'
import { ChunkParser } from '../parsers/chunk.ts'
import type { Source } from '../sources/source.ts'
import type { ParsePool } from './parse-pool.ts'
import { chunkOptions, type ParserSettings } from './parser-settings.ts'

export interface ReadOptions {
  source: Source
  settings: ParserSettings
  pool?: ParsePool | undefined
  signal?: AbortSignal | undefined
  /** Gets a sentence where reading broke off; what was read until then counts. */
  notes: string[]
  progress: (bytes: number) => void
}

/** Below this size, threads cost more than they give. */
const BIG = 6 << 20

/** Whether the source is worth worker threads. */
export const isBig = (source: Source): boolean => source.seekable && (source.size ?? 0) >= BIG

export async function* readBatches(options: ReadOptions): AsyncGenerator<Batch> {
  const { source, pool } = options
  if (pool !== undefined && isBig(source)) {
    yield* pool.parse(source.path, source.size ?? 0, options.progress)
    return
  }
  const parser = new ChunkParser(chunkOptions(options.settings, !source.seekable))
  let offset = 0
  try {
    for await (const bytes of source.read(options.signal)) {
      yield* parser.push(bytes, offset)
      offset += bytes.length
      options.progress(bytes.length)
    }
  } catch (cause) {
    // Nothing that was read is lost because the rest cannot be: a damaged archive, a disk error.
    if (options.signal?.aborted === true || !(cause instanceof Problem) || offset === 0) throw cause
    options.notes.push(cause.message)
  }
  yield* parser.end()
}
