/**
 * The memory of VPSGuard: findings, incidents, blocks, notices, runs, rates, models, checkpoints and settings in one
 * SQLite file. Raw events are not kept.
 *
 * Every call is durable when it returns in the sense of WAL with synchronous=NORMAL: whatever ends the process (also
 * `kill -9`), nothing that returned is lost. When the power fails the last changes may be lost, but whole: the file is
 * never damaged by it and no change is ever there by half.
 */
import { BlockTable } from './blocks.ts'
import { Chain, type ChainHead } from './chain.ts'
import { CheckpointTable } from './checkpoints.ts'
import type { Database } from './database.ts'
import { FindingTable } from './findings.ts'
import { createHoards, DEFAULT_RETENTION, type Hoard, type HoardName, type Retention, removeOld } from './hoards.ts'
import { IncidentTable } from './incidents.ts'
import { LabelTable } from './labels.ts'
import { ModelTable } from './models.ts'
import { OutboxTable } from './outbox.ts'
import { RunTable } from './runs.ts'
import { SeriesTable } from './series.ts'
import { SettingTable, StatusTable } from './settings.ts'
import { type PruneReport, SizeGuard, type TableSize, tableSizes } from './size.ts'
import { isStoreTrouble } from './trouble.ts'
import { type ChainReport, type ToldHead, verifyChain } from './verify.ts'
import { WindowTable } from './windows.ts'

export interface StoreStats {
  path: string
  tables: TableSize[]
  /** Bytes. */
  files: { database: number; wal: number; shm: number }
  /** Bytes of the database that hold nothing. */
  free: number
  cap: number
}

/** What `clear` can empty, beside what ages. */
export type Clearable = HoardName | 'checkpoints' | 'settings'

/**
 * Opened by `openStore`; every table's calls and its own throw a StoreProblem where the database has trouble. All
 * moments are milliseconds since 1970.
 */
export class Store {
  readonly findings: FindingTable
  readonly incidents: IncidentTable
  readonly blocks: BlockTable
  readonly outbox: OutboxTable
  readonly runs: RunTable
  readonly series: SeriesTable
  readonly models: ModelTable
  readonly checkpoints: CheckpointTable
  readonly settings: SettingTable
  readonly labels: LabelTable
  readonly maintenance: WindowTable
  readonly status: StatusTable
  /** Told what had to go for want of room, as it happens. */
  onPruned: (report: PruneReport) => void = () => {}

  readonly #database: Database
  readonly #chain: Chain
  readonly #hoards: readonly Hoard[]
  readonly #guard: SizeGuard | undefined
  readonly #now: () => number
  readonly #cap: number

  /** `openStore` makes stores. */
  constructor(database: Database, now: () => number, cap: number) {
    this.#database = database
    this.#now = now
    this.#chain = new Chain(database)
    this.findings = new FindingTable(database, this.#chain)
    this.incidents = new IncidentTable(database)
    this.blocks = new BlockTable(database)
    this.outbox = new OutboxTable(database)
    this.runs = new RunTable(database)
    this.series = new SeriesTable(database, now)
    this.models = new ModelTable(database)
    this.checkpoints = new CheckpointTable(database)
    this.settings = new SettingTable(database)
    this.labels = new LabelTable(database)
    this.maintenance = new WindowTable(database)
    this.status = new StatusTable(database)
    this.#hoards = createHoards(database, { findings: this.findings, series: this.series, now })
    this.#cap = cap
    if (database.readOnly) return
    this.#guard = new SizeGuard(database, this.#hoards, cap)
    database.onWritten = () => this.#watchSize()
  }

  get path(): string {
    return this.#database.path
  }

  /** Not after `close`: every call fails then. */
  get isOpen(): boolean {
    return this.#database.isOpen
  }

  /**
   * One change out of many: kept as a whole or not at all. Nested calls join the outer one. Other processes' writes wait
   * meanwhile, so what `work` reads stays true until it returns. `work` is synchronous.
   * @throws StoreProblem
   */
  transaction<T>(work: () => T): T {
    return this.#database.transaction(work)
  }

  /** Grows whenever another process (or another opened store) changed something; cheap enough for every second. */
  dataVersion(): number {
    return this.#database.figure('PRAGMA data_version')
  }

  /** How long calls wait for another process: little, while one holds the database for long. 5 s in the beginning. */
  setPatience(milliseconds: number): void {
    this.#database.setPatience(milliseconds)
  }

  /** Checks the chain of findings, and against a head that was told elsewhere where one is given. Reads all findings. */
  verify(told?: ToldHead): ChainReport {
    return verifyChain(this.#database, this.#chain, told)
  }

  /** The newest entry of the chain: to be told to a place that this machine cannot write. */
  chainHead(): ChainHead {
    return this.#chain.head()
  }

  /** Removes what is too old, gets under the size cap, and gives the room back to the disk. Not inside a transaction. */
  prune(retention: Retention = DEFAULT_RETENTION): PruneReport {
    const guard = this.#writable()
    const removed = removeOld(this.#database, this.#hoards, retention, this.#now())
    const report = guard.prune()
    for (const name of Object.keys(removed) as HoardName[]) {
      report.removed[name] = (report.removed[name] ?? 0) + (removed[name] ?? 0)
    }
    return report
  }

  /** Reads the whole file. */
  stats(): StoreStats {
    const page = this.#database.figure('PRAGMA page_size')
    return {
      path: this.path,
      tables: tableSizes(this.#database),
      files: this.#database.fileBytes(),
      free: this.#database.figure('PRAGMA freelist_count') * page,
      cap: this.#guard?.cap ?? this.#cap,
    }
  }

  /**
   * Empties a part of the memory at a person's word: all of it, or what ended before a moment. Active blocks, waiting
   * notices and current models stay in any case; that findings went is told by the chain.
   * @returns how many rows went
   */
  clear(what: Clearable, before = Number.MAX_SAFE_INTEGER): number {
    this.#writable()
    const hoard = this.#hoards.find(({ name }) => name === what)
    return this.#database.transaction(() => {
      if (hoard !== undefined) return hoard.removeBefore(before, 'cleared')
      const column = what === 'settings' ? 'changed' : 'at'
      return this.#database.run(`DELETE FROM ${what} WHERE ${column} < ?`, before).changes
    })
  }

  close(): void {
    if (!this.#database.isOpen) return
    try {
      if (!this.#database.readOnly) this.#database.emptyLog(0)
    } catch (error) {
      if (!isStoreTrouble(error)) throw error
    } finally {
      this.#database.close()
    }
  }

  #writable(): SizeGuard {
    if (this.#guard === undefined) throw new TypeError('the store was opened to read')
    if (this.#database.inTransaction) throw new TypeError('not inside a transaction')
    return this.#guard
  }

  /** The write that was just made stands: trouble with pruning shows again at the next one and is told by `prune`. */
  #watchSize(): void {
    try {
      const report = this.#guard?.watch()
      if (report !== undefined) this.onPruned(report)
    } catch (error) {
      if (!isStoreTrouble(error)) throw error
    }
  }
}
