/** MaxMind DB files, whoever made them. */
import { readFileSync } from 'node:fs'
import { Reader, type Response } from 'maxmind'
import { EXIT, hasCode, Problem } from '../core/errors.ts'

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

function read(path: string): Reader<Response> {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    const denied = hasCode(cause, 'EACCES', 'EPERM')
    throw new Problem(denied ? EXIT.permission : EXIT.input, denied ? 'the address database may not be read' : 'there is no such address database', {
      where: path,
      expected: 'a MaxMind DB file (.mmdb)',
      hint: denied ? 'give the user that runs this program read permission' : 'check the path; without one the built-in country database is used',
      cause,
    })
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
