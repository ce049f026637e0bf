/**
 * Names: accounts and paths as small numbers, a table of our own with a cap, because attackers choose the names. The
 * first number of each surface stands for all that found no room.
 */
import { hashLabel } from '../core/random.ts'
import { SURFACES } from './surfaces.ts'

/** Characters kept of a name; what is longer is cut and told apart by a digest. */
const LONGEST = 96

const NAME_LIMIT = 1 << 16

/**
 * One number space for all surfaces: a number tells its surface. Who calls `sweep` says which numbers are still
 * held; those that it frees are given to other names.
 */
export class NameTable {
  /** Names that found no room and were counted as "further names". */
  overflow = 0
  /** Grows whenever numbers are given anew, so that whoever remembers numbers forgets them. */
  epoch = 0
  readonly limit: number
  readonly #ids: Map<string, number>[] = SURFACES.map(() => new Map())
  readonly #texts: string[] = SURFACES.map(() => '')
  #surfaces = Uint8Array.from({ length: 1024 }, (_, id) => (id < SURFACES.length ? id : 0))
  #free: number[] = []

  constructor(limit = NAME_LIMIT) {
    this.limit = limit
  }

  /** How many numbers have ever been given out. */
  get size(): number {
    return this.#texts.length
  }

  /** Whether there is room for another name. */
  get full(): boolean {
    return this.#free.length === 0 && this.#texts.length >= this.limit
  }

  /** The number of a name on a surface; the surface's own number (see `isRest`) where there is no room. */
  idOf(surface: number, name: string): number {
    const text = name.length <= LONGEST ? name : `${name.slice(0, LONGEST)}~${hashLabel(name).toString(16)}`
    const ids = this.#ids[surface]
    const known = ids.get(text)
    if (known !== undefined) return known
    if (this.full) {
      this.overflow++
      return surface
    }
    const id = this.#free.pop() ?? this.#texts.length
    this.#texts[id] = text
    if (id >= this.#surfaces.length) {
      const grown = new Uint8Array(this.#surfaces.length * 2)
      grown.set(this.#surfaces)
      this.#surfaces = grown
    }
    this.#surfaces[id] = surface
    ids.set(text, id)
    return id
  }

  /** Whether the number stands for further names rather than for one. */
  isRest(id: number): boolean {
    return id < SURFACES.length
  }

  text(id: number): string {
    return this.#texts[id]
  }

  surfaceOf(id: number): number {
    return this.#surfaces[id]
  }

  /** Frees the names whose numbers are not marked in `used`. */
  sweep(used: Uint8Array): void {
    for (let id = SURFACES.length; id < this.#texts.length; id++) {
      if (used[id] === 1 || this.#ids[this.#surfaces[id]].get(this.#texts[id]) !== id) continue
      this.#ids[this.#surfaces[id]].delete(this.#texts[id])
      this.#texts[id] = ''
      this.#free.push(id)
    }
    this.epoch++
  }
}
