/** Columns of a row as typed values. STRICT tables promise the types; a row that breaks the promise is damaged. */
import type { SQLOutputValue } from 'node:sqlite'
import { StoreProblem } from './trouble.ts'

export type Row = Record<string, SQLOutputValue>

function wrong(column: string, expected: string): StoreProblem {
  return new StoreProblem('damaged', `the database holds something else than ${expected} in column ${column}`, {
    hint: 'restart the daemon: it checks the file and sets it aside where it is damaged',
  })
}

/** @throws StoreProblem (`damaged`) where the column holds something else */
export function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw wrong(column, 'text')
  return value
}

/** @throws StoreProblem (`damaged`) where the column holds something else */
export function number(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw wrong(column, 'a number')
  return value
}

/** @throws StoreProblem (`damaged`) where the column holds something else */
export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column]
  if (!(value instanceof Uint8Array)) throw wrong(column, 'bytes')
  return value
}

/** @throws StoreProblem (`damaged`) where the column holds neither text nor NULL */
export function optionalText(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column)
}

/** @throws StoreProblem (`damaged`) where the column holds neither a number nor NULL */
export function optionalNumber(row: Row, column: string): number | null {
  return row[column] === null ? null : number(row, column)
}

/** A moment as it is written: a caller's arithmetic may leave a fraction of a millisecond, the columns hold none. */
export function whole<T extends number | null>(time: T): T | number {
  return time === null ? time : Math.round(time)
}

/** One of a fixed set of words. */
export function word<T extends string>(row: Row, column: string, words: readonly T[]): T {
  const value = text(row, column)
  const known = words.find(each => each === value)
  if (known === undefined) throw wrong(column, `one of ${words.join(', ')}`)
  return known
}

/** A JSON column; what wrote it was typed, so the caller names the type. */
export function json<T>(row: Row, column: string): T {
  const value = text(row, column)
  try {
    return JSON.parse(value) as T
  } catch {
    throw wrong(column, 'JSON')
  }
}

/** Reads every row that can be read: one that is damaged does not hide the others (`verify` names it). */
export function readable<T>(rows: readonly Row[], read: (row: Row) => T): T[] {
  const values: T[] = []
  for (const row of rows) {
    try {
      values.push(read(row))
    } catch (error) {
      if (!(error instanceof StoreProblem)) throw error
    }
  }
  return values
}
