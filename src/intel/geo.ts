/** Where addresses are and whose networks they belong to, from databases on this machine. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isInternal, PrefixSet, parseAddress, parsePrefix } from '../core/ip.ts'
import type { Geo, Network, Place } from '../kit/services.ts'
import { countryCircle } from './countries.ts'
import { type GeoPaths, type Lookup, openMmdb } from './mmdb.ts'
import { networkOf, placeOf } from './record.ts'

/** Answers kept. */
const CACHE = 20_000

const BUILT_IN = '@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb'

/** Where the built-in country database is; undefined where the package was installed without it. */
export function builtInDatabase(): string | undefined {
  try {
    const path = fileURLToPath(import.meta.resolve(BUILT_IN))
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}

/** Remembers the answers given last. */
function remembering<T>(look: (address: string) => T): (address: string) => T {
  const known = new Map<string, { answer: T }>()
  return address => {
    const entry = known.get(address)
    // An answer that is used keeps its place in the row: putting it in front at every question costs more than asking anew at times.
    if (entry !== undefined) return entry.answer
    const answer = look(address)
    known.set(address, { answer })
    if (known.size > CACHE) {
      const [oldest] = known.keys()
      known.delete(oldest)
    }
    return answer
  }
}

/** Opens at the first question: most runs ask none. */
function lazily(open: () => Lookup | undefined): Lookup {
  let lookup: Lookup | undefined
  let opened = false
  return address => {
    if (!opened) {
      opened = true
      lookup = open()
    }
    return lookup?.(address)
  }
}

/**
 * Opens the databases. Those that a person has named are opened at once, so that a wrong path is told before any work
 * is done; the built-in one at the first question. @throws Problem
 */
export function openGeo(paths: GeoPaths = {}): Geo {
  const countries =
    paths.country === undefined
      ? lazily(() => {
          const path = builtInDatabase()
          return path === undefined ? undefined : openMmdb(path)
        })
      : openMmdb(paths.country)
  const cities = paths.city === undefined ? undefined : openMmdb(paths.city)
  const systems = paths.asn === undefined ? undefined : openMmdb(paths.asn)

  const place = remembering((address: string): Place | undefined => {
    if (isOffMap(address)) return undefined
    const city = cities === undefined ? {} : placeOf(cities(address))
    const known = city.country === undefined ? { ...placeOf(countries(address)), ...city } : city
    if (known.country === undefined && known.latitude === undefined) return undefined
    return known.latitude === undefined
      ? { ...known, ...(known.country === undefined ? {} : countryCircle(known.country)) }
      : known
  })
  // The built-in database knows of no networks.
  const tellNetworks = [systems, cities, paths.country === undefined ? undefined : countries].filter(
    lookup => lookup !== undefined,
  )
  if (tellNetworks.length === 0) return { place, network: () => undefined }
  const network = remembering((address: string): Network | undefined => {
    if (isOffMap(address)) return undefined
    for (const lookup of tellNetworks) {
      const found = networkOf(lookup(address))
      if (found !== undefined) return found
    }
    return undefined
  })
  return { place, network }
}

/**
 * Documentation and benchmarking ranges (RFC 5737, RFC 3849, RFC 9637, RFC 2544): addresses of examples and of generated
 * logs. Databases give the country of the registry that holds them, which is no place.
 */
const EXAMPLES = new PrefixSet(
  ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20', '198.18.0.0/15']
    .map(parsePrefix)
    .filter(prefix => prefix !== undefined),
)

/** Host names, and addresses that are nowhere: databases do answer for some of those. */
function isOffMap(address: string): boolean {
  const words = parseAddress(address)
  return words === undefined || isInternal(words) || EXAMPLES.has(words)
}
