/** One source's batches: parsed by the worker threads where it is a big plain file, here otherwise. */
import type { Batch } from '../core/batch.ts'
import { Problem } from '../core/errors.ts'
import { type ChunkOptions, ChunkParser } from '../parsers/chunk.ts'
import type { Source } from '../sources/source.ts'
import { isBig, type ParsePool } from './parse-pool.ts'

export interface ReadOptions {
  source: Source
  parsing: ChunkOptions
  pool?: ParsePool | undefined
  signal?: AbortSignal | undefined
  /** Gets a sentence where reading broke off; what was read until then counts. */
  notes: string[]
  /** Told where nothing could be read at all. */
  failed: (problem: Problem) => void
  progress: (bytes: number) => void
}

/** Nothing that was read is lost because the rest cannot be: a damaged archive, a disk error. */
export async function* readBatches(options: ReadOptions): AsyncGenerator<Batch> {
  const { source, pool, notes, failed } = options
  let read = 0
  const progress = (bytes: number): void => {
    read += bytes
    options.progress(bytes)
  }
  const parser = new ChunkParser({ ...options.parsing, keepRaw: !source.seekable })
  try {
    if (pool !== undefined && isBig(source)) yield* pool.parse(source.path, source.size ?? 0, progress)
    else {
      for await (const bytes of source.read(options.signal)) {
        yield* parser.push(bytes, read)
        progress(bytes.length)
      }
    }
  } catch (cause) {
    if (options.signal?.aborted === true || !(cause instanceof Problem)) throw cause
    notes.push(cause.message)
    if (read === 0) failed(cause)
  }
  yield* parser.end()
}
