/** What is never blocked. Pure: the facts are gathered by host-guards.ts. */
import { isV4, type Prefix, parsePrefix } from '../../core/ip.ts'
import { PROXY_RANGES } from '../../kit/cdn-ranges.ts'
import { PrefixMap } from './prefix-map.ts'
import { SPECIAL_RANGES } from './special-ranges.ts'

export interface ProtectionFacts {
  /** Addresses, prefixes, and what the whitelist's names stand for at the moment, each with how to tell it. */
  whitelist: readonly Guarded[]
  /** Peers of authenticated SSH sessions, and where the person at this command line comes from. */
  sshPeers: readonly string[]
  /** Addresses that logged in by key lately, with the time of the last login in words. */
  keyLogins: readonly Guarded[]
  own: readonly string[]
  gateways: readonly string[]
  resolvers: readonly string[]
  /** Of the config, beyond those that are published. */
  trustedProxies: readonly string[]
  /** The shortest prefix lengths that may be blocked. */
  maxPrefixV4: number
  maxPrefixV6: number
}

export interface Guarded {
  prefix: string
  why: string
}

let known: readonly (readonly [Prefix, string])[] | undefined

/** What everybody knows, read once: protection is looked at anew many times a minute. */
function published(): readonly (readonly [Prefix, string])[] {
  if (known !== undefined) return known
  const texts: [string, string][] = [...SPECIAL_RANGES].map(([prefix, what]) => [prefix, `it is ${what}`])
  for (const [name, ranges] of Object.entries(PROXY_RANGES)) {
    if (name === 'private') continue
    const why = `it belongs to ${name}: all visitors behind it would be shut out`
    for (const range of ranges) texts.push([range, why])
  }
  known = texts.flatMap(([text, why]) => {
    const prefix = parsePrefix(text)
    return prefix === undefined ? [] : [[prefix, why] as const]
  })
  return known
}

/** Says of prefixes why they must not be blocked: one that contains, or is contained in, what is protected. */
export class Protection {
  readonly #guarded = new PrefixMap<string>()
  readonly #maxV4: number
  readonly #maxV6: number

  constructor(facts: Partial<ProtectionFacts> = {}) {
    this.#maxV4 = facts.maxPrefixV4 ?? 24
    this.#maxV6 = facts.maxPrefixV6 ?? 48
    // Of several reasons for one prefix the last is told: the owner's own word comes after what everybody knows.
    for (const [prefix, why] of published()) this.#guarded.set(prefix, why)
    for (const address of facts.resolvers ?? []) this.#add(address, 'it is a name server of this host')
    for (const address of facts.gateways ?? []) this.#add(address, 'it is a gateway of this host')
    for (const address of facts.own ?? []) this.#add(address, "it is this host's own address or network")
    for (const range of facts.trustedProxies ?? []) this.#add(range, 'it is a trusted proxy')
    for (const { prefix, why } of facts.keyLogins ?? []) this.#add(prefix, why)
    for (const address of facts.sshPeers ?? []) this.#add(address, 'somebody is logged in from there by SSH')
    for (const { prefix, why } of facts.whitelist ?? []) this.#add(prefix, why)
  }

  /** Why it must not be blocked, in words that follow "refused:"; undefined where it may be. */
  covers(prefix: Prefix): string | undefined {
    const v4 = isV4(prefix.words) && prefix.length >= 96
    const bits = v4 ? prefix.length - 96 : prefix.length
    const least = v4 ? this.#maxV4 : this.#maxV6
    return (
      this.#guarded.overlapping(prefix) ??
      (bits < least ? `a /${bits} is larger than the largest network that may be blocked (/${least})` : undefined)
    )
  }

  #add(text: string, why: string): void {
    const prefix = parsePrefix(text)
    if (prefix !== undefined) this.#guarded.set(prefix, why)
  }
}
