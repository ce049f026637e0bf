/** A checkpoint: everything a run remembers, as one JSON value, so that a restart goes on where it stopped. */
import type { AddressTable } from '../core/addresses.ts'
import type { Json } from '../kit/state/primitive.ts'
import type { Engine } from './engine.ts'
import type { Merge, MergeSnapshot } from './order.ts'
import type { InputStream, StreamSnapshot } from './stream.ts'

/** Raised when what a checkpoint holds changes its shape. */
export const CHECKPOINT_VERSION = 1

export interface Run {
  engine: Engine
  streams: readonly InputStream[]
  merge: Merge
  addresses: AddressTable
}

interface Checkpoint {
  version: number
  engine: Json
  streams: StreamSnapshot[]
  merge: MergeSnapshot
}

/** Takes a checkpoint between two batches. Where each input is to be read on is the reader's to remember. */
export function takeCheckpoint({ engine, streams, merge }: Run): string {
  const checkpoint: Checkpoint = {
    version: CHECKPOINT_VERSION,
    engine: engine.snapshot(),
    streams: streams.map(stream => stream.snapshot()),
    merge: merge.snapshot(),
  }
  return JSON.stringify(checkpoint)
}

/** Fills a fresh run of the same rules, options and inputs. @throws TypeError for another version's or number of inputs' checkpoint */
export function restoreCheckpoint(text: string, { engine, streams, merge, addresses }: Run): void {
  // Written by takeCheckpoint; the version vouches for its shape.
  const saved = JSON.parse(text) as Checkpoint
  if (saved.version !== CHECKPOINT_VERSION)
    throw new TypeError(`a checkpoint of version ${saved.version}, expected ${CHECKPOINT_VERSION}`)
  if (saved.streams.length !== streams.length) {
    throw new TypeError(`a checkpoint of ${saved.streams.length} inputs, expected ${streams.length}`)
  }
  engine.restore(saved.engine)
  for (const [index, stream] of streams.entries()) stream.restore(saved.streams[index])
  merge.restore(saved.merge, addresses)
}
