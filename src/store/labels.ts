/** What people say about findings: labels, and the suppressions that follow from them. */
import type { Database } from './database.ts'
import { byIdOrPrefix } from './lookup.ts'
import { number, optionalNumber, type Row, readable, text, word } from './row.ts'

const VERDICTS = ['fp', 'tp'] as const
/** False positive, true positive. */
export type Verdict = (typeof VERDICTS)[number]

export interface Label {
  /** The finding's id. */
  finding: string
  verdict: Verdict
  note: string
  at: number
}

const FIELDS = ['source', 'user', 'path'] as const
export type SuppressionField = (typeof FIELDS)[number]

export interface Suppression {
  id: string
  rule: string
  /** What must be equal to `value` for a hit of the rule to be left out. */
  field: SuppressionField
  value: string
  created: number
  /** null: never. */
  expires: number | null
  reason: string
}

/**
 * One label a finding, by its whole id; a label may outlive its finding. Every call throws a StoreProblem where the
 * database has trouble.
 */
export class LabelTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Labels a finding, or changes its label. */
  set({ finding, verdict, note, at }: Label): void {
    this.#database.run(
      `INSERT INTO labels VALUES (?, ?, ?, ?) ON CONFLICT (finding) DO UPDATE
      SET verdict = excluded.verdict, note = excluded.note, at = excluded.at`,
      finding,
      verdict,
      note,
      at,
    )
  }

  get(finding: string): Label | undefined {
    return readable(this.#database.all('SELECT * FROM labels WHERE finding = ?', finding), readLabel)[0]
  }

  remove(finding: string): void {
    this.#database.run('DELETE FROM labels WHERE finding = ?', finding)
  }

  /** Newest first. */
  list({ verdict, limit = 1000 }: { verdict?: Verdict; limit?: number } = {}): Label[] {
    const sql = 'SELECT * FROM labels WHERE ?1 IS NULL OR verdict = ?1 ORDER BY at DESC, finding LIMIT ?2'
    return readable(this.#database.all(sql, verdict ?? null, limit), readLabel)
  }

  /** @throws StoreProblem; a second one of the same id is a bug */
  suppress({ id, rule, field, value, created, expires, reason }: Suppression): void {
    this.#database.run(
      'INSERT INTO suppressions (id, rule, field, value, created, expires, reason) VALUES (?, ?, ?, ?, ?, ?, ?)',
      id,
      rule,
      field,
      value,
      created,
      expires,
      reason,
    )
  }

  /** Ends one now, by id or the only id that begins so. @returns whether there was one @throws Problem where several begin so */
  unsuppress(idOrPrefix: string): boolean {
    return this.#database.transaction(() => {
      const row = byIdOrPrefix(this.#database, 'suppressions', idOrPrefix)
      if (row === undefined) return false
      this.#database.run('DELETE FROM suppressions WHERE id = ?', text(row, 'id'))
      return true
    })
  }

  /** Those in force at a moment; all that are kept where no moment is given. Newest first. */
  suppressions(at?: number): Suppression[] {
    const rows = this.#database.all(
      'SELECT * FROM suppressions WHERE ?1 IS NULL OR expires IS NULL OR expires > ?1 ORDER BY created DESC, id',
      at ?? null,
    )
    return readable(rows, readSuppression)
  }
}

const readLabel = (row: Row): Label => ({
  finding: text(row, 'finding'),
  verdict: word(row, 'verdict', VERDICTS),
  note: text(row, 'note'),
  at: number(row, 'at'),
})

const readSuppression = (row: Row): Suppression => ({
  id: text(row, 'id'),
  rule: text(row, 'rule'),
  field: word(row, 'field', FIELDS),
  value: text(row, 'value'),
  created: number(row, 'created'),
  expires: optionalNumber(row, 'expires'),
  reason: text(row, 'reason'),
})
