/**
 * The peers of sshd's processes. Some of its lines name no address (`kex_exchange_identification: Connection closed by
 * remote host`), or so that a user's name could have written it; but a process serves one connection, and its other
 * lines name the peer beyond doubt.
 */
import { KIND } from '../core/event.ts'
import { MINUTE } from '../core/time.ts'
import type { OpenBatch, SourceName } from '../core/view.ts'

const SLOTS = 4096
/** LoginGraceTime is two minutes: a process that was silent for longer is done with its login. */
const SPAN = 3 * MINUTE

/** A process whose connection is known, as it is saved. */
interface Known {
  pid: number
  host: string | null
  time: number
  /** null while only lines without an address are known. */
  peer: SourceName | null
}

export type PeerSnapshot = Known[]

/** What a slot holds: nothing, a process whose peer no line has named yet, or one with its peer as words or as a text. */
const FREE = 0
const UNNAMED = 1
const BY_WORDS = 2
const BY_NAME = 3

const SCAN = KIND['ssh.scan']
const OPENED = KIND['ssh.connection']
const CLOSED = KIND['ssh.connection.closed']
const ACCEPTED = KIND['ssh.auth.accepted']
/** Kinds whose lines are about the process's own connection, before its login. */
const OWN = new Uint8Array(256)
for (const kind of ['ssh.auth.failed', 'ssh.user.invalid', 'ssh.preauth.closed', 'ssh.connection'] as const)
  OWN[KIND[kind]] = 1

/** A place of the table. It is filled anew in place: an object for every connection would keep the collector busy. */
interface Slot {
  state: number
  pid: number
  time: number
  host: string | null
  words: number[]
  name: string
}

export class PeerMemory {
  readonly #table: (Slot | undefined)[] = []

  /**
   * Gives the event the source that its process is known by, where its line names none. False where the event tells
   * nothing (more) to anybody: what only names a peer, and what a peer is not known for.
   */
  rule(open: OpenBatch, row: number, time: number): boolean {
    const { columns } = open.batch
    const kind = columns.kind[row]
    const pid = columns.pid[row]
    if (OWN[kind] === 1) {
      if (pid === 0) return kind !== OPENED && (columns.source[row] >= 0 || columns.user[row] >= 0)
      if (columns.source[row] >= 0) this.#note(open, row, time)
      else if (!this.#lend(open, row, time)) return columns.user[row] >= 0
      return kind !== OPENED
    }
    if (kind === SCAN) return this.#scan(open, row, time)
    if (kind === CLOSED) return this.#closed(open, row, time)
    if (kind === ACCEPTED && pid !== 0) this.#forget(pid)
    return true
  }

  #scan(open: OpenBatch, row: number, time: number): boolean {
    const { columns } = open.batch
    const known = this.#known(open, row, time)
    if (columns.source[row] >= 0) {
      if (known?.state === UNNAMED) known.state = FREE
      return true
    }
    if (known !== undefined && known.state !== UNNAMED) return lend(known, open, row, time)
    const pid = columns.pid[row]
    if (pid !== 0) this.#take(pid, hostOf(open, row), time)
    return false
  }

  /** `Connection closed by PEER port N` ends a login's session too: it is a scan's where the scan has been told before, without the peer. */
  #closed(open: OpenBatch, row: number, time: number): boolean {
    const known = this.#known(open, row, time)
    if (known?.state !== UNNAMED) return false
    known.state = FREE
    open.batch.columns.kind[row] = SCAN
    return true
  }

  #known(open: OpenBatch, row: number, time: number): Slot | undefined {
    const pid = open.batch.columns.pid[row]
    const known = pid === 0 ? undefined : this.#table[pid % SLOTS]
    if (known === undefined || known.state === FREE || known.pid !== pid || Math.abs(time - known.time) > SPAN)
      return undefined
    return known.host === hostOf(open, row) ? known : undefined
  }

  #note(open: OpenBatch, row: number, time: number): void {
    const { columns } = open.batch
    const pid = columns.pid[row]
    const known = this.#table[pid % SLOTS]
    const source = columns.source[row]
    if (known !== undefined && known.pid === pid && isPeer(known, open, source)) {
      known.time = time
      return
    }
    const slot = this.#take(pid, hostOf(open, row), time)
    if (open.copyWords(source, slot.words)) slot.state = BY_WORDS
    else setPeer(slot, open.nameOf(source))
  }

  /** The process's place, with nothing known of its peer. */
  #take(pid: number, host: string | null, time: number): Slot {
    let slot = this.#table[pid % SLOTS]
    if (slot === undefined) {
      slot = { state: UNNAMED, pid, time, host, words: [0, 0, 0, 0], name: '' }
      this.#table[pid % SLOTS] = slot
      return slot
    }
    slot.state = UNNAMED
    slot.pid = pid
    slot.time = time
    if (slot.host !== host) slot.host = host
    return slot
  }

  #lend(open: OpenBatch, row: number, time: number): boolean {
    const known = this.#known(open, row, time)
    return known !== undefined && lend(known, open, row, time)
  }

  #forget(pid: number): void {
    const known = this.#table[pid % SLOTS]
    if (known?.pid === pid) known.state = FREE
  }

  snapshot(): PeerSnapshot {
    return this.#table.flatMap(slot =>
      slot === undefined || slot.state === FREE
        ? []
        : [{ pid: slot.pid, host: slot.host, time: slot.time, peer: peerOf(slot) }],
    )
  }

  restore(saved: PeerSnapshot): void {
    for (const { pid, host, time, peer } of saved) {
      const slot = this.#take(pid, host, time)
      if (peer !== null) setPeer(slot, peer)
    }
  }
}

function isPeer(slot: Slot, open: OpenBatch, source: number): boolean {
  if (slot.state === BY_WORDS) return open.hasWords(source, slot.words)
  return slot.state === BY_NAME && open.nameOf(source) === slot.name
}

function peerOf(slot: Slot): SourceName | null {
  return slot.state === BY_WORDS ? [...slot.words] : slot.state === BY_NAME ? slot.name : null
}

function setPeer(slot: Slot, peer: SourceName): void {
  if (typeof peer === 'string') {
    slot.state = BY_NAME
    slot.name = peer
  } else {
    slot.state = BY_WORDS
    for (let i = 0; i < 4; i++) slot.words[i] = peer[i]
  }
}

/** Gives the event the process's peer; false where it has none that is known. */
function lend(slot: Slot, open: OpenBatch, row: number, time: number): boolean {
  const peer = peerOf(slot)
  if (!peer) return false
  slot.time = time
  open.batch.columns.source[row] = open.lend(peer)
  return true
}

const hostOf = (open: OpenBatch, row: number): string | null => open.text(open.batch.columns.host[row]) ?? null
