/**
 * What another node's numbers are here. Source ids are given in the order in which a node met its sources, and inputs in
 * the order in which it opened them: both mean something else on every node.
 */
import type { EventRef } from '../../core/event.ts'
import type { Json, Key } from './primitive.ts'
import { refFromJson } from './refs.ts'

/** Networks below this are those of IPv6 sources, whose numbers are the same everywhere; above, down to -1, host names. */
const FIRST_IPV6 = -0x1_0000_0000

/** Translates the numbers of one snapshot; without a table of ids it answers what it is asked. */
export class Translation {
  readonly #ids: ArrayLike<number> | undefined
  readonly #inputs: number

  /** `ids` are the other node's sources as sources here (`AddressTable.merge`); its inputs follow the first `inputs` ones. */
  constructor(ids?: ArrayLike<number>, inputs = 0) {
    this.#ids = ids
    this.#inputs = inputs
  }

  /** A source's id here; negative numbers, which stand for none, stay. */
  source(id: number): number {
    return id < 0 ? id : (this.#ids?.[id] ?? id)
  }

  /** The number of a neighbourhood (`AddressTable.network`): that of a host name is made of its source id. */
  network(number: number): number {
    return number >= 0 || number <= FIRST_IPV6 ? number : -(this.source(-number - 1) + 1)
  }

  input(number: number): number {
    return number + this.#inputs
  }

  /** A key of a table: numbers are source ids, texts mean the same everywhere. */
  key(key: Key): Key {
    return typeof key === 'number' ? this.source(key) : key
  }

  /** The evidence pointer that `refToJson` wrote. @throws TypeError for anything else */
  ref(json: Json): EventRef {
    const ref = refFromJson(json)
    return { ...ref, input: this.input(ref.input) }
  }
}

/** For a node's own snapshot. */
export const SAME = new Translation()
