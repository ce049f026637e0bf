/** A memory for the tests of the commands about it, filled through the store itself. */
import { mkdirSync } from 'node:fs'
import type { Finding } from '../../src/core/finding.ts'
import { formatTime } from '../../src/core/time.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { makeFinding } from '../store/records.ts'

const MINUTE = 60_000
export const HOUR = 60 * MINUTE

/** What no terminal may get as it is. */
export const HOSTILE = '\u001b[2J\u001b]0;owned\u0007\u202egnp.exe'

/** Opens a memory to fill it; closed when `fill` is done. */
export function fill(folder: string, work: (store: Store, now: number) => void): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { store } = openStore(folder, { now: Date.now })
  try {
    work(store, Date.now())
  } finally {
    store.close()
  }
}

/** A finding that was seen so many milliseconds ago. */
export function seen(id: string, ago: number, changes: Partial<Finding> = {}): Finding {
  const now = Date.now()
  return makeFinding(id, {
    first_seen: formatTime(now - ago - 5 * MINUTE),
    last_seen: formatTime(now - ago),
    ...changes,
  })
}

/** A break-in with all that is of the log made to mislead. */
export const hostileFinding = (): Finding =>
  seen('bbbb000000000001', 2 * HOUR, {
    rule: 'breach-detection',
    severity: 'critical',
    risk: 97,
    title: `12 failures, then ${HOSTILE} got in`,
    users: [HOSTILE],
    hosts: [HOSTILE],
    reasons: [{ text: `as ${HOSTILE}` }],
    evidence: [{ path: `/var/log/${HOSTILE}`, line: 1, offset: 0, text: `Accepted password for ${HOSTILE}` }],
    recommendations: [`# Ask ${HOSTILE}`],
  })
