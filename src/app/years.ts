/** Peeks into a file for what decides the year of stamps without one. */
import { closeSync, openSync, readSync } from 'node:fs'
import type { Batch } from '../core/batch.ts'
import { FLAG } from '../core/event.ts'
import { DAY, daysFromCivil, isLeapYear } from '../core/time.ts'
import { inferYear, STAND_IN_YEAR } from '../engine/clock.ts'
import { type ChunkOptions, ChunkParser } from '../parsers/chunk.ts'
import type { Source } from '../sources/source.ts'

const PEEK = 64 * 1024
/** Looked at first: most files have a stamp in every line, and each line that is parsed costs. */
const FIRST_PEEK = 4 * 1024
/** How far off its place a line may stand. */
const AROUND = 1 << 20
const LEAP_YEAR = 366 * DAY
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
    const head = stampsAt(file, 0, size, parsing)
    if (head === undefined || (head.first.flags & FLAG.YEARLESS) === 0) return fallback
    const tail = widening(size, length => stamps(peek(file, size - length, length), parsing))
    const last = tail !== undefined && (tail.last.flags & FLAG.YEARLESS) !== 0 ? tail.last.time : undefined
    // What prints the newest first (last, journalctl -r) goes back in time: its first stamp is the latest.
    if (last !== undefined && goesBack(file, size, parsing)) return inferYear({ first: head.first.time, reference })
    const facts = { first: head.first.time, last, reference }
    const year = inferYear(facts)
    const leapDay = mayHoldLeapDay(head.first.time, last, year) && holdsLeapDay(file, size, head.first.time, parsing)
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

/** Whether stamps go back in time where the log begins and where it ends: each half is looked at by itself. */
function goesBack(file: number, size: number, parsing: ChunkOptions): boolean {
  const length = Math.min(FIRST_PEEK, Math.ceil(size / 2))
  const falls = (place: Batch['stamps']): boolean =>
    place !== undefined && place.last.time < place.first.time && place.first.time - place.last.time < LEAP_YEAR / 2
  return falls(stamps(peek(file, 0, length), parsing)) && falls(stamps(peek(file, size - length, length), parsing))
}

function mayHoldLeapDay(first: number, last: number | undefined, year: number): boolean {
  if (isLeapYear(year)) return false
  const wraps = last !== undefined && last < first
  return wraps
    ? first <= LEAP_DAY || (last ?? 0) >= LEAP_DAY
    : first <= LEAP_DAY + DAY && (last ?? Number.POSITIVE_INFINITY) >= LEAP_DAY
}

/**
 * Whether 29 February stands in the log. Stamps rise, so the place where it would be is found by halving; it is looked
 * for around that place, since some lines are out of order.
 */
function holdsLeapDay(file: number, size: number, first: number, parsing: ChunkOptions): boolean {
  // Stamps of the year that follows come after the first one's.
  const since = (time: number): number => (time < first - DAY ? time + LEAP_YEAR : time)
  const sought = since(LEAP_DAY)
  let low = 0
  let high = size
  while (high - low > PEEK) {
    const middle = Math.floor((low + high) / 2)
    const stamp = stampsAt(file, middle, size, parsing)
    if (stamp !== undefined && since(stamp.first.time) < sought) low = middle
    else high = middle
  }
  const from = Math.max(0, low - AROUND)
  const bytes = peek(file, from, Math.min(size, high + AROUND) - from)
  return bytes.includes('\nFeb 29 ') || (from === 0 && bytes.subarray(0, 7).toString('latin1') === 'Feb 29 ')
}

/** The first and last stamp of what begins at the place. */
function stampsAt(file: number, at: number, size: number, parsing: ChunkOptions): Batch['stamps'] {
  return widening(size - at, length => stamps(peek(file, at, length), parsing))
}

/** What a short look finds, or else a long one; `most` bytes are there. */
function widening(most: number, look: (length: number) => Batch['stamps']): Batch['stamps'] {
  return look(Math.min(FIRST_PEEK, most)) ?? (most > FIRST_PEEK ? look(Math.min(PEEK, most)) : undefined)
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
