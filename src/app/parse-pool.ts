/** Worker threads that parse big plain files range by range; the batches come out in the order of the file. */
import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { type Batch, spareBuffers } from '../core/batch.ts'
import { EXIT, type ExitCode, Problem } from '../core/errors.ts'
import type { Source } from '../sources/source.ts'
import type { ParserSettings } from './parser-settings.ts'
import { RANGE } from './range.ts'

export interface RangeTask {
  id: number
  path: string
  from: number
  to: number
  /** Memory for the batches, to be transferred. */
  spare: ArrayBuffer[]
}

export interface RangeAnswer {
  id: number
  batches: Batch[]
  failure?: { message: string; exitCode?: ExitCode }
}

interface Pending {
  resolve: (batches: Batch[]) => void
  reject: (error: unknown) => void
}

/** What a thread is started with. */
export interface ThreadStart {
  /** A file of which the first range will most likely be asked for. */
  likely?: string
}

/**
 * Ranges asked for ahead of the one being consumed, per thread: bounds the memory (half a megabyte each). A day of logins is
 * dearer to parse than to judge and a day of guessing the other way round: with this many at hand neither waits for the other.
 */
const AHEAD = 16
/** Threads at the most. The engine works about as long on a log's events as one thread on its lines: a third has little to do. */
const MOST_THREADS = 2

export class ParsePool {
  readonly #workers: Worker[]
  readonly #pending = new Map<number, Pending>()
  /** Memory of batches that were given back. */
  #spare: ArrayBuffer[] = []
  /** Ranges asked for ahead, per file: the bound is for all files that are read at once. */
  readonly #ahead: number
  /** Files that are not parsed to their end. */
  #left: number
  #stopped: Promise<unknown> | undefined
  #nextId = 0
  #nextWorker = 0
  /** What a thread died of: it answers nothing any more. */
  #failure: { error: unknown } | undefined

  constructor(settings: ParserSettings, size: number, files: number) {
    this.#ahead = Math.max(1, Math.floor((AHEAD * size) / files))
    this.#left = files
    this.#workers = Array.from({ length: size }, () => {
      const worker = ahead.pop() ?? startThread()
      worker.ref()
      worker.on('message', (answer: RangeAnswer) => this.#settle(answer))
      worker.on('error', error => this.#fail(error))
      worker.postMessage(settings)
      return worker
    })
  }

  /** The batches of a whole file. @throws Problem */
  async *parse(path: string, size: number, progress: (bytes: number) => void): AsyncGenerator<Batch> {
    const ahead: { bytes: number; batches: Promise<Batch[]> }[] = []
    let at = 0
    const ask = (): void => {
      while (at < size && ahead.length < this.#ahead) {
        const to = Math.min(size, at + RANGE)
        const batches = this.#ask({ path, from: at, to })
        // A failure is met when its turn comes; until then it must not count as unhandled.
        batches.catch(() => undefined)
        ahead.push({ bytes: to - at, batches })
        at = to
      }
    }
    for (ask(); ahead.length > 0; ask()) {
      const next = ahead.shift()
      if (next === undefined) return
      yield* await next.batches
      progress(next.bytes)
    }
    // The threads end while the report is made.
    if (--this.#left === 0) void this.stop()
  }

  /** Takes back a batch that nobody needs any more: memory that is new has to be cleared, and collected. */
  giveBack(batch: Batch): void {
    this.#spare.push(...spareBuffers(batch))
  }

  #ask(range: Omit<RangeTask, 'id' | 'spare'>): Promise<Batch[]> {
    const id = this.#nextId++
    const worker = this.#workers[this.#nextWorker]
    this.#nextWorker = (this.#nextWorker + 1) % this.#workers.length
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error)
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      const spare = this.#spare.splice(0)
      worker.postMessage({ id, ...range, spare } satisfies RangeTask, spare)
    })
  }

  #settle({ id, batches, failure }: RangeAnswer): void {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    if (failure === undefined) pending?.resolve(batches)
    else pending?.reject(new Problem(failure.exitCode ?? EXIT.internal, failure.message))
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }

  async stop(): Promise<void> {
    this.#stopped ??= Promise.all(this.#workers.map(worker => worker.terminate()))
    await this.#stopped
  }
}

/** Threads that were started before it was known for certain that there is work for them. */
const ahead: Worker[] = []

function startThread(likely?: string): Worker {
  // The same file name in a checkout (.ts) and in the built package (.js).
  const script = new URL(`./parse-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
  // A parser keeps nothing between lines: a small young generation is all it needs.
  const start: ThreadStart = likely === undefined ? {} : { likely }
  return new Worker(script, { resourceLimits: { maxYoungGenerationSizeMb: 4 }, workerData: start })
}

const mostThreads = (): number => Math.max(1, Math.min(MOST_THREADS, availableParallelism() - 1))

/** Below this size, threads cost more than they give. */
const BIG = 6 << 20

/** Whether the source is worth worker threads. */
export const isBig = (source: Source): boolean => source.seekable && (source.size ?? 0) >= BIG

/**
 * Starts the threads where one of the paths is a file that will most likely want them. They load the parsers while this
 * thread loads the rest of the program, which takes as long; a pool that is started later takes them over.
 */
export function startThreadsAhead(paths: readonly string[]): void {
  const likely = paths.find(looksBig)
  if (likely === undefined) return
  while (ahead.length < mostThreads()) {
    const worker = startThread(ahead.length === 0 ? likely : undefined)
    // Where the run ends before it has begun, nobody waits for them.
    worker.unref()
    ahead.push(worker)
  }
}

const COMPRESSED = /\.(?:gz|zst|bz2|xz)$/

function looksBig(path: string): boolean {
  try {
    const found = statSync(path)
    return found.isFile() && found.size >= BIG && !COMPRESSED.test(path)
  } catch {
    // What is wrong with it is told when it is opened.
    return false
  }
}

/** Starts threads where a source is big enough for them; the main thread keeps the engine, and a core for it. */
export function startPool(settings: ParserSettings, sources: readonly Source[]): ParsePool | undefined {
  const files = sources.filter(isBig).length
  if (files > 0) return new ParsePool(settings, mostThreads(), files)
  for (const worker of ahead.splice(0)) void worker.terminate()
  return undefined
}
