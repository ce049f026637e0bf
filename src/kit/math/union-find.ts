/** Disjoint sets of 0 .. n-1 (Tarjan): union by size, path halving. Practically constant time an operation. */
import { requireInteger } from './check.ts'

/** Says which elements belong together when they are joined in pairs; sets are never parted. */
export class UnionFind {
  readonly #parent: Int32Array
  readonly #size: Int32Array
  #sets: number

  /** `n` singletons. Throws RangeError unless n is a whole number of 0 or more. */
  constructor(n: number) {
    requireInteger('n of UnionFind', n, 0, 0x7fff_ffff)
    this.#parent = Int32Array.from({ length: n }, (_, i) => i)
    this.#size = new Int32Array(n).fill(1)
    this.#sets = n
  }

  /** How many sets there are. */
  get sets(): number {
    return this.#sets
  }

  /** The representative of i's set. Throws RangeError when i is not an element. */
  find(i: number): number {
    const parent = this.#parent
    requireInteger('element', i, 0, parent.length - 1)
    let node = i
    while (parent[node] !== node) {
      parent[node] = parent[parent[node]]
      node = parent[node]
    }
    return node
  }

  /** Joins the sets of i and j; false when they were one already. */
  union(i: number, j: number): boolean {
    let large = this.find(i)
    let small = this.find(j)
    if (large === small) return false
    if (this.#size[large] < this.#size[small]) [large, small] = [small, large]
    this.#parent[small] = large
    this.#size[large] += this.#size[small]
    this.#sets--
    return true
  }

  /** How many elements are in i's set. */
  size(i: number): number {
    return this.#size[this.find(i)]
  }

  /** The sets as lists of elements: each list ascending, the lists by their first element. */
  groups(): number[][] {
    const groups = new Map<number, number[]>()
    for (let i = 0; i < this.#parent.length; i++) {
      const root = this.find(i)
      const group = groups.get(root)
      if (group) group.push(i)
      else groups.set(root, [i])
    }
    return [...groups.values()]
  }
}
