/** The generated host: its accounts, who uses them, and from where. */
import type { Random } from '../../core/random.ts'
import { ownAddress, ownV6 } from '../addresses.ts'
import { base64Text, chance, draw, pick, weighted, whole } from '../draw.ts'
import { ownerNames } from '../names.ts'

export interface Account {
  readonly name: string
  readonly uid: number
  /** A person types; a job does not. */
  readonly person: boolean
  readonly method: 'publickey' | 'password'
  /** `ED25519 SHA256:...`, as sshd writes the key. */
  readonly key: string
  /** Networks the account is used from: the address for the moment is one of these. */
  readonly addresses: readonly string[]
  /** Hours by which the person's day is moved. */
  readonly shift: number
}

export interface Host {
  readonly name: string
  readonly accounts: readonly Account[]
  readonly people: readonly Account[]
  readonly jobs: readonly Account[]
  /** Says whether sshd knows the name. */
  knows(user: string): boolean
  uidOf(user: string): number
}

/** Accounts that every such host has and that nobody logs in as. */
const SYSTEM_ACCOUNTS = new Map([
  ['root', 0],
  ['daemon', 1],
  ['bin', 2],
  ['sys', 3],
  ['games', 5],
  ['man', 6],
  ['mail', 8],
  ['news', 9],
  ['proxy', 13],
  ['www-data', 33],
  ['backup', 34],
  ['list', 38],
  ['irc', 39],
  ['nobody', 65534],
  ['sshd', 106],
  ['syslog', 104],
])

const KEY_TYPES = weighted([
  ['ED25519', 0.75],
  ['RSA', 0.2],
  ['ECDSA', 0.05],
])

/** Draws a host with two to four people and two jobs that log in from elsewhere. */
export function createHost(random: Random, name: string): Host {
  const key = (): string => `${draw(random, KEY_TYPES)} SHA256:${base64Text(random, 43)}`
  const people: Account[] = ownerNames(random, whole(random, 3, 4)).map((owner, index) => {
    const home = ownAddress(random, index)
    const addresses = [home, home, home, ownAddress(random, 2)]
    if (chance(random, 0.3)) addresses.push(ownV6(random))
    // The second person still types a password, as somebody always does.
    return {
      name: owner,
      uid: 1000 + index,
      person: true,
      method: index === 1 ? 'password' : 'publickey',
      key: key(),
      addresses,
      shift: pick(random, [-2, 0, 0, 1]),
    }
  })
  const jobs: Account[] = ['deploy', 'restic'].map((job, index) => ({
    name: job,
    uid: 1000 + people.length + index,
    person: false,
    method: 'publickey',
    key: key(),
    addresses: [ownAddress(random, 1)],
    shift: 0,
  }))
  const accounts = [...people, ...jobs]
  const ids = new Map([...SYSTEM_ACCOUNTS, ...accounts.map(account => [account.name, account.uid] as const)])
  return { name, accounts, people, jobs, knows: user => ids.has(user), uidOf: user => ids.get(user) ?? 0 }
}
