/** MaxMind DB files, whoever made them. */
import fs from 'node:fs'
import { Reader, type Response } from 'maxmind'
import { EXIT, hasCode, Problem } from '../core/errors.ts'
import { readWhole, UnfitFile } from '../kit/whole-file.ts'
import { networkOf, placeOf } from './record.ts'

export interface GeoPaths {
  /** A country database; the built-in one where none is given. */
  country?: string
  /** A city database: coordinates, and its country before the other's. */
  city?: string
  /** A database of autonomous systems. */
  asn?: string
}

/** The largest that are sold are half of it. */
const MOST_MEGABYTES = 2000

/** Looks up a record; undefined where the database has none, or cannot hold such an address. */
export type Lookup = (address: string) => unknown

/** Opens a database. @throws Problem where the file is absent, unreadable or no MaxMind DB. */
export function openMmdb(path: string): Lookup {
  const reader = read(path)
  return address => {
    try {
      return reader.get(address) ?? undefined
    } catch {
      // An IPv6 address in a database of IPv4 only, or a record that is damaged: no answer.
      return undefined
    }
  }
}

/** Addresses that any database of the Internet has: public resolvers on several continents. */
const PROBES = ['8.8.8.8', '1.1.1.1', '9.9.9.9', '77.88.8.8', '223.5.5.5', '208.67.222.222']

/** What a database knows, by its type's name or, where that says nothing, by what it answers. */
function kindOf(path: string): keyof GeoPaths | undefined {
  const reader = read(path)
  const type = reader.metadata.databaseType
  if (/city|enterprise|insights|location/i.test(type)) return 'city'
  if (/asn|isp|organi[sz]ation/i.test(type) && !/country/i.test(type)) return 'asn'
  const answers = PROBES.map(address => reader.get(address))
  if (answers.some(record => placeOf(record).latitude !== undefined)) return 'city'
  if (answers.some(record => placeOf(record).country !== undefined)) return 'country'
  return answers.some(record => networkOf(record) !== undefined) ? 'asn' : undefined
}

/**
 * Finds out which of the databases is which, so that a person need not say it.
 * @throws Problem where one is none, tells nothing of places or networks, or two are of one kind
 */
export function sortDatabases(paths: readonly string[]): GeoPaths {
  const sorted: GeoPaths = {}
  for (const path of paths) {
    const kind = kindOf(path)
    if (kind === undefined) {
      throw new Problem(EXIT.config, 'the address database tells nothing of countries, cities or networks', {
        where: path,
        expected: 'a country, city or ASN database, such as GeoLite2 or DB-IP',
      })
    }
    const other = sorted[kind]
    if (other !== undefined) {
      throw new Problem(EXIT.config, `two ${kind} databases are named`, {
        where: path,
        expected: `one; the other is ${other}`,
      })
    }
    sorted[kind] = path
  }
  return sorted
}

function read(path: string): Reader<Response> {
  let bytes: Buffer
  try {
    const { buffer, byteOffset, byteLength } = readWhole(fs, path, MOST_MEGABYTES)
    bytes = Buffer.from(buffer, byteOffset, byteLength)
  } catch (cause) {
    const denied = hasCode(cause, 'EACCES', 'EPERM')
    throw new Problem(
      denied ? EXIT.permission : EXIT.input,
      denied
        ? 'the address database may not be read'
        : cause instanceof UnfitFile
          ? `the address database cannot be read: ${cause.message}`
          : 'there is no such address database',
      {
        where: path,
        expected: 'a MaxMind DB file (.mmdb)',
        hint: denied
          ? 'give the user that runs this program read permission'
          : 'check the path; without one the built-in country database is used',
        cause,
      },
    )
  }
  try {
    const reader = new Reader<Response>(bytes)
    if (!Number.isInteger(reader.metadata.nodeCount)) throw new TypeError('no node count')
    return reader
  } catch (cause) {
    throw new Problem(EXIT.config, 'the address database is no MaxMind DB', {
      where: path,
      expected: 'a MaxMind DB file (.mmdb), unpacked',
      hint: 'if it ends in .gz or .tar.gz, unpack it first',
      cause,
    })
  }
}
