/** Compressed files: .gz and .zst by the runtime, .xz and .bz2 by the system's own tools. */
import type { FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { EXIT, Problem } from '../core/errors.ts'
import { outputOf } from './command.ts'
import { decompressed, SURPLUS } from './decompress.ts'
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
  if (packing === 'gz' || packing === 'zst') {
    // Loaded where it is needed: most logs are plain, and it is a dozen modules.
    const { createGunzip, createZstdDecompress } = await import('node:zlib')
    const open = packing === 'gz' ? createGunzip : createZstdDecompress
    let some = false
    try {
      for await (const chunk of decompressed(() => readHandle(file, path, signal), open)) {
        some = true
        yield chunk
      }
    } catch (cause) {
      signal?.throwIfAborted()
      throw cause instanceof Problem ? cause : damaged(path, cause, some)
    }
  } else
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

/** What the decompressors say, as a person understands it. */
const FAULTS: ReadonlyMap<string, string> = new Map([
  ['incorrect header check', SURPLUS],
  ['Unknown frame descriptor', SURPLUS],
  ['incorrect data check', 'its checksum does not match'],
  ['incorrect length check', 'its length does not match'],
  ["Restored data doesn't match checksum", 'its checksum does not match'],
  ['unexpected end of file', 'it ends in the middle'],
])

function damaged(path: string, cause: unknown, some = true): Problem {
  const said = cause instanceof Error ? cause.message : String(cause)
  const message = FAULTS.get(said) ?? said
  return new Problem(
    EXIT.input,
    `${path} is damaged or cut: ${message}; ${some ? 'what could be read of it was used' : 'nothing of it could be read'}`,
    {
      where: path,
      cause,
      hint: 'take the file from its backup, or go on without its rest',
    },
  )
}

function missingTool(path: string, packing: Packing, cause: unknown): Problem {
  const tool = packing === 'xz' ? 'xz' : 'bzip2'
  return new Problem(EXIT.input, `${path} needs the program ${tool}, which is not installed`, {
    where: path,
    hint: `install ${packing === 'xz' ? 'xz-utils (Debian) or xz (RHEL)' : 'bzip2'}, or unpack the file first`,
    cause,
  })
}
