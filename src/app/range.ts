/** A range of a plain file, parsed by one of several threads: a line belongs to the range in which it begins. */
import { closeSync, openSync, readSync } from 'node:fs'
import type { Batch } from '../core/batch.ts'
import type { ChunkOptions } from '../parsers/chunk.ts'
import { ChunkParser } from '../parsers/chunk.ts'
import { EXPORT_HEAD, isExport } from '../parsers/export.ts'
import { pathProblem } from '../sources/problems.ts'

/** Bytes a thread parses at once: large enough that messages cost nothing, small enough that a few in flight stay small. */
export const RANGE = 1 << 20
/** Such a range and the line under way at its end in one read. */
export const CHUNK = RANGE + (64 << 10)
const NEWLINE = 10

export interface RangeOptions extends ChunkOptions {
  /** Where the file is read into; a thread that parses many ranges has one. */
  buffer?: Uint8Array<ArrayBuffer>
}

/**
 * Parses the lines of the file that begin in [from, to). Reads synchronously: it is meant for a worker thread, which
 * has nothing else to do. Line numbers count from the first batch's first line.
 * @throws Problem
 */
export function* parseRange(path: string, from: number, to: number, options: RangeOptions = {}): Generator<Batch> {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (cause) {
    throw pathProblem(path, cause)
  }
  try {
    const head = new Uint8Array(EXPORT_HEAD)
    // The records of a journal's export can only be told apart from its beginning on: the first range takes them all.
    if (!isExport(head.subarray(0, readAt(file, path, head, 0)))) yield* parseOpen(file, path, from, to, options)
    else if (from === 0) yield* parseOpen(file, path, 0, Number.POSITIVE_INFINITY, options)
  } finally {
    closeSync(file)
  }
}

function* parseOpen(file: number, path: string, from: number, to: number, options: RangeOptions): Generator<Batch> {
  if (to <= from) return
  const parser = new ChunkParser(options)
  const buffer = options.buffer ?? new Uint8Array(CHUNK)
  // One byte before the range tells whether a line begins at its start.
  let position = Math.max(0, from - 1)
  let begun = from === 0
  for (;;) {
    const length = readAt(file, path, buffer, position)
    if (length === 0) break
    let start = 0
    if (!begun) {
      const newline = buffer.subarray(0, length).indexOf(NEWLINE)
      start = newline < 0 ? length : newline + 1
      begun = newline >= 0
      if (begun && position + start >= to) return
    }
    const end = endOfRange(buffer, length, position, to)
    if (end > start) yield* parser.push(buffer.subarray(start, end), position + start)
    if (end < length || (end === length && isOver(buffer, length, position, to))) break
    position += length
  }
  yield* parser.end()
}

/** How much of the buffer belongs to the range: up to the end of the line that is under way at `to`. */
function endOfRange(buffer: Uint8Array, length: number, position: number, to: number): number {
  const last = to - 1 - position
  if (last >= length) return length
  const newline = buffer.indexOf(NEWLINE, Math.max(0, last))
  return newline < 0 || newline >= length ? length : newline + 1
}

const isOver = (buffer: Uint8Array, length: number, position: number, to: number): boolean =>
  position + length >= to && buffer[length - 1] === NEWLINE

function readAt(file: number, path: string, buffer: Uint8Array, position: number): number {
  try {
    return readSync(file, buffer, 0, buffer.length, position)
  } catch (cause) {
    throw pathProblem(path, cause)
  }
}
