/** Learned models, the newest five of each name. */
import type { Database } from './database.ts'
import { pack, unpack } from './packed.ts'
import { number, type Row, readable, text } from './row.ts'

const KEPT = 5

export interface ModelEntry {
  id: number
  name: string
  version: number
  created: number
  current: boolean
  /** Bytes, uncompressed. */
  size: number
}

const COLUMNS = 'id, name, version, created, current, size'

/** One model of each name is current. Every call throws a StoreProblem where the database has trouble. */
export class ModelTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Adds a model and makes it the current one of its name; answers its number. */
  add(model: { name: string; version: number; created: number; body: Uint8Array }): number {
    const { size, checksum, body } = pack([model.body])
    return this.#database.transaction(() => {
      this.#database.run('UPDATE models SET current = 0 WHERE name = ?', model.name)
      const { id } = this.#database.run(
        'INSERT INTO models (name, version, created, current, size, checksum, body) VALUES (?, ?, ?, 1, ?, ?, ?)',
        model.name,
        model.version,
        model.created,
        size,
        checksum,
        body,
      )
      this.#database.run(
        `DELETE FROM models WHERE name = ?1 AND current = 0
        AND id NOT IN (SELECT id FROM models WHERE name = ?1 ORDER BY id DESC LIMIT ?2)`,
        model.name,
        KEPT,
      )
      return id
    })
  }

  /** Goes back (or forth) to a model that is kept. @returns whether there is one */
  use(id: number): boolean {
    return this.#database.transaction(() => {
      const row = this.#database.get('SELECT name FROM models WHERE id = ?', id)
      if (row === undefined) return false
      this.#database.run('UPDATE models SET current = (id = ?) WHERE name = ?', id, text(row, 'name'))
      return true
    })
  }

  /** The current model of a name; `body` is undefined where it is damaged. */
  current(name: string): (ModelEntry & { body: Uint8Array | undefined }) | undefined {
    const row = this.#database.get('SELECT * FROM models WHERE name = ? AND current = 1', name)
    return row === undefined ? undefined : { ...readEntry(row), body: unpack(row) }
  }

  /** Newest first. */
  list(name?: string): ModelEntry[] {
    const rows = this.#database.all(
      `SELECT ${COLUMNS} FROM models WHERE ?1 IS NULL OR name = ?1 ORDER BY id DESC`,
      name ?? null,
    )
    return readable(rows, readEntry)
  }
}

function readEntry(row: Row): ModelEntry {
  return {
    id: number(row, 'id'),
    name: text(row, 'name'),
    version: number(row, 'version'),
    created: number(row, 'created'),
    current: number(row, 'current') === 1,
    size: number(row, 'size'),
  }
}
