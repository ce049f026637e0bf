/** What the daemon has done with: V8 leaves it until its heap has grown, and the C library and the system until they are asked. */
import { getHeapStatistics } from 'node:v8'
import { MINUTE, SECOND } from '../../core/time.ts'
import { openGiveBack } from './give-back.ts'

/** Growth of what V8 holds since the last time from which on collecting is worth its time. */
const WORTHWHILE = 1.25
/** How often it is looked how much memory the process has; the growth from which on all that can go does, and how often at most. */
const EVERY = 10 * SECOND
const GROWTH = 1.08
const REST = MINUTE

/** Works only where Node was started with `--expose-gc`, as `vpsguard watch` is: elsewhere the process is not the daemon's alone. */
export class Leftovers {
  /** Bytes that were left over the last time. */
  #least = 0
  /** When it was looked last, and when all that can go did. */
  #looked = Number.NEGATIVE_INFINITY
  #done = Number.NEGATIVE_INFINITY
  /** The fewest bytes in memory that were seen since: by the first look, what is needed after all is back. */
  #fewest = 0
  #giveBack: (() => void) | undefined
  #isOpen = false

  /** To be called after what leaves much behind. */
  collect(): void {
    if (globalThis.gc === undefined || held() < this.#least * WORTHWHILE) return
    globalThis.gc({ type: 'major', execution: 'sync' })
    this.#least = held()
    // What was collected lies with the C library now.
    this.#looked = Number.NEGATIVE_INFINITY
    this.#done = Number.NEGATIVE_INFINITY
    this.#fewest = 0
  }

  /** To be called every second or so, while there is no more to read; `time` is of a steady clock, milliseconds. */
  async look(time: number): Promise<void> {
    if (globalThis.gc === undefined || time - this.#looked < EVERY) return
    this.#looked = time
    const resident = process.memoryUsage.rss()
    this.#fewest = Math.min(this.#fewest, resident)
    if (resident < this.#fewest * GROWTH || time - this.#done < REST) return
    if (!this.#isOpen) this.#giveBack = await openGiveBack()
    this.#isOpen = true
    globalThis.gc({ type: 'major', execution: 'sync' })
    this.#giveBack?.()
    this.#done = time
    this.#fewest = Number.POSITIVE_INFINITY
  }
}

function held(): number {
  const { total_heap_size: heap, external_memory: outside } = getHeapStatistics()
  return heap + outside
}
