/** A ledger in memory, for tests of what stands above it: it keeps the contract and nothing else. */
import type { Block, BlockLedger, BlockState } from '../../src/core/decision.ts'

export class MemoryLedger implements BlockLedger {
  readonly #blocks = new Map<string, Block>()
  readonly #byPrefix = new Map<string, string[]>()
  #inside = false

  activeBlocks(): Block[] {
    return [...this.#blocks.values()].filter(({ state }) => state === 'active').sort((a, b) => a.created - b.created)
  }

  blocksOf(prefix: string): Block[] {
    return (this.#byPrefix.get(prefix) ?? []).map(id => this.#get(id)).sort((a, b) => b.created - a.created)
  }

  blocks({ state, since, limit }: { state?: BlockState; since?: number; limit?: number } = {}): Block[] {
    return [...this.#blocks.values()]
      .filter(block => (state === undefined || block.state === state) && block.created >= (since ?? -Infinity))
      .sort((a, b) => b.created - a.created)
      .slice(0, limit)
  }

  addBlock(block: Block): void {
    if (this.#blocks.has(block.id)) throw new TypeError(`block ${block.id} is there already`)
    this.#blocks.set(block.id, { ...block })
    this.#byPrefix.set(block.prefix, [...(this.#byPrefix.get(block.prefix) ?? []), block.id])
  }

  endBlock(id: string, state: 'expired' | 'removed' | 'failed', at: number): void {
    const block = this.#get(id)
    if (block.state !== 'active' && block.state !== 'observed') throw new TypeError(`block ${id} has ended before`)
    this.#blocks.set(id, { ...block, state, ended: at })
  }

  extendBlock(id: string, expires: number | null): void {
    this.#blocks.set(id, { ...this.#get(id), expires })
  }

  blocksSince(time: number): number {
    return [...this.#blocks.values()].filter(({ created, origin }) => created > time && origin !== 'manual').length
  }

  exclusively<T>(work: () => T): T {
    if (this.#inside) throw new TypeError('a transaction inside a transaction')
    this.#inside = true
    const before = new Map(this.#blocks)
    try {
      return work()
    } catch (error) {
      this.#blocks.clear()
      for (const [id, block] of before) this.#blocks.set(id, block)
      throw error
    } finally {
      this.#inside = false
    }
  }

  #get(id: string): Block {
    const block = this.#blocks.get(id)
    if (block === undefined) throw new TypeError(`no block ${id}`)
    return { ...block }
  }
}
