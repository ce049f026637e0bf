/**
 * Addresses that are nobody's. Outside hosts come from 198.18.0.0/15 (RFC 2544, set aside for benchmarking) and
 * 2001:db8::/32; the owners' own networks are two documentation networks (RFC 5737) and the last of the benchmarking
 * ones (198.51.100.0/24 is left to examples of block lists). No generated log can accuse a real machine, and two sources
 * never share an address, so that the ground truth is unambiguous.
 */
import { formatAddress, formatV4 } from '../core/ip.ts'
import type { Random } from '../core/random.ts'

/** 198.18.0.0 as a number. */
const POOL_BASE = 0xc612_0000
const POOL_NETWORKS = 511
/** Addresses .1 to .254 of each /24. */
const POOL_SIZE = POOL_NETWORKS * 254

/** A twentieth of the strangers come by IPv6. */
const V6_SHARE = 0.05
/** Neighbours: how often a stranger comes from a /24 that has been seen already (rented hosts cluster). */
const NEIGHBOUR_SHARE = 0.12

export interface AddressPool {
  /** An outside host that no other draw of this pool has given. */
  stranger(): string
}

/**
 * An empty pool: at times a stranger comes from the /24 of an earlier one, as rented hosts do. Once four fifths of
 * the IPv4 addresses are given, all that follow are IPv6.
 */
export function createAddressPool(random: Random): AddressPool {
  const used = new Set<number>()
  const networks: number[] = []
  const v6 = (): string => {
    // Each stranger has a /64 of its own, since a /64 is one source (RFC 4291, 2.5.4).
    const words: [number, number, number, number] = [
      0x20010db8,
      random.below(2 ** 32),
      random.below(2 ** 32),
      random.below(2 ** 32),
    ]
    return formatAddress(words)
  }
  return {
    stranger() {
      // The pool is never filled to the brim: looking for the last free address would take for ever.
      if (used.size > POOL_SIZE * 0.8 || random.next() < V6_SHARE) return v6()
      for (;;) {
        const near = networks.length > 0 && random.next() < NEIGHBOUR_SHARE
        const network = near ? networks[random.below(networks.length)] : random.below(POOL_NETWORKS)
        const address = (POOL_BASE + network * 256 + 1 + random.below(254)) >>> 0
        if (used.has(address)) continue
        used.add(address)
        networks.push(network)
        return formatV4(address)
      }
    },
  }
}

const OWN_NETWORKS = ['192.0.2', '198.19.255', '203.0.113'] as const

/** An address of an owner's own network; `network` is 0, 1 or 2. */
export function ownAddress(random: Random, network: number): string {
  return `${OWN_NETWORKS[network % OWN_NETWORKS.length]}.${1 + random.below(254)}`
}

/** The /64 of a home connection and one host in it. */
export function ownV6(random: Random): string {
  return formatAddress([0x20010db8, 0x00ff_0000 + random.below(256), random.below(2 ** 32), random.below(2 ** 32)])
}
