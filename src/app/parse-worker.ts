/**
 * A worker thread that parses ranges of plain files and sends the batches back by transfer. It may be started before
 * anything is known but a file that will most likely be read: then it parses that one's first range as an empty config
 * would have it, while the main thread loads the program and the config.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { type Batch, BatchWriter, transferList } from '../core/batch.ts'
import { Problem } from '../core/errors.ts'
import type { RangeAnswer, RangeTask, ThreadStart } from './parse-pool.ts'
import { DEFAULT_SETTINGS, isSameParsing, openParsing, type ParserSettings } from './parser-settings.ts'
import { CHUNK, parseRange, RANGE, type RangeOptions } from './range.ts'

const port = parentPort
if (port === null) throw new TypeError('parse-worker.ts runs as a worker thread only')

const writer = new BatchWriter()
const buffer = new Uint8Array(CHUNK)
const openOptions = (settings: ParserSettings): RangeOptions => ({ ...openParsing(settings), writer, buffer })

const { likely }: ThreadStart = workerData
let options = openOptions(DEFAULT_SETTINGS)
let guess = likely === undefined ? undefined : { path: likely, batches: parseLikely(likely) }

// The pool's first word is how lines are to be parsed, and every further one a range.
port.once('message', (settings: ParserSettings) => {
  if (!isSameParsing(settings, DEFAULT_SETTINGS)) {
    options = openOptions(settings)
    guess = undefined
  }
  port.on('message', (task: RangeTask) => {
    // What is left of earlier ones did not fit.
    writer.spare.splice(0, writer.spare.length, ...task.spare)
    parse(task)
    guess = undefined
  })
})

/** The first range's batches; undefined where it cannot be read, which is told when it is asked for. */
function parseLikely(path: string): Batch[] | undefined {
  try {
    return [...parseRange(path, 0, RANGE, options)]
  } catch {
    return undefined
  }
}

function parse({ id, path, from, to }: RangeTask): void {
  try {
    const known = from === 0 && to === RANGE && path === guess?.path ? guess.batches : undefined
    const batches = known ?? [...parseRange(path, from, to, options)]
    const answer: RangeAnswer = { id, batches }
    port?.postMessage(answer, batches.flatMap(transferList))
  } catch (error) {
    const answer: RangeAnswer = {
      id,
      batches: [],
      failure:
        error instanceof Problem ? { message: error.message, exitCode: error.exitCode } : { message: String(error) },
    }
    port?.postMessage(answer)
  }
}
