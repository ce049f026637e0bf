/** Plain files. */
import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { notAFile, pathProblem } from './problems.ts'
import type { Source } from './source.ts'

const CHUNK = 1 << 20
const PAGE = 4096

/**
 * Opens a path for reading if it is a regular file. O_NONBLOCK, because opening a FIFO would otherwise wait for a
 * writer; the check is made on what was opened, so that nothing can be put in its place meanwhile.
 */
export async function openRegular(path: string): Promise<FileHandle> {
  let file: FileHandle
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    throw pathProblem(path, cause)
  }
  try {
    const stat = await file.stat()
    if (stat.isFile()) return file
    throw notAFile(path, kindOf(stat))
  } catch (cause) {
    await file.close()
    throw pathProblem(path, cause)
  }
}

interface Kinds {
  isDirectory(): boolean
  isFIFO(): boolean
  isSocket(): boolean
  isCharacterDevice(): boolean
  isBlockDevice(): boolean
}

/** What something is that is no regular file. */
export function kindOf(stat: Kinds): string {
  if (stat.isDirectory()) return 'a folder'
  if (stat.isFIFO()) return 'a FIFO'
  if (stat.isSocket()) return 'a socket'
  return stat.isCharacterDevice() || stat.isBlockDevice() ? 'a device' : 'something else'
}

/** Reads an open file from `from` to its end. */
export async function* readHandle(
  file: FileHandle,
  path: string,
  signal?: AbortSignal,
  from = 0,
  size = CHUNK,
): AsyncGenerator<Uint8Array> {
  // Of a small file no more is held than it has; one that grows meanwhile is read on in small pieces.
  const buffer = new Uint8Array(Math.min(CHUNK, size + PAGE))
  let position = from
  for (;;) {
    signal?.throwIfAborted()
    let bytesRead: number
    try {
      bytesRead = (await file.read(buffer, 0, buffer.length, position)).bytesRead
    } catch (cause) {
      throw pathProblem(path, cause)
    }
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** A plain log file. @throws Problem */
export async function openFile(path: string): Promise<Source> {
  const file = await openRegular(path)
  const { size, mtimeMs } = await file.stat().finally(() => file.close())
  return {
    name: basename(path),
    path,
    kind: 'file',
    size,
    mtime: mtimeMs,
    seekable: true,
    async *read(signal) {
      const handle = await openRegular(path)
      try {
        yield* readHandle(handle, path, signal, 0, size)
      } finally {
        await handle.close()
      }
    },
  }
}
