/** Writing results: to stdout as the reader takes it, or to a file that is whole or absent. */

import { once } from 'node:events'
import {
  closeSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { EXIT, hasCode, Problem } from '../core/errors.ts'
import { randomBytes } from '../sinks/hashing.ts'

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
    if (block !== '' && !stream.write(block)) await once(stream, 'drain', signal === undefined ? {} : { signal })
    block = ''
  }
  for (const piece of pieces) {
    block += piece
    if (block.length >= BLOCK) await flush()
  }
  await flush()
}

/** A file under way: it gets its name when it is whole. */
export interface WholeFile {
  /** @throws Problem */
  write(text: string): void
  /** Everything is written: the file gets its name. @throws Problem */
  end(): void
  /** Nothing is left behind; harmless after `end`. */
  discard(): void
}

/**
 * Opens a file for writing by way of a temporary one beside it, so that nobody ever sees half of it. A device or pipe
 * is written as it is, and a link's target is replaced, not the link. @throws Problem
 */
export function openWhole(path: string): WholeFile {
  const target = resolveTarget(path)
  const temporary = target.regular ? `${target.path}.${randomBytes(4).toString('hex')}.tmp` : undefined
  let file: number | undefined = guard(path, () =>
    temporary === undefined ? openSync(target.path, 'w') : openSync(temporary, 'wx', 0o640),
  )
  let block = ''
  const discard = (): void => {
    if (file === undefined) return
    closeSync(file)
    file = undefined
    if (temporary !== undefined) rmSync(temporary, { force: true })
  }
  const flush = (): void => {
    const bytes = Buffer.from(block)
    block = ''
    for (let at = 0; file !== undefined && at < bytes.length; ) at += writeSync(file, bytes, at)
  }
  const guarded = (action: () => void): void => {
    try {
      action()
    } catch (cause) {
      discard()
      throw explainWrite(path, cause)
    }
  }
  return {
    write(text) {
      block += text
      if (block.length >= BLOCK) guarded(flush)
    },
    end() {
      guarded(() => {
        flush()
        if (file === undefined) return
        if (temporary !== undefined) fsyncSync(file)
        closeSync(file)
        file = undefined
        if (temporary !== undefined) rename(temporary, target.path)
      })
    },
    discard,
  }
}

function rename(temporary: string, path: string): void {
  try {
    renameSync(temporary, path)
  } catch (cause) {
    rmSync(temporary, { force: true })
    throw cause
  }
}

/** Writes the pieces to a file that is whole or absent. @throws Problem */
export function writeFileWhole(path: string, pieces: Iterable<string>): void {
  const file = openWhole(path)
  try {
    for (const piece of pieces) file.write(piece)
    file.end()
  } finally {
    file.discard()
  }
}

/** Makes sure, before a long run, that its result has a place. @throws Problem */
export function checkWritable(path: string | undefined): void {
  if (path !== undefined && path !== '-' && resolveTarget(path).regular) openWhole(path).discard()
}

function resolveTarget(path: string): { path: string; regular: boolean } {
  let found: Stats
  try {
    found = statSync(path)
  } catch {
    return { path, regular: true }
  }
  if (found.isDirectory()) {
    throw new Problem(EXIT.usage, `${path} is a folder, not a file to write`, {
      where: path,
      hint: `${path.replace(/\/+$/, '')}/report.html`,
    })
  }
  return found.isFile() ? { path: realpathSync(path), regular: true } : { path, regular: false }
}

function guard<T>(path: string, action: () => T): T {
  try {
    return action()
  } catch (cause) {
    throw explainWrite(path, cause)
  }
}

/** What a failed write to standard output means to a person. */
export function explainStream(cause: unknown): Problem {
  const reason = hasCode(cause, 'ENOSPC', 'EDQUOT')
    ? 'the disk is full'
    : cause instanceof Error
      ? cause.message
      : String(cause)
  return new Problem(EXIT.input, `standard output cannot be written: ${reason}`, {
    hint: 'make room, or name a file on another disk with --output',
    cause,
  })
}

/** What a failed write means to a person; other errors come back as they are. */
export function explainWrite(path: string, cause: unknown): unknown {
  const details = { where: path, cause }
  if (cause instanceof Problem) return cause
  if (hasCode(cause, 'EACCES', 'EPERM', 'EROFS')) {
    return new Problem(EXIT.permission, `${path} may not be written`, {
      ...details,
      hint: 'name another place with --output',
    })
  }
  if (hasCode(cause, 'ENOENT', 'ENOTDIR')) {
    return new Problem(EXIT.input, `${path} cannot be written: there is no folder ${dirname(path)}`, {
      ...details,
      hint: `mkdir -p ${dirname(path)}`,
    })
  }
  if (hasCode(cause, 'ENOSPC', 'EDQUOT', 'EFBIG')) {
    const reason = hasCode(cause, 'EFBIG') ? 'it would be larger than the system allows' : 'the disk is full'
    return new Problem(EXIT.input, `${path} cannot be written: ${reason}; nothing of it was left behind`, {
      ...details,
      hint: 'make room, or name another place with --output',
    })
  }
  if (hasCode(cause, 'EIO', 'ELOOP', 'ENAMETOOLONG', 'ENXIO', 'ETXTBSY', 'EINVAL') && cause instanceof Error) {
    return new Problem(EXIT.input, `${path} cannot be written: ${cause.message}`, details)
  }
  return cause
}
