/**
 * The daemon: follows, judges, records, answers and tells, for as long as it is let. One loop; whatever fails in a part is
 * that part's to say, and the loop goes on.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { EXIT, Problem } from '../../core/errors.ts'
import { EVENT_KINDS } from '../../core/event.ts'
import { SECOND } from '../../core/time.ts'
import type { EventView } from '../../core/view.ts'
import { announce } from './announce.ts'
import { CheckpointPace } from './checkpoint-pace.ts'
import { Condition } from './condition.ts'
import { Housekeeping } from './housekeeping.ts'
import type { Change } from './judge.ts'
import { Leftovers } from './leftovers.ts'
import { type LiveParts, openParts, renewParts, stateOf } from './parts.ts'
import { RateSeries, ratesOf } from './rate-series.ts'
import { RunRecord } from './run-record.ts'
import { loadState, type SavedState, saveState } from './saved-state.ts'
import type { LiveSession } from './session.ts'
import type { LiveSetup } from './setup.ts'
import { writeStatus } from './status.ts'
import { skewOf } from './wall-clock.ts'

/** Least time of a round that found something: lines that come one by one are read a few at a time. */
const ROUND = 500
/** Conclusions that take so long, milliseconds, leave much behind. */
const LARGE = 50
/** Longest time without looking. */
const IDLE = SECOND

export interface DaemonHooks {
  /** What people at a terminal or a pipe see. */
  onChanges: (changes: readonly Change[]) => void
  /** Reads the config anew. @throws Problem where it does not hold */
  reload: () => Promise<LiveSetup>
}

export class Daemon {
  #parts: LiveParts
  readonly #hooks: DaemonHooks
  readonly #condition = new Condition()
  readonly #rates: RateSeries
  readonly #housekeeping = new Housekeeping()
  readonly #run: RunRecord
  readonly #pace = new CheckpointPace()
  readonly #leftovers = new Leftovers()
  /** What stood in the logs before the first start has been read. */
  #settled = false
  #reload = false
  /** How far the logs' stamps lie behind the wall clock, milliseconds. */
  #skew = 0
  #lastTick = Number.NEGATIVE_INFINITY

  private constructor(parts: LiveParts, hooks: DaemonHooks) {
    const { setup, session } = parts
    this.#parts = parts
    this.#hooks = hooks
    this.#rates = new RateSeries(setup.memory)
    this.#run = new RunRecord(setup.memory, session.paths, setup.now())
    setup.metrics?.showRates(() => ratesOf(this.#session, setup.now()))
  }

  /** Opens everything and goes on from the last checkpoint where there is one. @throws Problem where nothing can be watched */
  static async open(setup: LiveSetup, hooks: DaemonHooks): Promise<Daemon> {
    const saved = loadState(setup.memory, setup.log)
    let daemon: Daemon | undefined
    const parts = await openParts(setup, saved, event => daemon?.observe(event))
    daemon = new Daemon(parts, hooks)
    if (saved !== undefined) {
      daemon.#condition.blindness.restore(saved.state.blindness, setup.steady())
      daemon.#settled = saved.state.settled
    }
    return daemon
  }

  get #setup(): LiveSetup {
    return this.#parts.setup
  }

  get #session(): LiveSession {
    return this.#parts.session
  }

  /** Every event, after the engine. */
  observe(event: EventView): void {
    this.#parts.answering.observe(event)
    this.#parts.teller.observe(event)
    this.#run.event()
    const { columns } = event.open.batch
    this.#setup.metrics?.event(EVENT_KINDS[columns.kind[event.row]])
  }

  /** Asks the loop to read its config anew. */
  requestReload(): void {
    this.#reload = true
  }

