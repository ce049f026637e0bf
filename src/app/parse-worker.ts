/** A worker thread that parses ranges of plain files and sends the batches back by transfer. */
import { parentPort } from 'node:worker_threads'
import { BatchWriter, transferList } from '../core/batch.ts'
import { Problem } from '../core/errors.ts'
import type { RangeAnswer, RangeTask } from './parse-pool.ts'
import { openParsing, type ParserSettings } from './parser-settings.ts'
import { CHUNK, parseRange, type RangeOptions } from './range.ts'

const port = parentPort
if (port === null) throw new TypeError('parse-worker.ts runs as a worker thread only')

// The pool's first word is how lines are to be parsed, and every further one a range. The thread may have been started
// before either is known.
port.once('message', (settings: ParserSettings) => {
  const writer = new BatchWriter()
  const options = { ...openParsing(settings), writer, buffer: new Uint8Array(CHUNK) }
  port.on('message', (task: RangeTask) => {
    // What is left of earlier ones did not fit.
    writer.spare.splice(0, writer.spare.length, ...task.spare)
    parse(task, options)
  })
})

function parse({ id, path, from, to }: RangeTask, options: RangeOptions): void {
  try {
    const batches = [...parseRange(path, from, to, options)]
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
