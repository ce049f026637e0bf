/** Standard input. */
import type { Source } from './source.ts'

/** Takes stdin (or another stream of bytes) as a source, with its first chunk already read. @throws the signal's reason */
export async function openStdin(
  input: AsyncIterable<Uint8Array> = process.stdin,
  opening?: AbortSignal,
): Promise<Source> {
  const chunks = input[Symbol.asyncIterator]()
  const first = await nextOf(chunks, opening)
  const head = first.done === true ? new Uint8Array(0) : first.value
  return {
    name: 'stdin',
    path: '-',
    kind: 'stream',
    seekable: false,
    head,
    async *read(signal) {
      if (head.length > 0) yield head
      for (;;) {
        const next = await nextOf(chunks, signal)
        if (next.done === true) return
        yield next.value
      }
    },
  }
}

/** The next chunk, or the signal's reason as soon as it fires: whoever writes the other end may be silent for hours. */
function nextOf(
  chunks: AsyncIterator<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<IteratorResult<Uint8Array>> {
  if (signal === undefined) return chunks.next()
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
    chunks
      .next()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop))
  })
}
