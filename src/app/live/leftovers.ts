/** What the daemon has done with: V8 leaves it until its heap has grown. */
import { getHeapStatistics } from 'node:v8'

/** Growth since the last time from which on it is worth its time. */
const WORTHWHILE = 1.25

export class Leftovers {
  /** Bytes that were left over the last time. */
  #least = 0

  /** To be called after what leaves much behind. Only where Node was started with `--expose-gc`, as `vpsguard watch` is. */
  collect(): void {
    if (globalThis.gc === undefined || held() < this.#least * WORTHWHILE) return
    globalThis.gc({ type: 'major', execution: 'sync' })
    this.#least = held()
  }
}

function held(): number {
  const { total_heap_size: heap, external_memory: outside } = getHeapStatistics()
  return heap + outside
}