  /** Watches until the signal fires or every stream has ended: all the time, or once every `interval` milliseconds. */
  async run(signal: AbortSignal, interval?: number): Promise<void> {
    const { steady, log, manager } = this.#setup
    log.info({ logs: this.#session.paths, state: this.#setup.folder, mode: this.#parts.answering.mode }, 'watching')
    manager.ready(`watching ${this.#session.lanes.length} logs`)
    while (!signal.aborted) {
      const started = steady()
      if (this.#reload) await this.#reloadConfig()
      const bytes = await this.#round()
      manager.alive(steady())
      if (signal.aborted) break
      if (this.#session.over) {
        log.info('the input has ended')
        await this.#finish()
        break
      }
      if (interval !== undefined && this.#session.caughtUp) await this.#restFor(interval, signal)
      else if (bytes === 0) await this.#session.wait(this.#session.unsettled ? ROUND : IDLE, signal)
      const rest = ROUND - (steady() - started)
      // While there is more to read than one round takes, there is no rest.
      if (this.#session.caughtUp && rest > 0) await delay(rest, undefined, { signal }).catch(() => undefined)
      else await new Promise(done => setImmediate(done))
    }
    manager.stopping()
  }

  /** Reads all that there is now, tells what is in it, and stops: for cron and timers. */
  async runOnce(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const bytes = await this.#pump()
      if (this.#session.caughtUp && !this.#session.streams) break
      if (bytes === 0) await this.#session.wait(this.#session.unsettled ? ROUND : IDLE, signal)
    }
    // What was not read is for the next time.
    if (signal.aborted) return
    await this.#finish()
    await this.#parts.teller.drain(signal)
  }

  /** The last word on all that was read. */
  async #finish(): Promise<void> {
    this.#session.settleAll(this.#setup.now())
    await this.#judgeAll(true)
    if (!this.#settled) this.#becomeLive()
    await this.#tick(this.#setup.now(), true)
  }

  async #round(): Promise<number> {
    const { now, steady } = this.#setup
    const awaited = this.#settled && this.#session.caughtUp
    const bytes = await this.#pump()
    this.#session.settle(now(), steady())
    // Lines that have just been written tell how far the logs' clock or zone is off.
    if (awaited && bytes > 0) this.#skew = skewOf(this.#session.lastEvent, now())
    if (this.#settled) await this.#judgeAll(false)
    else if (this.#session.caughtUp) {
      // What waits in the order or for a second line stood in the logs as well.
      await this.#finish()
      return bytes
    }
    await this.#tick(now(), false)
    return bytes
  }

  /** What stood in the logs before the first start has been read: from now on people are told. */
  #becomeLive(): void {
    this.#settled = true
    const { events } = this.#session.engine.totals
    const found = this.#setup.memory.attempt(store => store.findings.count()) ?? 0
    this.#setup.log.info(
      { events, findings: found },
      'the logs have been read to their end and learnt from; what was found in them is recorded (vpsguard findings list), and what comes now is told',
    )
  }

  async #pump(): Promise<number> {
    const { now, steady, metrics } = this.#setup
    try {
      const bytes = await this.#session.pump(now(), steady(), (lane, pumped) => {
        this.#condition.blindness.note(lane.path, pumped, steady())
        metrics?.read(lane.path, pumped, now())
        this.#parts.teller.noteLines(pumped.lines)
        this.#run.read(pumped.lines)
      })
      if (bytes > 0) this.#pace.want()
      return bytes
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.#setup.log.error(error.message)
      return 0
    }
  }

