/** Follows the systemd journal: `journalctl --follow`, started again where it stopped whenever it ends. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { hasCode, Problem } from '../core/errors.ts'
import { outputOf } from './command.ts'
import { Bell } from './follow/bell.ts'
import { CursorTrack, sinceOf } from './follow/cursors.ts'
import type { FollowChunk, Follower, FollowHealth, FollowPosition } from './follower.ts'
import { type JournalQuery, journalArguments, journalFailed, noJournal } from './journald.ts'

export interface FollowJournalOptions {
  from: 'end' | 'start' | FollowPosition
  units: readonly string[]
  /** Where journalctl is. */
  command?: string
  /** A journal's folder, for another journal than this host's. */
  directory?: string
  /** How long journalctl may take to tell the last record, milliseconds. */
  patience?: number
}

const MOST = 1 << 20
/** Of the record that is only there to prove the place, this much is held until it is known. */
const MOST_HELD = 4 << 20
const MOST_STDERR = 4096
/** Finding the end of a large journal on a slow disk takes seconds. */
const PATIENCE = 30_000
/** Between two starts of a journalctl that keeps dying; milliseconds. */
const FIRST_PAUSE = 250
const LONGEST_PAUSE = 60_000
/** One that has lived this long will not say that it may not read. */
const SETTLED = 5000
const NEWLINE = 10

/** Follows the journal. Where journalctl is missing or may not read, `health` says it, and it is tried again. */
export async function followJournal(options: FollowJournalOptions): Promise<Follower> {
  const follower = new JournalFollower(options)
  await follower.begin(options.from)
  return follower
}

class JournalFollower implements Follower {
  readonly path = 'journalctl'
  readonly #program: string
  readonly #query: JournalQuery
  readonly #patience: number
  readonly #bell = new Bell()
  readonly #cursors = new CursorTrack()
  #child: ChildProcess | undefined
  #stderr = ''
  /** Read from journalctl, not delivered yet. */
  #pending: Buffer = Buffer.alloc(0)
  /** The record that journalctl begins with was delivered by its forerunner; by its cursor. */
  #known: string | undefined
  /** The known record is being left out, up to its end. */
  #skipping = false
  /** The next chunk comes from a new journalctl. */
  #fresh = true
  /** The cursor cannot be found: begin with the time of the last record. */
  #since: string | undefined
  #pause = 0
  /** When the next one may start, and when this one did; of a steady clock, as a clock set back must not put it off. */
  #startAt = 0
  #startedAt = 0
  #problem: string | undefined
  #notice: string | undefined
  #closed = false
  #fromStart = false
  /** The last record that was there in the beginning, until it has come. */
  #target: string | undefined

  constructor({ units, command = 'journalctl', directory, patience = PATIENCE }: FollowJournalOptions) {
    this.#program = command
    this.#patience = patience
    this.#query = { units, directory }
  }

