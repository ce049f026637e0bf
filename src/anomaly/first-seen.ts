/** When sources, names, paths and networks were first met: what is new in a window is told by the hour of its first. */

/** The hour of what a model has seen already: before everything. */
export const LONG_AGO = -0x8000_0000
const NEVER = 0x7fff_ffff

/** First hours by a source's id. Four bytes a source. */
export class FirstHours {
  #hours = new Int32Array(1024).fill(NEVER)

  /** The hour at which the source was first met: the given one when it is met now. */
  meet(source: number, hour: number): number {
    if (source >= this.#hours.length) this.#grow(source)
    if (this.#hours[source] === NEVER) this.#hours[source] = hour
    return this.#hours[source]
  }

  knows(source: number): boolean {
    return source < this.#hours.length && this.#hours[source] !== NEVER
  }

  /** The hour at which the source was first met; NaN for one that was not. */
  hourOf(source: number): number {
    return this.knows(source) ? this.#hours[source] : Number.NaN
  }

  /** Notes that another node met the source at an hour. */
  meetAt(source: number, hour: number): void {
    this.set(source, this.knows(source) ? Math.min(this.#hours[source], hour) : hour)
  }

  set(source: number, hour: number): void {
    if (source >= this.#hours.length) this.#grow(source)
    this.#hours[source] = hour
  }

  /** Every source met, with its hour. */
  *entries(): Generator<[source: number, hour: number]> {
    for (let source = 0; source < this.#hours.length; source++) {
      if (this.#hours[source] !== NEVER) yield [source, this.#hours[source]]
    }
  }

  #grow(source: number): void {
    let size = this.#hours.length
    while (size <= source) size *= 2
    const grown = new Int32Array(size).fill(NEVER)
    grown.set(this.#hours)
    this.#hours = grown
  }
}

/** First hours by token (a 32-bit hash above 0), and some tokens' texts. Bounded: once full, further tokens count as known. */
export class TokenHours {
  readonly limit: number
  /** Tokens that found no room. */
  overflow = 0
  size = 0
  readonly #textLimit: number
  #keys = new Uint32Array(2048)
  #hours = new Int32Array(2048)
  readonly #texts = new Map<number, string>()

  constructor(limit: number, textLimit: number) {
    this.limit = limit
    this.#textLimit = textLimit
  }

  /** The hour at which the token was first met; `text` is asked for when it is not known. */
  meet(token: number, hour: number, text?: () => string | undefined): number {
    let slot = this.#slot(token)
    if (this.#keys[slot] === token) {
      // A model remembers hashes only: the text is noted when the name is met again.
      if (this.#hours[slot] === LONG_AGO) this.#note(token, text)
      return this.#hours[slot]
    }
    if (this.size >= this.limit) {
      this.overflow++
      return LONG_AGO
    }
    if (this.size * 2 >= this.#keys.length) {
      this.#grow()
      slot = this.#slot(token)
    }
    this.#keys[slot] = token
    this.#hours[slot] = hour
    this.size++
    this.#note(token, text)
    return hour
  }

  /** The hour at which the token was first met; NaN for one that was not, or found no room. */
  hourOf(token: number): number {
    const slot = this.#slot(token)
    return this.#keys[slot] === token ? this.#hours[slot] : Number.NaN
  }

  /** Notes that another node met the token at an hour. */
  meetAt(token: number, hour: number, text: string | undefined): void {
    this.meet(token, hour, () => text)
    const slot = this.#slot(token)
    if (this.#keys[slot] !== token) return
    this.#hours[slot] = Math.min(this.#hours[slot], hour)
    this.#note(token, () => text)
  }

  #note(token: number, text: (() => string | undefined) | undefined): void {
    if (text === undefined || this.#texts.size >= this.#textLimit || this.#texts.has(token)) return
    const known = text()
    if (known !== undefined) this.#texts.set(token, known.slice(0, 80))
  }

  textOf(token: number): string | undefined {
    return this.#texts.get(token)
  }

  *entries(): Generator<[token: number, hour: number, text: string | undefined]> {
    for (let slot = 0; slot < this.#keys.length; slot++) {
      const token = this.#keys[slot]
      if (token !== 0) yield [token, this.#hours[slot], this.#texts.get(token)]
    }
  }

  #slot(token: number): number {
    const mask = this.#keys.length - 1
    let slot = (Math.imul(token, 0x9e3779b1) >>> 7) & mask
    while (this.#keys[slot] !== 0 && this.#keys[slot] !== token) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const keys = this.#keys
    const hours = this.#hours
    this.#keys = new Uint32Array(keys.length * 2)
    this.#hours = new Int32Array(keys.length * 2)
    for (let i = 0; i < keys.length; i++) {
      if (keys[i] === 0) continue
      const slot = this.#slot(keys[i])
      this.#keys[slot] = keys[i]
      this.#hours[slot] = hours[i]
    }
  }
}
