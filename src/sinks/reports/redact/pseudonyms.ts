import { createHmac } from '../../hashing.ts'

export type Sort = 'ip' | 'net' | 'user' | 'host' | 'finding' | 'incident'

/** Placeholders: the same value always gets the same one, two values never share one. */
export class Pseudonyms {
  readonly #secret: string | undefined
  readonly #known = new Map<string, string>()
  readonly #taken = new Set<string>()
  readonly #next: Record<Sort, number> = { ip: 0, net: 0, user: 0, host: 0, finding: 0, incident: 0 }

  constructor(secret?: string) {
    this.#secret = secret
  }

  /** The placeholder of a value; `value` must be in canonical form, so that two spellings of an address are one. */
  of(sort: Sort, value: string): string {
    const key = `${sort} ${value}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const placeholder =
      this.#secret === undefined ? `${sort}-${++this.#next[sort]}` : this.#keyed(sort, key, this.#secret)
    this.#known.set(key, placeholder)
    this.#taken.add(placeholder)
    return placeholder
  }

  #keyed(sort: Sort, key: string, secret: string): string {
    const digest = createHmac('sha256', secret).update(key).digest('hex')
    let length = 8
    while (this.#taken.has(`${sort}-${digest.slice(0, length)}`)) length++
    return `${sort}-${digest.slice(0, length)}`
  }
}
