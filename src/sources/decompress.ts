/** Bytes through one of the runtime's decompressors, up to the very byte at which a damaged file breaks off. */
import type { Transform } from 'node:stream'

/** Packed bytes that are handed over at once: what a fault makes the decompressor throw away came of no more than these. */
const SLICE = 16 * 1024

/** Where a decompressor failed. */
interface Fault {
  cause: unknown
  /** Packed bytes that had gone well. */
  taken: number
}

interface Progress {
  /** Unpacked bytes that were delivered. */
  delivered: number
  /** Set where the decompressor failed. */
  fault: Fault | undefined
  /** Something other than padding stands behind the end of what is packed. */
  surplus: boolean
}

/** A decompressor of the runtime's. */
export type Decompressor = Transform & {
  /** Packed bytes that it made use of. */
  readonly bytesWritten: number
}

/** What is thrown where the packed data has an end and something stands behind it. */
export const SURPLUS = 'what follows the packed data is none'

/**
 * Unpacks what `read` delivers, never more than one chunk ahead of the reader (a small file may unpack to a huge one).
 * A decompressor that meets a fault drops what it had unpacked of the bytes handed over last; so these are gone
 * through once more, byte by byte. `read` must deliver the same bytes each time it is called.
 * @throws the decompressor's error, after all that could be unpacked
 */
export async function* decompressed(
  read: () => AsyncIterable<Uint8Array>,
  open: () => Decompressor,
): AsyncGenerator<Uint8Array> {
  const first: Progress = { delivered: 0, fault: undefined, surplus: false }
  yield* run(read(), open(), first, Number.POSITIVE_INFINITY)
  const { fault } = first
  if (first.surplus) throw new Error(SURPLUS)
  if (fault === undefined) return
  const again: Progress = { delivered: 0, fault: undefined, surplus: false }
  for await (const chunk of run(read(), open(), again, fault.taken)) {
    const known = first.delivered - (again.delivered - chunk.length)
    if (known < chunk.length) yield chunk.subarray(Math.max(0, known))
  }
  throw fault.cause
}

/** One way through the bytes; those from `careful` on are handed over one at a time. A fault of the decompressor is left in `progress`, whatever else fails is thrown. */
async function* run(
  bytes: AsyncIterable<Uint8Array>,
  transform: Decompressor,
  progress: Progress,
  careful: number,
): AsyncGenerator<Uint8Array> {
  let failure: { cause: unknown } | undefined
  let taken = 0
  let done = false
  let abandoned = false
  let wake = (): void => undefined
  const news = (): void => wake()
  transform.on('error', cause => {
    progress.fault = { cause, taken }
    news()
  })
  transform.on('readable', news).on('end', news)
  const hand = (part: Uint8Array): Promise<void> =>
    new Promise(resolve => {
      // One that is destroyed under way may never call back.
      transform.once('close', resolve)
      transform.write(part, () => {
        transform.off('close', resolve)
        resolve()
      })
    })
  const feed = async (): Promise<void> => {
    for await (const chunk of bytes) {
      if (done) {
        progress.surplus = chunk.some(byte => byte !== 0)
        if (progress.surplus) return
        continue
      }
      for (let from = 0, size = 0; from < chunk.length; from += size) {
        const left = careful - taken
        size = left <= 0 ? 1 : Math.min(SLICE, left, chunk.length - from)
        // The decompressor works on a thread of its own, and the reader's buffer is used again.
        await hand(chunk.slice(from, from + size))
        if (transform.errored !== null || abandoned) return
        if (transform.bytesWritten < taken + size) {
          // It is at its end. Tapes and block devices pad with zeros; anything else does not belong there.
          done = true
          progress.surplus = chunk.subarray(from + transform.bytesWritten - taken).some(byte => byte !== 0)
          if (progress.surplus) return
          break
        }
        taken += size
      }
    }
    if (!done) transform.end()
  }
  const fed = feed().catch((cause: unknown) => {
    failure = { cause }
    news()
  })
  try {
    for (;;) {
      const chunk: unknown = transform.read()
      if (chunk instanceof Uint8Array) {
        progress.delivered += chunk.length
        yield chunk
      } else if (failure !== undefined) throw failure.cause
      else if (progress.fault !== undefined || transform.readableEnded) return
      else {
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    }
  } finally {
    abandoned = !transform.readableEnded
    transform.destroy()
    await fed
  }
}
