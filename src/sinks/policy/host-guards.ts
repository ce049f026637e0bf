/**
 * The facts behind protection, as this host has them now: who is logged in, its own addresses and networks, its way out,
 * its name servers, and what the whitelist's names stand for. The only part of the policy that looks at the world.
 */
import { lookup as lookUp } from 'node:dns/promises'
import { networkInterfaces } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { MINUTE, SECOND } from '../../core/time.ts'
import type { ResponseConfig } from './config.ts'
import { KeyLogins } from './key-logins.ts'
import { gatewaysOf, resolversOf, sshPeersOf } from './proc-facts.ts'
import { type Guarded, Protection, type ProtectionFacts } from './protection.ts'

/** How often names are looked up again. */
const NAMES_EVERY = 5 * MINUTE
/** Nobody waits longer than this for a first answer. */
const PATIENCE = 5 * SECOND

export interface HostGuardParts {
  config: Pick<ResponseConfig, 'allow_names' | 'key_login_days' | 'max_prefix_v4' | 'max_prefix_v6'>
  /** [whitelist] ips, and the lines of its files: addresses and prefixes. */
  whitelist: readonly string[]
  /** [web] trusted_proxies that are prefixes. */
  trustedProxies: readonly string[]
  /** Where /proc, /etc and /run are. */
  root?: string
  /** SSH_CONNECTION of this process: who gives commands from there is not shut out by them. */
  sshConnection?: string | undefined
  /** Answers a name's addresses, or rejects. */
  lookup?: (name: string) => Promise<readonly string[]>
}

/** A whitelisted name whose last look-up failed; its last good answer still holds. */
export interface StaleName {
  name: string
  /** Of the last good answer, milliseconds; null where there never was one: then the name protects nothing. */
  since: number | null
}

interface Answer {
  addresses: readonly string[]
  /** When it was good the last time. */
  good: number | null
  failed: boolean
}

const systemLookup = async (name: string): Promise<readonly string[]> =>
  (await lookUp(name, { all: true })).map(({ address }) => address)

export class HostGuards {
  readonly keyLogins: KeyLogins
  readonly #parts: HostGuardParts
  readonly #names = new Map<string, Answer>()
  #asked = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined
  #standing: Protection | undefined

  constructor(parts: HostGuardParts) {
    this.#parts = parts
    this.keyLogins = new KeyLogins(parts.config.key_login_days)
  }

  /** A successful login by key, as the log tells it. @param time milliseconds */
  noteKeyLogin(address: string, time: number): void {
    this.keyLogins.note(address, time)
  }

  /** Looks names up where it is time. The first answer is waited for; later ones come while the old ones hold. */
  async refreshNames(now: number): Promise<void> {
    // A wall clock that was set back must not leave a name's old address guarded, and its new one not.
    if (this.#asking === undefined && Math.abs(now - this.#asked) >= NAMES_EVERY) {
      this.#asked = now
      this.#asking = this.#ask(now).finally(() => {
        this.#asking = undefined
      })
    }
    const unanswered = this.#parts.config.allow_names.some(name => !this.#names.has(name))
    if (unanswered) await Promise.race([this.#asking, delay(PATIENCE, undefined, { ref: false })])
  }

  async #ask(now: number): Promise<void> {
    const lookup = this.#parts.lookup ?? systemLookup
    await Promise.all(
      this.#parts.config.allow_names.map(async name => {
        const known = this.#names.get(name)
        try {
          this.#names.set(name, { addresses: await lookup(name), good: now, failed: false })
        } catch {
          this.#names.set(name, { addresses: known?.addresses ?? [], good: known?.good ?? null, failed: true })
        }
      }),
    )
  }

  /** Names whose last look-up failed. */
  staleNames(): StaleName[] {
    return [...this.#names].filter(([, { failed }]) => failed).map(([name, { good }]) => ({ name, since: good }))
  }

  /** What is protected at every moment: what everybody knows, and what the owner has said. */
  standing(): Protection {
    this.#standing ??= new Protection(this.#owners())
    return this.#standing
  }

  #owners(): Partial<ProtectionFacts> & { whitelist: Guarded[] } {
    const { config, whitelist, trustedProxies } = this.#parts
    return {
      whitelist: whitelist.map(prefix => ({ prefix, why: 'it is on the whitelist' })),
      trustedProxies,
      maxPrefixV4: config.max_prefix_v4,
      maxPrefixV6: config.max_prefix_v6,
    }
  }

  /** What is protected at this moment; everything is looked at anew. */
  async protection(now: number): Promise<Protection> {
    const { root = '/', sshConnection } = this.#parts
    await this.refreshNames(now)
    const owners = this.#owners()
    // SSH_CONNECTION: client address and port, server address and port (ssh(1)).
    const here = sshConnection?.split(' ')[0]
    return new Protection({
      ...owners,
      whitelist: [...owners.whitelist, ...this.#named()],
      sshPeers: [...(await sshPeersOf(root)), ...(here === undefined ? [] : [here])],
      keyLogins: this.keyLogins.guarded(now),
      own: ownNetworks(),
      gateways: await gatewaysOf(root),
      resolvers: await resolversOf(root),
    })
  }

  #named(): Guarded[] {
    return [...this.#names].flatMap(([name, { addresses }]) =>
      addresses.map(prefix => ({ prefix, why: `${name} of the whitelist stands for it` })),
    )
  }
}

/** This host's own addresses. Its neighbours on a public network are strangers like all others; see the gateway. */
function ownNetworks(): string[] {
  return Object.values(networkInterfaces()).flatMap(addresses => (addresses ?? []).map(({ address }) => address))
}
