/** Standard input. */
import type { Source } from './source.ts'

/** Takes stdin (or another stream of bytes) as a source, with its first chunk already read. */
export async function openStdin(input: AsyncIterable<Uint8Array> = process.stdin): Promise<Source> {
  const chunks = input[Symbol.asyncIterator]()
  const first = await chunks.next()
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
        signal?.throwIfAborted()
        const next = await chunks.next()
        if (next.done === true) return
        yield next.value
      }
    },
  }
}
