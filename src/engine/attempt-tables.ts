/**
 * What the attempt ledger remembers: connections by their process, and what a source's service has lately told itself.
 * Tables of a fixed size, in which a newer entry takes the place of an older one.
 */
import type { Columns } from '../core/batch.ts'
import { MINUTE } from '../core/time.ts'

const SLOTS = 4096
/** A process that has been silent for this long is another one with the same number (sshd's LoginGraceTime is 2 minutes). */
export const SESSION_SPAN = 10 * MINUTE

export interface Session {
  /** In the table of what was told lately: the kind of event. */
  pid: number
  source: number
  /** Of its latest line, milliseconds. */
  time: number
  /** Attempts already counted that a later line of the same session will tell again. */
  credit: number
  /** Attempts counted in all. */
  counted: number
}

type Slots = (Session | undefined)[]

/** The entry at the place, emptied for another: a new object for every connection would keep the collector busy. */
function take(slots: Slots, slot: number): Session {
  const known = slots[slot]
  if (known === undefined) {
    const fresh = { pid: -1, source: -1, time: Number.NaN, credit: 0, counted: 0 }
    slots[slot] = fresh
    return fresh
  }
  known.credit = 0
  known.counted = 0
  return known
}

const saved = (slots: Readonly<Slots>): Session[] =>
  slots.filter(session => session !== undefined).map(session => ({ ...session }))

/** Connections by the process that serves them. */
export class SessionTable {
  readonly #slots: Slots = []

  /** The one of a process; undefined where it has none, or lost its place. It is another's once a further line has come. */
  of(pid: number): Session | undefined {
    const known = this.#slots[pid % SLOTS]
    return known?.pid === pid ? known : undefined
  }

  /** The one that a line belongs to; begun where it is none's. */
  enter(columns: Columns, row: number, source: number, time: number): Session {
    const pid = columns.pid[row]
    // Without a pid (container logs) the source's port tells its connections apart.
    const key = pid !== 0 ? pid : 0x40000000 + ((source * 65_536 + columns.port[row]) % 0x3fffffff)
    const slot = key % SLOTS
    const known = this.#slots[slot]
    if (
      known !== undefined &&
      known.pid === key &&
      Math.abs(time - known.time) < SESSION_SPAN &&
      (known.source === source || source < 0)
    ) {
      known.time = time
      return known
    }
    const fresh = take(this.#slots, slot)
    fresh.pid = key
    fresh.source = source
    fresh.time = time
    return fresh
  }

  snapshot(): Session[] {
    return saved(this.#slots)
  }

  restore(sessions: readonly Session[]): void {
    for (const session of sessions) this.#slots[session.pid % SLOTS] = { ...session }
  }
}

/** Failures told by a service's own line, the latest of each source: a PAM line that comes after them tells nothing new. */
export class ToldTable {
  readonly #slots: Slots = []

  of(source: number, kind: number): Session | undefined {
    const known = this.#slots[slotOf(source, kind)]
    return known !== undefined && known.pid === kind && known.source === source ? known : undefined
  }

  /** Notes that `count` failures were told; a source below 0 is none. */
  note(source: number, kind: number, time: number, count: number): void {
    if (source < 0) return
    const told = this.of(source, kind) ?? take(this.#slots, slotOf(source, kind))
    told.pid = kind
    told.source = source
    told.time = time
    told.credit = count
  }

  snapshot(): Session[] {
    return saved(this.#slots)
  }

  restore(told: readonly Session[]): void {
    for (const session of told) this.#slots[slotOf(session.source, session.pid)] = { ...session }
  }
}

const slotOf = (source: number, kind: number): number => (source < 0 ? 0 : source * 8 + kind) % SLOTS
