/** Lines as they come to a live log: those of a generated one, stamped with the moment at which they are written. */
import { appendFileSync, closeSync, openSync, readSync } from 'node:fs'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
/** Length of `Mar  4 10:02:00 `. */
const STAMP = 16
const PACE = 50

export function stampOf(moment: Date): string {
  const clock = [moment.getUTCHours(), moment.getUTCMinutes(), moment.getUTCSeconds()]
  const day = String(moment.getUTCDate()).padStart(2)
  return `${MONTHS[moment.getUTCMonth()]} ${day} ${clock.map(part => String(part).padStart(2, '0')).join(':')} `
}

/** The first lines of a log without their stamps. */
export function linesOf(path: string, bytes = 4 << 20): string[] {
  const file = openSync(path, 'r')
  const buffer = Buffer.alloc(bytes)
  const length = readSync(file, buffer, 0, bytes, 0)
  closeSync(file)
  return buffer
    .toString('latin1', 0, buffer.lastIndexOf(10, length - 1))
    .split('\n')
    .map(line => line.slice(STAMP))
}

const GUESSES = 12
/** Of processes that no generated log has. */
const FIRST_PID = 2_000_000

/** Failed logins of the address with an index: enough for a finding. */
export function attack(index: number, stamp: string): string {
  const address = attackerOf(index)
  return Array.from(
    { length: GUESSES },
    (_, i) =>
      `${stamp}web-1 sshd[${FIRST_PID + index * GUESSES + i}]: Failed password for root from ${address} port ${40_000 + i} ssh2\n`,
  ).join('')
}

/** Addresses that are in no generated log and of no content delivery network, each of a network of its own. */
export const attackerOf = (index: number): string => `177.${60 + (index >> 8)}.${index & 255}.9`

/** Appends lines to logs in turn, so many a second, until it is stopped. */
export function feed(paths: readonly string[], lines: readonly string[], perSecond: number): { stop: () => void } {
  const started = performance.now()
  let written = 0
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - started) / 1000) * perSecond)
    const stamp = stampOf(new Date())
    for (; written < due; written++)
      appendFileSync(paths[written % paths.length], `${stamp}${lines[written % lines.length]}\n`)
  }, PACE)
  return { stop: () => clearInterval(timer) }
}
