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

export class PeerMemory {
  // Columns by place, made with the first process: what is asked at every line lies close together.
  #states = new Uint8Array()
  #pids = new Uint32Array()
  #times = new Float64Array()
  /** Four a place. */
  #words = new Uint32Array()
  #names: string[] = []
  #hosts: (string | null)[] = []

  #makeRoom(): void {
    this.#states = new Uint8Array(SLOTS)
    this.#pids = new Uint32Array(SLOTS)
    this.#times = new Float64Array(SLOTS)
    this.#words = new Uint32Array(SLOTS * 4)
    this.#names = new Array(SLOTS).fill('')
    this.#hosts = new Array(SLOTS).fill(null)
  }

  /** Forgets all processes, and lets go of the memory: of thousands of logs, those that are read keep none. */
  clear(): void {
    this.#states = new Uint8Array()
    this.#pids = new Uint32Array()
    this.#times = new Float64Array()
    this.#words = new Uint32Array()
    this.#names = []
    this.#hosts = []
  }

  /**
   * Gives the event the source that its process is known by, where its line names none. False where the event tells
   * nothing (more) to anybody: what only names a peer, and what a peer is not known for.
   */
  rule(open: OpenBatch, row: number, time: number): boolean {
    const { columns } = open.batch
    const kind = columns.kind[row]
    const pid = columns.pid[row]
    if (pid !== 0 && this.#states.length === 0) this.#makeRoom()
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
    const at = this.#known(open, row, time)
    if (columns.source[row] >= 0) {
      if (at >= 0 && this.#states[at] === UNNAMED) this.#states[at] = FREE
      return true
    }
    if (at >= 0 && this.#states[at] !== UNNAMED) return this.#give(at, open, row, time)
    const pid = columns.pid[row]
    if (pid !== 0) this.#take(pid, hostOf(open, row), time)
    return false
  }

  /** `Connection closed by PEER port N` ends a login's session too: it is a scan's where the scan has been told before, without the peer. */
  #closed(open: OpenBatch, row: number, time: number): boolean {
    const at = this.#known(open, row, time)
    if (at < 0 || this.#states[at] !== UNNAMED) return false
    this.#states[at] = FREE
    open.batch.columns.kind[row] = SCAN
    return true
  }

  /** The place of the line's process, -1 where nothing is known of it. */
  #known(open: OpenBatch, row: number, time: number): number {
    const pid = open.batch.columns.pid[row]
    const at = pid % SLOTS
    if (pid === 0 || this.#states[at] === FREE || this.#pids[at] !== pid) return -1
    if (Math.abs(time - this.#times[at]) > SPAN) return -1
    return this.#hosts[at] === hostOf(open, row) ? at : -1
  }

  #note(open: OpenBatch, row: number, time: number): void {
    const { columns } = open.batch
    const pid = columns.pid[row]
    const source = columns.source[row]
    const at = pid % SLOTS
    if (this.#pids[at] === pid && this.#isPeer(at, open, source)) {
      this.#times[at] = time
      return
    }
    this.#take(pid, hostOf(open, row), time)
    if (open.copyWords(source, this.#words, at * 4)) this.#states[at] = BY_WORDS
    else this.#setPeer(at, open.nameOf(source))
  }

  /** The process's place, with nothing known of its peer. */
  #take(pid: number, host: string | null, time: number): number {
    const at = pid % SLOTS
    this.#states[at] = UNNAMED
    this.#pids[at] = pid
    this.#times[at] = time
    if (this.#hosts[at] !== host) this.#hosts[at] = host
    return at
  }

  #lend(open: OpenBatch, row: number, time: number): boolean {
    const at = this.#known(open, row, time)
    return at >= 0 && this.#give(at, open, row, time)
  }

  /** Gives the event the process's peer; false where it has none that is known. */
  #give(at: number, open: OpenBatch, row: number, time: number): boolean {
    const peer = this.#peerOf(at)
    if (!peer) return false
    this.#times[at] = time
    open.batch.columns.source[row] = open.lend(peer)
    return true
  }

  #forget(pid: number): void {
    const at = pid % SLOTS
    if (this.#pids[at] === pid) this.#states[at] = FREE
  }

  #isPeer(at: number, open: OpenBatch, source: number): boolean {
    const state = this.#states[at]
    if (state === BY_WORDS) return open.hasWords(source, this.#words, at * 4)
    return state === BY_NAME && open.nameOf(source) === this.#names[at]
  }

  #peerOf(at: number): SourceName | null {
    const state = this.#states[at]
    if (state === BY_WORDS) return [...this.#words.subarray(at * 4, at * 4 + 4)]
    return state === BY_NAME ? this.#names[at] : null
  }

  #setPeer(at: number, peer: SourceName): void {
    if (typeof peer === 'string') {
      this.#states[at] = BY_NAME
      this.#names[at] = peer
    } else {
      this.#states[at] = BY_WORDS
      this.#words.set(peer, at * 4)
    }
  }

  snapshot(): PeerSnapshot {
    const saved: PeerSnapshot = []
    for (let at = 0; at < this.#states.length; at++) {
      if (this.#states[at] === FREE) continue
      saved.push({ pid: this.#pids[at], host: this.#hosts[at], time: this.#times[at], peer: this.#peerOf(at) })
    }
    return saved
  }

  restore(saved: PeerSnapshot): void {
    if (saved.length > 0) this.#makeRoom()
    for (const { pid, host, time, peer } of saved) {
      const at = this.#take(pid, host, time)
      if (peer !== null) this.#setPeer(at, peer)
    }
  }
}

const hostOf = (open: OpenBatch, row: number): string | null => open.text(open.batch.columns.host[row]) ?? null
