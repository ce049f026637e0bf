/** What several login rules share: which service an attempt belongs to, and who is known to the host. */
import type { AddressTable } from '../../core/addresses.ts'
import { EVENT_KINDS, type EventKind, OTHER_AUTH_FAILED_KINDS, SSH_ATTEMPT_KINDS } from '../../core/event.ts'
import { DAY } from '../../core/time.ts'
import type { EventView } from '../../core/view.ts'
import type { DistinctCount, Memory, State } from '../../kit/state/index.ts'
import { PairTexts } from './pair-texts.ts'

/** Services people log in to, each counted by itself. */
export const FAMILIES = ['ssh', 'ftp', 'mail', 'panel', 'web', 'console'] as const
export type Family = (typeof FAMILIES)[number]

/** How a family is called in a title. */
export const FAMILY_NAMES: Readonly<Record<Family, string>> = {
  ssh: 'SSH',
  ftp: 'FTP',
  mail: 'mail',
  panel: 'control panel',
  web: 'web server',
  console: 'console',
}

/** Kinds that can stand for a failed login attempt, on any service. */
export const ATTEMPT_KINDS = [...SSH_ATTEMPT_KINDS, ...OTHER_AUTH_FAILED_KINDS] as const satisfies readonly EventKind[]

/** Somebody got in over the network. */
export const ACCEPTED_KINDS = [
  'ssh.auth.accepted',
  'ftp.auth.accepted',
  'mail.auth.accepted',
  'panel.auth.accepted',
] as const satisfies readonly EventKind[]

const FAMILY_OF_KIND: Readonly<Partial<Record<EventKind, Family>>> = {
  'ftp.auth.failed': 'ftp',
  'ftp.auth.accepted': 'ftp',
  'mail.auth.failed': 'mail',
  'mail.auth.accepted': 'mail',
  'panel.auth.failed': 'panel',
  'panel.auth.accepted': 'panel',
  'web.auth.failed': 'web',
  'login.failed': 'console',
  'login.accepted': 'console',
}
/** By the number of the kind, since every attempt is asked about several times. */
const FAMILY_INDEX = Uint8Array.from(EVENT_KINDS, kind => FAMILIES.indexOf(FAMILY_OF_KIND[kind] ?? 'ssh'))
const ACCEPTED = Uint8Array.from(EVENT_KINDS, kind => (kind.endsWith('.accepted') ? 1 : 0))

/** Index into FAMILIES of a failed or accepted login. */
export const familyOf = (event: EventView): number => FAMILY_INDEX[event.kindNumber]

/** Whether the event is a login that succeeded. */
export const isAccepted = (event: EventView): boolean => ACCEPTED[event.kindNumber] === 1

/** Attempts that the event stands for: the ledger's word for SSH, the line's own count elsewhere. */
export function attemptsOf(event: EventView): number {
  return familyOf(event) === 0 ? event.attempts : Math.max(event.attempts, event.count)
}

/** Ways in that are no secret a stranger could hit on: keys, certificates, tickets, the word of another host. */
const PROOFS: ReadonlySet<string> = new Set([
  'publickey',
  'hostbased',
  'gssapi-with-mic',
  'gssapi-keyex',
  'none',
  'EXTERNAL',
  'GSSAPI',
])

/** Whether the login was, or would have been, with something that can be guessed; where the log does not say, it was. */
export function isGuessable(method: string | undefined): boolean {
  return method === undefined || !PROOFS.has(method)
}

/** Hosts on which a password was tried or taken: whether guessing can work there at all. */
export class PasswordHosts {
  readonly #hosts: Memory<true>
  /** The host learnt last, and how many the table had dropped by then: most logs are of one host. */
  #latest: string | undefined
  #dropped = 0

  constructor(state: State) {
    this.#hosts = state.memory('password-hosts', { keep: Number.POSITIVE_INFINITY, cap: 10_000 })
  }

