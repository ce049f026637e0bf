/** The daemon's answers to findings: decisions, the firewall, and what is said about both. */

import { EXIT, Problem } from '../../core/errors.ts'
import { KIND } from '../../core/event.ts'
import type { Finding } from '../../core/finding.ts'
import { MINUTE, SECOND } from '../../core/time.ts'
import type { EventView } from '../../core/view.ts'
import type { Outcome, TickReport } from '../../sinks/policy/enforcer.ts'
import type { KeyLoginSnapshot } from '../../sinks/policy/key-logins.ts'
import type { ModeStore } from '../../sinks/policy/mode.ts'
import { isStoreTrouble } from '../../store/index.ts'
import { modesIn, openResponse, type Response } from '../response.ts'
import type { Config } from '../setup.ts'
import type { DaemonLog } from './daemon-log.ts'
import { SafeLedger } from './ledger.ts'
import type { Memory } from './memory.ts'
import type { LiveSetup } from './setup.ts'
import type { Teller } from './teller.ts'

const ACCEPTED = KIND['ssh.auth.accepted']
/** How often the firewall is compared with the ledger while there are blocks, and while there are none. */
const BUSY_TICK = 10 * SECOND
const IDLE_TICK = 5 * MINUTE
/** When those that the hour's cap left out are asked about again. */
const RETRY = 5 * MINUTE
/** Findings that wait while a firewall or database cannot be had. */
const MOST_WAITING = 1000

export interface AnsweringParts {
  config: Config
  memory: Memory
  log: DaemonLog
  environment: Readonly<Record<string, string | undefined>>
  now: () => number
  /** Told of every answer, for the people who are to hear of it. */
  onOutcome: (outcome: Outcome) => void
  onTrouble: (text: string) => void
}

/**
 * Made by `open`; the daemon hands it every finding (`answer`) and every event (`observe`) and calls `tick` about
 * once a second. All moments are the wall clock's, in milliseconds.
 */
export class Answering {
  readonly #parts: AnsweringParts
  readonly #ledger: SafeLedger
  #response: Response
  #waiting: Finding[] = []
  /** How far the logs' stamps lie behind the wall clock, as last told. */
  #skew = 0
  /** Findings of which not all could be answered within the cap. */
  readonly #leftOut = new Map<string, Finding>()
  #lastRetry = Number.NEGATIVE_INFINITY
  #lastTick = Number.NEGATIVE_INFINITY
  #lastError = ''
  /** Why no firewall can be used, as said last; empty where one is. */
  #missing = ''
  #dataVersion = Number.NaN

