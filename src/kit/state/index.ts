import { DistinctCount, type DistinctCountOptions } from './distinct-count.ts'
import { Memory, type MemoryOptions } from './memory.ts'
import { listPieces, objectPieces } from './pieces.ts'
import type { Json, Primitive } from './primitive.ts'
import { SlidingCount, type SlidingCountOptions } from './sliding-count.ts'
import type { Translation } from './translation.ts'

export type { Json, Key, Primitive } from './primitive.ts'
export type { Trail } from './sliding-count.ts'
export { DistinctCount, Memory, SlidingCount }

/** A rule's store of state: it opens primitives by name, and the engine checkpoints them all. */
export class State {
  readonly #primitives = new Map<string, Primitive>()

  slidingCount(name: string, options: SlidingCountOptions): SlidingCount {
    return this.#register(name, new SlidingCount(options))
  }

  distinctCount(name: string, options: DistinctCountOptions): DistinctCount {
    return this.#register(name, new DistinctCount(options))
  }

  memory<V extends Json>(name: string, options: MemoryOptions<V>): Memory<V> {
    return this.#register(name, new Memory<V>(options))
  }

  #register<P extends Primitive>(name: string, primitive: P): P {
    if (this.#primitives.has(name)) throw new TypeError(`state ${name} is opened twice`)
    this.#primitives.set(name, primitive)
    return primitive
  }

  get evicted(): number {
    let sum = 0
    for (const primitive of this.#primitives.values()) sum += primitive.evicted
    return sum
  }

  /** What `restore` and `merge` take, as JSON in pieces: the snapshots by name. */
  snapshotPieces(): Iterable<string> {
    return objectPieces(
      this.#primitives.entries().map(([name, primitive]) => [name, listPieces(primitive.entries())] as const),
    )
  }

  restore(snapshot: Record<string, Json>): void {
    for (const [name, primitive] of this.#primitives) {
      const saved = snapshot[name]
      if (saved !== undefined) primitive.restore(saved)
    }
  }

  /** Adds another node's state of the same rule and options; `from` says what its numbers are here. */
  merge(snapshot: Record<string, Json>, from: Translation): void {
    for (const [name, primitive] of this.#primitives) {
      const saved = snapshot[name]
      if (saved !== undefined) primitive.merge(saved, from)
    }
  }
}
