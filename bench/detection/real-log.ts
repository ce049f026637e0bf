/** Reads attempts out of a real sshd log with a handful of patterns of its own: the bench must not lean on what it judges. */
import type { Attempt } from './attempt.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const LINE = /^([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) \S+ sshd\[(\d+)\]: (.*)$/
const REPEATED = /^message repeated (\d+) times: \[ (.*)\]$/
const FAILED =
  /^Failed (?:password|none|keyboard-interactive\/pam) for (invalid user )?(.*) from (\S+) port \d+(?: ssh2)?$/
const ACCEPTED = /^Accepted \S+ for (.*) from (\S+) port \d+ ssh2/
const INVALID = /^Invalid user (.*) from (\S+?)(?: port \d+)?$/

/**
 * Attempts of an sshd log of classic syslog stamps that began in `year`. Where a host takes keys only, no failure is
 * logged; there an unknown name stands for an attempt, once a connection.
 */
export function readAttempts(text: string, year: number): Attempt[] {
  const attempts: Attempt[] = []
  /** Connections whose unknown name has been told and whose failure has not. */
  const open = new Map<string, Attempt>()
  let lastMonth = 0
  let turn = year
  for (const line of text.split(/\r?\n/)) {
    const found = LINE.exec(line)
    if (found === null) continue
    const month = MONTHS.indexOf(found[1])
    if (month < lastMonth - 6) turn++
    lastMonth = month
    const time = Date.UTC(turn, month, Number(found[2]), Number(found[3]), Number(found[4]), Number(found[5]))
    const repeated = REPEATED.exec(found[7])
    const message = repeated === null ? found[7] : repeated[2]
    const failed = FAILED.exec(message)
    if (failed !== null) {
      open.delete(found[6])
      const attempt = { time, source: failed[3], user: failed[2], known: failed[1] === undefined, accepted: false }
      for (let count = Number(repeated?.[1] ?? 1); count > 0; count--) attempts.push(attempt)
      continue
    }
    const accepted = ACCEPTED.exec(message)
    if (accepted !== null) attempts.push({ time, source: accepted[2], user: accepted[1], known: true, accepted: true })
    const invalid = INVALID.exec(message)
    if (invalid !== null)
      open.set(found[6], { time, source: invalid[2], user: invalid[1], known: false, accepted: false })
  }
  // A connection that told an unknown name and never a failure was turned away before its password was asked for.
  return [...attempts, ...open.values()].sort((a, b) => a.time - b.time)
}
