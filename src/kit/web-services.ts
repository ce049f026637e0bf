/**
 * Programs of others that a site's owner has let in: they post to its doors by the thousand and are no guests of anybody
 * else's. What a request says of itself proves nothing; where it comes from does, since who posts needs the answers.
 */
import type { AddressTable } from '../core/addresses.ts'
import { type Prefix, PrefixSet, parsePrefix } from '../core/ip.ts'

/** Services that WordPress sites let post to xmlrpc.php, by their own word. */
const SAYS_SO = /jetpack|wordpress\.com|wp-(?:android|iphone)|ifttt|automattic/i

/** Automattic's networks (Jetpack, WordPress.com, VaultPress), as jetpack.com publishes them for firewalls. */
const AUTOMATTIC = ['192.0.64.0/18', '195.234.108.0/22', '122.248.245.244/32', '54.217.201.243/32', '54.232.116.4/32']

/** Whether the agent says that it is a service that posts to xmlrpc.php. Anybody can: it earns patience, no exemption. */
export function saysItIsPublisher(agent: string | undefined): boolean {
  return agent !== undefined && SAYS_SO.test(agent)
}

/** Whether a path is the one that such services post to. */
export function isPublishersDoor(path: string): boolean {
  return path.endsWith('/xmlrpc.php')
}

/** Sources in the networks of such services; each is looked up once. */
export class PublishersNetworks {
  readonly #addresses: AddressTable
  readonly #networks = new PrefixSet(AUTOMATTIC.map(parsePrefix).filter((one): one is Prefix => one !== undefined))
  /** By source: 1 for no, 2 for yes. */
  #known = new Uint8Array(1024)

  constructor(addresses: AddressTable) {
    this.#addresses = addresses
  }

  has(source: number): boolean {
    if (source >= this.#known.length) {
      let size = this.#known.length
      while (size <= source) size *= 2
      const grown = new Uint8Array(size)
      grown.set(this.#known)
      this.#known = grown
    }
    if (this.#known[source] === 0) {
      const words = this.#addresses.words(source)
      this.#known[source] = words !== undefined && this.#networks.has(words) ? 2 : 1
    }
    return this.#known[source] === 2
  }
}
