/** Who would have been shut out: accepted logins, and visitors that look like people, from blocked prefixes. */
import type { AddressTable } from '../../core/addresses.ts'
import type { EventView } from '../../core/view.ts'
import type { DryBlock } from './dry-enforcer.ts'

/** A login that a block would have prevented: a user's, or the intruder's. */
export interface LostLogin {
  time: number
  source: string
  user: string
  /** password, publickey ... */
  method: string
  service: string
  block: DryBlock
  /** Whether the block's finding accuses this very source, or only its network is blocked. */
  accused: boolean
  /** Logins of the source before the block, which speak for a user. */
  before: number
}

/** A source whose successful requests, by a browser's agent, a block would have prevented. */
export interface LostVisitor {
  source: string
  requests: number
  first: number
  last: number
  agent: string
  /** Some of what was asked for. */
  paths: string[]
  block: DryBlock
  accused: boolean
  /** Successful requests of the source before the block. */
  before: number
}

const MOST = 1000
const MOST_BEFORE = 1 << 18
const PATHS = 3
/** Agents that say of themselves that they are programs. */
const PROGRAM =
  /bot|crawl|spider|slurp|scan|monitor|fetch|preview|feed|archive|http|python|java\/|curl|wget|go-|libwww/i
const URL_IN_AGENT = /\+?https?:\/\/\S+/g

/** Whether an agent calls itself a browser and nothing else. */
export function looksHuman(agent: string | undefined): boolean {
  if (agent === undefined || !/^(Mozilla|Opera)\//.test(agent)) return false
  return !PROGRAM.test(agent.replace(/\(KHTML, like Gecko\)/g, '').replace(URL_IN_AGENT, ' bot '))
}

/**
 * Fed by the replay with every accepted login and every visit that looks like a person's, lost to a block or not.
 * What is beyond the lists' bounds is counted only.
 */
export class Collateral {
  readonly logins: LostLogin[] = []
  /** Beyond those listed. */
  moreLogins = 0
  moreVisitors = 0
  readonly #visitors = new Map<number, LostVisitor>()
  readonly #loginsBefore = new Map<number, number>()
  readonly #visitsBefore = new Map<number, number>()
  readonly #addresses: AddressTable

  constructor(addresses: AddressTable) {
    this.#addresses = addresses
  }

  get visitors(): LostVisitor[] {
    return [...this.#visitors.values()].sort((a, b) => Number(a.accused) - Number(b.accused) || b.requests - a.requests)
  }

  /** A success that went through: it speaks for its source should that be blocked later. */
  noteThrough(event: EventView, what: 'login' | 'visit'): void {
    const table = what === 'login' ? this.#loginsBefore : this.#visitsBefore
    const { source } = event
    const before = table.get(source)
    if (before !== undefined || table.size < MOST_BEFORE) table.set(source, (before ?? 0) + 1)
  }

  loseLogin(event: EventView, block: DryBlock): void {
    if (this.logins.length >= MOST) {
      this.moreLogins++
      return
    }
    const { time, source, user = '', method = '', service = '' } = event
    this.logins.push({
      time,
      source: event.address ?? this.#addresses.format(source),
      user,
      method,
      service,
      block,
      accused: this.#isAccused(source, block),
      before: this.#loginsBefore.get(source) ?? 0,
    })
  }

  loseVisit(event: EventView, block: DryBlock): void {
    const { time, source, path = '', agent = '' } = event
    const known = this.#visitors.get(source)
    if (known !== undefined) {
      known.requests += event.count
      known.last = time
      if (known.paths.length < PATHS && !known.paths.includes(path)) known.paths.push(path)
      return
    }
    if (this.#visitors.size >= MOST) {
      this.moreVisitors++
      return
    }
    this.#visitors.set(source, {
      source: this.#addresses.format(source),
      requests: event.count,
      first: time,
      last: time,
      agent,
      paths: [path],
      block,
      accused: this.#isAccused(source, block),
      before: this.#visitsBefore.get(source) ?? 0,
    })
  }

  #isAccused(source: number, { accused }: DryBlock): boolean {
    return accused.has(this.#addresses.format(source)) || accused.has(this.#addresses.identity(source))
  }
}