  async #judgeAll(all: boolean): Promise<void> {
    const { now: clock, steady } = this.#setup
    const now = clock()
    const history = !this.#settled
    const { judge } = this.#parts
    const told = judge.rules(now, history)
    const started = steady()
    const concluded = judge.conclude(now, history, all)
    const isLarge = steady() - started > LARGE
    await this.#announce([...told, ...concluded], now)
    if (isLarge) this.#leftovers.collect()
  }

  async #announce(changes: readonly Change[], now: number): Promise<void> {
    this.#run.found(changes)
    const { onChanges } = this.#hooks
    await announce(this.#parts, changes, { now, skew: this.#skew, learning: !this.#settled, onChanges })
  }

  /** Between two batches nothing is read; what is to be said and undone in time still is. */
  async #restFor(interval: number, signal: AbortSignal): Promise<void> {
    const until = this.#setup.steady() + interval
    while (!signal.aborted && !this.#reload && this.#setup.steady() < until) {
      const rest = Math.min(SECOND, until - this.#setup.steady())
      await delay(rest, undefined, { signal }).catch(() => undefined)
      await this.#tick(this.#setup.now(), false)
    }
  }

  async #tick(now: number, last: boolean): Promise<void> {
    const { steady, memory, manager } = this.#setup
    const time = steady()
    if (!last && time - this.#lastTick < SECOND) return
    this.#lastTick = time
    this.#condition.look(this.#session, { log: this.#setup.log, teller: this.#parts.teller, time, now })
    memory.recover()
    await this.#parts.answering.tick(now)
    this.#parts.teller.tick(now)
    await this.#followNewLogs()
    if (this.#settled) this.#rates.store(this.#session, time, now)
    await this.#checkpoint(last)
    if (this.#settled && this.#session.caughtUp) await this.#leftovers.look(time)
    this.#housekeeping.look(this.#parts, now, time)
    writeStatus(this.#parts, {
      now,
      learning: !this.#settled,
      troubles: [...this.#condition.troubles, ...this.#parts.teller.troubles()],
    })
    manager.alive(time)
  }

  /** Files that match a pattern since: the session goes on with them in it. */
  async #followNewLogs(): Promise<void> {
    if (!(await this.#setup.logsChanged())) return
    await this.#renew(this.#setup)
    this.#setup.log.info({ logs: this.#session.lanes.map(({ path }) => path) }, 'other logs match now')
  }

  /** Reads the config anew; one that does not hold changes nothing. */
  async #reloadConfig(): Promise<void> {
    this.#reload = false
    const { log, manager } = this.#setup
    manager.reloading()
    try {
      const setup = await this.#hooks.reload()
      await this.#renew(setup)
      log.info('the config was read again and is in force')
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const text = `the config was not reloaded, and the one before stays in force: ${error.message}`
      log.error(text)
      this.#parts.teller.trouble('config', text, this.#setup.now())
    }
    manager.ready(`watching ${this.#session.lanes.length} logs`)
  }

  /** Goes on in a new session with all that this one knows. @throws Problem, and then this one goes on */
  async #renew(setup: LiveSetup): Promise<void> {
    const { judge } = this.#parts
    const now = setup.now()
    // What the rules have hit and nobody was told is not part of what goes over.
    await this.#announce(judge.rules(now, !this.#settled), now)
    judge.flush(now)
    const saved = { ...this.#state(), session: this.#session.snapshot() }
    this.#parts = await renewParts(this.#parts, setup, saved, event => this.observe(event))
  }

  #state(): Omit<SavedState, 'session'> {
    return stateOf(this.#parts, this.#condition.blindness, this.#settled)
  }

  /** Writes what is known and what was found in one transaction, so that both are of one moment. */
  async #checkpoint(last: boolean): Promise<void> {
    const { steady, now, memory, config } = this.#setup
    const time = steady()
    if (!last && !this.#pace.isDue(time, config.watch.checkpoint_seconds * SECOND)) return
    const { judge } = this.#parts
    // What the rules have hit and nobody was told is not part of what is saved.
    await this.#announce(judge.rules(now(), !this.#settled), now())
    const written = memory.checkpoint(store => {
      judge.flush(now())
      saveState(store, this.#session, this.#state(), now())
    })
    this.#pace.note(time, steady(), written)
    this.#leftovers.collect()
  }

  /** Ends everything in order: all that is known is written. */
  async close(): Promise<void> {
    this.#session.settle(this.#setup.now(), this.#setup.steady())
    await this.#checkpoint(true)
    await Promise.all(this.#session.lanes.map(lane => lane.follower.close()))
    await this.#parts.teller.close()
    this.#run.finish(EXIT.ok, this.#setup.now())
    this.#setup.memory.close()
    await this.#setup.manager.settled
  }
}
