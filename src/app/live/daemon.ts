/**
 * The daemon: follows, judges, records, answers and tells, for as long as it is let. One loop; whatever fails in a part is
 * that part's to say, and the loop goes on.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { EXIT, Problem } from '../../core/errors.ts'
import { EVENT_KINDS } from '../../core/event.ts'
import { HOUR, MINUTE, SECOND } from '../../core/time.ts'
import type { EventView } from '../../core/view.ts'
import { inForce, isSuppressed } from '../suppressions.ts'
import { type Answering, openAnswering } from './answering.ts'
import { Condition } from './condition.ts'
import { STDIN } from './inputs.ts'
import type { Change } from './judge.ts'
import { Judge } from './judge.ts'
import { RateSeries, ratesOf } from './rate-series.ts'
import { RunRecord } from './run-record.ts'
import { loadState, type SavedState, saveState } from './saved-state.ts'
import type { LiveSession } from './session.ts'
import type { LiveSetup } from './setup.ts'
import { statusOf } from './status.ts'
import type { Teller } from './teller.ts'
import { WallClock } from './wall-clock.ts'

/** Least time of a round that found something: lines that come one by one are read a few at a time. */
const ROUND = 500
/** Longest time without looking. */
const IDLE = SECOND
/** Stamps this near to the wall clock are right. */
const LEAST_SKEW = 10 * MINUTE
/** What a checkpoint may take of the time. */
const CHECKPOINT_SHARE = 1 / 200

export interface DaemonHooks {
  /** What people at a terminal or a pipe see. */
  onChanges: (changes: readonly Change[]) => void
  /** Reads the config anew. @throws Problem where it does not hold */
  reload: () => Promise<LiveSetup>
}

export class Daemon {
  #setup: LiveSetup
  readonly #hooks: DaemonHooks
  #session: LiveSession
  #judge: Judge
  readonly #condition = new Condition()
  readonly #rates: RateSeries
  readonly #clock = new WallClock()
  readonly #run: RunRecord
  #answering: Answering
  #teller: Teller
  /** What stood in the logs before the first start has been read. */
  #settled = false
  #reload = false
  #skew = 0
  #lastCheckpoint = Number.NEGATIVE_INFINITY
  #checkpointCost = 0
  /** Something was read since the last checkpoint, or that could not be written. */
  #checkpointDue = false
  #lastTick = Number.NEGATIVE_INFINITY
  #lastPrune = Number.NEGATIVE_INFINITY

  private constructor(
    setup: LiveSetup,
    hooks: DaemonHooks,
    parts: { session: LiveSession; answering: Answering; teller: Teller },
  ) {
    this.#setup = setup
    this.#hooks = hooks
    this.#session = parts.session
    this.#answering = parts.answering
    this.#teller = parts.teller
    this.#rates = new RateSeries(setup.memory)
    this.#run = new RunRecord(setup.memory, parts.session.paths, setup.now())
    this.#judge = this.#newJudge()
    setup.metrics?.showRates(() => ratesOf(this.#session, setup.now()))
  }

  /** Opens everything and goes on from the last checkpoint where there is one. @throws Problem where nothing can be watched */
  static async open(setup: LiveSetup, hooks: DaemonHooks): Promise<Daemon> {
    const saved = loadState(setup.memory, setup.log)
    let daemon: Daemon | undefined
    const teller = setup.openTeller()
    const answering = await openAnswering(setup, teller)
    const onEvent = (event: EventView): void => daemon?.observe(event)
    const session = await setup.openSession(saved?.state.session, onEvent)
    daemon = new Daemon(setup, hooks, { session, answering, teller })
    if (saved !== undefined) daemon.#restore(saved.state, saved.at)
    return daemon
  }

  #newJudge(): Judge {
    return new Judge(this.#session, this.#setup.memory, {
      stopwatch: this.#setup.steady,
      onFailure: (id, error) => {
        const text = `the detector ${id} failed and is left out: ${error instanceof Error ? error.message : String(error)}`
        this.#setup.log.error(text)
        this.#teller.trouble(`detector ${id}`, text, this.#setup.now())
      },
    })
  }

