/** Writing results: to stdout as the reader takes it, or to a file that is whole or absent. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { EXIT, hasCode, Problem } from '../core/errors.ts'

const BLOCK = 64 * 1024

/** Writes the pieces to stdout and waits for a slow reader. */
export async function writeStream(
  stream: NodeJS.WriteStream,
  pieces: Iterable<string>,
  signal?: AbortSignal,
): Promise<void> {
  let block = ''
  const flush = async (): Promise<void> => {
    signal?.throwIfAborted()
    if (block !== '' && !stream.write(block)) await once(stream, 'drain')
    block = ''
  }
  for (const piece of pieces) {
    block += piece
    if (block.length >= BLOCK) await flush()
  }
  await flush()
}

/** Writes the pieces to a file by way of a temporary one beside it, so that nobody ever sees half a report. @throws Problem */
export function writeFileWhole(path: string, pieces: Iterable<string>): void {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`
  let file: number | undefined
  try {
    file = openSync(temporary, 'wx', 0o640)
    let block = ''
    for (const piece of pieces) {
      block += piece
      if (block.length < BLOCK) continue
      writeAll(file, block)
      block = ''
    }
    writeAll(file, block)
    fsyncSync(file)
    closeSync(file)
    file = undefined
    renameSync(temporary, path)
  } catch (cause) {
    if (file !== undefined) closeSync(file)
    rmSync(temporary, { force: true })
    throw explainWrite(path, cause)
  }
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

/** What a failed write means to a person; other errors come back as they are. */
export function explainWrite(path: string, cause: unknown): unknown {
  if (hasCode(cause, 'EACCES', 'EPERM', 'EROFS'))
    return new Problem(EXIT.permission, `${path}: may not be written`, { where: path, cause })
  if (hasCode(cause, 'ENOENT', 'ENOTDIR'))
    return new Problem(EXIT.input, `${path}: its folder does not exist`, { where: path, cause })
  if (hasCode(cause, 'EISDIR'))
    return new Problem(EXIT.usage, `${path}: is a folder, expected a file to write`, { where: path, cause })
  if (hasCode(cause, 'ENOSPC', 'EDQUOT')) {
    return new Problem(EXIT.input, `${path}: the disk is full; nothing was left behind`, {
      where: path,
      hint: 'make room, or name another disk with --output',
      cause,
    })
  }
  return cause
}
