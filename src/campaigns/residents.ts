/**
 * Who is at home here: people with logins of their own mistype, forget and roam, and their failures are neither an attack
 * nor its background (Javed & Paxson's stage B; spec 1.1 c).
 */
import { editDistance } from '../kit/math/sequences.ts'
import type { Login } from './logins.ts'
import type { AttemptStore } from './store.ts'

/** A number equal for sources of one neighbourhood (AddressTable.network). */
export type NetworkOf = (source: number) => number

/** An account's logins as a model knows them. */
export interface KnownLogins {
  count: number
  /** How many of them were by something one can guess. */
  passwords: number
  networks: readonly number[]
}

/**
 * own: of somebody who had logged in before. lucky: failures and then a login, by a person who mistypes, a program with
 * a stale key or a guess that hit; it counts for nothing, but may be found to have taken part. stranger: all others.
 */
export type Standing = 'own' | 'lucky' | 'stranger'

/** What an account's logins before a moment say. */
interface History {
  logins: number
  networks: number
  /** Whether one of them came from the source's network. */
  known: boolean
  /** Whether they were several, and none by a password. */
  keyOnly: boolean
}

/** Logins by key, and none otherwise, from which on an account is one of keys. */
const LEAST_KEYS = 3
/** Networks that a model keeps of an account. */
const MOST_NETWORKS = 64

export class Residents {
  readonly #store: AttemptStore
  readonly #networkOf: NetworkOf
  readonly #bySource = new Map<number, Login[]>()
  readonly #byNetwork = new Map<number, Login[]>()
  readonly #byName = new Map<number, Login[]>()

  readonly #known: Readonly<Record<string, KnownLogins>>

  constructor(store: AttemptStore, networkOf: NetworkOf, known: Readonly<Record<string, KnownLogins>> = {}) {
    this.#known = known
    this.#store = store
    this.#networkOf = networkOf
    for (const login of store.logins.entries()) {
      push(this.#bySource, login.source, login)
      push(this.#byNetwork, networkOf(login.source), login)
      push(this.#byName, login.name, login)
    }
  }

  /** Whose failures the row has. */
  standing(row: number): Standing {
    const store = this.#store
    const source = store.source[row]
    const first = store.first[row]
    const mine = this.#bySource.get(source)
    if (mine?.some(login => login.first <= first)) return 'own'
    if (this.#knownLogins(store.name[row])?.networks.includes(this.#networkOf(source))) return 'own'
    const name = store.names.text(store.name[row])
    const near = this.#byNetwork.get(this.#networkOf(source))
    if (near?.some(login => login.first <= first && editDistance(store.names.text(login.name), name, 1) <= 1))
      return 'own'
    return mine === undefined ? 'stranger' : 'lucky'
  }

  /** Logins as the user before `time`. */
  history(name: number, source: number, time: number): History {
    const network = this.#networkOf(source)
    const trained = this.#knownLogins(name)
    const networks = new Set(trained?.networks)
    let logins = trained?.count ?? 0
    let passwords = trained?.passwords ?? 0
    for (const login of this.#byName.get(name) ?? []) {
      if (login.first >= time) continue
      networks.add(this.#networkOf(login.source))
      passwords += login.byPassword
      logins +=
        login.last < time ? login.count : Math.max(1, (login.count * (time - login.first)) / (login.last - login.first))
    }
    return {
      logins: Math.round(logins),
      networks: networks.size,
      known: networks.has(network),
      keyOnly: passwords === 0 && logins >= LEAST_KEYS,
    }
  }

  /** Whether the source ever logged in, before or after. */
  everIn(source: number): boolean {
    return this.#bySource.has(source)
  }

  /** Whether two sources are of one neighbourhood. */
  together(a: number, b: number): boolean {
    return this.#networkOf(a) === this.#networkOf(b)
  }

  #knownLogins(name: number): KnownLogins | undefined {
    const key = loginKey(this.#store, name)
    return Object.hasOwn(this.#known, key) ? this.#known[key] : undefined
  }

  /** Who logged in, for a model. */
  toModel(): Record<string, KnownLogins> {
    const logins = new Map<string, { count: number; passwords: number; networks: Set<number> }>()
    for (const login of this.#store.logins.entries()) {
      const key = loginKey(this.#store, login.name)
      const entry = logins.get(key) ?? { count: 0, passwords: 0, networks: new Set() }
      entry.count += login.count
      entry.passwords += login.byPassword
      const network = this.#networkOf(login.source)
      if (entry.networks.size < MOST_NETWORKS) entry.networks.add(network)
      logins.set(key, entry)
    }
    const sorted = [...logins].sort((a, b) => (a[0] < b[0] ? -1 : 1))
    return Object.fromEntries(
      sorted.map(([key, { count, passwords, networks }]) => [
        key,
        { count, passwords, networks: [...networks].sort((a, b) => a - b) },
      ]),
    )
  }

  /** Whether the source had logged in as anybody before `time`. */
  wasHere(source: number, time: number): boolean {
    return (this.#bySource.get(source) ?? []).some(login => login.first < time)
  }
}

function loginKey({ names }: AttemptStore, name: number): string {
  return `${names.surfaceOf(name)} ${names.text(name)}`
}

function push(lists: Map<number, Login[]>, key: number, login: Login): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [login])
  else list.push(login)
}
