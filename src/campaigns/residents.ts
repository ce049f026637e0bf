/**
 * Who is at home here: people with logins of their own mistype, forget and roam, and their failures are neither an attack
 * nor its background (Javed & Paxson's stage B).
 */
import { editDistance } from '../kit/math/sequences.ts'
import type { Login } from './logins.ts'
import type { Places } from './places.ts'
import type { AttemptStore } from './store.ts'

/** An account's logins as a model knows them. */
export interface KnownLogins {
  count: number
  /** How many of them were by something one can guess. */
  passwords: number
  networks: readonly number[]
  /** Providers and countries that they came from, where the model was trained with databases. */
  providers: readonly number[]
  countries: readonly string[]
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
  /** Whether one came from the source's provider; from its country; undefined where no database says. */
  knownProvider: boolean | undefined
  knownCountry: boolean | undefined
  /** Whether they were several, and none by a password. */
  keyOnly: boolean
  /** -log2 of the chance of a login from there: see `Levels`. */
  surprise: number
}

/** Logins by key, and none otherwise, from which on an account is one of keys. */
const LEAST_KEYS = 3
/** Networks that a model keeps of an account. */
const MOST_NETWORKS = 64

/**
 * Made anew for every conclusion from the store's logins, and those that a model knows (`known`, by account). Rows,
 * sources and names are the store's numbers.
 */
export class Residents {
  readonly #store: AttemptStore
  readonly #places: Places
  readonly #bySource = new Map<number, Login[]>()
  readonly #byNetwork = new Map<number, Login[]>()
  readonly #byName = new Map<number, Login[]>()

  readonly #known: Readonly<Record<string, KnownLogins>>

