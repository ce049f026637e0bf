/** What several login rules share: which service an attempt belongs to, and who is known to the host. */
import type { AddressTable } from '../../core/addresses.ts'
import { type EventKind, OTHER_AUTH_FAILED_KINDS, SSH_ATTEMPT_KINDS } from '../../core/event.ts'
import { DAY } from '../../core/time.ts'
import type { EventView } from '../../core/view.ts'
import type { Memory, State } from '../../kit/state/index.ts'

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

/** Index into FAMILIES of a failed or accepted login's kind. */
export function familyOf(kind: EventKind): number {
  switch (kind) {
    case 'ftp.auth.failed':
    case 'ftp.auth.accepted':
      return 1
    case 'mail.auth.failed':
    case 'mail.auth.accepted':
      return 2
    case 'panel.auth.failed':
    case 'panel.auth.accepted':
      return 3
    case 'web.auth.failed':
      return 4
    case 'login.failed':
    case 'login.accepted':
      return 5
    default:
      return 0
  }
}

/** Attempts that the event stands for: the ledger's word for SSH, the line's own count elsewhere. */
export function attemptsOf(event: EventView): number {
  return familyOf(event.kind) === 0 ? event.attempts : Math.max(event.attempts, event.count)
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

  constructor(state: State) {
    this.#hosts = state.memory('password-hosts', { keep: Number.POSITIVE_INFINITY, cap: 10_000 })
  }

  learn(event: EventView): void {
    const { kind } = event
    if ((kind !== 'ssh.auth.failed' && kind !== 'ssh.auth.accepted') || !isGuessable(event.method)) return
    const host = event.host ?? ''
    if (this.#hosts.get(host, event.time) === undefined) this.#hosts.set(host, true, event.time)
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

/** [first login, logins] */
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
  readonly #addresses: AddressTable

  constructor(state: State, addresses: AddressTable) {
    this.#users = state.memory('known-users', { keep: KEEP, combine: both })
    this.#sources = state.memory('known-sources', { keep: KEEP, combine: both })
    this.#addresses = addresses
  }

  learn(event: EventView): void {
    const { source, user, time } = event
    if (source < 0) return
    note(this.#sources, source, time)
    if (user !== undefined) note(this.#users, this.#key(source, user), time)
  }

  /** When the user first logged in from the source's network, or, from a settled source, when anybody did; undefined: a stranger. */
  since(source: number, user: string | undefined, now: number): number | undefined {
    if (source < 0) return undefined
    const own = user === undefined ? undefined : this.#users.get(this.#key(source, user), now)
    if (own !== undefined) return own[0]
    const place = this.#sources.get(source, now)
    return place !== undefined && place[1] >= SETTLED_LOGINS && now - place[0] >= DAY ? place[0] : undefined
  }

  /** When anybody first logged in from this very source. */
  sourceSince(source: number, now: number): number | undefined {
    return this.#sources.get(source, now)?.[0]
  }

  #key(source: number, user: string): string {
    return `${this.#addresses.formatNetwork(source)} ${user}`
  }
}

function note(table: Memory<Acquaintance>, key: string | number, time: number): void {
  const known = table.get(key, time)
  table.set(key, known === undefined ? [time, 1] : [known[0], known[1] + 1], time)
}

function both(mine: Acquaintance, theirs: Acquaintance): Acquaintance {
  return [Math.min(mine[0], theirs[0]), mine[1] + theirs[1]]
}