  learn(event: EventView): void {
    const { kind } = event
    if (kind !== 'ssh.auth.failed' && kind !== 'ssh.auth.accepted') return
    const host = event.host ?? ''
    if (host === this.#latest && this.#dropped === this.#hosts.evicted) return
    if (!isGuessable(event.method)) return
    if (this.#hosts.get(host, event.time) === undefined) this.#hosts.set(host, true, event.time)
    this.#latest = host
    this.#dropped = this.#hosts.evicted
  }

  has(event: EventView): boolean {
    return this.#hosts.get(event.host ?? '', event.time) === true
  }
}

/** Facts of a hit on a host that takes passwords; where they are missing, guessing is in vain. */
export const WITH_PASSWORDS = Object.freeze({ passwords: true })

/** The reason that goes with a story without WITH_PASSWORDS. */
export const IN_VAIN = Object.freeze({
  text: 'No password had been tried or taken on this host by then: where sshd accepts only keys, such guesses cannot succeed',
})

/** [first login, logins; SETTLED_LOGINS or more are as good as that many] */
type Acquaintance = readonly [number, number]

const KEEP = 90 * DAY
/** A source whose users log in on more than one day is a place people work from, whatever name they use next. */
const SETTLED_LOGINS = 3

/**
 * Who has logged in before: by user and network, and by source. The caller decides which logins count (one that follows
 * a row of failures is no proof of acquaintance).
 */
export class KnownLogins {
  readonly #users: Memory<Acquaintance>
  readonly #sources: Memory<Acquaintance>
  readonly #keys: PairTexts<number>

  constructor(state: State, addresses: AddressTable) {
    this.#users = state.memory('known-users', { keep: KEEP, combine: both })
    this.#sources = state.memory('known-sources', { keep: KEEP, combine: both })
    this.#keys = keysOf(addresses)
  }

  learn(event: EventView): void {
    const { source, user, time } = event
    if (source < 0) return
    note(this.#sources, source, time)
    if (user !== undefined) note(this.#users, this.#keys.of(source, user), time)
  }

  /** When the user first logged in from the source's network, or, from a settled source, when anybody did; undefined: a stranger. */
  since(source: number, user: string | undefined, now: number): number | undefined {
    if (source < 0) return undefined
    const own = user === undefined ? undefined : this.#users.get(this.#keys.of(source, user), now)
    if (own !== undefined) return own[0]
    const place = this.#sources.get(source, now)
    return place !== undefined && place[1] >= SETTLED_LOGINS && now - place[0] >= DAY ? place[0] : undefined
  }

  /** When anybody first logged in from this very source. */
  sourceSince(source: number, now: number): number | undefined {
    return this.#sources.get(source, now)?.[0]
  }
}

/** So many users who got in from one source are people who share an address: a guesser opens hardly one account. */
const CROWD = 5
/** Users of a source that are told apart. */
const MOST_OF_A_CROWD = 32

/** Sources that many people share: offices, the gateways of a provider. */
export class Crowds {
  readonly #users: DistinctCount

  /** `window`: milliseconds for which a login counts. */
  constructor(state: State, window: number) {
    this.#users = state.distinctCount('crowds', { window, limit: MOST_OF_A_CROWD, cap: 10_000, evidence: 0 })
  }

  /** Takes a login. */
  learn({ source, user, time }: EventView): void {
    if (user !== undefined) this.#users.add(source, user, time)
  }

  /** How many users lately got in from there, 32 at most; 0 where they are too few to be a crowd. */
  size(source: number, now: number): number {
    if (this.#users.size === 0) return 0
    const users = this.#users.count(source, now)
    return users < CROWD ? 0 : users
  }
}

/** One for all rules of a run: they ask about the same logins. */
const KEYS = new WeakMap<AddressTable, PairTexts<number>>()

function keysOf(addresses: AddressTable): PairTexts<number> {
  let keys = KEYS.get(addresses)
  if (keys === undefined) {
    keys = new PairTexts((source, user) => `${addresses.formatNetwork(source)} ${user}`)
    KEYS.set(addresses, keys)
  }
  return keys
}

function note(table: Memory<Acquaintance>, key: string | number, time: number): void {
  const known = table.get(key, time)
  if (known === undefined) table.set(key, [time, 1], time)
  // The further logins of the settled, which are nearly all, only keep it fresh.
  else table.set(key, known[1] >= SETTLED_LOGINS ? known : [known[0], known[1] + 1], time)
}

function both(mine: Acquaintance, theirs: Acquaintance): Acquaintance {
  return [Math.min(mine[0], theirs[0]), mine[1] + theirs[1]]
}

/** Sources whose users log in by key, and whether those users alone fail there, and not with passwords. */
export class KeySources {
  readonly #sources: Memory<true>
  readonly #users: Memory<true>
  readonly #others: Memory<true>
  readonly #keys: PairTexts<number>

  /** `window`: milliseconds for which a failure of somebody else speaks against the source. */
  constructor(state: State, addresses: AddressTable, window: number) {
    this.#keys = keysOf(addresses)
    this.#sources = state.memory('key-sources', { keep: KEEP })
    this.#users = state.memory('key-users', { keep: KEEP })
    this.#others = state.memory('key-others', { keep: window })
  }

  /** Takes a login by key. */
  learn({ source, user, time }: EventView): void {
    this.#sources.set(source, true, time)
    if (user !== undefined) this.#users.set(this.#keys.of(source, user), true, time)
  }

  /** Takes a failed login; who never logged in by key there, or tries passwords, may be guessing. */
  failed({ source, user, time, method }: EventView): void {
    if (user === undefined || this.#sources.get(source, time) === undefined) return
    const triesPassword = method !== undefined && isGuessable(method)
    if (triesPassword || this.#users.get(this.#keys.of(source, user), time) === undefined)
      this.#others.set(source, true, time)
  }

  /** Facts of a hit; `others` stays with a story once somebody else, or a password, was tried. */
  factsOf({ source, time }: EventView): { keys?: true; others?: true } {
    if (this.#sources.get(source, time) === undefined) return {}
    return this.#others.get(source, time) === undefined ? { keys: true } : { keys: true, others: true }
  }
}
