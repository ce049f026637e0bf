/** What the commands and the daemon tell each other: settings by key, and the daemon's sign of life. */
import type { Json } from '../kit/state/primitive.ts'
import type { Database } from './database.ts'
import { json, number, type Row, readable, text } from './row.ts'

const MAX_VALUE = 1 << 20

export interface Heartbeat {
  pid: number
  started: number
  at: number
  body: Json
}

/** JSON values by key, the last one written holds. Every call throws a StoreProblem where the database has trouble. */
export class SettingTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  get(key: string): Json | undefined {
    const row = this.#database.get('SELECT value FROM settings WHERE key = ?', key)
    return row === undefined ? undefined : json<Json>(row, 'value')
  }

  /** @throws RangeError for a value over a megabyte: this is no place for data */
  set(key: string, value: Json, at: number): void {
    const written = JSON.stringify(value)
    if (written.length > MAX_VALUE) throw new RangeError(`the setting ${key} is too large`)
    this.#database.run(
      `INSERT INTO settings VALUES (?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed = excluded.changed`,
      key,
      written,
      at,
    )
  }

  remove(key: string): void {
    this.#database.run('DELETE FROM settings WHERE key = ?', key)
  }

  all(): { key: string; value: Json; changed: number }[] {
    return readable(this.#database.all('SELECT * FROM settings ORDER BY key'), row => ({
      key: text(row, 'key'),
      value: json<Json>(row, 'value'),
      changed: number(row, 'changed'),
    }))
  }
}

/**
 * One row, which only the latest sign of life stands in. Every call throws a StoreProblem where the database has
 * trouble.
 */
export class StatusTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Written by the daemon only. */
  beat({ pid, started, at, body }: Heartbeat): void {
    this.#database.run(
      `INSERT INTO heartbeat VALUES (1, ?, ?, ?, ?) ON CONFLICT (one) DO UPDATE
      SET pid = excluded.pid, started = excluded.started, at = excluded.at, body = excluded.body`,
      pid,
      started,
      at,
      JSON.stringify(body),
    )
  }

  /** The last sign of life; whether the daemon still lives is told by its lock. */
  last(): Heartbeat | undefined {
    return readable(this.#database.all('SELECT * FROM heartbeat'), readHeartbeat)[0]
  }
}

const readHeartbeat = (row: Row): Heartbeat => ({
  pid: number(row, 'pid'),
  started: number(row, 'started'),
  at: number(row, 'at'),
  body: json<Json>(row, 'body'),
})
