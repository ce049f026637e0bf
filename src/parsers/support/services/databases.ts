/** MySQL and MariaDB, PostgreSQL, MongoDB before its log was JSON. */
import { FLAG } from '../../../core/event.ts'
import { groupsOf, type TextEvent } from '../text-program.ts'
import { ADDRESS, headed, outside, type ServiceLog, theOnly } from './service.ts'

/** The host and what follows it are the server's and end the line, so a name before them cannot stand in for them. */
const DENIED = /^Access denied for user '(?<user>.*)'@'(?<source>[^']*)' \(using password: (?:YES|NO)\)$/s

/** A message of mysqld's. */
export function readMysql(message: string): TextEvent {
  const { user, source } = groupsOf(DENIED, message) ?? {}
  return user === undefined ? undefined : { kind: 'panel.auth.failed', user, source: outside(source) }
}

export const mysql = headed(
  'mysql',
  /^(?:(?:\s{1,8}\d{1,20})? \[(?:Note|Warning|ERROR|Error|System)\](?: \[MY-\d{6}\] \[\w{1,20}\])? |\t *\d{1,20} [A-Z][\w ]{1,20}\t)/,
  ' \\d[',
  readMysql,
)

const LEVELS = 'LOG|FATAL|ERROR|WARNING|NOTICE|INFO|PANIC|DETAIL|HINT|STATEMENT|CONTEXT|QUERY|LOCATION|DEBUG\\d?'
const LEVEL = new RegExp(`(?:${LEVELS}): {2}`)
const MARKED = new RegExp(LEVEL, 'g')
const PROCESS = /\[\d{1,10}(?:-\d{1,10})?\]/
/** A name of the zone behind the stamp. */
const ZONE = /^ [A-Z]{2,5}(?= )/
/** A prefix is made of numbers, names and what parts them, and of no words: with those an application speaks. */
const FIELD = /^(?:[+-]?[\d/.-]+|-|\S*[@=[\]():,]\S*|[\da-fA-F.:]{3,45})$/
/** A prefix longer than this is none. */
const LONGEST_PREFIX = 512
const REFUSED = /^password authentication failed for user "(?<user>.*)"$/s
const NO_ENTRY =
  /^(?:no pg_hba\.conf entry|pg_hba\.conf rejects connection) for (?:replication connection from )?host "(?<source>[^"]+)", user "(?<user>.*?)"(?:, database ".*")?(?:, [\w ]{1,40})?$/s
const OTHERS = /^(?:\w+ authentication failed for user "(?<user>.*)"|role "(?<role>.*)" does not exist)$/s
/** `%h` or `%r` as the first that the prefix has behind stamp and process: no text of the client's stands before it. */
const FIRST = new RegExp(
  String.raw`^(?: [A-Z]{2,5}| [+-]\d\d)?[ :]*(?:\[?\d{1,10}(?:-\d{1,10})?\]?[ :]+)*(?:(?:host|client|remote|h|r)=)?(?<source>${ADDRESS})(?:\((?<port>\d{1,5})\))?(?:[ ,:]|$)`,
)
/**
 * `user=%u,db=%d,app=%a,client=%h`: the address stands last, and the name must be the very one that the message tells. Under
 * another prefix a name that is made to look like this is longer than the name that it would have to be.
 */
const NAMED = new RegExp(
  String.raw`user=(?<user>.*?),db=.*[ ,](?:client|host|remote)=(?<source>${ADDRESS})(?:\((?<port>\d{1,5})\))?[ ,:]*$`,
  's',
)

/** Where the prefix puts the client's address; `user` as the message has it. */
function readPrefix(prefix: string, user: string): { source: string; port?: number } | undefined {
  const first = groupsOf(FIRST, prefix)
  const named = first === undefined ? groupsOf(NAMED, prefix) : undefined
  if (named !== undefined && named.user !== user) return undefined
  const { source, port } = first ?? named ?? {}
  // A prefix that begins with the name, and a name with an address in it.
  if (first !== undefined && source !== undefined && user.includes(source)) return undefined
  return source === undefined ? undefined : { source, ...(port === undefined ? {} : { port: Number(port) }) }
}

/** What stands behind the stamp of a PostgreSQL line, prefix included. */
export function readPostgres(text: string): TextEvent {
  const at = text.indexOf('FATAL:  ')
  if (at < 0) return undefined
  // A name that holds a level makes the line two: nobody can say which one speaks.
  if ((text.match(MARKED)?.length ?? 0) > 1) return undefined
  const message = text.slice(at + 'FATAL:  '.length)
  const { source, user: refused } = groupsOf(NO_ENTRY, message) ?? {}
  if (source !== undefined)
    return { kind: 'panel.auth.failed', user: refused, source: outside(source === '[local]' ? '' : source) }
  const { user } = groupsOf(REFUSED, message) ?? {}
  const { user: other, role } = groupsOf(OTHERS, message) ?? {}
  const name = user ?? other ?? role
  if (name === undefined) return undefined
  return {
    kind: 'panel.auth.failed',
    user: name,
    ...readPrefix(text.slice(0, at), name),
    ...(role === undefined ? {} : { flags: FLAG.USER_UNKNOWN }),
  }
}

export const postgres: ServiceLog = {
  service: 'postgresql',
  // The prefix is the owner's to choose; nearly all have the process's number, in brackets.
  read: text => {
    const at = text.includes(':  ') ? text.search(LEVEL) : -1
    if (at < 0 || at > LONGEST_PREFIX) return undefined
    const prefix = text.slice(0, at)
    const isPrefix =
      PROCESS.test(prefix) &&
      prefix
        .replace(ZONE, '')
        .trim()
        .split(/\s+/)
        .every(word => FIELD.test(word))
    return isPrefix ? (readPostgres(text) ?? false) : undefined
  },
}

const CLIENT = new RegExp(String.raw` from client (${ADDRESS}:\d{1,5})(?: |$)`, 'g')

export const mongo = headed(
  'mongodb',
  /^ [IWEFD]\d? +(?<component>[A-Z]{3,10}|-) +\[[\w-]{1,60}\] /,
  'A-Z',
  (rest, head) => {
    if (head.component !== 'ACCESS') return undefined
    const failed = / authentication failed for (?<user>.*) on \S+ from client /s.exec(rest)
    const accepted = failed === null ? /^Successfully authenticated as principal (?<user>.*) on \S+/s.exec(rest) : null
    const peer = theOnly(CLIENT, rest)
    if ((failed ?? accepted) === null || peer === undefined) return undefined
    const colon = peer.lastIndexOf(':')
    return {
      kind: failed === null ? 'panel.auth.accepted' : 'panel.auth.failed',
      user: (failed ?? accepted)?.groups?.user,
      source: peer.slice(0, colon),
      port: Number(peer.slice(colon + 1)),
    }
  },
)
