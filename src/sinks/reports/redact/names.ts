/** Finds the user and host names a report knows: in the fields made for them, and where log lines usually have them. */
import { parsePrefix } from '../../../core/ip.ts'
import type { Report } from '../../../core/report.ts'

export interface KnownNames {
  users: Set<string>
  hosts: Set<string>
}

/** Everyone has a root. The others are words of the log's own lines that attackers try as names: they identify nobody. */
const KEPT_USERS = new Set([
  '',
  'root',
  ...'user users invalid illegal unknown from for by port password ssh sshd ssh2 sudo su pam log'.split(' '),
])

/** Places in log lines where a user's name stands. */
const USER_PLACES: readonly RegExp[] = [
  /\b(?:invalid|illegal) user (\S+)/g,
  /\b(?:password|publickey|keyboard-interactive\/pam|none|gssapi-with-mic|hostbased) for (?!invalid user|illegal user)(\S+)/g,
  /\bfor user ([^\s(]+)/g,
  /\bauthenticating user (\S+)/g,
  /\b(?:of|by) user (\S+)/g,
  /\bUser ([^\s(]+) from\b/g,
  /\b(?:l?user(?:name)?|ruser|logname|account|acct|USER|name)=["']?([^\s"',;&>)]+)/g,
  /\bby ([^\s(]+)\(uid=/g,
  /\b(?:sudo|su)(?:\[\d+\])?:\s+(\S+) : /g,
  /(?:\/home\/|\/Users\/|\\Users\\|\/var\/mail\/|\/var\/spool\/mail\/)([^/\\\s"':;]+)/g,
  /~([A-Za-z_][\w.-]*)/g,
]
/** The host in a syslog line: after the stamp. */
const HOST_PLACES: readonly RegExp[] = [
  /^[A-Z][a-z]{2} +\d+ (?:\d{4} )?\d\d:\d\d:\d\d ([\w.-]+) /,
  /^(?:<\d+>\d? ?)?\d{4}-\d\d-\d\dT\S+ ([\w.-]+) /,
]
/** Words that stand where a name could, but are the daemon's own. */
const NO_NAMES = new Set(['UNKNOWN', 'the', '(null)', '-', '='])

const NAME_KEYS = /^(?:user|users|name|names|account|accounts|user_name)$/
const HOST_KEYS = /^(?:host|hosts|hostname|host_name)$/

/**
 * All names of users and hosts in the report, for `redact` to replace wherever they stand; `root`, and words that
 * only stand where names do, are left out.
 */
export function collectNames(report: Report): KnownNames {
  const known: KnownNames = { users: new Set(), hosts: new Set() }
  for (const finding of report.findings) {
    for (const user of finding.users) known.users.add(user)
    for (const host of finding.hosts) known.hosts.add(host)
    for (const source of finding.sources) if (parsePrefix(source) === undefined) known.hosts.add(source)
    for (const { text, path } of finding.evidence) {
      fromLine(text, known)
      fromLine(path, known)
    }
    for (const text of finding.recommendations) fromLine(text, known)
    fromDetails(finding.details, known)
  }
  for (const { users, sources } of report.incidents ?? []) {
    for (const user of users) known.users.add(user)
    for (const source of sources) if (parsePrefix(source) === undefined) known.hosts.add(source)
  }
  for (const { source } of report.sources ?? []) if (parsePrefix(source) === undefined) known.hosts.add(source)
  for (const { path, samples = [] } of report.inputs) for (const text of [path, ...samples]) fromLine(text, known)
  for (const kept of KEPT_USERS) known.users.delete(kept)
  known.hosts.delete('')
  return known
}

function fromLine(line: string, known: KnownNames): void {
  for (const place of USER_PLACES) {
    for (const [, name] of line.matchAll(place)) {
      const bare = name.replace(/[.,:;]+$/, '')
      if (!NO_NAMES.has(bare)) known.users.add(bare)
    }
  }
  for (const place of HOST_PLACES) {
    const host = place.exec(line)?.[1]
    if (host !== undefined) known.hosts.add(host)
  }
}

function fromDetails(value: unknown, known: KnownNames, key = ''): void {
  const names = NAME_KEYS.test(key) ? known.users : HOST_KEYS.test(key) ? known.hosts : undefined
  if (typeof value === 'string') {
    names?.add(value)
    fromLine(value, known)
  } else if (Array.isArray(value)) {
    // An array's objects have the program's keys, whatever the array is called.
    for (const item of value) fromDetails(item, known, typeof item === 'string' ? key : '')
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      // `names: { admin: 47 }`: the keys are the log's words.
      if (names !== undefined && typeof item !== 'string') names.add(name)
      fromDetails(item, known, name)
    }
  }
}
