/**
 * The daemon's hold on its database, which may be locked, full, read-only or damaged at any moment: the daemon goes on,
 * says what is wrong once, keeps what must not be lost, and writes it when it can.
 */
import type { BlockLedger } from '../../core/decision.ts'
import type { Finding } from '../../core/finding.ts'
import { isStoreTrouble, openStore, type Store, type StoreTrouble } from '../../store/index.ts'
import type { DaemonLog } from './daemon-log.ts'
import type { FindingRecord, Recorded } from './judge.ts'

/** Findings that wait for the database; of more, the oldest are lost (their stories are told again as they go on). */
const MOST_WAITING = 20_000
/** How long a call waits for whoever holds the database, milliseconds: at first, and while it is known to be held. */
const PATIENCE = 5000
const LITTLE_PATIENCE = 100

/** What is done with the database. That it can be read says nothing of writing, and a short line fits where a checkpoint does not. */
type Use = 'read' | 'write' | 'checkpoint'
/** What is possible where a use is. */
const PROVES: Readonly<Record<Use, readonly Use[]>> = {
  read: ['read'],
  write: ['read', 'write'],
  checkpoint: ['read', 'write', 'checkpoint'],
}

interface Waiting {
  finding: Finding
  at: number
}

export interface MemoryOptions {
  folder: string
  now: () => number
  /** Bytes. */
  cap: number
  log: DaemonLog
}

/**
 * All that the daemon reads and writes goes through here. Only errors that are no trouble of the store's are thrown,
 * but for the constructor and for `put` inside a checkpoint.
 */
export class Memory implements FindingRecord {
  readonly #options: MemoryOptions
  #store: Store
  #trouble: StoreTrouble | undefined
  /** What failed when it was last tried. */
  readonly #failing = new Set<Use>()
  readonly #waiting = new Map<string, Waiting>()
  /** Findings written inside the checkpoint that is being made: it may be undone as a whole. */
  #unsure: Map<string, Waiting> | undefined
  readonly #withdrawn = new Set<string>()
  /** The run that findings belong to. */
  run: number | undefined

  /** @throws Problem where the store cannot be opened at all */
  constructor(options: MemoryOptions) {
    this.#options = options
    this.#store = this.#open(false)
  }