  private constructor(parts: AnsweringParts, ledger: SafeLedger, response: Response, before: Answering | undefined) {
    this.#parts = parts
    this.#ledger = ledger
    this.#response = response
    if (before === undefined) return
    this.#waiting = [...before.#waiting]
    for (const [id, finding] of before.#leftOut) this.#leftOut.set(id, finding)
  }

  /**
   * Where no firewall can be used, a daemon that only observes needs none; one that is to enforce says so and tries again.
   * @param before the one of another config: what it could not write into the ledger, and did not answer yet, goes over
   * @throws Problem where the config's lists cannot be read
   */
  static async open(parts: AnsweringParts, before?: Answering): Promise<Answering> {
    const { memory } = parts
    const ledger =
      before === undefined
        ? new SafeLedger(memory.ledger(), isStoreTrouble, error => memory.note(error))
        : before.#ledger
    const { response, missing } = await openOrDry(parts, ledger)
    const answering = new Answering(parts, ledger, response, before)
    answering.#noteMissing(missing)
    return answering
  }

  get backend(): string {
    return this.#response.backend
  }

  /** Why nothing can be blocked although it should be, in a sentence; undefined where it can. */
  get trouble(): string | undefined {
    return this.#missing === '' ? undefined : `${this.#missing}: nothing is blocked`
  }

  get mode(): string {
    return this.#safely(() => this.#response.enforcer.mode().mode) ?? 'observe'
  }

  /** A login by key protects its address. */
  observe(event: EventView): void {
    if (event.open.batch.columns.kind[event.row] !== ACCEPTED || event.method !== 'publickey') return
    const { address } = event
    if (address !== undefined) this.#response.guards.noteKeyLogin(address, event.time)
  }

  /** Answers findings that are new or have changed. Never throws for what the firewall or the database do. */
  async answer(findings: readonly Finding[], now: number, skew = this.#skew): Promise<void> {
    this.#skew = skew
    const all = [...this.#waiting, ...findings]
    this.#waiting = []
    if (all.length === 0) return
    try {
      const outcomes = await this.#response.enforcer.answer(all, now, skew)
      for (const outcome of outcomes) this.#say(outcome)
      // The hour's cap was reached: they are asked about again.
      const left = new Set(outcomes.filter(({ state }) => state === 'left-out').map(({ decision }) => decision.finding))
      for (const finding of all) if (left.has(finding.id)) this.#leftOut.set(finding.id, finding)
    } catch (error) {
      this.#waiting = all.slice(-MOST_WAITING)
      this.#complain(error)
    }
  }

  #say(outcome: Outcome): void {
    const { state, decision, error } = outcome
    if (state === 'none') return
    // Decided and recorded, and carried out as soon as there is a firewall: until then nothing is blocked.
    const waits = state === 'blocked' && this.#missing !== ''
    const facts = {
      prefix: decision.prefix,
      finding: decision.finding,
      state: waits ? 'waiting' : state,
      ...(error === undefined ? {} : { error }),
    }
    if (state === 'failed') this.#parts.log.error(facts, `could not block ${decision.prefix}`)
    else if (waits)
      this.#parts.log.warn(facts, `${decision.prefix} is to be blocked, and there is no firewall: ${decision.reason}`)
    else this.#parts.log.info(facts, wordsOf(outcome))
    this.#parts.onOutcome(outcome)
  }

  /** To be called every second or so: compares, expires, undoes. `changed`: the database was changed by another process. */
  async tick(now: number): Promise<void> {
    await this.#retryLeftOut(now)
    const version = this.#parts.memory.attempt(store => store.dataVersion()) ?? Number.NaN
    const changed = version !== this.#dataVersion
    this.#dataVersion = version
    const { enforcer } = this.#response
    const overdue = this.#safely(() => (enforcer.mode().confirmBy ?? Number.POSITIVE_INFINITY) <= now) === true
    const active = this.#ledger.activeBlocks().length
    const since = now - this.#lastTick
    const due = since < 0 || since >= (active > 0 ? BUSY_TICK : IDLE_TICK)
    if (!due && !changed && !overdue) return
    this.#lastTick = now
    await this.#useFirewall()
    try {
      this.#report(await this.#response.enforcer.tick(now))
      if (this.#waiting.length > 0) await this.answer([], now)
    } catch (error) {
      this.#complain(error)
    }
  }

  async #retryLeftOut(now: number): Promise<void> {
    if (this.#leftOut.size === 0 || Math.abs(now - this.#lastRetry) < RETRY) return
    this.#lastRetry = now
    const findings = [...this.#leftOut.values()].slice(-MOST_WAITING)
    this.#leftOut.clear()
    await this.answer(findings, now)
  }

  #report({ expired, lifted, repaired, strays, undone, error }: TickReport): void {
    const { log, onTrouble } = this.#parts
    if (expired.length > 0) log.info({ prefixes: expired.map(({ prefix }) => prefix) }, 'blocks have ended')
    for (const { block, why } of lifted) log.warn({ prefix: block.prefix }, `block lifted: ${why}`)
    if (repaired.length > 0) log.warn({ count: repaired.length }, 'the firewall lacked blocks: they are back')
    if (strays.length > 0)
      log.warn({ prefixes: strays.slice(0, 20) }, 'the firewall had entries that nobody decided: they are gone')
    if (undone) {
      const text = 'enforcement was not confirmed in time: all blocks are gone, and it only observes again'
      log.warn(text)
      onTrouble(text)
    }
    if (error !== undefined) this.#complain(new Problem(EXIT.internal, error))
    else this.#lastError = ''
  }

  /** A firewall that was missing may be there by now. */
  async #useFirewall(): Promise<void> {
    if (this.#response.backend !== 'dry' || this.#parts.config.response.backend === 'dry') return
    if (this.mode !== 'enforce') return
    const { keyLogins } = this.#response.guards
    const { response, missing } = await openOrDry(this.#parts, this.#ledger)
    this.#response = response
    this.#response.guards.keyLogins.restore(keyLogins.snapshot())
    this.#noteMissing(missing)
  }

  /** Says once why there is no firewall: who enforces must hear of it, whoever switched it on. */
  #noteMissing(missing: Missing | undefined): void {
    const text = missing?.text ?? ''
    if (text === this.#missing) return
    this.#missing = text
    if (missing === undefined) return
    const { log, onTrouble } = this.#parts
    if (this.mode !== 'enforce') {
      log.info(`${text}; observing needs none`)
      // Where it is switched to enforcing later, it is said again.
      this.#missing = ''
      return
    }
    log.error(`${text}: nothing is blocked; ${missing.hint}`)
    onTrouble(this.trouble ?? text)
  }

  #complain(error: unknown): void {
    this.#parts.memory.note(error)
    const text = error instanceof Error ? error.message : String(error)
    if (text === this.#lastError) return
    this.#lastError = text
    this.#parts.log.error(`blocking has trouble: ${text}; it is tried again`)
    this.#parts.onTrouble(text)
  }

  #safely<T>(work: () => T): T | undefined {
    try {
      return work()
    } catch (error) {
      if (!isStoreTrouble(error)) throw error
      this.#parts.memory.note(error)
      return undefined
    }
  }

  snapshot(): KeyLoginSnapshot {
    return this.#response.guards.keyLogins.snapshot()
  }

  restore(saved: KeyLoginSnapshot): void {
    this.#response.guards.keyLogins.restore(saved)
  }
}

/** Opens the answers of a setup, and has the teller of the moment say what people must hear of them. @throws Problem */
export function openAnswering(setup: LiveSetup, teller: () => Teller, before?: Answering): Promise<Answering> {
  const { config, memory, log, environment, now } = setup
  const parts: AnsweringParts = {
    config,
    memory,
    log,
    environment,
    now,
    onOutcome: outcome => teller().outcome(outcome, now()),
    onTrouble: text => teller().trouble('blocking', text, now()),
  }
  return Answering.open(parts, before)
}

/** Why no firewall can be used, and what to do. */
interface Missing {
  text: string
  hint: string
}

async function openOrDry(
  parts: AnsweringParts,
  ledger: SafeLedger,
): Promise<{ response: Response; missing: Missing | undefined }> {
  const { config, memory, environment, now } = parts
  // The store may be opened anew.
  const modes: ModeStore = {
    read: () => modesIn(memory.store, now).read(),
    write: state => modesIn(memory.store, now).write(state),
  }
  try {
    return { response: await openResponse({ config, ledger, modes, environment }), missing: undefined }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const text = `${error.message}${error.where === undefined ? '' : ` (${error.where})`}`
    const dry = { ...config, response: { ...config.response, backend: 'dry' as const } }
    const response = await openResponse({ config: dry, ledger, modes, environment })
    return { response, missing: { text, hint: error.hint ?? '' } }
  }
}

function wordsOf({ state, decision }: Outcome): string {
  const { prefix, reason } = decision
  const time = decision.seconds === null ? 'for good' : `for ${Math.round(decision.seconds / 60)} minutes`
  if (state === 'blocked') return `blocked ${prefix} ${time}: ${reason}`
  if (state === 'observed') return `would block ${prefix} ${time}: ${reason}`
  if (state === 'left-out') return `${prefix} is left out: the most blocks an hour are made`
  return `${prefix} is not blocked: ${decision.refused ?? reason}`
}
