/** The evidence of a state table's rows: of each the latest pointers, few. */
import type { EventRef } from '../../core/event.ts'
import { clearEntry, moveEntry, setEntry } from './key-table.ts'
import { asArray, type Json } from './primitive.ts'
import { append, refFromJson, refToJson } from './refs.ts'

/**
 * Pointers without a text as they are. With their texts, as whoever watches keeps them, they are half of all that is
 * remembered, and lie as one string: the JSON of a list of how many there are, and of them.
 */
type List = EventRef[] | string

export class RefLists {
  readonly #limit: number
  /** It ends with the last row that has had any. */
  readonly #lists: (List | undefined)[] = []

  /** @param limit pointers kept a row, 0 to 255 */
  constructor(limit: number) {
    this.#limit = limit
  }

  sizeOf(row: number): number {
    const list = this.#lists[row]
    return typeof list === 'string' ? Number.parseInt(list.slice(1, 4), 10) : (list?.length ?? 0)
  }

  /** A row's pointers, the earliest first. */
  of(row: number): readonly EventRef[] {
    const list = this.#lists[row]
    if (typeof list !== 'string') return list ?? []
    const json: Json = JSON.parse(list)
    return asArray(json, 'evidence').slice(1).map(refFromJson)
  }

  /** Adds a pointer; the earliest goes where there are too many. */
  keep(row: number, ref: EventRef): void {
    if (this.#limit === 0) return
    const list = this.#lists[row]
    if (ref.text !== undefined || typeof list === 'string') {
      const refs = [...this.of(row), ref].slice(-this.#limit)
      setEntry(this.#lists, row, JSON.stringify([refs.length, ...refs.map(refToJson)]))
    } else if (list === undefined || list.length < this.#limit) setEntry(this.#lists, row, append(list ?? [], ref))
    else {
      list.copyWithin(0, 1)
      list[list.length - 1] = ref
    }
  }

  move(from: number, to: number): void {
    moveEntry(this.#lists, from, to)
  }

  clear(row: number): void {
    clearEntry(this.#lists, row)
  }
}
