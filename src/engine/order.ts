/**
 * Ordering across inputs: a merge by event time that keeps each input's own order. What comes out depends on the inputs
 * alone, never on when their lines arrived, so that a batch run and a live one see one sequence.
 */

import type { AddressTable } from '../core/addresses.ts'
import { HOUR } from '../core/time.ts'
import type { OpenBatch } from '../core/view.ts'
import type { Json } from '../kit/state/primitive.ts'
import { loadRow, saveRow } from './rows.ts'
import type { Emit } from './stream.ts'

interface Lane {
  opens: OpenBatch[]
  rows: number[]
  head: number
  ended: boolean
  /** The running key: an input's own order is kept although its stamps jitter; a clock set back begins anew. */
  key: number
  keyOfHead: number
}

export class Merge {
  /** Events that came after later ones had been let through (live only). */
  late = 0
  readonly #lanes: Lane[]
  readonly #emit: Emit
  #passed = Number.NEGATIVE_INFINITY

  constructor(inputs: number, emit: Emit) {
    this.#lanes = Array.from({ length: inputs }, () => ({
      opens: [],
      rows: [],
      head: 0,
      ended: false,
      key: Number.NEGATIVE_INFINITY,
      keyOfHead: Number.NaN,
    }))
    this.#emit = emit
  }

  push(input: number, open: OpenBatch, row: number): void {
    const lane = this.#lanes[input]
    if (this.#lanes.length === 1) {
      this.#emit(open, row)
      return
    }
    lane.opens.push(open)
    lane.rows.push(row)
    if (lane.opens.length - lane.head === 1) this.#keyHead(lane)
  }

  end(input: number): void {
    this.#lanes[input].ended = true
  }

  /** Live: an input that had ended delivers again. */
  reopen(input: number): void {
    this.#lanes[input].ended = false
  }

  /** Lets through all that is certain; answers the inputs that must deliver before more can be. */
  drain(): number[] {
    for (;;) {
      const starving = this.#starving()
      if (starving.length > 0) return starving
      const lane = this.#earliest()
      if (lane === undefined) return []
      this.#next(lane)
    }
  }

  /**
   * Live: no input will deliver anything earlier than `until` any more, but for those that are `behind`; lets through
   * what stands before it.
   */
  advance(until: number, behind: readonly number[] = []): void {
    const late = behind.map(input => this.#lanes[input])
    for (;;) {
      if (late.some(({ head, opens }) => head === opens.length)) return
      const lane = this.#earliest()
      if (lane === undefined || lane.keyOfHead >= until) return
      this.#next(lane)
    }
  }

  /** Live: lets the earliest through until at most `most` events wait. */
  relieve(most: number): void {
    let waiting = this.#lanes.reduce((sum, lane) => sum + lane.opens.length - lane.head, 0)
    for (; waiting > most; waiting--) {
      const lane = this.#earliest()
      if (lane !== undefined) this.#next(lane)
    }
  }

  /** Whether no event waits. */
  get isEmpty(): boolean {
    return this.#lanes.every(lane => lane.head === lane.opens.length)
  }

  #starving(): number[] {
    const inputs: number[] = []
    for (let input = 0; input < this.#lanes.length; input++) {
      const lane = this.#lanes[input]
      if (!lane.ended && lane.head === lane.opens.length) inputs.push(input)
    }
    return inputs
  }

  /** The lane whose head comes first; of equal ones the first input's. */
  #earliest(): Lane | undefined {
    let best: Lane | undefined
    for (const lane of this.#lanes) {
      if (lane.head < lane.opens.length && (best === undefined || lane.keyOfHead < best.keyOfHead)) best = lane
    }
    return best
  }

  #next(lane: Lane): void {
    const open = lane.opens[lane.head]
    const row = lane.rows[lane.head]
    if (lane.keyOfHead < this.#passed - HOUR) this.late++
    if (lane.keyOfHead > this.#passed) this.#passed = lane.keyOfHead
    lane.head++
    if (lane.head === lane.opens.length) {
      lane.opens.length = 0
      lane.rows.length = 0
      lane.head = 0
    } else {
      if (lane.head > 4096) {
        lane.opens.splice(0, lane.head)
        lane.rows.splice(0, lane.head)
        lane.head = 0
      }
      this.#keyHead(lane)
    }
    this.#emit(open, row)
  }

  #keyHead(lane: Lane): void {
    const time = lane.opens[lane.head].batch.columns.time[lane.rows[lane.head]]
    lane.key = lane.key - time <= HOUR ? Math.max(lane.key, time) : time
    lane.keyOfHead = lane.key
  }

  /** What waits to be merged, and where each input's order stands, as JSON. */
  snapshot(): MergeSnapshot {
    const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
    return {
      late: this.late,
      passed: finite(this.#passed),
      lanes: this.#lanes.map(lane => ({
        ended: lane.ended,
        key: finite(lane.key),
        keyOfHead: finite(lane.keyOfHead),
        rows: lane.rows.slice(lane.head).map((row, index) => saveRow(lane.opens[lane.head + index], row)),
      })),
    }
  }

  /** Fills a fresh merge of as many inputs from a snapshot. */
  restore(saved: MergeSnapshot, addresses: AddressTable): void {
    this.late = saved.late
    this.#passed = saved.passed ?? Number.NEGATIVE_INFINITY
    for (const [index, { ended, key, keyOfHead, rows }] of saved.lanes.entries()) {
      const lane = this.#lanes[index]
      lane.ended = ended
      lane.key = key ?? Number.NEGATIVE_INFINITY
      lane.keyOfHead = keyOfHead ?? Number.NaN
      for (const row of rows) {
        lane.opens.push(loadRow(row, addresses))
        lane.rows.push(0)
      }
    }
  }
}

export interface MergeSnapshot {
  late: number
  passed: number | null
  lanes: { ended: boolean; key: number | null; keyOfHead: number | null; rows: Json[] }[]
}
