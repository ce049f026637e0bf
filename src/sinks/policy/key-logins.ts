/** Addresses from which somebody has logged in by key: nobody guesses a key, so these are the owner's people. */
import { formatAddress, isV4, maskWords, parseAddress } from '../../core/ip.ts'
import { DAY, formatTime } from '../../core/time.ts'
import type { Guarded } from './protection.ts'

/** Addresses held; the one whose last login is the longest ago goes first. */
const MOST = 10_000

export type KeyLoginSnapshot = readonly (readonly [address: string, time: number])[]

/**
 * Fed with every login by key, here or read from logs; `guarded` answers what must not be blocked for it, IPv6 by
 * its /64. At most MOST addresses: of more, those whose logins are oldest go.
 */
export class KeyLogins {
  /** Insertion order is the order of the last login. */
  #last = new Map<string, number>()
  readonly #keep: number

  /** @param days how long a login protects its address. */
  constructor(days = 30) {
    this.#keep = days * DAY
  }

  /** @param time of the login, milliseconds. What is no address is not taken. */
  note(address: string, time: number): void {
    const words = parseAddress(address)
    if (words === undefined || !Number.isFinite(time)) return
    const text = isV4(words) ? formatAddress(words) : `${formatAddress(maskWords(words, 64))}/64`
    const latest = Math.max(time, this.#last.get(text) ?? time)
    this.#last.delete(text)
    this.#last.set(text, latest)
    if (this.#last.size > MOST) this.#dropOldest()
  }

  /** Those of the last days, as seen at `now`. None is forgotten for its age: that clock may be wrong. */
  guarded(now: number): Guarded[] {
    return [...this.#last]
      .filter(([, time]) => now - time <= this.#keep)
      .map(([prefix, time]) => ({
        prefix,
        why: `somebody logged in from there by key, last on ${formatTime(time)}`,
      }))
  }

  snapshot(): KeyLoginSnapshot {
    return [...this.#last]
  }

  restore(snapshot: KeyLoginSnapshot): void {
    for (const [address, time] of snapshot) this.note(address.replace(/\/64$/, ''), time)
  }

  #dropOldest(): void {
    const byTime = [...this.#last].sort((a, b) => a[1] - b[1])
    // A tenth at once, so that the sorting is rare.
    this.#last = new Map(byTime.slice(MOST / 10))
  }
}
