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
  input: number
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
  /** The lanes that have a head, as a binary heap: the earliest first, of equal ones the first input's. */
  readonly #heap: Lane[] = []
  /** How many lanes are neither at their end nor have a head: while there is one, nothing is certain. */
  #empty: number
  readonly #emit: Emit
  #passed = Number.NEGATIVE_INFINITY

  constructor(inputs: number, emit: Emit) {
    this.#lanes = Array.from({ length: inputs }, (_, input) => ({
      input,
      opens: [],
      rows: [],
      head: 0,
      ended: false,
      key: Number.NEGATIVE_INFINITY,
      keyOfHead: Number.NaN,
    }))
    this.#empty = inputs
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
    if (lane.opens.length - lane.head > 1) return
    if (!lane.ended) this.#empty--
    this.#keyHead(lane)
    this.#insert(lane)
  }

  end(input: number): void {
    const lane = this.#lanes[input]
    if (!lane.ended && lane.head === lane.opens.length) this.#empty--
    lane.ended = true
  }

  /** Live: an input that had ended delivers again. */
  reopen(input: number): void {
    const lane = this.#lanes[input]
    if (lane.ended && lane.head === lane.opens.length) this.#empty++
    lane.ended = false
  }

  /** Lets through all that is certain; answers the inputs that must deliver before more can be. */
  drain(): number[] {
    while (this.#empty === 0) {
      const lane = this.#heap.at(0)
      if (lane === undefined) return []
      this.#next(lane)
    }
    return this.#starving()
  }

  /**
   * Live: no input will deliver anything earlier than `until` any more, but for those that are `behind`; lets through
   * what stands before it.
   */
  advance(until: number, behind: readonly number[] = []): void {
    const late = behind.map(input => this.#lanes[input])
    for (;;) {
      if (late.some(({ head, opens }) => head === opens.length)) return
      const lane = this.#heap.at(0)
      if (lane === undefined || lane.keyOfHead >= until) return
      this.#next(lane)
    }
  }

  /** Live: lets the earliest through until at most `most` events wait. */
  relieve(most: number): void {
    let waiting = this.#lanes.reduce((sum, lane) => sum + lane.opens.length - lane.head, 0)
    for (; waiting > most; waiting--) {
      const lane = this.#heap.at(0)
      if (lane !== undefined) this.#next(lane)
    }
  }

  /** Whether no event waits. */
  get isEmpty(): boolean {
    return this.#heap.length === 0
  }

  #starving(): number[] {
    return this.#lanes.filter(lane => !lane.ended && lane.head === lane.opens.length).map(({ input }) => input)
  }

  #insert(lane: Lane): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(lane)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (comesFirst(heap[parent], lane)) break
      heap[at] = heap[parent]
      at = parent
    }
    heap[at] = lane
  }

  /** Puts the first lane where its new head belongs. */
  #sink(lane: Lane): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && comesFirst(heap[child + 1], heap[child])) child++
      if (comesFirst(lane, heap[child])) break
      heap[at] = heap[child]
      at = child
    }
    heap[at] = lane
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
      if (!lane.ended) this.#empty++
      const last = this.#heap.pop()
      if (last !== undefined && last !== lane) this.#sink(last)
    } else {
      if (lane.head > 4096) {
        lane.opens.splice(0, lane.head)
        lane.rows.splice(0, lane.head)
        lane.head = 0
      }
      this.#keyHead(lane)
      this.#sink(lane)
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
      if (rows.length > 0) this.#insert(lane)
    }
    this.#empty = this.#lanes.filter(lane => !lane.ended && lane.opens.length === 0).length
  }
}

const comesFirst = (a: Lane, b: Lane): boolean =>
  a.keyOfHead < b.keyOfHead || (a.keyOfHead === b.keyOfHead && a.input < b.input)

export interface MergeSnapshot {
  late: number
  passed: number | null
  lanes: { ended: boolean; key: number | null; keyOfHead: number | null; rows: Json[] }[]
}
