/**
 * The attempt ledger: one guess leaves up to five lines (Invalid user, pam_unix, Failed password, PAM again under
 * another pid, the close), and it must count once. The ledger gives each event its `attempts`; PAM's own lines are held
 * until it is clear whether another line tells the same attempt.
 */
import { FLAG, KIND, OTHER_AUTH_FAILED_KINDS } from '../core/event.ts'
import { MINUTE, SECOND } from '../core/time.ts'
import type { OpenBatch } from '../core/view.ts'
import { SESSION_SPAN, type Session, SessionTable, ToldTable } from './attempt-tables.ts'
import { kindOfService, patienceOf } from './pam-services.ts'

/** An event's place: a row of a batch. */
export interface Row {
  open: OpenBatch
  row: number
}

/** What becomes of a row. */
export type Ruling = 'emit' | 'drop' | 'hold'

/** A login that follows a key that was refused follows at once, or after a password. */
const LOGIN_FOLLOWS = 10 * SECOND

interface Held extends Row {
  kind: number
  /** Not PAM's: a key that a client tried by itself, an attempt only where no login follows. */
  silent: boolean
  pid: number
  source: number
  user: string | undefined
  time: number
  until: number
}

const SSH_FAILED = KIND['ssh.auth.failed']
const SSH_INVALID = KIND['ssh.user.invalid']
const SSH_CLOSED = KIND['ssh.preauth.closed']
const SSH_ACCEPTED = KIND['ssh.auth.accepted']
const PAM_FAILED = KIND['pam.auth.failed']
const PAM_MORE = KIND['pam.auth.more']
const ATTEMPT_LIKE = new Uint8Array(256)
for (const kind of [...OTHER_AUTH_FAILED_KINDS, 'sudo.failed', 'su.failed'] as const) ATTEMPT_LIKE[KIND[kind]] = 1

/** Methods that clients try by themselves before they ask a person: they count once a connection. */
const SILENT_METHODS: ReadonlySet<string | undefined> = new Set(['none', 'publickey', 'hostbased', 'gssapi-with-mic'])

export class AttemptLedger {
  readonly #sessions = new SessionTable()
  readonly #told = new ToldTable()
  readonly #held: Held[] = []

