/** Finding a row by the beginning of its id, as people type it. */
import { EXIT, Problem } from '../core/errors.ts'
import { escapeTerminal } from '../core/text.ts'
import type { Database } from './database.ts'
import { type Row, text } from './row.ts'

/** Tables that people name rows of. */
type Named = 'findings' | 'incidents' | 'blocks' | 'suppressions'

/**
 * The row whose id is `given`, else the only one whose id begins with it.
 * @throws Problem where several do
 */
export function byIdOrPrefix(database: Database, table: Named, given: string): Row | undefined {
  const exact = database.get(`SELECT * FROM ${table} WHERE id = ?`, given)
  if (exact !== undefined || given === '') return exact
  const rows = database.all(`SELECT * FROM ${table} WHERE id >= ? AND id < ? LIMIT 4`, given, `${given}\u{10ffff}`)
  if (rows.length < 2) return rows[0]
  const some = rows.map(row => escapeTerminal(text(row, 'id')))
  throw new Problem(EXIT.usage, `${escapeTerminal(given)} is the beginning of several ids in ${table}`, {
    expected: `one of ${some.slice(0, 3).join(', ')}${some.length > 3 ? ' ...' : ''}`,
    hint: 'give more of the id',
  })
}

/** A query's optional conditions, joined by AND; each value belongs to the `?` of its condition. */
export class Conditions {
  readonly #texts: string[] = []
  readonly values: (string | number)[] = []

  /** Adds a condition unless its value is undefined. */
  add(condition: string, value: string | number | undefined): this {
    if (value === undefined) return this
    this.#texts.push(condition)
    this.values.push(value)
    return this
  }

  get sql(): string {
    return this.#texts.length === 0 ? '' : `WHERE ${this.#texts.join(' AND ')}`
  }
}

/** What a list answers with at most where nobody says otherwise. */
export const DEFAULT_LIMIT = 1000
