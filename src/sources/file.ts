/** Plain files. */
import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { kindOf } from '../kit/whole-file.ts'
import { notAFile, pathProblem } from './problems.ts'
import type { Source } from './source.ts'

const CHUNK = 1 << 20
const LEAST = 4096

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

/** Reads an open file from `from` to its end. */
export async function* readHandle(
  file: FileHandle,
  path: string,
  signal?: AbortSignal,
  from = 0,
): AsyncGenerator<Uint8Array> {
  // No more than the file needs: a thousand small rotated files would else cost a gigabyte of zeros.
  const size = Math.min(CHUNK, Math.max(LEAST, (await file.stat()).size - from))
  const buffer = new Uint8Array(size)
  let position = from
  for (;;) {
    signal?.throwIfAborted()
    let bytesRead: number
    try {
      bytesRead = (await file.read(buffer, 0, size, position)).bytesRead
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
        yield* readHandle(handle, path, signal)
      } finally {
        await handle.close()
      }
    },
  }
}
