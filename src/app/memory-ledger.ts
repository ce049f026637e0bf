/** A ledger of blocks that lives as long as its process: for what is only tried. */
import type { Block, BlockLedger, BlockState } from '../core/decision.ts'

/**
 * Used by replays. Unlike the store's ledger it throws a TypeError where a block is added twice, ended twice or not
 * there: there it is a bug.
 */
export class MemoryLedger implements BlockLedger {
  readonly #blocks = new Map<string, Block>()
  readonly #byPrefix = new Map<string, string[]>()
  readonly #active = new Set<string>()
  #inside = false

  activeBlocks(): Block[] {
    return [...this.#active].map(id => this.#get(id)).sort((a, b) => a.created - b.created)
  }

  blocksOf(prefix: string): Block[] {
    return (this.#byPrefix.get(prefix) ?? []).map(id => this.#get(id)).sort((a, b) => b.created - a.created)
  }

  blocks({ state, since, limit }: { state?: BlockState; since?: number; limit?: number } = {}): Block[] {
    return [...this.#blocks.values()]
      .filter(
        block => (state === undefined || block.state === state) && block.created >= (since ?? Number.NEGATIVE_INFINITY),
      )
      .sort((a, b) => b.created - a.created)
      .slice(0, limit)
      .map(block => ({ ...block }))
  }

  addBlock(block: Block): void {
    if (this.#blocks.has(block.id)) throw new TypeError(`block ${block.id} is there already`)
    this.#keep({ ...block })
    const known = this.#byPrefix.get(block.prefix)
    if (known === undefined) this.#byPrefix.set(block.prefix, [block.id])
    else known.push(block.id)
  }

  endBlock(id: string, state: 'expired' | 'removed' | 'failed', at: number): void {
    const block = this.#get(id)
    if (block.state !== 'active' && block.state !== 'observed') throw new TypeError(`block ${id} has ended before`)
    this.#keep({ ...block, state, ended: at })
  }

  extendBlock(id: string, expires: number | null, origin?: Block['origin']): void {
    const block = this.#get(id)
    this.#keep({ ...block, expires, origin: origin ?? block.origin })
  }

  blocksSince(time: number): number {
    let count = 0
    for (const { created, origin } of this.#blocks.values()) if (created >= time && origin !== 'manual') count++
    return count
  }

  exclusively<T>(work: () => T): T {
    if (this.#inside) throw new TypeError('a transaction inside a transaction')
    this.#inside = true
    const before = [...this.#blocks.values()]
    try {
      return work()
    } catch (error) {
      this.#restore(before)
      throw error
    } finally {
      this.#inside = false
    }
  }

  #restore(blocks: readonly Block[]): void {
    this.#blocks.clear()
    this.#byPrefix.clear()
    this.#active.clear()
    for (const block of blocks) this.addBlock(block)
  }

  #keep(block: Block): void {
    this.#blocks.set(block.id, block)
    if (block.state === 'active') this.#active.add(block.id)
    else this.#active.delete(block.id)
  }

  #get(id: string): Block {
    const block = this.#blocks.get(id)
    if (block === undefined) throw new TypeError(`no block ${id}`)
    return { ...block }
  }
}
