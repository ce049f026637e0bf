/**
 * The ledger of blocks while its database may fail: a full disk or a lock must neither keep an attacker out of the
 * firewall nor forget who is in it. What cannot be written is remembered here and written when it can.
 */
import type { Block, BlockLedger, BlockState } from '../../core/decision.ts'

type Write = (ledger: BlockLedger) => void

/** Writes that are remembered; an outage longer than this many loses the oldest, which the firewall ends by itself. */
const MOST_WRITES = 50_000

/**
 * A ledger over another that never throws for trouble of the database: reads answer what was last known, writes wait
 * (the oldest go where there are too many). `isTrouble` says which errors are such; all others are thrown.
 */
export class SafeLedger implements BlockLedger {
  readonly #ledger: BlockLedger
  readonly #isTrouble: (error: unknown) => boolean
  readonly #onTrouble: (error: unknown) => void
  /** Active blocks as last known, by id. */
  readonly #active = new Map<string, Block>()
  readonly #unwritten: Write[] = []
  /** What the transaction that is open writes, and the writes of it that failed by themselves. */
  #inTransaction: { all: Write[]; failed: Write[] } | undefined

  constructor(ledger: BlockLedger, isTrouble: (error: unknown) => boolean, onTrouble: (error: unknown) => void) {
    this.#ledger = ledger
    this.#isTrouble = isTrouble
    this.#onTrouble = onTrouble
  }

  /** Writes that wait for the database. */
  get waiting(): number {
    return this.#unwritten.length
  }

  /** Writes what waits. Answers whether nothing does any more. */
  recover(): boolean {
    while (this.#unwritten.length > 0) {
      const [next] = this.#unwritten
      if (!this.#try(next)) return false
      this.#unwritten.shift()
    }
    return true
  }

  activeBlocks(): Block[] {
    if (!this.recover()) return [...this.#active.values()]
    return this.#attempt(() => {
      const active = this.#ledger.activeBlocks()
      this.#active.clear()
      for (const block of active) this.#active.set(block.id, block)
      return active
    }, [...this.#active.values()])
  }

  blocksOf(prefix: string): Block[] {
    return this.#attempt(
      () => this.#ledger.blocksOf(prefix),
      [...this.#active.values()].filter(block => block.prefix === prefix),
    )
  }

  blocks(query?: { state?: BlockState; since?: number; limit?: number }): Block[] {
    return this.#attempt(() => this.#ledger.blocks(query), [...this.#active.values()])
  }

  addBlock(block: Block): void {
    if (block.state === 'active') this.#active.set(block.id, block)
    this.#write(ledger => ledger.addBlock(block))
  }

  endBlock(id: string, state: 'expired' | 'removed' | 'failed', at: number): void {
    this.#active.delete(id)
    this.#write(ledger => ledger.endBlock(id, state, at))
  }

  extendBlock(id: string, expires: number | null, origin?: Block['origin']): void {
    const block = this.#active.get(id)
    if (block !== undefined) this.#active.set(id, { ...block, expires, origin: origin ?? block.origin })
    this.#write(ledger => ledger.extendBlock(id, expires, origin))
  }

  blocksSince(time: number): number {
    return this.#attempt(
      () => this.#ledger.blocksSince(time),
      [...this.#active.values()].filter(block => block.created >= time && block.origin !== 'manual').length,
    )
  }

  /** One transaction where the database can be had; where not, the one daemon that there is decides alone. */
  exclusively<T>(work: () => T): T {
    if (!this.recover()) return work()
    const before = [...this.#active]
    const writes: { all: Write[]; failed: Write[] } = { all: [], failed: [] }
    const outcome: { done?: { result: T } } = {}
    this.#inTransaction = writes
    try {
      this.#ledger.exclusively(() => {
        outcome.done = { result: work() }
      })
      this.#keep(writes.failed)
    } catch (error) {
      if (!this.#isTrouble(error)) throw error
      this.#onTrouble(error)
      // It was undone as a whole: what was written in it is written again, in its order, when that can be done.
      if (outcome.done !== undefined) this.#keep(writes.all)
      else {
        this.#active.clear()
        for (const [id, block] of before) this.#active.set(id, block)
      }
    } finally {
      this.#inTransaction = undefined
    }
    return outcome.done === undefined ? work() : outcome.done.result
  }

  #write(write: Write): void {
    const writes = this.#inTransaction
    if (writes !== undefined) {
      writes.all.push(write)
      if (!this.#try(write)) writes.failed.push(write)
    } else if (this.#unwritten.length > 0 || !this.#try(write)) this.#keep([write])
  }

  #keep(writes: readonly Write[]): void {
    this.#unwritten.push(...writes)
    if (this.#unwritten.length > MOST_WRITES) this.#unwritten.splice(0, this.#unwritten.length - MOST_WRITES)
  }

  #try(write: Write): boolean {
    return this.#attempt(() => {
      write(this.#ledger)
      return true
    }, false)
  }

  #attempt<T>(work: () => T, otherwise: T): T {
    try {
      return work()
    } catch (error) {
      if (!this.#isTrouble(error)) throw error
      this.#onTrouble(error)
      return otherwise
    }
  }
}
