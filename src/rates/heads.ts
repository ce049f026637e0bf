/** The first event of every second of the window, by measure: a burst is known only after it began. */
import type { EventRef } from '../core/event.ts'
import { EventView, OpenBatch } from '../core/view.ts'
import { asArray, asNumber, type Json } from '../kit/state/primitive.ts'
import { refFromJson, refToJson } from '../kit/state/refs.ts'
import type { Translation } from '../kit/state/translation.ts'
import { MEASURE_COUNT } from './measures.ts'
import { placeOf, WINDOW } from './second-rings.ts'

/** Where an event stands: a pointer, or the batch that it is still in (its row is kept beside). */
type Head = EventRef | OpenBatch

const CELLS = MEASURE_COUNT * WINDOW
const WHAT = 'heads of rates'

/** Holds on to a batch as long as one of its events is the first of a second in the window. Seconds count from 1970. */
export class Heads {
  readonly #heads: (Head | undefined)[] = new Array(CELLS).fill(undefined)
  readonly #rows = new Int32Array(CELLS)
  readonly #seconds = new Float64Array(CELLS).fill(-1)
  /** Cells in use: in most minutes few are, and every minute is looked through. */
  #live: number[] = []

  observe(measure: number, second: number, event: EventView): void {
    const cell = measure * WINDOW + placeOf(second)
    if (this.#seconds[cell] === second) return
    event.open.kept = true
    this.#set(cell, second, event.open)
    this.#rows[cell] = event.row
  }

  /** Lets go of what is older than the window, and of the batches it stands in. */
  expire(second: number): void {
    let kept = 0
    for (const cell of this.#live) {
      if (this.#seconds[cell] > second - WINDOW && this.#seconds[cell] <= second) {
        this.#live[kept++] = cell
        continue
      }
      this.#heads[cell] = undefined
      this.#seconds[cell] = -1
    }
    this.#live.length = kept
  }

  #set(cell: number, second: number, head: Head): void {
    if (this.#seconds[cell] < 0) this.#live.push(cell)
    this.#seconds[cell] = second
    this.#heads[cell] = head
  }

  /** The first events of the seconds `from` to `to`, `most` at most. */
  between(measure: number, from: number, to: number, most: number): EventRef[] {
    const refs: EventRef[] = []
    for (let second = from; second <= to && refs.length < most; second++) {
      const cell = measure * WINDOW + placeOf(second)
      const head = this.#heads[cell]
      if (this.#seconds[cell] === second && head !== undefined) refs.push(refOf(head, this.#rows[cell]))
    }
    return refs
  }

  /** Takes another node's first events of the seconds that had none here. */
  absorb(other: Heads, from: Translation): void {
    for (let cell = 0; cell < CELLS; cell++) {
      const head = other.#heads[cell]
      if (head === undefined || this.#seconds[cell] >= other.#seconds[cell]) continue
      const ref = refOf(head, other.#rows[cell])
      this.#set(cell, other.#seconds[cell], { ...ref, input: from.input(ref.input) })
    }
  }

  snapshot(second: number): Json {
    this.expire(second)
    return this.#heads.flatMap((head, cell) =>
      head === undefined ? [] : [[cell, this.#seconds[cell], refToJson(refOf(head, this.#rows[cell]))]],
    )
  }

  restore(snapshot: Json): void {
    this.#heads.fill(undefined)
    this.#seconds.fill(-1)
    this.#live = []
    for (const row of asArray(snapshot, WHAT)) {
      const [cell, second, ref] = asArray(row, WHAT)
      const at = asNumber(cell, WHAT)
      if (!(at >= 0 && at < CELLS)) continue
      this.#set(at, asNumber(second, WHAT), refFromJson(ref))
    }
  }
}

function refOf(head: Head, row: number): EventRef {
  return head instanceof OpenBatch ? new EventView(head).at(head, row).ref : head
}
