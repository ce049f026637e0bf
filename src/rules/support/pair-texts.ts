/** Texts made of two keys, by which rules remember what they know of a pair: a user on a network, a user on a host. */
import type { Key } from '../../kit/state/index.ts'

/** First keys remembered; all are forgotten past these. */
const MOST = 8192

interface Latest {
  second: Key
  text: string
}

/**
 * Makes a pair's text once and hands out the same string while its first key goes on coming with the same second one,
 * as most sources log in as one user. Putting the text together anew, and hashing it for each table that is asked with
 * it, costs more than the tables do.
 */
export class PairTexts<First extends Key> {
  readonly #make: (first: First, second: string) => string
  readonly #latest = new Map<First, Latest>()

  constructor(make: (first: First, second: string) => string) {
    this.#make = make
  }

  of(first: First, second: string): string {
    const latest = this.#latest.get(first)
    if (latest !== undefined && latest.second === second) return latest.text
    const text = this.#make(first, second)
    if (latest !== undefined) {
      latest.second = second
      latest.text = text
      return text
    }
    if (this.#latest.size >= MOST) this.#latest.clear()
    this.#latest.set(first, { second, text })
    return text
  }
}