  constructor(store: AttemptStore, places: Places, known: Readonly<Record<string, KnownLogins>> = {}) {
    this.#known = known
    this.#store = store
    this.#places = places
    for (const login of store.logins.entries()) {
      push(this.#bySource, login.source, login)
      push(this.#byNetwork, places.networkOf(login.source), login)
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
    if (this.#knownLogins(store.name[row])?.networks.includes(this.#places.networkOf(source))) return 'own'
    const name = store.names.text(store.name[row])
    const near = this.#byNetwork.get(this.#places.networkOf(source))
    if (near?.some(login => login.first <= first && editDistance(store.names.text(login.name), name, 1) <= 1))
      return 'own'
    return mine === undefined ? 'stranger' : 'lucky'
  }

  /** Logins as the user before `time`. */
  history(name: number, source: number, time: number): History {
    const { networkOf, providerOf, countryOf } = this.#places
    const trained = this.#knownLogins(name)
    const networks = new Level(networkOf(source), trained?.networks, trained?.count)
    const providers = new Level(providerOf?.(source), trained?.providers, trained?.count)
    const countries = new Level(countryOf?.(source), trained?.countries, trained?.count)
    let logins = trained?.count ?? 0
    let passwords = trained?.passwords ?? 0
    for (const login of this.#byName.get(name) ?? []) {
      if (login.first >= time) continue
      passwords += login.byPassword
      const before =
        login.last < time ? login.count : Math.max(1, (login.count * (time - login.first)) / (login.last - login.first))
      logins += before
      networks.add(networkOf(login.source), before)
      if (providers.asked) providers.add(providerOf?.(login.source), before)
      if (countries.asked) countries.add(countryOf?.(login.source), before)
    }
    return {
      logins: Math.round(logins),
      networks: networks.size,
      known: networks.known,
      knownProvider: providers.compared ? providers.known : undefined,
      knownCountry: countries.compared ? countries.known : undefined,
      keyOnly: passwords === 0 && logins >= LEAST_KEYS,
      surprise: surpriseOf([networks, providers, countries]),
    }
  }

  /** Whether the source ever logged in as that account. */
  gotIn(source: number, name: number): boolean {
    return (this.#bySource.get(source) ?? []).some(login => login.name === name)
  }

  /** Whether the source ever logged in, before or after. */
  everIn(source: number): boolean {
    return this.#bySource.has(source)
  }

  /** Whether two sources are of one neighbourhood. */
  together(a: number, b: number): boolean {
    return this.#places.networkOf(a) === this.#places.networkOf(b)
  }

  #knownLogins(name: number): KnownLogins | undefined {
    const key = loginKey(this.#store, name)
    return Object.hasOwn(this.#known, key) ? this.#known[key] : undefined
  }

  /** Who logged in, for a model. */
  toModel(): Record<string, KnownLogins> {
    const logins = new Map<
      string,
      { count: number; passwords: number; networks: Set<number>; providers: Set<number>; countries: Set<string> }
    >()
    for (const login of this.#store.logins.entries()) {
      const key = loginKey(this.#store, login.name)
      const entry = logins.get(key) ?? {
        count: 0,
        passwords: 0,
        networks: new Set(),
        providers: new Set(),
        countries: new Set(),
      }
      entry.count += login.count
      entry.passwords += login.byPassword
      if (entry.networks.size < MOST_NETWORKS) {
        const provider = this.#places.providerOf?.(login.source)
        const country = this.#places.countryOf?.(login.source)
        entry.networks.add(this.#places.networkOf(login.source))
        if (provider !== undefined) entry.providers.add(provider)
        if (country !== undefined) entry.countries.add(country)
      }
      logins.set(key, entry)
    }
    const sorted = [...logins].sort((a, b) => (a[0] < b[0] ? -1 : 1))
    return Object.fromEntries(
      sorted.map(([key, { count, passwords, networks, providers, countries }]) => [
        key,
        {
          count,
          passwords,
          networks: [...networks].sort((a, b) => a - b),
          providers: [...providers].sort((a, b) => a - b),
          countries: [...countries].sort(),
        },
      ]),
    )
  }

  /** Whether the source had logged in as anybody before `time`. */
  wasHere(source: number, time: number): boolean {
    return (this.#bySource.get(source) ?? []).some(login => login.first < time)
  }
}

/** An account's logins by network, provider or country, and how many of them came from where the source is. */
class Level<Place extends number | string> {
  readonly #here: Place | undefined
  readonly #seen: Set<Place>
  #total: number
  #same: number

  constructor(here: Place | undefined, trained: readonly Place[] = [], count = 0) {
    this.#here = here
    this.#seen = new Set(trained)
    this.#total = this.#seen.size > 0 ? count : 0
    this.#same = here !== undefined && this.#seen.has(here) ? count : 0
  }

  /** Whether it is known where the source is. */
  get asked(): boolean {
    return this.#here !== undefined
  }

  /** Whether it is known besides where others of the account's logins came from. */
  get compared(): boolean {
    return this.asked && this.size > 0
  }

  get known(): boolean {
    return this.#same > 0
  }

  get size(): number {
    return this.#seen.size
  }

  add(place: Place | undefined, logins: number): void {
    if (place === undefined) return
    this.#seen.add(place)
    this.#total += logins
    if (place === this.#here) this.#same += logins
  }

  /** Chance of a login from here where it is known, else of one from anywhere new. */
  get chance(): number {
    const all = this.#total + this.size
    if (all === 0) return 1
    return (this.known ? this.#same : this.size) / all
  }
}

/**
 * -log2 of the chance of a login from the source's place, by back-off from its network to its provider, its country and
 * to novelty: where a level does not know the place, the chance of anything new there (as many as it has seen new
 * places among its logins: escape method C of PPM, Moffat 1990) is multiplied by the next level's.
 */
function surpriseOf(levels: readonly (Level<number> | Level<string>)[]): number {
  let bits = 0
  for (const level of levels) {
    if (!level.asked) continue
    bits -= Math.log2(level.chance)
    if (level.known) break
  }
  return Math.max(0, bits)
}

function loginKey({ names }: AttemptStore, name: number): string {
  return `${names.surfaceOf(name)} ${names.text(name)}`
}

function push(lists: Map<number, Login[]>, key: number, login: Login): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [login])
  else list.push(login)
}