  #open(suspect: boolean): Store {
    const { folder, now, cap, log } = this.#options
    const { store, notes } = openStore(folder, { now, cap, suspect })
    for (const note of notes) log.warn(note)
    store.onPruned = report => log.info({ removed: report.removed }, 'the database reached its size: the oldest went')
    return store
  }

  get store(): Store {
    return this.#store
  }

  /** The ledger of blocks; it follows where the store is opened anew. */
  ledger(): BlockLedger {
    const now = (): BlockLedger => this.#store.blocks
    return {
      activeBlocks: () => now().activeBlocks(),
      blocksOf: prefix => now().blocksOf(prefix),
      blocks: query => now().blocks(query),
      addBlock: block => now().addBlock(block),
      endBlock: (id, state, at) => now().endBlock(id, state, at),
      extendBlock: (id, expires, origin) => now().extendBlock(id, expires, origin),
      blocksSince: time => now().blocksSince(time),
      exclusively: work => now().exclusively(work),
    }
  }

  /** What is wrong now, if anything is. */
  get trouble(): StoreTrouble | undefined {
    return this.#trouble
  }

  /** Reads; answers undefined where the database has trouble. @throws what is no trouble of the store's */
  attempt<T>(work: (store: Store) => T): T | undefined {
    return this.#try('read', work)
  }

  /** Writes; answers undefined where that could not be done. @throws what is no trouble of the store's */
  write<T>(work: (store: Store) => T): T | undefined {
    return this.#try('write', work)
  }

  /**
   * Writes in one transaction: what waits, the findings that `work` puts, and what else it writes. Where that cannot be
   * done the findings wait. Answers whether it was.
   */
  checkpoint(work: (store: Store) => void): boolean {
    const unsure = new Map<string, Waiting>()
    this.#unsure = unsure
    const done = this.#try('checkpoint', store =>
      store.transaction(() => {
        this.#writeWaiting(store)
        work(store)
        return true
      }),
    )
    this.#unsure = undefined
    if (done === true) this.#forgetWaiting()
    else for (const [id, waiting] of unsure) this.#keep(id, waiting)
    return done === true
  }

  #try<T>(use: Use, work: (store: Store) => T): T | undefined {
    try {
      const result = work(this.#store)
      this.#proven(use)
      return result
    } catch (error) {
      if (!isStoreTrouble(error)) throw error
      this.note(error, use)
      return undefined
    }
  }

  #proven(use: Use): void {
    if (this.#failing.size === 0) return
    for (const proven of PROVES[use]) this.#failing.delete(proven)
    if (this.#failing.size > 0) return
    this.#trouble = undefined
    this.#setPatience(PATIENCE)
    this.#options.log.info('the database can be used again')
  }

  /** Takes note of trouble, of its own or that somebody else met. */
  note(error: unknown, use: Use = 'write'): void {
    if (!isStoreTrouble(error)) return
    this.#failing.add(use)
    if (this.#trouble === error.trouble) return
    this.#trouble = error.trouble
    if (error.trouble === 'locked') this.#setPatience(LITTLE_PATIENCE)
    const hint = error.hint === undefined ? '' : ` (${error.hint})`
    this.#options.log.error(
      `the database: ${error.message}${hint}; watching goes on, and what is found is kept until it can be written`,
    )
  }

  #setPatience(patience: number): void {
    try {
      this.#store.setPatience(patience)
    } catch (error) {
      if (!isStoreTrouble(error)) throw error
    }
  }

  get(id: string): Recorded | undefined {
    const waiting = this.#waiting.get(id)
    const stored = this.attempt(store => store.findings.get(id))
    if (waiting !== undefined)
      return { finding: waiting.finding, first: stored?.firstRecorded ?? waiting.at, last: waiting.at, closed: false }
    return stored === undefined
      ? undefined
      : {
          finding: stored.finding,
          first: stored.firstRecorded,
          last: stored.lastRecorded,
          closed: stored.status === 'closed',
        }
  }

  /** Conclusions that were recorded after a moment and still stand. */
  concludedSince(moment: number): Finding[] {
    const open = this.attempt(store => store.findings.list({ status: 'open', limit: MOST_WAITING })) ?? []
    return open
      .filter(({ finding, lastRecorded }) => finding.kind !== 'rule' && lastRecorded > moment)
      .map(({ finding }) => finding)
  }

  /** @throws StoreProblem inside the work of a checkpoint, which then is undone */
  put(finding: Finding, at: number): void {
    const { id } = finding
    this.#withdrawn.delete(id)
    if (this.#unsure !== undefined) {
      this.#unsure.set(id, { finding, at })
      // What fails here undoes the checkpoint as a whole.
      this.#record(this.#store, finding, at)
      this.#waiting.delete(id)
      return
    }
    // While nothing can be written, one attempt a tick is enough: each may take its time.
    const written =
      !this.#failing.has('write') &&
      this.write(store => {
        this.#record(store, finding, at)
        return true
      })
    if (written === true) this.#waiting.delete(id)
    else this.#keep(id, { finding, at })
  }

  /** What was withdrawn and is found again is open, also where nothing else about it has changed. */
  #record(store: Store, finding: Finding, at: number): void {
    if (store.findings.upsert(finding, at, this.run) === 'unchanged') store.findings.setStatus([finding.id], 'open')
  }

  #keep(id: string, waiting: Waiting): void {
    this.#waiting.delete(id)
    if (this.#waiting.size >= MOST_WAITING)
      for (const oldest of this.#waiting.keys()) {
        this.#waiting.delete(oldest)
        break
      }
    this.#waiting.set(id, waiting)
  }

  withdraw(id: string): void {
    this.#waiting.delete(id)
    const closed = this.write(store => {
      store.findings.setStatus([id], 'closed')
      return true
    })
    if (closed === undefined && this.#withdrawn.size < MOST_WAITING) this.#withdrawn.add(id)
  }

  /** Tries again what waits. Called now and then. */
  recover(): void {
    if (this.#trouble === 'damaged' || !this.#store.isOpen) this.#reopen()
    if (this.#waiting.size === 0 && this.#withdrawn.size === 0) return
    const written = this.write(store =>
      store.transaction(() => {
        this.#writeWaiting(store)
        return true
      }),
    )
    if (written !== undefined) this.#forgetWaiting()
  }

  #writeWaiting(store: Store): void {
    for (const { finding, at } of this.#waiting.values()) this.#record(store, finding, at)
    store.findings.setStatus([...this.#withdrawn], 'closed')
  }

  #forgetWaiting(): void {
    this.#waiting.clear()
    this.#withdrawn.clear()
  }

  /** Opening sets a damaged database aside and begins a new one; where not even that can be done, it is tried again. */
  #reopen(): void {
    try {
      this.#store.close()
      this.#store = this.#open(true)
      // The run stands in the one that was set aside.
      this.run = undefined
      this.#proven('checkpoint')
    } catch (error) {
      if (!isStoreTrouble(error)) throw error
    }
  }

  close(): void {
    this.recover()
    this.#store.close()
  }
}
