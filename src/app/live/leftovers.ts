/** What the daemon has done with: V8 leaves it until its heap has grown, and the C library and the system until they are asked. */
import { getHeapStatistics } from 'node:v8'
import { SECOND } from '../../core/time.ts'
import { openGiveBack } from './give-back.ts'

/** Growth of what V8 holds since the last time from which on collecting is worth its time. */
const WORTHWHILE = 1.25
/** How often it is looked how much memory the process has; the growth from which on all that can go does. */
const EVERY = 10 * SECOND
const GROWTH = 1.08
/** What that may take of the time. */
const SHARE = 1 / 200

/** Works only where Node was started with `--expose-gc`, as `vpsguard watch` is: elsewhere the process is not the daemon's alone. */
export class Leftovers {
  /** Bytes that V8 held when all that can go had gone. */
  #least = 0
  /** When it was looked last, and until when nothing goes by that. */
  #looked = Number.NEGATIVE_INFINITY
  #rest = Number.NEGATIVE_INFINITY
  /** The fewest bytes in memory that were seen since: by the first look, what is needed after all is back. */
  #fewest = 0
  #giveBack: (() => void) | undefined
  #isOpen = false

  /** To be called after what leaves much behind. */
  collect(): void {
    if (globalThis.gc !== undefined && held() >= this.#least * WORTHWHILE) this.#release(globalThis.gc)
  }

  /** To be called every second or so, while there is no more to read; `time` is of a steady clock, milliseconds. */
  async look(time: number): Promise<void> {
    if (globalThis.gc === undefined || time - this.#looked < EVERY) return
    this.#looked = time
    if (!this.#isOpen) {
      this.#giveBack = await openGiveBack()
      this.#isOpen = true
      this.#fewest = 0
    }
    const resident = process.memoryUsage.rss()
    this.#fewest = Math.min(this.#fewest, resident)
    if (resident < this.#fewest * GROWTH || time < this.#rest) return
    const started = performance.now()
    this.#release(globalThis.gc)
    this.#rest = time + (performance.now() - started) / SHARE
  }

  #release(collect: NonNullable<typeof globalThis.gc>): void {
    collect({ type: 'major', execution: 'sync' })
    this.#least = held()
    this.#giveBack?.()
    this.#fewest = Number.POSITIVE_INFINITY
  }
}

function held(): number {
  const { total_heap_size: heap, external_memory: outside } = getHeapStatistics()
  return heap + outside
}
