/** Compressed files: .gz and .zst by the runtime, .xz and .bz2 by the system's own tools. */
import type { FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { EXIT, Problem } from '../core/errors.ts'
import { outputOf } from './command.ts'
import { openRegular, readHandle } from './file.ts'
import { wideText } from './problems.ts'
import type { Source } from './source.ts'

export type Packing = 'gz' | 'zst' | 'xz' | 'bz2'

const MAGIC: readonly { packing: Packing; bytes: readonly number[] }[] = [
  { packing: 'gz', bytes: [0x1f, 0x8b] },
  { packing: 'zst', bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { packing: 'xz', bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { packing: 'bz2', bytes: [0x42, 0x5a, 0x68] },
]

const HEAD = 64 * 1024

/** How a file is packed, by its first bytes (a name may lie); undefined for a plain one. @throws Problem for UTF-16 */
export async function packingOf(path: string): Promise<Packing | undefined> {
  const file = await openRegular(path)
  try {
    return await packingOfHandle(file, path)
  } finally {
    await file.close()
  }
}

/** How an open file is packed. @throws Problem for UTF-16 */
export async function packingOfHandle(file: FileHandle, path: string): Promise<Packing | undefined> {
  const first = new Uint8Array(6)
  const { bytesRead } = await file.read(first, 0, 6, 0)
  if (bytesRead >= 2 && ((first[0] === 0xff && first[1] === 0xfe) || (first[0] === 0xfe && first[1] === 0xff)))
    throw wideText(path)
  return MAGIC.find(({ bytes }) => bytes.length <= bytesRead && bytes.every((byte, index) => first[index] === byte))
    ?.packing
}

/** A compressed log file. @throws Problem */
export async function openCompressed(path: string, packing: Packing): Promise<Source> {
  const file = await openRegular(path)
  const { size, mtimeMs } = await file.stat().finally(() => file.close())
  const read = (signal?: AbortSignal): AsyncGenerator<Uint8Array> => unpack(path, packing, signal)
  return {
    name: basename(path),
    path,
    kind: 'file',
    size,
    mtime: mtimeMs,
    seekable: false,
    head: await headOf(read()),
    read,
  }
}

/** The first bytes; none where there is nothing that can be read (reading it then says why). */
async function headOf(chunks: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  const head = new Uint8Array(HEAD)
  let length = 0
  try {
    for await (const chunk of chunks) {
      const part = chunk.subarray(0, HEAD - length)
      head.set(part, length)
      length += part.length
      if (length === HEAD) break
    }
  } catch (cause) {
    if (!(cause instanceof Problem)) throw cause
  }
  return head.slice(0, length)
}

async function* unpack(path: string, packing: Packing, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const file = await openRegular(path)
  try {
    yield* unpackHandle(file, path, packing, signal)
  } finally {
    await file.close()
  }
}

/** Unpacks an open file, from its start; the file stays open. @throws Problem after what could be unpacked */
export async function* unpackHandle(
  file: FileHandle,
  path: string,
  packing: Packing,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (packing === 'gz') yield* through(readHandle(file, path, signal), createGunzip(), path)
  else if (packing === 'zst') yield* through(readHandle(file, path, signal), createZstdDecompress(), path)
  else
    yield* outputOf(
      {
        program: packing === 'xz' ? 'xz' : 'bzip2',
        // The file is handed over open: no name reaches the tool's command line.
        args: ['-d', '-c'],
        stdin: file.fd,
        missing: cause => missingTool(path, packing, cause),
        failed: message => damaged(path, message),
      },
      signal,
    )
}

/**
 * Sends the bytes through a decompressor, never more than one chunk ahead of the reader (a small file may unpack to a
 * huge one). What came out before a failure is delivered before it is thrown.
 */
async function* through(
  bytes: AsyncIterable<Uint8Array>,
  transform: Transform,
  path: string,
): AsyncGenerator<Uint8Array> {
  let failure: unknown
  let wake = (): void => undefined
  const news = (): void => wake()
  transform.on('error', cause => {
    failure = cause
    news()
  })
  transform.on('readable', news).on('end', news)
  const feed = async (): Promise<void> => {
    for await (const chunk of bytes) {
      // The decompressor works on a thread of its own, and the reader's buffer is used again.
      await new Promise<void>(resolve => {
        // One that is destroyed under way may never call back.
        transform.once('close', resolve)
        transform.write(chunk.slice(), () => {
          transform.off('close', resolve)
          resolve()
        })
      })
      if (transform.destroyed) return
    }
    transform.end()
  }
  const fed = feed().catch((cause: unknown) => {
    failure = cause
    news()
  })
  try {
    for (;;) {
      const chunk: unknown = transform.read()
      if (chunk instanceof Uint8Array) yield chunk
      else if (failure !== undefined) throw failure instanceof Problem ? failure : damaged(path, failure)
      else if (transform.readableEnded) return
      else {
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    }
  } finally {
    transform.destroy()
    await fed
  }
}

function damaged(path: string, cause: unknown): Problem {
  const message = cause instanceof Error ? cause.message : String(cause)
  return new Problem(EXIT.input, `${path} is damaged or cut: ${message}; what could be read of it was used`, {
    where: path,
    cause,
    hint: 'take the file from its backup, or go on without its rest',
  })
}

function missingTool(path: string, packing: Packing, cause: unknown): Problem {
  const tool = packing === 'xz' ? 'xz' : 'bzip2'
  return new Problem(EXIT.input, `${path} needs the program ${tool}, which is not installed`, {
    where: path,
    hint: `install ${packing === 'xz' ? 'xz-utils (Debian) or xz (RHEL)' : 'bzip2'}, or unpack the file first`,
    cause,
  })
}
