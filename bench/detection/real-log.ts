/** Reads attempts out of a real sshd log with a handful of patterns of its own: the bench must not lean on what it judges. */
import type { Attempt } from './attempt.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const LINE = /^([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) \S+ sshd\[(\d+)\]: (.*)$/
const REPEATED = /^message repeated (\d+) times: \[ (.*)\]$/
const FAILED =
  /^Failed (?:password|none|keyboard-interactive\/pam) for (invalid user )?(.*) from (\S+) port \d+(?: ssh2)?$/
const ACCEPTED = /^Accepted \S+ for (.*) from (\S+) port \d+ ssh2/
const INVALID = /^Invalid user (.*) from (\S+?)(?: port \d+)?$/

const KNOCK =
  /^(?:Did not receive identification string from|Connection (?:closed|reset) by|Received disconnect from|Bad protocol version identification .* from) (\d[\d.]+|[\da-f:]*:[\da-f:]+)(?: port \d+)?(?::.*| \[preauth\])?$/

/** Connections of a classic sshd log that ended before anybody was named, of sources that never name anybody. */
export function readKnocks(text: string, year: number): Attempt[] {
  const named = new Set<string>()
  const knocks: Attempt[] = []
  let last = ''
  for (const { time, pid, message } of messagesOf(text, year)) {
    const who = FAILED.exec(message)?.[3] ?? ACCEPTED.exec(message)?.[2] ?? INVALID.exec(message)?.[2]
    if (who !== undefined) named.add(who)
    const knock = KNOCK.exec(message)
    // A connection may tell its end in several lines.
    if (knock === null || `${pid} ${knock[1]}` === last) continue
    last = `${pid} ${knock[1]}`
    knocks.push({ time, source: knock[1], user: '', known: undefined, accepted: false, knock: true })
  }
  return knocks.filter(one => !named.has(one.source))
}

/** The stamped messages of sshd. */
function* messagesOf(text: string, year: number): IterableIterator<{ time: number; pid: string; message: string }> {
  let lastMonth = 0
  let turn = year
  for (const line of text.split(/\r?\n/)) {
    const found = LINE.exec(line)
    if (found === null) continue
    const month = MONTHS.indexOf(found[1])
    if (month < lastMonth - 6) turn++
    lastMonth = month
    const time = Date.UTC(turn, month, Number(found[2]), Number(found[3]), Number(found[4]), Number(found[5]))
    yield { time, pid: found[6], message: found[7] }
  }
}

/**
 * Attempts of an sshd log of classic syslog stamps that began in `year`. Where a host takes keys only, no failure is
 * logged; there an unknown name stands for an attempt, once a connection.
 */
export function readAttempts(text: string, year: number): Attempt[] {
  const attempts: Attempt[] = []
  /** Connections whose unknown name has been told and whose failure has not. */
  const open = new Map<string, Attempt>()
  for (const { time, pid, message: whole } of messagesOf(text, year)) {
    const repeated = REPEATED.exec(whole)
    const message = repeated === null ? whole : repeated[2]
    const failed = FAILED.exec(message)
    if (failed !== null) {
      open.delete(pid)
      const attempt = { time, source: failed[3], user: failed[2], known: failed[1] === undefined, accepted: false }
      for (let count = Number(repeated?.[1] ?? 1); count > 0; count--) attempts.push(attempt)
      continue
    }
    const accepted = ACCEPTED.exec(message)
    if (accepted !== null) attempts.push({ time, source: accepted[2], user: accepted[1], known: true, accepted: true })
    const invalid = INVALID.exec(message)
    if (invalid !== null) open.set(pid, { time, source: invalid[2], user: invalid[1], known: false, accepted: false })
  }
  // A connection that told an unknown name and never a failure was turned away before its password was asked for.
  return [...attempts, ...open.values()].sort((a, b) => a.time - b.time)
}