  /**
   * Rules on the next event in file order and sets its `attempts`. 'hold': the caller keeps the row in its place until
   * `settle` or a later event has decided; the decisions are told through `decide`.
   */
  rule(open: OpenBatch, row: number, time: number, decide: (held: Row, keep: boolean) => void): Ruling {
    const { columns } = open.batch
    const kind = columns.kind[row]
    if (this.#held.length > 0) this.#expire(time, decide)
    if (kind === SSH_FAILED) return this.#failed(open, row, time, decide)
    if (kind === SSH_INVALID) this.#invalid(open, row, time)
    else if (kind === SSH_CLOSED) this.#closed(open, row, time, decide)
    else if (kind === PAM_FAILED || kind === PAM_MORE) return this.#pam(open, row, time)
    else if (ATTEMPT_LIKE[kind] === 1) {
      columns.attempts[row] = columns.count[row]
      const source = open.sourceId(columns.source[row])
      this.#release(kind, columns.pid[row], source, open.text(columns.user[row]), decide)
      this.#told.note(source, kind, time, columns.count[row])
    } else if (kind === SSH_ACCEPTED) {
      this.#tellSilent(columns.pid[row], 0, decide)
      this.#release(SSH_FAILED, columns.pid[row], -2, undefined, decide)
    }
    return 'emit'
  }

  #failed(open: OpenBatch, row: number, time: number, decide: (held: Row, keep: boolean) => void): Ruling {
    const { columns } = open.batch
    const source = open.sourceId(columns.source[row])
    const count = columns.count[row]
    const pid = columns.pid[row]
    const session = this.#sessions.enter(columns, row, source, time)
    const silent = SILENT_METHODS.has(open.text(columns.method[row]))
    let ruling: Ruling = 'emit'
    if (!silent) this.#tellSilent(pid, 0, decide)
    if (silent && pid !== 0 && session.counted === 0 && (columns.flags[row] & FLAG.USER_KNOWN) !== 0) {
      // Agents offer every key they hold: whose login follows has failed at nothing.
      if (this.#silentOf(pid) >= 0) return 'emit'
      const user = open.text(columns.user[row])
      this.#held.push({ open, row, kind: SSH_FAILED, silent, pid, source, user, time, until: time + LOGIN_FOLLOWS })
      ruling = 'hold'
    } else if (silent) {
      columns.attempts[row] = session.counted === 0 ? 1 : 0
      if (session.counted === 0) session.credit = 1
    } else {
      const told = Math.min(session.credit, count)
      columns.attempts[row] = count - told
      session.credit = 0
    }
    session.counted += columns.attempts[row]
    this.#release(SSH_FAILED, pid, source, open.text(columns.user[row]), decide)
    this.#told.note(source, SSH_FAILED, time, count)
    return ruling
  }

  /** Settles the key that a process's client tried by itself, as that many attempts. */
  #tellSilent(pid: number, attempts: number, decide: (held: Row, keep: boolean) => void): void {
    if (pid === 0 || this.#held.length === 0) return
    const at = this.#silentOf(pid)
    if (at < 0) return
    const held = this.#held[at]
    this.#leave(at)
    held.open.batch.columns.attempts[held.row] = attempts
    const session = this.#sessions.of(pid)
    if (session !== undefined) session.counted += attempts
    decide(held, true)
  }

  /** Where the key waits that the process's client tried by itself; -1 where none does. A plain loop: it is asked at every attempt. */
  #silentOf(pid: number): number {
    for (let i = 0; i < this.#held.length; i++) if (this.#held[i].silent && this.#held[i].pid === pid) return i
    return -1
  }

  #invalid(open: OpenBatch, row: number, time: number): void {
    const { columns } = open.batch
    const session = this.#sessions.enter(columns, row, open.sourceId(columns.source[row]), time)
    if (session.counted > 0) return
    columns.attempts[row] = columns.count[row]
    session.counted += columns.count[row]
    session.credit = columns.count[row]
  }

