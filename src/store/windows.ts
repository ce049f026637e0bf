/** Maintenance windows: times when changes on the host are the owner's own. */
import type { Database } from './database.ts'
import { number, type Row, readable, text } from './row.ts'

export interface MaintenanceWindow {
  id: number
  start: number
  /** Not included. */
  end: number
  reason: string
  by: string
}

/**
 * Windows by number; `start` belongs to a window, `end` does not. Every call throws a StoreProblem where the
 * database has trouble.
 */
export class WindowTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Adds a window; answers its number. */
  add({ start, end, reason, by }: Omit<MaintenanceWindow, 'id'>): number {
    return this.#database.run(
      'INSERT INTO windows (start, stop, reason, person) VALUES (?, ?, ?, ?)',
      start,
      end,
      reason,
      by,
    ).id
  }

  /** Those that hold at a moment. */
  at(time: number): MaintenanceWindow[] {
    return readable(
      this.#database.all('SELECT * FROM windows WHERE start <= ?1 AND stop > ?1 ORDER BY start, id', time),
      readWindow,
    )
  }

  /** Ends a window that has not ended; one that has not begun is taken away. */
  end(id: number, at: number): void {
    this.#database.transaction(() => {
      this.#database.run('DELETE FROM windows WHERE id = ? AND start >= ?', id, at)
      this.#database.run('UPDATE windows SET stop = ?1 WHERE id = ?2 AND stop > ?1', at, id)
    })
  }

  /** Latest first, ended and coming ones too. */
  list(limit = 100): MaintenanceWindow[] {
    return readable(this.#database.all('SELECT * FROM windows ORDER BY start DESC, id DESC LIMIT ?', limit), readWindow)
  }
}

const readWindow = (row: Row): MaintenanceWindow => ({
  id: number(row, 'id'),
  start: number(row, 'start'),
  end: number(row, 'stop'),
  reason: text(row, 'reason'),
  by: text(row, 'person'),
})
