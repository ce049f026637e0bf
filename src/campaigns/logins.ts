/** Accepted logins by (source, account): who is at home here, and since when. */
import type { EventRef } from '../core/event.ts'

export interface Login {
  readonly source: number
  /** Number in the store's names. */
  readonly name: number
  first: number
  last: number
  count: number
  /** Logins by something one can guess (password, keyboard-interactive), and by key. */
  byPassword: number
  byKey: number
  /** The first login's line. */
  readonly ref: EventRef | undefined
}

const LOGIN_LIMIT = 50_000

/**
 * At most LOGIN_LIMIT pairs; of more the tenth that was longest unused goes, and `evicted` counts it. Names are
 * numbers of the store's table, times milliseconds.
 */
export class LoginTable {
  evicted = 0
  readonly #logins = new Map<number, Login>()

  get size(): number {
    return this.#logins.size
  }

  /** Notes an accepted login. `place` is asked only where the pair is new. */
  add(time: number, source: number, name: number, byKey: boolean, place?: { readonly ref: EventRef }): void {
    // Sources are below 2^21 and names below 2^17, so the product is exact.
    const key = source * 0x20000 + name
    let login = this.#logins.get(key)
    if (login === undefined) {
      if (this.#logins.size >= LOGIN_LIMIT) this.#makeRoom()
      login = { source, name, first: time, last: time, count: 0, byPassword: 0, byKey: 0, ref: place?.ref }
      this.#logins.set(key, login)
    }
    login.count++
    if (byKey) login.byKey++
    else login.byPassword++
    if (time > login.last) login.last = time
    if (time < login.first) login.first = time
  }

  /** Adds a whole entry, as a snapshot has it. */
  put(login: Login): void {
    const key = login.source * 0x20000 + login.name
    const mine = this.#logins.get(key)
    if (mine === undefined) {
      if (this.#logins.size >= LOGIN_LIMIT) this.#makeRoom()
      this.#logins.set(key, login)
      return
    }
    this.#logins.set(key, {
      ...(login.first < mine.first ? login : mine),
      last: Math.max(mine.last, login.last),
      count: mine.count + login.count,
      byPassword: mine.byPassword + login.byPassword,
      byKey: mine.byKey + login.byKey,
    })
  }

  /** Orders the entries by their first logins, as they come where one node sees them all. */
  sort(): void {
    const byTime = [...this.#logins].sort((a, b) => a[1].first - b[1].first)
    this.#logins.clear()
    for (const [key, login] of byTime) this.#logins.set(key, login)
  }

  entries(): IterableIterator<Login> {
    return this.#logins.values()
  }

  #makeRoom(): void {
    const byAge = [...this.#logins].sort((a, b) => a[1].last - b[1].last)
    const surplus = Math.ceil(LOGIN_LIMIT / 10)
    for (let i = 0; i < surplus; i++) this.#logins.delete(byAge[i][0])
    this.evicted += surplus
  }
}
