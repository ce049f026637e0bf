/** What the daemon has done with: V8 leaves it until its heap has grown, and the C library and the system until it is asked for. */
import { getHeapStatistics } from 'node:v8'
import { MINUTE } from '../../core/time.ts'
import { openGiveBack } from './give-back.ts'

/** Growth since the last time from which on collecting is worth its time. */
const WORTHWHILE = 1.25
/** How often memory is given back to the system. */
const EVERY = 10 * MINUTE

/** Works only where Node was started with `--expose-gc`, as `vpsguard watch` is: elsewhere others' memory is concerned. */
export class Leftovers {
  /** Bytes that were left over the last time. */
  #least = 0
  #giveBack: (() => void) | undefined
  #isOpen = false
  #last = Number.NEGATIVE_INFINITY

  /** To be called after what leaves much behind. */
  collect(): void {
    if (globalThis.gc === undefined || held() < this.#least * WORTHWHILE) return
    globalThis.gc({ type: 'major', execution: 'sync' })
    this.#least = held()
    // What was collected lies with malloc.
    this.#last = Number.NEGATIVE_INFINITY
  }

  /** To be called every second or so, while there is no more to do; `time` is of a steady clock, milliseconds. */
  async giveBack(time: number): Promise<void> {
    if (globalThis.gc === undefined || time - this.#last < EVERY) return
    this.#last = time
    if (!this.#isOpen) this.#giveBack = await openGiveBack()
    this.#isOpen = true
    this.#giveBack?.()
  }
}

function held(): number {
  const { total_heap_size: heap, external_memory: outside } = getHeapStatistics()
  return heap + outside
}
