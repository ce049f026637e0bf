/** Peeks into a file for what decides the year of stamps without one. */
import { closeSync, openSync, readSync } from 'node:fs'
import type { Batch } from '../core/batch.ts'
import { FLAG } from '../core/event.ts'
import { DAY, daysFromCivil, isLeapYear } from '../core/time.ts'
import { inferYear, STAND_IN_YEAR } from '../engine/clock.ts'
import { type ChunkOptions, ChunkParser } from '../parsers/chunk.ts'
import type { Source } from '../sources/source.ts'

const PEEK = 64 * 1024
const LEAP_DAY = daysFromCivil(STAND_IN_YEAR, 2, 29) * DAY

/** The year of the source's first stamp, by its first and last stamps and the time of its last change. */
export async function firstYear(source: Source, parsing: ChunkOptions, reference: number): Promise<number> {
  const fallback = new Date(reference).getUTCFullYear()
  if (!source.seekable) return fallbackOfStream(source, parsing, reference)
  let file: number
  try {
    file = openSync(source.path, 'r')
  } catch {
    // It is gone since it was found; reading it says so.
    return fallback
  }
  try {
    const size = source.size ?? 0
    const head = stamps(peek(file, 0, Math.min(PEEK, size)), parsing)
    if (head === undefined || (head.first.flags & FLAG.YEARLESS) === 0) return fallback
    const tail = stamps(peek(file, Math.max(0, size - PEEK), Math.min(PEEK, size)), parsing)
    const last = tail !== undefined && (tail.last.flags & FLAG.YEARLESS) !== 0 ? tail.last.time : undefined
    const facts = { first: head.first.time, last, reference }
    const year = inferYear(facts)
    const leapDay = mayHoldLeapDay(head.first.time, last, year) && holdsLeapDay(file, size)
    return leapDay ? inferYear({ ...facts, leapDay }) : year
  } finally {
    closeSync(file)
  }
}

/** A stream cannot be peeked into; its log is taken to have begun within the year before the reference. */
function fallbackOfStream(source: Source, parsing: ChunkOptions, reference: number): number {
  const head = source.head === undefined ? undefined : stamps(source.head, parsing)
  if (head === undefined || (head.first.flags & FLAG.YEARLESS) === 0) return new Date(reference).getUTCFullYear()
  return inferYear({ first: head.first.time, reference })
}

function mayHoldLeapDay(first: number, last: number | undefined, year: number): boolean {
  if (isLeapYear(year)) return false
  const wraps = last !== undefined && last < first
  return wraps
    ? first <= LEAP_DAY || (last ?? 0) >= LEAP_DAY
    : first <= LEAP_DAY + DAY && (last ?? Number.POSITIVE_INFINITY) >= LEAP_DAY
}

function holdsLeapDay(file: number, size: number): boolean {
  const step = 4 << 20
  const overlap = 8
  for (let at = 0; at < size; at += step - overlap) {
    const bytes = peek(file, at, Math.min(step, size - at))
    if (bytes.includes('\nFeb 29 ') || (at === 0 && bytes.subarray(0, 7).toString('latin1') === 'Feb 29 ')) return true
  }
  return false
}

function peek(file: number, at: number, length: number): Buffer {
  const buffer = Buffer.alloc(length)
  return buffer.subarray(0, readSync(file, buffer, 0, length, at))
}

function stamps(bytes: Uint8Array, parsing: ChunkOptions): Batch['stamps'] {
  const parser = new ChunkParser(parsing)
  const found = [...parser.push(bytes, 0), ...parser.end()].flatMap(batch => batch.stamps ?? [])
  const first = found[0]
  const last = found.at(-1)
  return first === undefined || last === undefined ? undefined : { first: first.first, last: last.last }
}
