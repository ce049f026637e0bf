/**
 * Groups of paths by their first segment: `/api`, `/blog`, `/`. A bounded set that an attacker cannot fill: a segment is
 * admitted once the server has answered it well a number of times, and what nobody asks for gives way.
 */
import type { EventView, OpenBatch } from '../core/view.ts'
import { asArray, asNumber, type Json } from '../kit/state/primitive.ts'

/** Groups with a name; number 0 is all others. */
export const GROUPS = 32
export const OTHER = 0
/** Good answers before a segment has a group. */
const ADMITTED_AT = 20
const CELLS = 1024
/** Seconds after which a group that nobody asked for may be replaced. */
const IDLE = 3600
const LONGEST = 24
const SLASH = 0x2f
const QUERY = 0x3f
const WHAT = 'path groups'
/** No segment hashes to 0. */
const UNKNOWN = 0

const BATCHES = new WeakMap<OpenBatch, Uint32Array>()

/**
 * Groups are numbers from 0, which is `OTHER`; `onReplace` is told when a number goes to another segment. Seconds
 * count from 1970.
 */
export class PathGroups {
  readonly #names: string[] = ['other', ...new Array<string>(GROUPS).fill('')]
  readonly #hashes = new Uint32Array(GROUPS + 1)
  readonly #used = new Float64Array(GROUPS + 1)
  /** Good answers by hash, halved every hour: segments that share a cell are admitted a little early. */
  readonly #sketch = new Uint32Array(CELLS)
  #halved = 0
  /** Where a hash was found last: spares most searches. */
  readonly #guesses = new Uint8Array(256)
  #open: OpenBatch | undefined
  #segments: Uint32Array = new Uint32Array(0)
  /** Told when a group is given to another segment. */
  readonly #onReplace: (group: number) => void

  constructor(onReplace: (group: number) => void) {
    this.#onReplace = onReplace
  }

  name(group: number): string {
    return this.#names[group]
  }

  /** Groups that have a name, and `OTHER`. */
  *list(): Generator<number> {
    for (let group = 0; group <= GROUPS; group++) if (this.#names[group] !== '') yield group
  }

  /** The group of a request; `second` is its time. */
  of(event: EventView, second: number): number {
    const { columns } = event.open.batch
    const path = columns.path[event.row]
    if (path < 0) return OTHER
    const segments = this.#segmentsOf(event.open)
    let hash = segments[path]
    if (hash === UNKNOWN) {
      hash = hashSegment(event.open, path)
      segments[path] = hash
    }
    const group = this.#find(hash)
    if (group !== OTHER) {
      this.#used[group] = second
      return group
    }
    return this.#isWorthy(hash, columns.status[event.row], second) ? this.#admit(hash, event, second) : OTHER
  }

  /** The clock was set back: nothing was used later than now. */
  rewind(second: number): void {
    this.#halved = Math.min(this.#halved, second)
    for (let group = 1; group <= GROUPS; group++) this.#used[group] = Math.min(this.#used[group], second)
  }

  #find(hash: number): number {
    const guess = this.#guesses[hash & 0xff]
    if (this.#hashes[guess] === hash) return guess
    for (let group = 1; group <= GROUPS; group++) {
      if (this.#hashes[group] !== hash) continue
      this.#guesses[hash & 0xff] = group
      return group
    }
    return OTHER
  }

  #isWorthy(hash: number, status: number, second: number): boolean {
    if (status >= 400 || status < 200) return false
    if (second - this.#halved >= IDLE) {
      for (let i = 0; i < CELLS; i++) this.#sketch[i] >>>= 1
      this.#halved = second
    }
    return ++this.#sketch[hash % CELLS] >= ADMITTED_AT
  }

  #admit(hash: number, event: EventView, second: number): number {
    return this.#settle(hash, () => nameOf(event.path ?? ''), second)
  }

  #settle(hash: number, nameIt: () => string, second: number): number {
    let place = 1
    for (let group = 2; group <= GROUPS; group++) if (this.#used[group] < this.#used[place]) place = group
    if (this.#names[place] !== '' && second - this.#used[place] < IDLE) return OTHER
    const name = nameIt()
    // Two segments may look alike once their odd characters are gone; the second stays with the others.
    if (this.#names.includes(name)) return OTHER
    this.#names[place] = name
    this.#hashes[place] = hash
    this.#used[place] = second
    this.#onReplace(place)
    return place
  }

  #segmentsOf(open: OpenBatch): Uint32Array {
    if (this.#open === open) return this.#segments
    let segments = BATCHES.get(open)
    if (segments === undefined) {
      segments = new Uint32Array(open.batch.textEnds.length)
      BATCHES.set(open, segments)
    }
    this.#open = open
    this.#segments = segments
    return segments
  }

  /** The group here of another table's group: given a place where there is one to be had, else `OTHER`. */
  adopt(other: PathGroups, group: number, second: number): number {
    const hash = other.#hashes[group]
    const known = this.#find(hash)
    const here = known === OTHER ? this.#settle(hash, () => other.#names[group], second) : known
    if (here !== OTHER) this.#used[here] = Math.max(known === OTHER ? 0 : this.#used[here], other.#used[group])
    return here
  }

  snapshot(): Json {
    const cells: number[] = []
    for (let i = 0; i < CELLS; i++) if (this.#sketch[i] > 0) cells.push(i, this.#sketch[i])
    return [[...this.#names], Array.from(this.#hashes), Array.from(this.#used), cells, this.#halved]
  }

  restore(snapshot: Json): void {
    const [names, hashes, used, cells, halved] = asArray(snapshot, WHAT)
    const numbers = (json: Json): number[] => asArray(json, WHAT).map(value => asNumber(value, WHAT))
    this.#names.splice(0, this.#names.length, ...asArray(names, WHAT).map(String))
    this.#hashes.set(numbers(hashes))
    this.#used.set(numbers(used))
    this.#sketch.fill(0)
    const pairs = numbers(cells)
    for (let i = 0; i < pairs.length; i += 2) this.#sketch[pairs[i]] = pairs[i + 1]
    this.#halved = asNumber(halved, WHAT)
  }
}

/** FNV-1a of the bytes up to the second slash. */
function hashSegment({ batch }: OpenBatch, text: number): number {
  const { textBytes, textEnds } = batch
  const start = text === 0 ? 0 : textEnds[text - 1]
  const end = Math.min(textEnds[text], start + 256)
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) {
    const byte = textBytes[at]
    if (byte === QUERY || (byte === SLASH && at > start)) break
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  hash = (hash ^ (hash >>> 15)) >>> 0
  return hash === UNKNOWN ? 1 : hash
}

/** The segment as a name of plain characters: it becomes the label of a series. */
function nameOf(path: string): string {
  const segment = /^\/?[^/?]*/.exec(path)?.[0] ?? '/'
  const plain = segment.replace(/[^\w.~/-]/g, '?')
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}...` : plain === '' ? '/' : plain
}
