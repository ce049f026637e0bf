/** Short lists of numbers in one array: blocks of 2, 4, 8 ... places, at most a limit; those given back are used again. */
export class Blocks {
  values = new Float64Array(64)
  readonly #limit: number
  #used = 0
  /** Blocks that were given back, by kind. */
  readonly #free: number[][] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Places that a block of the kind has: twice those of the kind before. */
  room(kind: number): number {
    return Math.min(1 << kind, this.#limit)
  }

  /** Where a block of the kind begins; its places hold anything. */
  take(kind: number): number {
    const known = this.#free[kind]?.pop()
    if (known !== undefined) return known
    const block = this.#used
    this.#used += this.room(kind)
    if (this.#used > this.values.length) {
      const values = new Float64Array(Math.max(this.#used, this.values.length * 2))
      values.set(this.values)
      this.values = values
    }
    return block
  }

  give(block: number, kind: number): void {
    while (this.#free.length <= kind) this.#free.push([])
    this.#free[kind].push(block)
  }
}
