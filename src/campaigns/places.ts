/** Where sources are, as the detector is told it: neighbourhoods always, providers and countries where a database has them. */
import type { AddressTable } from '../core/addresses.ts'
import type { Services } from '../kit/services.ts'

export interface Places {
  /** A number equal for sources of one neighbourhood (AddressTable.network). */
  networkOf: (source: number) => number
  /** The number of the source's provider (ASN). */
  providerOf?: ((source: number) => number | undefined) | undefined
  /** ISO 3166-1 alpha-2. */
  countryOf?: ((source: number) => string | undefined) | undefined
}

/** The run's table and databases. What a database answers is remembered for as long as the object is. */
export function placesOf(addresses: AddressTable, { geo }: Services): Places {
  const networkOf = (source: number): number => addresses.network(source)
  if (geo === undefined) return { networkOf }
  // A source of several addresses is written as their /64; its first address is anywhere in it.
  const addressOf = (source: number): string => addresses.format(source).replace(/\/\d+$/, '')
  return {
    networkOf,
    providerOf: remembering(source => geo.network(addressOf(source))?.asn),
    countryOf: remembering(source => geo.place(addressOf(source))?.country),
  }
}

function remembering<T>(lookUp: (source: number) => T): (source: number) => T {
  const known = new Map<number, { answer: T }>()
  return source => {
    let entry = known.get(source)
    if (entry === undefined) {
      entry = { answer: lookUp(source) }
      known.set(source, entry)
    }
    return entry.answer
  }
}