  async begin(from: FollowJournalOptions['from']): Promise<void> {
    if (typeof from === 'object') {
      const { kind, cursor, delivered } = from
      if (kind === 'journal' && typeof cursor === 'string') this.#cursors.start(cursor, delivered === true)
      else if (kind !== 'journal')
        this.#notice = 'the place reached in the journal before is unknown; it is read from its start'
      this.#fromStart = true
    } else if (from === 'end') await this.#goToEnd()
    else this.#fromStart = true
    if (this.#problem !== undefined) return
    await this.#aim()
    this.#spawn()
  }

  get behind(): boolean {
    return this.#target !== undefined
  }

  /** Learns what is there to be read. Where it cannot be asked, that is told when it is read. */
  async #aim(): Promise<void> {
    try {
      const last = (await this.#lastRecord(this.#query)).cursor
      if (last !== this.#cursors.last) this.#target = last
    } catch (cause) {
      if (!(cause instanceof Problem)) throw cause
    }
  }

  /** @throws Problem where there is no journal to ask */
  async #lastRecord(query: JournalQuery): Promise<{ text: Buffer; cursor: string | undefined }> {
    const chunks: Uint8Array[] = []
    const args = [...journalArguments(query), '--lines=1', '--output-fields=_BOOT_ID']
    const missing = (cause: unknown): Problem => noJournal(this.#program, cause)
    const limit = AbortSignal.timeout(this.#patience)
    try {
      for await (const chunk of outputOf({ program: this.#program, args, missing, failed: journalFailed }, limit))
        chunks.push(chunk)
    } catch (cause) {
      if (!limit.aborted) throw cause
      throw journalFailed(`journalctl did not tell its last record within ${this.#patience / 1000} s`)
    }
    const text = Buffer.concat(chunks)
    return { text, cursor: CursorTrack.of(text) }
  }

  /** Begins behind the last record of the whole journal: what is written while we start is not missed. */
  async #goToEnd(): Promise<void> {
    try {
      const { text } = await this.#lastRecord({ directory: this.#query.directory })
      this.#fromStart = true
      this.#cursors.take(text)
      this.#cursors.start(this.#cursors.last, false)
    } catch (cause) {
      if (!(cause instanceof Problem)) throw cause
      this.#fail(cause)
    }
  }

  #spawn(): void {
    const cursor = this.#cursors.last
    const args = [...journalArguments({ ...this.#query, since: this.#since }), '--follow', '--no-tail']
    if (cursor !== undefined && this.#since === undefined) args.push(`--cursor=${cursor}`)
    this.#known = this.#since === undefined ? cursor : undefined
    this.#skipping = false
    this.#pending = Buffer.alloc(0)
    // The rest of a record will not come; it comes whole.
    this.#fresh ||= this.#cursors.inLine
    this.#stderr = ''
    this.#startedAt = performance.now()
    try {
      this.#listen(args)
    } catch (cause) {
      // No memory or descriptors for a process: node throws, and it is tried again.
      this.#child = undefined
      this.#fail(journalFailed(cause instanceof Error ? cause.message : String(cause)))
    }
  }

  #listen(args: readonly string[]): void {
    const env = { ...process.env, LC_ALL: 'C' }
    const child = spawn(this.#program, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
    this.#child = child
    const ring = (): void => this.#bell.ring()
    child.once('error', cause => {
      if (this.#child === child) this.#ended(cause)
    })
    child.stdout.on('readable', ring).on('end', ring)
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (this.#stderr.length < MOST_STDERR) this.#stderr += text
    })
    // Only when all that it wrote was read.
    child.once('close', code => {
      if (this.#child === child) this.#ended(code)
    })
  }

  #ended(how: Error | number | null): void {
    this.#child = undefined
    if (this.#closed) return
    const said = this.#stderr.trim()
    if (how instanceof Error) {
      this.#fail(hasCode(how, 'ENOENT') ? noJournal(this.#program, how) : journalFailed(how.message))
      return
    }
    const last = this.#cursors.last
    if (/cursor/i.test(said) && last !== undefined && this.#since === undefined) {
      this.#since = sinceOf(last)
      this.#notice = 'the journal no longer knows the record read last; records of the same second may be counted twice'
    }
    this.#fail(journalFailed(said === '' ? `journalctl ended with status ${how ?? 'none'}` : said))
  }

  #fail(problem: Problem): void {
    const hint = problem.hint === undefined ? '' : `: ${problem.hint}`
    this.#problem = `${problem.message}${hint}`
    this.#target = undefined
    this.#startAt = performance.now() + this.#pause
    this.#pause = Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, this.#pause * 2))
    this.#bell.ring()
  }

  async read(): Promise<FollowChunk | undefined> {
    this.#bell.clear()
    if (this.#closed) return undefined
    if (this.#child === undefined && this.#pending.length === 0) {
      if (performance.now() < this.#startAt) return undefined
      if (!this.#fromStart) await this.#goToEnd()
      if (this.#fromStart) this.#spawn()
    }
    this.#fill()
    const bytes = this.#take()
    if (bytes === undefined) {
      // What a dead one left unfinished is written again, whole, by the next.
      if (this.#child === undefined) this.#pending = Buffer.alloc(0)
      return undefined
    }
    this.#pause = 0
    this.#since = undefined
    if (this.#fresh) this.#cursors.forgetLine()
    this.#cursors.take(bytes)
    if (this.#target !== undefined && bytes.includes(this.#target)) this.#target = undefined
    const fresh = this.#fresh
    this.#fresh = false
    return { bytes, offset: 0, path: this.path, fresh }
  }

  /** Takes over what journalctl has written. */
  #fill(): void {
    const stdout = this.#child?.stdout
    while (stdout !== undefined && stdout !== null && this.#pending.length < MOST_HELD) {
      const chunk: unknown = stdout.read()
      if (!(chunk instanceof Buffer)) return
      this.#problem = undefined
      this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
      if (this.#known === undefined && this.#pending.length >= MOST) return
    }
  }

  /** Whole records, or a part of one that is very long. */
  #take(): Buffer | undefined {
    if (this.#known !== undefined && !this.#pass(this.#known)) return undefined
    if (this.#skipping) {
      const end = this.#pending.indexOf(NEWLINE)
      this.#pending = end < 0 ? Buffer.alloc(0) : this.#pending.subarray(end + 1)
      if (end < 0) return undefined
      this.#skipping = false
    }
    const head = this.#pending.subarray(0, MOST)
    const end = head.lastIndexOf(NEWLINE) + 1
    const length = end > 0 ? end : head.length === MOST ? MOST : 0
    if (length === 0) return undefined
    this.#pending = this.#pending.subarray(length)
    return head.subarray(0, length)
  }

  /** Looks whether the first record is the known one; false while that cannot be said. */
  #pass(known: string): boolean {
    const end = this.#pending.indexOf(NEWLINE)
    const line = end < 0 ? this.#pending : this.#pending.subarray(0, end + 1)
    const first = CursorTrack.of(line)
    if (first === undefined && end < 0 && line.length < MOST_HELD) return false
    this.#known = undefined
    this.#skipping = first === known
    if (first !== known && this.#cursors.delivered)
      this.#notice = 'the journal no longer has the record read last; others behind it may be gone too'
    return true
  }

  wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#closed) return Promise.resolve()
    const pause = this.#child === undefined ? Math.max(0, this.#startAt - performance.now()) : milliseconds
    return this.#bell.wait(Math.min(milliseconds, pause), signal)
  }

  position(unfinished: number): FollowPosition {
    const { cursor, delivered } = this.#cursors.before(unfinished)
    return { kind: 'journal', ...(cursor === undefined ? {} : { cursor, delivered }) }
  }

  health(): FollowHealth {
    // A new one may be silent because there is nothing to say.
    const settled = this.#child !== undefined && performance.now() - this.#startedAt > SETTLED
    const problem = settled ? undefined : this.#problem
    const message = problem ?? this.#notice
    return {
      state: problem === undefined ? 'following' : 'failed',
      ...(message === undefined ? {} : { message }),
      rotations: 0,
      truncations: 0,
      lostBytes: 0,
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#bell.ring()
    const child = this.#child
    if (child === undefined) return
    const gone = once(child, 'close')
    child.stdout?.destroy()
    child.kill('SIGTERM')
    await gone.catch(() => undefined)
  }
}
