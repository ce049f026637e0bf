/** Values by prefix, found by overlap: which prefix contains this one, and which stand inside it. */
import { isV4, maskWords, type Prefix, type Words } from '../../core/ip.ts'

const keyOf = (words: Words): string => words.join(',')

const compare = (a: Words, b: Words): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2] || a[3] - b[3]

/** The values of one prefix length: IPv4 by number, the rest by text, which is only made where the first word is known. */
class SameLength<Value> {
  readonly #v4 = new Map<number, Value>()
  readonly #firsts = new Set<number>()
  readonly #others = new Map<string, Value>()

  set(words: Words, value: Value): void {
    if (isV4(words)) this.#v4.set(words[3], value)
    else {
      this.#firsts.add(words[0])
      this.#others.set(keyOf(words), value)
    }
  }

  get(words: Words): Value | undefined {
    if (isV4(words)) return this.#v4.get(words[3])
    return this.#firsts.has(words[0]) ? this.#others.get(keyOf(words)) : undefined
  }

  *entries(): Generator<{ words: Words; value: Value }> {
    for (const [number, value] of this.#v4) yield { words: [0, 0, 0xffff, number], value }
    for (const [key, value] of this.#others) {
      const [a, b, c, d] = key.split(',').map(Number)
      yield { words: [a, b, c, d], value }
    }
  }
}

/** One look-up costs one key for each distinct length in it, and a binary search for what stands inside. */
export class PrefixMap<Value> {
  readonly #byLength = new Map<number, SameLength<Value>>()
  #sorted: { words: Words; length: number; value: Value }[] | undefined

  constructor(entries: Iterable<readonly [Prefix, Value]> = []) {
    for (const [prefix, value] of entries) this.set(prefix, value)
  }

  set({ words, length }: Prefix, value: Value): void {
    let same = this.#byLength.get(length)
    if (same === undefined) {
      same = new SameLength()
      this.#byLength.set(length, same)
    }
    same.set(maskWords(words, length), value)
    this.#sorted = undefined
  }

  /** The value of a prefix that contains this one, or is it; the widest. */
  containing(prefix: Prefix): Value | undefined {
    let widest = Number.POSITIVE_INFINITY
    let found: Value | undefined
    for (const [length, values] of this.#byLength) {
      if (length > prefix.length || length >= widest) continue
      const value = values.get(maskWords(prefix.words, length))
      if (value === undefined) continue
      widest = length
      found = value
    }
    return found
  }

  /** A value of a prefix that stands inside this one, or is it: the first by address. */
  inside(prefix: Prefix): Value | undefined {
    this.#sorted ??= this.#sort()
    const sorted = this.#sorted
    const first = maskWords(prefix.words, prefix.length)
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (compare(sorted[middle].words, first) < 0) low = middle + 1
      else high = middle
    }
    // A wider prefix may begin at the same address; behind it come those inside.
    for (; low < sorted.length; low++) {
      const { words, length, value } = sorted[low]
      if (compare(maskWords(words, prefix.length), first) !== 0) return undefined
      if (length >= prefix.length) return value
    }
    return undefined
  }

  /** The value of any prefix that shares an address with this one. */
  overlapping(prefix: Prefix): Value | undefined {
    return this.containing(prefix) ?? this.inside(prefix)
  }

  #sort(): { words: Words; length: number; value: Value }[] {
    const all: { words: Words; length: number; value: Value }[] = []
    for (const [length, values] of this.#byLength) {
      for (const { words, value } of values.entries()) all.push({ words, length, value })
    }
    return all.sort((a, b) => compare(a.words, b.words) || a.length - b.length)
  }
}
