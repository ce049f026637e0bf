/**
 * The flow from sources to the engine, put together: read, parse, stream, order, observe. `analyze`, `parse` and
 * `train` are all this with another end.
 */

import type { Classify } from '../core/addresses.ts'
import { AddressTable } from '../core/addresses.ts'
import type { Batch } from '../core/batch.ts'
import { BatchWriter } from '../core/batch.ts'
import type { Problem } from '../core/errors.ts'
import { EventView, OpenBatch } from '../core/view.ts'
import { Clock } from '../engine/clock.ts'
import { Merge } from '../engine/order.ts'
import { InputStream } from '../engine/stream.ts'
import { createZone } from '../kit/options.ts'
import type { Source } from '../sources/source.ts'
import { hostZone } from './host-zone.ts'
import { isBig, type ParsePool } from './parse-pool.ts'
import { formatsTried, openParsing, type ParserSettings } from './parser-settings.ts'
import { readBatches } from './read.ts'
import { firstYear } from './years.ts'

export interface PipelineOptions {
  sources: readonly Source[]
  settings: ParserSettings
  /** `local` or a time zone's name. */
  timeZone: string
  year: number | undefined
  /** Now, in milliseconds: the latest a log can have been written. */
  now: number
  classify?: Classify
  /** Events outside are read but not seen. */
  since?: number | undefined
  until?: number | undefined
  pool?: ParsePool | undefined
  signal?: AbortSignal | undefined
  /** Told of each input of which nothing could be read; where that is all of them, the first is thrown. */
  onFailure?: ((problem: Problem) => void) | undefined
  /** Bytes read so far, of one input. */
  onProgress?: ((input: number, bytes: number) => void) | undefined
}

export interface PipelineInput {
  source: Source
  stream: InputStream
  /** Sentences about what could not be read. */
  notes: string[]
  bytes: number
}

export interface PipelineRun {
  inputs: PipelineInput[]
  addresses: AddressTable
  late: number
  /** Ids of the formats that lines were read by. */
  formats: readonly string[]
}

/** Bytes of a file that is read in one go. */
const SMALL = 1 << 20

/** Reads all sources to their end; `observe` sees every event once, in event-time order. @throws DOMException AbortError when the signal fires */
export async function runPipeline(
  options: PipelineOptions,
  observe: (event: EventView) => void,
  addresses = new AddressTable(options.classify),
): Promise<PipelineRun> {
  const zoneName = options.timeZone === 'local' ? hostZone() : options.timeZone
  const zone = { name: zoneName, offset: createZone(zoneName) }
  const since = options.since ?? Number.NEGATIVE_INFINITY
  const until = options.until ?? Number.POSITIVE_INFINITY
  const view = new EventView(emptyBatch(addresses))
  const merge = new Merge(options.sources.length, (open, row) => {
    const time = open.batch.columns.time[row]
    if (time >= since && time <= until) observe(view.at(open, row))
  })
  const inputs: PipelineInput[] = []
  const failures: Problem[] = []
  const parsing = openParsing(options.settings)
  // Small files are read one after the other, so that one writer serves them all.
  const scratch = { ...parsing, writer: new BatchWriter() }
  const isSmall = ({ size }: Source): boolean => size !== undefined && size <= SMALL
  const readers: (AsyncGenerator<Batch> | undefined)[] = []
  const begun = new Map<number, Promise<IteratorResult<Batch>>>()
  for (const [index, source] of options.sources.entries()) {
    const notes: string[] = []
    let bytes = 0
    const batches = readBatches({
      source,
      parsing: isSmall(source) ? scratch : parsing,
      pool: options.pool,
      signal: options.signal,
      notes,
      failed: problem => failures.push(problem),
      progress: more => {
        bytes += more
        if (index < inputs.length) inputs[index].bytes = bytes
        options.onProgress?.(index, bytes)
      },
    })
    readers.push(batches)
    if (options.pool !== undefined && isBig(source)) {
      // Threads begin on the file while its years are being found out here.
      const first = batches.next()
      // A failure is met when the batch's turn comes; until then it must not count as unhandled.
      first.catch(() => undefined)
      begun.set(index, first)
    }
    const reference = Math.min(options.now, source.mtime ?? options.now)
    const year = options.year ?? (await firstYear(source, scratch, reference))
    const clock = new Clock({ zone, year, reference })
    const stream = new InputStream(index, clock, addresses, (open, row) => merge.push(index, open, row))
    inputs.push({ source, stream, notes, bytes })
  }
  // Where nothing is merged, a batch is done with when its events have been observed.
  const isAlone = options.pool !== undefined && options.sources.length === 1
  let pushed: OpenBatch[] = []
  for (let starving = merge.drain(); starving.length > 0; starving = merge.drain()) {
    for (const index of starving) {
      options.signal?.throwIfAborted()
      // A small file is read to its end at once: of thousands, none may hold its buffers until it is asked again.
      const whole = isSmall(options.sources[index])
      for (let more = true; more; more = whole && readers[index] !== undefined) {
        const next = await (begun.get(index) ?? readers[index]?.next())
        begun.delete(index)
        if (next === undefined || next.done === true) {
          readers[index] = undefined
          inputs[index].stream.end()
          merge.end(index)
        } else {
          const open = inputs[index].stream.push(next.value)
          if (isAlone) pushed.push(open)
        }
        if (isAlone) pushed = giveBack(pushed, inputs[index].stream, options.pool)
      }
    }
  }
  if (failures.length > 0 && failures.length === inputs.length) throw failures[0]
  for (const problem of failures) options.onFailure?.(problem)
  return { inputs, addresses, late: merge.late, formats: formatsTried(parsing) }
}

/** Gives back the batches that nobody needs any more; answers those that may still be needed. */
function giveBack(batches: readonly OpenBatch[], stream: InputStream, pool: ParsePool | undefined): OpenBatch[] {
  return batches.filter(open => {
    if (open.kept) return false
    if (stream.holds(open)) return true
    pool?.giveBack(open.batch)
    return false
  })
}

function emptyBatch(addresses: AddressTable): OpenBatch {
  return new OpenBatch(new BatchWriter().take(), 0, 0, addresses)
}
