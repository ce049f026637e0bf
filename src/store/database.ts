/** One SQLite connection: cached statements, transactions that nest, errors that say what to do. */
import { statSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { Row } from './row.ts'
import { explainTrouble, StoreProblem } from './trouble.ts'

/** How long a call waits for another process before it gives up, milliseconds. */
const BUSY_TIMEOUT = 5000
/** Statements made from a query's filters are few; the cap is for what nobody thought of. */
const MAX_STATEMENTS = 300

export interface Changes {
  /** Rows inserted, updated or deleted. */
  changes: number
  /** The rowid of the last insert. */
  id: number
}

/**
 * What all tables are written with. Trouble of SQLite's is thrown as a StoreProblem; values are bound, never part of
 * the SQL.
 */
export class Database {
  readonly path: string
  readonly readOnly: boolean
  /** Called after every outermost write that was committed. */
  onWritten: () => void = () => {}
  readonly #sqlite: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #depth = 0
  #patience = BUSY_TIMEOUT

  /**
   * @param options.immutable nothing writes the file while it is open: no locks, no log
   * @throws StoreProblem
   */
  constructor(path: string, { readOnly = false, immutable = false }: { readOnly?: boolean; immutable?: boolean } = {}) {
    this.path = path
    this.readOnly = readOnly
    const place = pathToFileURL(path)
    if (immutable) place.searchParams.set('immutable', '1')
    this.#sqlite = this.#explained(() => new DatabaseSync(place, { readOnly, timeout: BUSY_TIMEOUT }))
  }

  get isOpen(): boolean {
    return this.#sqlite.isOpen
  }

  get inTransaction(): boolean {
    return this.#depth > 0
  }

  /** Runs a statement that writes. @throws StoreProblem */
  run(sql: string, ...values: SQLInputValue[]): Changes {
    const { changes, lastInsertRowid } = this.#explained(() => this.#statement(sql).run(...values))
    if (this.#depth === 0) this.onWritten()
    return { changes: Number(changes), id: Number(lastInsertRowid) }
  }

  /** The first row. @throws StoreProblem */
  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#explained(() => this.#statement(sql).get(...values))
  }

  /** All rows: the caller bounds them. @throws StoreProblem */
  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#explained(() => this.#statement(sql).all(...values))
  }

  /** Rows one after the other, for a table that may be large or damaged in the middle. @throws StoreProblem */
  *each(sql: string): Generator<Row> {
    const rows = this.#explained(() => this.#sqlite.prepare(sql).iterate())
    for (;;) {
      const next = this.#explained(() => rows.next())
      if (next.done === true) return
      yield next.value
    }
  }

  /** Runs statements without values and without results. @throws StoreProblem */
  exec(sql: string): void {
    this.#explained(() => this.#sqlite.exec(sql))
  }

  /** The number that a pragma or an aggregate answers with. */
  figure(sql: string, ...values: SQLInputValue[]): number {
    const first = Object.values(this.get(sql, ...values) ?? {})[0]
    return typeof first === 'number' ? first : 0
  }

  /**
   * Runs `work` as one change: all of it is kept or nothing. It holds the right to write from the beginning, so that what
   * it reads stays true. A call inside another joins it; where it throws, only its own part is undone. `work` is synchronous.
   * @throws StoreProblem
   */
  transaction<T>(work: () => T): T {
    const result = this.#enclosed(this.readOnly ? 'BEGIN' : 'BEGIN IMMEDIATE', work)
    if (this.#depth === 0 && !this.readOnly) this.onWritten()
    return result
  }

  /** Runs `work` on the state of one moment; others may write meanwhile, `work` does not. @throws StoreProblem */
  snapshot<T>(work: () => T): T {
    return this.#enclosed('BEGIN', work)
  }

  #enclosed<T>(begin: string, work: () => T): T {
    const inner = this.#depth > 0
    const name = `level${this.#depth}`
    this.exec(inner ? `SAVEPOINT ${name}` : begin)
    this.#depth++
    let result: T
    try {
      result = work()
      if (result instanceof Promise) throw new TypeError('a transaction is over when its function returns: no promises')
      this.#expectTransaction()
      this.exec(inner ? `RELEASE ${name}` : 'COMMIT')
    } catch (error) {
      this.#undo(inner ? `ROLLBACK TO ${name}; RELEASE ${name}` : 'ROLLBACK')
      throw error
    } finally {
      this.#depth--
    }
    return result
  }

  /** Bytes of the database, its log and the log's index. */
  fileBytes(): { database: number; wal: number; shm: number } {
    const size = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0
    return { database: size(this.path), wal: size(`${this.path}-wal`), shm: size(`${this.path}-shm`) }
  }

  /** How long calls wait for another process from now on, milliseconds. @throws StoreProblem */
  setPatience(milliseconds: number): void {
    this.#patience = milliseconds
    this.exec(`PRAGMA busy_timeout=${milliseconds}`)
  }

  /** Moves the log into the database and empties it; waits for readers at most `patience` milliseconds. Answers whether it is empty. */
  emptyLog(patience = 200): boolean {
    this.exec(`PRAGMA busy_timeout=${patience}`)
    try {
      return this.figure('PRAGMA wal_checkpoint(TRUNCATE)') === 0
    } finally {
      this.exec(`PRAGMA busy_timeout=${this.#patience}`)
    }
  }

  close(): void {
    this.#statements.clear()
    if (this.#sqlite.isOpen) this.#sqlite.close()
  }

  #statement(sql: string): StatementSync {
    if (this.#depth > 0) this.#expectTransaction()
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear()
    const statement = this.#sqlite.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  /** SQLite undoes a whole transaction by itself where the disk is full or broken: what follows must not be written alone. */
  #expectTransaction(): void {
    if (this.#sqlite.isTransaction) return
    throw new StoreProblem('io', `${this.path}: the change was undone after an error of the disk`, { where: this.path })
  }

  #undo(sql: string): void {
    if (!this.#sqlite.isOpen || !this.#sqlite.isTransaction) return
    try {
      this.#sqlite.exec(sql)
    } catch {
      // The first error tells more; a transaction that cannot be undone now is undone when the file is opened again.
    }
  }

  #explained<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw explainTrouble(error, this.path)
    }
  }
}
