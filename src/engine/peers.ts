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

/** A process whose connection is known. */
interface Known {
  pid: number
  host: string | null
  time: number
  /** null while only lines without an address are known. */
  peer: SourceName | null
}

export type PeerSnapshot = Known[]

const SCAN = KIND['ssh.scan']
const OPENED = KIND['ssh.connection']
const CLOSED = KIND['ssh.connection.closed']
const ACCEPTED = KIND['ssh.auth.accepted']
/** Kinds whose lines are about the process's own connection, before its login. */
const OWN = new Uint8Array(256)
for (const kind of ['ssh.auth.failed', 'ssh.user.invalid', 'ssh.preauth.closed', 'ssh.connection'] as const)
  OWN[KIND[kind]] = 1

export class PeerMemory {
  readonly #table: (Known | undefined)[] = []

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
      if (known?.peer === null) this.#forget(known.pid)
      return true
    }
    if (known?.peer) return this.#lend(open, row, time)
    const pid = columns.pid[row]
    if (pid !== 0) this.#table[pid % SLOTS] = { pid, host: hostOf(open, row), time, peer: null }
    return false
  }

  /** `Connection closed by PEER port N` ends a login's session too: it is a scan's where the scan has been told before, without the peer. */
  #closed(open: OpenBatch, row: number, time: number): boolean {
    const known = this.#known(open, row, time)
    if (known?.peer !== null) return false
    this.#forget(known.pid)
    open.batch.columns.kind[row] = SCAN
    return true
  }

  #known(open: OpenBatch, row: number, time: number): Known | undefined {
    const pid = open.batch.columns.pid[row]
    const known = pid === 0 ? undefined : this.#table[pid % SLOTS]
    if (known === undefined || known.pid !== pid || Math.abs(time - known.time) > SPAN) return undefined
    return known.host === hostOf(open, row) ? known : undefined
  }

  #note(open: OpenBatch, row: number, time: number): void {
    const { columns } = open.batch
    const pid = columns.pid[row]
    const known = this.#table[pid % SLOTS]
    const source = columns.source[row]
    if (known !== undefined && known.pid === pid && known.peer !== null && open.isNamed(source, known.peer)) {
      known.time = time
      return
    }
    this.#table[pid % SLOTS] = { pid, host: hostOf(open, row), time, peer: open.nameOf(source) }
  }

  #lend(open: OpenBatch, row: number, time: number): boolean {
    const known = this.#known(open, row, time)
    if (!known?.peer) return false
    known.time = time
    open.batch.columns.source[row] = open.lend(known.peer)
    return true
  }

  #forget(pid: number): void {
    if (this.#table[pid % SLOTS]?.pid === pid) this.#table[pid % SLOTS] = undefined
  }

  snapshot(): PeerSnapshot {
    return this.#table.filter(known => known !== undefined).map(known => ({ ...known }))
  }

  restore(saved: PeerSnapshot): void {
    for (const known of saved) this.#table[known.pid % SLOTS] = { ...known }
  }
}

const hostOf = (open: OpenBatch, row: number): string | null => open.text(open.batch.columns.host[row]) ?? null