  #restore(saved: SavedState, at: number): void {
    this.#judge.restore(saved.findings)
    this.#judge.resume(at, this.#setup.now())
    this.#condition.blindness.restore(saved.blindness, this.#setup.steady())
    this.#answering.restore(saved.keyLogins)
    this.#settled = saved.settled
  }

  /** Every event, after the engine. */
  observe(event: EventView): void {
    this.#answering.observe(event)
    this.#teller.observe(event)
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
    log.info({ logs: this.#session.paths, state: this.#setup.folder, mode: this.#answering.mode }, 'watching')
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
    await this.#teller.drain(signal)
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
    if (awaited && bytes > 0) this.#noteSkew(now())
    if (this.#settled) await this.#judgeAll(false)
    else if (this.#session.caughtUp) {
      // What waits in the order or for a second line stood in the logs as well.
      await this.#finish()
      return bytes
    }
    await this.#tick(now(), false)
    return bytes
  }

  /** Lines that have just been written tell how far the logs' clock or zone is off. */
  #noteSkew(now: number): void {
    const behind = now - this.#session.lastEvent
    this.#skew = Math.abs(behind) < LEAST_SKEW || Number.isNaN(behind) ? 0 : behind
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
        this.#teller.noteLines(pumped.lines)
        this.#run.read(pumped.lines)
      })
      if (bytes > 0) this.#checkpointDue = true
      return bytes
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.#setup.log.error(error.message)
      return 0
    }
  }

  async #judgeAll(all: boolean): Promise<void> {
    const now = this.#setup.now()
    const history = !this.#settled
    await this.#announce([...this.#judge.rules(now, history), ...this.#judge.conclude(now, history, all)], now)
  }

  async #announce(changes: readonly Change[], now: number): Promise<void> {
    const goOn = this.#judge.takeRested()
    if (changes.length + goOn.length === 0) return
    this.#setup.metrics?.found(changes, this.#session.lastArrival, now)
    const suppressions = this.#setup.memory.attempt(store => inForce(store, now)) ?? []
    const told = changes.filter(({ finding }) => !isSuppressed(finding, suppressions))
    this.#run.found(changes)
    this.#hooks.onChanges(told)
    const news = told.filter(change => !change.history)
    const further = this.#settled ? goOn.filter(finding => !isSuppressed(finding, suppressions)) : []
    await this.#answering.answer([...news.map(({ finding }) => finding), ...further], now, this.#skew)
    this.#teller.take(news, now)
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
    const { steady, memory, manager, folder } = this.#setup
    const time = steady()
    if (!last && time - this.#lastTick < SECOND) return
    this.#lastTick = time
    this.#condition.look(this.#session, { log: this.#setup.log, teller: this.#teller, time, now })
    memory.recover()
    await this.#answering.tick(now)
    this.#teller.tick(now)
    await this.#followNewLogs()
    if (this.#settled) this.#rates.store(this.#session, time, now)
    await this.#checkpoint(last)
    this.#clock.look(now, time, this.#setup.log)
    if (time - this.#lastPrune > HOUR) {
      this.#lastPrune = time
      if (this.#clock.isSure(time)) memory.write(store => store.prune(this.#setup.retention))
      this.#judge.forget(this.#session.latest)
    }
    const body = statusOf({
      folder,
      answering: this.#answering,
      session: this.#session,
      learning: !this.#settled,
      troubles: [...this.#condition.troubles, ...this.#teller.troubles()],
      memory,
    })
    memory.write(store => store.status.beat({ pid: process.pid, started: this.#setup.started, at: now, body }))
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
      this.#teller.trouble('config', text, this.#setup.now())
    }
    manager.ready(`watching ${this.#session.lanes.length} logs`)
  }

  /** Goes on in a new session with all that this one knows. @throws Problem, and then this one goes on */
  async #renew(setup: LiveSetup): Promise<void> {
    const before = this.#session.lanes
    this.#judge.flush(setup.now())
    const saved = this.#state()
    // Under a new config the logs are opened again where they were left, and read in its way; a stream cannot be.
    const kept = new Map(
      before.filter(({ path }) => setup === this.#setup || path === STDIN).map(lane => [lane.path, lane]),
    )
    const session = await setup.openSession(saved.session, event => this.observe(event), kept)
    if (setup !== this.#setup) {
      const teller = setup.openTeller()
      const answering = await openAnswering(setup, teller)
      await this.#teller.close()
      this.#teller = teller
      this.#answering = answering
    }
    this.#setup = setup
    this.#session = session
    this.#judge = this.#newJudge()
    this.#judge.restore(saved.findings)
    this.#answering.restore(saved.keyLogins)
    const taken = new Set(session.lanes.map(({ follower }) => follower))
    for (const { follower } of before) if (!taken.has(follower)) await follower.close()
  }

  #state(): SavedState {
    return {
      session: this.#session.snapshot(),
      findings: this.#judge.snapshot(),
      blindness: this.#condition.blindness.snapshot(this.#setup.steady()),
      keyLogins: this.#answering.snapshot(),
      settled: this.#settled,
    }
  }

  /** Writes what is known and what was found in one transaction, so that both are of one moment. */
  async #checkpoint(last: boolean): Promise<void> {
    const { steady, now, memory, config } = this.#setup
    const time = steady()
    const interval = Math.max(config.watch.checkpoint_seconds * SECOND, this.#checkpointCost / CHECKPOINT_SHARE)
    if (!last && (!this.#checkpointDue || time - this.#lastCheckpoint < interval)) return
    this.#lastCheckpoint = time
    // What the rules have hit and nobody was told is not part of what is saved.
    await this.#announce(this.#judge.rules(now(), !this.#settled), now())
    const written = memory.checkpoint(store => {
      this.#judge.flush(now())
      saveState(store, this.#state(), now())
    })
    this.#checkpointDue = !written
    this.#checkpointCost = steady() - time
  }

  /** Ends everything in order: all that is known is written. */
  async close(): Promise<void> {
    this.#session.settle(this.#setup.now(), this.#setup.steady())
    await this.#checkpoint(true)
    await Promise.all(this.#session.lanes.map(lane => lane.follower.close()))
    await this.#teller.close()
    this.#run.finish(EXIT.ok, this.#setup.now())
    this.#setup.memory.close()
    await this.#setup.manager.settled
  }
}
