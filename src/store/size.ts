/** The size of the store, and the cap that it stays under. */
import type { Database } from './database.ts'
import type { Hoard, HoardName } from './hoards.ts'
import { number, text } from './row.ts'

const MEBIBYTE = 1 << 20
export const LEAST_CAP = 16 * MEBIBYTE
export const DEFAULT_CAP = 256 * MEBIBYTE

/** Pruning for room goes on until this much of what is allowed is in use, so that it is not needed again at once. */
const TARGET = 0.8
/** What goes at a time of the hoard that takes most room. */
const PART = 0.25
/** Each pass removes something: more of them would mean that nothing is left to remove. */
const MAX_PASSES = 100
/** Pages given back at a time, so that the log stays short. */
const VACUUM_PAGES = 256
/** The index of the log: 32 KiB for every 4096 pages. */
const SHM_BYTES = 256 * 1024

export interface PruneReport {
  /** Rows removed, by what they were. */
  removed: Partial<Record<HoardName | 'waiting notices', number>>
  /** Bytes of all files of the database. */
  before: number
  after: number
  cap: number
  /** Sentences for the owner: what had to go for want of room, why the cap cannot be held. */
  notes: string[]
}

export interface TableSize {
  name: string
  rows: number
  bytes: number
}

/** Rows and bytes of every table, its indexes included; largest first. Reads the whole file. */
export function tableSizes(database: Database): TableSize[] {
  const rows = database.all(
    `SELECT schema.tbl_name AS name, sum(pages.pgsize) AS bytes FROM dbstat AS pages
    JOIN sqlite_schema AS schema ON schema.name = pages.name WHERE pages.aggregate = 1
    GROUP BY schema.tbl_name ORDER BY bytes DESC`,
  )
  return rows.map(row => {
    const name = text(row, 'name')
    // The name comes from the schema, whose shape was checked when the file was opened.
    return { name, bytes: number(row, 'bytes'), rows: database.figure(`SELECT count(*) FROM "${name}"`) }
  })
}

/**
 * Keeps database, log and index under `cap` bytes (LEAST_CAP at the least) by removing the oldest of what takes the
 * most room; what is needed stays even where it takes more. `watch` answers a report only where it had to.
 */
export class SizeGuard {
  readonly cap: number
  readonly #database: Database
  readonly #hoards: readonly Hoard[]
  readonly #pageSize: number
  /** What a prune could not get below: it is not tried again until the file has grown beyond it. */
  #floor = 0
  /** The same for the log, which a reader that does not finish keeps from being emptied. */
  #walFloor = 0
  #busy = false

  constructor(database: Database, hoards: readonly Hoard[], cap: number) {
    this.#database = database
    this.#hoards = hoards
    this.cap = Math.max(LEAST_CAP, cap)
    this.#pageSize = database.figure('PRAGMA page_size')
    database.exec(`PRAGMA journal_size_limit=${this.#walLimit}`)
    database.exec(`PRAGMA wal_autocheckpoint=${Math.floor(this.#walLimit / 2 / this.#pageSize)}`)
  }

  /** Bytes that the log may have once a write is over; half of them are moved into the database at a time. */
  get #walLimit(): number {
    return Math.min(8 * MEBIBYTE, this.cap / 4)
  }

  /** Bytes that the database itself may have. */
  get #room(): number {
    return this.cap - this.#walLimit - SHM_BYTES
  }

  /** Called after every write: costs two look-ups while all is well. Trouble here is no trouble of the write before it. */
  watch(): PruneReport | undefined {
    if (this.#busy) return undefined
    this.#busy = true
    try {
      const { wal } = this.#database.fileBytes()
      if (wal > Math.max(this.#walLimit, this.#walFloor)) {
        this.#walFloor = this.#database.emptyLog(50) ? 0 : wal + MEBIBYTE
      }
      const pages = this.#database.figure('PRAGMA page_count') * this.#pageSize
      return pages > Math.max(this.#room, this.#floor) ? this.#holdCap() : undefined
    } finally {
      this.#busy = false
    }
  }

  /** Gets under the cap, oldest first, and gives free pages back to the disk. */
  prune(): PruneReport {
    this.#busy = true
    try {
      return this.#holdCap()
    } finally {
      this.#busy = false
    }
  }

  get #used(): number {
    return (
      (this.#database.figure('PRAGMA page_count') - this.#database.figure('PRAGMA freelist_count')) * this.#pageSize
    )
  }

  get #bytes(): number {
    const { database, wal, shm } = this.#database.fileBytes()
    return database + wal + shm
  }

  #holdCap(): PruneReport {
    const report: PruneReport = { removed: {}, before: this.#bytes, after: 0, cap: this.cap, notes: [] }
    if (this.#used > this.#room) this.#makeRoom(report)
    this.#giveBack()
    report.after = this.#bytes
    const pages = this.#database.figure('PRAGMA page_count') * this.#pageSize
    this.#floor = pages > this.#room ? pages + MEBIBYTE : 0
    if (report.after > this.cap) {
      report.notes.push(
        `the database takes ${report.after} bytes and may take ${this.cap}: what is left is needed (active blocks, ` +
          'the running state, the current model) or held by another process; allow it more',
      )
    }
    return report
  }

  #makeRoom(report: PruneReport): void {
    const sizes = new Map(tableSizes(this.#database).map(({ name, bytes }) => [name, bytes]))
    const estimates = this.#hoards.map(hoard => ({
      hoard,
      bytes: hoard.tables.reduce((sum, table) => sum + (sizes.get(table) ?? 0), 0),
    }))
    for (let pass = 0; pass < MAX_PASSES && this.#used > this.#room * TARGET; pass++) {
      estimates.sort((a, b) => b.bytes - a.bytes)
      const largest = estimates[0]
      if (largest.bytes === 0) break
      const { name } = largest.hoard
      const removed = this.#database.transaction(() => largest.hoard.shrink(PART))
      largest.bytes = removed === 0 ? 0 : largest.bytes * (1 - PART)
      report.removed[name] = (report.removed[name] ?? 0) + removed
      if (this.#database.fileBytes().wal > this.#walLimit) this.#database.emptyLog()
    }
    if (this.#used > this.#room) this.#dropWaiting(report)
    const what = Object.entries(report.removed).map(([name, count]) => `${count} of ${name}`)
    if (what.length > 0) report.notes.push(`the database had reached its size: the oldest went (${what.join(', ')})`)
  }

  /** The last resort: messages that could not be sent for so long that nothing else is left to remove. */
  #dropWaiting(report: PruneReport): void {
    for (let pass = 0; pass < MAX_PASSES && this.#used > this.#room; pass++) {
      const waiting = this.#database.figure("SELECT count(*) FROM notices WHERE state = 'waiting'")
      if (waiting === 0) return
      report.removed['waiting notices'] ??= 0
      report.removed['waiting notices'] += this.#database.run(
        `DELETE FROM notices WHERE id IN (SELECT id FROM notices WHERE state = 'waiting' ORDER BY created, id LIMIT ?)`,
        Math.ceil(waiting * PART),
      ).changes
    }
  }

  #giveBack(): void {
    // One call for every stretch: each is a change of its own, and the log is emptied between them.
    while (this.#database.figure('PRAGMA freelist_count') > 0) {
      const before = this.#database.figure('PRAGMA page_count')
      this.#database.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`)
      if (this.#database.fileBytes().wal > this.#walLimit / 2) this.#database.emptyLog()
      if (this.#database.figure('PRAGMA page_count') >= before) break
    }
    this.#database.emptyLog()
  }
}
