/**
 * The daemon's hold on its database, which may be locked, full, read-only or damaged at any moment: the daemon goes on,
 * says what is wrong once, keeps what must not be lost, and writes it when it can.
 */
import type { BlockLedger } from '../../core/decision.ts'
import type { Finding } from '../../core/finding.ts'
import { DAY, WEEK } from '../../core/time.ts'
import { isStoreTrouble, openStore, type Store, type StoreTrouble } from '../../store/index.ts'
import type { DaemonLog } from './daemon-log.ts'
import type { FindingRecord } from './judge.ts'

/** Read from the store when somebody asks. */
export interface LiveFigures {
  /** Campaigns that went on within the last day. */
  campaignsActive: number
  blocksActive: number
  /** Campaigns, anomalies and rates of the last week: what the budget is for. */
  alarmsThisWeek: number
}

/** Findings that wait for the database; of more, the oldest are lost (their stories are told again as they go on). */
const MOST_WAITING = 20_000

export interface MemoryOptions {
  folder: string
  now: () => number
  /** Bytes. */
  cap: number
  log: DaemonLog
}

export class Memory implements FindingRecord {
  readonly #options: MemoryOptions
  #store: Store
  #trouble: StoreTrouble | undefined
  readonly #waiting = new Map<string, { finding: Finding; at: number }>()
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
      extendBlock: (id, expires) => now().extendBlock(id, expires),
      blocksSince: time => now().blocksSince(time),
      exclusively: work => now().exclusively(work),
    }
  }

  /** What the metrics tell of what is remembered. */
  figures(): LiveFigures {
    const now = this.#options.now()
    return (
      this.attempt(store => {
        const lately = store.findings.list({ since: now - WEEK, status: 'open', limit: 10_000 })
        const alarms = lately.filter(({ finding }) => finding.kind !== 'rule')
        return {
          campaignsActive: alarms.filter(
            ({ finding }) => finding.kind === 'campaign' && Date.parse(finding.last_seen) >= now - DAY,
          ).length,
          blocksActive: store.blocks.activeBlocks().length,
          alarmsThisWeek: alarms.length,
        }
      }) ?? { campaignsActive: 0, blocksActive: 0, alarmsThisWeek: 0 }
    )
  }

  /** What is wrong now, if anything is. */
  get trouble(): StoreTrouble | undefined {
    return this.#trouble
  }

  /** Runs something that needs the database; answers undefined where that has trouble. @throws what is no trouble of the store's */
  attempt<T>(work: (store: Store) => T): T | undefined {
    try {
      const result = work(this.#store)
      if (this.#trouble !== undefined) {
        this.#trouble = undefined
        this.#options.log.info('the database can be used again')
      }
      return result
    } catch (error) {
      if (!isStoreTrouble(error)) throw error
      this.note(error)
      return undefined
    }
  }

  /** Takes note of trouble that somebody else met. */
  note(error: unknown): void {
    if (!isStoreTrouble(error)) return
    if (this.#trouble !== error.trouble) {
      const hint = error.hint === undefined ? '' : ` (${error.hint})`
      this.#options.log.error(
        `the database: ${error.message}${hint}; watching goes on, and what is found is kept until it can be written`,
      )
    }
    this.#trouble = error.trouble
  }

  get(id: string): Finding | undefined {
    return this.#waiting.get(id)?.finding ?? this.attempt(store => store.findings.get(id)?.finding)
  }

  put(finding: Finding, at: number): void {
    this.#withdrawn.delete(finding.id)
    if (this.attempt(store => store.findings.upsert(finding, at, this.run)) !== undefined) {
      this.#waiting.delete(finding.id)
      return
    }
    this.#waiting.delete(finding.id)
    if (this.#waiting.size >= MOST_WAITING)
      for (const oldest of this.#waiting.keys()) {
        this.#waiting.delete(oldest)
        break
      }
    this.#waiting.set(finding.id, { finding, at })
  }

  withdraw(id: string): void {
    this.#waiting.delete(id)
    const closed = this.attempt(store => {
      store.findings.setStatus([id], 'closed')
      return true
    })
    if (closed === undefined) this.#withdrawn.add(id)
  }

  /** Tries again what waits. Called now and then. */
  recover(): void {
    if (this.#trouble === undefined) return
    if (this.#trouble === 'damaged') this.#reopen()
    const written = this.attempt(store =>
      store.transaction(() => {
        for (const { finding, at } of this.#waiting.values()) store.findings.upsert(finding, at, this.run)
        store.findings.setStatus([...this.#withdrawn], 'closed')
        return true
      }),
    )
    if (written === undefined) return
    this.#waiting.clear()
    this.#withdrawn.clear()
  }

  /** Opening sets a damaged database aside and begins a new one. */
  #reopen(): void {
    try {
      this.#store.close()
      this.#store = this.#open(true)
    } catch (error) {
      if (!isStoreTrouble(error)) throw error
    }
  }

  close(): void {
    this.recover()
    this.#store.close()
  }
}
