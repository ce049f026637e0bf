/** Events into rows: the hot path. Numbers only; a string is made once for a name's first appearance in the run. */
import type { AddressTable } from '../core/addresses.ts'
import { type EventKind, FLAG, KIND, SSH_ATTEMPT_KINDS } from '../core/event.ts'
import type { EventView } from '../core/view.ts'
import { Activity } from './activity.ts'
import { ROW } from './activity-columns.ts'
import type { Surface } from './feature-spec.ts'
import { FirstHours, LONG_AGO, TokenHours } from './first-seen.ts'
import { ASSET_TOKEN, TokenReader, tokenOfText } from './tokens.ts'

export const FED_KINDS: readonly EventKind[] = [...SSH_ATTEMPT_KINDS, 'ssh.auth.accepted', 'ssh.scan', 'web.request']

const WEB = KIND['web.request']
const ACCEPTED = KIND['ssh.auth.accepted']

/** Names or paths told apart; their texts are kept for a part of them. */
const TOKEN_LIMIT = 1 << 18
const TEXT_LIMIT = 1 << 14
/** Networks from which somebody has logged in. */
const NETWORK_LIMIT = 1 << 16

/** What a model remembers of who and what was there before: hashes of sources, names or paths, and networks. */
export interface Memory {
  sources: ReadonlySet<number>
  tokens: ReadonlySet<number>
  networks: ReadonlySet<number>
}

/** One surface: its rows and its memory of what was seen. */
export class SurfaceFeed {
  readonly surface: Surface
  readonly activity: Activity
  readonly sources = new FirstHours()
  readonly tokens = new TokenHours(TOKEN_LIMIT, TEXT_LIMIT)
  /** Networks of logins that succeeded. */
  readonly networks = new Set<number>()
  /** The neighbourhood of a source. */
  readonly networkOf: (source: number) => number
  readonly #addresses: AddressTable
  readonly #memory: Memory | undefined

  constructor(surface: Surface, addresses: AddressTable, memory: Memory | undefined, limit?: number) {
    this.surface = surface
    this.activity = new Activity(limit)
    this.#addresses = addresses
    this.networkOf = source => addresses.network(source)
    this.#memory = memory
    for (const token of memory?.tokens ?? []) this.tokens.meet(token, LONG_AGO)
    for (const network of memory?.networks ?? []) this.networks.add(network)
  }

  /** Opens the row of the event's source and token, marked with what is new about it. */
  row(event: EventView, source: number, token: number, accepted: boolean): number {
    const { activity } = this
    const hour = activity.enter(event.time)
    const row = activity.rowOf(source, token, accepted, event)
    if (!activity.isFresh(row)) return row
    let bits = activity.columns.bits[row]
    if (this.#firstHour(source, hour) === hour) bits |= ROW.NEW_SOURCE
    const text = (): string | undefined => (this.surface === 'ssh' ? event.user : event.path)
    if (this.tokens.meet(token, hour, text) === hour) bits |= ROW.NEW_TOKEN
    activity.columns.bits[row] = bits
    return row
  }

  #firstHour(source: number, hour: number): number {
    if (
      !this.sources.knows(source) &&
      this.#memory?.sources.has(tokenOfText(this.#addresses.identity(source))) === true
    ) {
      this.sources.set(source, LONG_AGO)
    }
    return this.sources.meet(source, hour)
  }

  /** Whether the model knows the network. */
  remembers(network: number): boolean {
    return this.#memory?.networks.has(network) === true
  }

  /** Notes a login's network; whether it is the first login from there. */
  isNewNetwork(source: number): boolean {
    const network = this.networkOf(source)
    if (this.networks.has(network)) return false
    if (this.networks.size < NETWORK_LIMIT) this.networks.add(network)
    return true
  }
}

/**
 * Feeds the rows of both surfaces: failed and accepted SSH logins into `ssh`, requests into `web`. Events without a
 * time are left out; those without a source show only that the log was alive.
 */
export class WindowFeed {
  readonly ssh: SurfaceFeed
  readonly web: SurfaceFeed
  readonly #tokens = new TokenReader()

  constructor(addresses: AddressTable, memories: Partial<Record<Surface, Memory>> = {}, limit?: number) {
    this.ssh = new SurfaceFeed('ssh', addresses, memories.ssh, limit)
    this.web = new SurfaceFeed('web', addresses, memories.web, limit)
  }

  observe(event: EventView): void {
    const { columns } = event.open.batch
    const time = columns.time[event.row]
    if (Number.isNaN(time)) return
    const kind = columns.kind[event.row]
    if (kind === WEB) this.#web(event)
    else if (kind === ACCEPTED) this.#accepted(event)
    else this.#attempt(event)
  }

  #attempt(event: EventView): void {
    const { columns } = event.open.batch
    const attempts = columns.attempts[event.row]
    const { source } = event
    if (attempts === 0 || source < 0) {
      this.ssh.activity.enter(event.time)
      return
    }
    const token = this.#tokens.text(event, columns.user[event.row])
    const row = this.ssh.row(event, source, token, false)
    const rows = this.ssh.activity.columns
    rows.count[row] += attempts
    if ((columns.flags[event.row] & FLAG.USER_KNOWN) !== 0) rows.marked[row] += attempts
    // A connection is told by its port, or by the daemon's process where the line has none.
    const connection = columns.port[event.row] || columns.pid[event.row] || 1
    if (rows.tag[row] === connection) return
    rows.tag[row] = connection
    rows.part[row]++
  }

  #accepted(event: EventView): void {
    const { columns } = event.open.batch
    const { source } = event
    if (source < 0) return
    const { networks } = this.ssh
    const before = networks.size
    const isNew = this.ssh.isNewNetwork(source)
    const token = this.#tokens.text(event, columns.user[event.row])
    const row = this.ssh.row(event, source, token, true)
    const rows = this.ssh.activity.columns
    rows.count[row] += columns.count[event.row]
    // The first network of all is the owner's: nothing can be new before there is anything known.
    if (isNew && before > 0) rows.bits[row] |= ROW.NEW_NETWORK
  }

  #web(event: EventView): void {
    const { columns } = event.open.batch
    const { source } = event
    const path = columns.path[event.row]
    if (source < 0) {
      this.web.activity.enter(event.time)
      return
    }
    const status = columns.status[event.row]
    const isAsset = this.#tokens.isAsset(event, path)
    const token = isAsset && status < 400 ? ASSET_TOKEN : this.#tokens.template(event, path)
    const row = this.web.row(event, source, token, false)
    const rows = this.web.activity.columns
    const count = columns.count[event.row]
    rows.count[row] += count
    rows.bytes[row] += columns.size[event.row]
    if (!isAsset && (status === 401 || status === 403 || status === 404)) rows.marked[row] += count
    if (event.open.batch.columns.method[event.row] >= 0 && event.method === 'POST') rows.part[row] += count
    if (rows.tag[row] === 0) rows.tag[row] = this.#tokens.text(event, columns.agent[event.row])
  }
}