  #closed(open: OpenBatch, row: number, time: number, decide: (held: Row, keep: boolean) => void): void {
    const { columns } = open.batch
    this.#tellSilent(columns.pid[row], 1, decide)
    // Without a name nobody tried to log in: a scan, or the end of a session whose lines told its attempts.
    if (columns.user[row] < 0) return
    const session = this.#sessions.enter(columns, row, open.sourceId(columns.source[row]), time)
    if (session.counted > 0) return
    columns.attempts[row] = 1
    session.counted = 1
  }

  #pam(open: OpenBatch, row: number, time: number): Ruling {
    const { columns } = open.batch
    const service = open.text(columns.service[row]) ?? ''
    const kind = kindOfService(service)
    const source = open.sourceId(columns.source[row])
    const pid = columns.pid[row]
    const recent = this.#told.of(source, kind)
    const told = recent !== undefined && time - recent.time < MINUTE
    if (columns.kind[row] === PAM_MORE) {
      // "PAM 5 more" sums up attempts that sshd has told one by one, where it tells them.
      const counted = this.#sessions.of(pid)?.counted ?? 0
      if (told || counted > columns.count[row]) return 'drop'
      columns.kind[row] = kind
      columns.attempts[row] = columns.count[row]
      return 'emit'
    }
    if (told && recent.time >= time - 5 * SECOND && recent.credit > 0) {
      recent.credit--
      return 'drop'
    }
    const session = kind === SSH_FAILED ? this.#sessions.of(pid) : undefined
    if (session !== undefined && session.credit > 0 && time - session.time < SESSION_SPAN) return 'drop'
    const user = open.text(columns.user[row])
    if (pid !== 0 && this.#held.some(held => isSameTry(held, kind, pid, source, user, time))) return 'drop'
    this.#held.push({ open, row, kind, silent: false, pid, source, user, time, until: time + patienceOf(service) })
    return 'hold'
  }

  /** Drops the held PAM line, if any, whose attempt the service has now told itself. */
  #release(
    kind: number,
    pid: number,
    source: number,
    user: string | undefined,
    decide: (held: Row, keep: boolean) => void,
  ): void {
    for (let i = 0; i < this.#held.length; i++) {
      const held = this.#held[i]
      if (held.kind !== kind || held.silent) continue
      const same =
        (pid !== 0 && held.pid === pid) ||
        (source >= 0 && held.source === source) ||
        (source < 0 && user !== undefined && held.user === user)
      if (!same) continue
      this.#leave(i)
      decide(held, false)
      const recent = this.#told.of(source, kind)
      if (recent !== undefined) recent.credit = 0
      return
    }
  }

  /** Takes a held row out, and makes no list of it. */
  #leave(at: number): void {
    const held = this.#held
    for (let i = at + 1; i < held.length; i++) held[i - 1] = held[i]
    held.pop()
  }

  #expire(now: number, decide: (held: Row, keep: boolean) => void): void {
    while (this.#held.length > 0 && (this.#held[0].until < now || this.#held.length > 512)) {
      const held = this.#held.shift()
      if (held !== undefined) this.#stand(held, decide)
    }
  }

  /** Nobody else told it: the PAM line is the attempt. */
  #stand(held: Held, decide: (held: Row, keep: boolean) => void): void {
    const { columns } = held.open.batch
    const session = held.silent ? this.#sessions.of(held.pid) : undefined
    if (session !== undefined) {
      session.counted++
      session.credit = 1
    }
    columns.kind[held.row] = held.kind
    columns.attempts[held.row] = columns.count[held.row]
    if (held.user !== undefined && (columns.flags[held.row] & FLAG.USER_UNKNOWN) === 0)
      columns.flags[held.row] |= FLAG.USER_KNOWN
    decide(held, true)
  }

  /** Decides everything that is still held: the input has ended, or the wall clock says nothing more will come. */
  settle(decide: (held: Row, keep: boolean) => void): void {
    for (const held of this.#held.splice(0)) this.#stand(held, decide)
  }

  /** The ledger as JSON; `place` names a held row by its place among the stream's waiting ones. */
  snapshot(place: (held: Row) => number): LedgerSnapshot {
    const held = this.#held.map(({ open, row, user, ...rest }) => ({
      ...rest,
      user: user ?? null,
      at: place({ open, row }),
    }))
    return { sessions: this.#sessions.snapshot(), recent: this.#told.snapshot(), held }
  }

  restore(saved: LedgerSnapshot, at: (place: number) => Row): void {
    this.#sessions.restore(saved.sessions)
    this.#told.restore(saved.recent)
    for (const { at: place, user, ...rest } of saved.held)
      this.#held.push({ ...rest, ...at(place), user: user ?? undefined })
  }
}

export interface LedgerSnapshot {
  sessions: Session[]
  recent: Session[]
  held: {
    kind: number
    silent: boolean
    pid: number
    source: number
    time: number
    until: number
    user: string | null
    at: number
  }[]
}

/** Modules that are stacked each tell the same try (pam_unix, then pam_sss); a second one is at least PAM's delay later. */
function isSameTry(
  held: Held,
  kind: number,
  pid: number,
  source: number,
  user: string | undefined,
  time: number,
): boolean {
  return (
    held.kind === kind &&
    !held.silent &&
    held.pid === pid &&
    held.source === source &&
    Math.abs(time - held.time) <= SECOND &&
    (held.user === user || held.user === undefined || user === undefined)
  )
}
