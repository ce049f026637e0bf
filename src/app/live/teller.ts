/** The daemon's word to people: notices of findings, of its own troubles, and the daily report, planned and sent. */
import { EVENT_KINDS, OTHER_AUTH_FAILED_KINDS, SSH_ATTEMPT_KINDS } from '../../core/event.ts'
import { type Severity, severityRank } from '../../core/finding.ts'
import { createRandom } from '../../core/random.ts'
import { formatTime } from '../../core/time.ts'
import type { EventView } from '../../core/view.ts'
import { CATALOGUES, type Catalogue } from '../../sinks/notify/catalogue/labels.ts'
import type { NotifyPolicy } from '../../sinks/notify/config.ts'
import { Dispatcher } from '../../sinks/notify/dispatcher.ts'
import type { MessageContext } from '../../sinks/notify/messages.ts'
import { historyOf, type Maintenance } from '../../sinks/notify/notices.ts'
import type { PeriodSummary } from '../../sinks/notify/occasion-messages.ts'
import { planHealth, planReport } from '../../sinks/notify/occasions.ts'
import type { OpenChannel } from '../../sinks/notify/open.ts'
import { applyPlan, planNotices } from '../../sinks/notify/plan.ts'
import type { Outcome } from '../../sinks/policy/enforcer.ts'
import type { ChainHead } from '../../store/index.ts'
import { DayCounts, type DayCountsSnapshot } from './day-counts.ts'
import type { Change } from './judge.ts'
import type { Memory } from './memory.ts'
import { SafeOutbox } from './outbox.ts'

export interface TellerParts {
  memory: Memory
  channels: readonly OpenChannel[]
  policy: NotifyPolicy
  host: string
  now: () => number
  seed: number
  onSent: (channel: string, result: 'sent' | 'failed') => void
  onError: (error: unknown) => void
}

const FAILED: ReadonlySet<string> = new Set([...SSH_ATTEMPT_KINDS, ...OTHER_AUTH_FAILED_KINDS])
const MEANING = Uint8Array.from(EVENT_KINDS, kind =>
  FAILED.has(kind) ? 1 : kind.endsWith('.auth.accepted') ? 2 : kind === 'web.request' ? 3 : 0,
)

/**
 * Takes findings, troubles and outcomes, plans notices and has them sent in the background until `close`. Without
 * channels nothing is planned. All moments are the wall clock's, in milliseconds.
 */
export class Teller {
  readonly #parts: TellerParts
  readonly #outbox: SafeOutbox
  readonly #dispatcher: Dispatcher
  readonly #end = new AbortController()
  readonly #running: Promise<void>
  /** For the daily report. */
  readonly #counts: DayCounts
  readonly #told = new Map<string, { sent: number; failed: number }>()
  #lastReportLook = Number.NEGATIVE_INFINITY

  /** @param before the one of another config, closed: what it has counted, and could not write, goes over */
  constructor(parts: TellerParts, before?: Teller) {
    this.#parts = parts
    this.#outbox = before === undefined ? new SafeOutbox(parts.memory) : before.#outbox
    this.#counts = before === undefined ? new DayCounts(parts.now()) : before.#counts
    this.#dispatcher = new Dispatcher({
      outbox: this.#outbox,
      channels: parts.channels,
      policy: parts.policy,
      host: parts.host,
      now: parts.now,
      random: createRandom(parts.seed),
      maintenance: () => this.#maintenance(),
      onError: parts.onError,
    })
    this.#running = parts.channels.length === 0 ? Promise.resolve() : this.#dispatcher.run(this.#end.signal)
  }

  get #words(): Catalogue {
    return CATALOGUES[this.#parts.policy.language]
  }

  #context(now: number): MessageContext {
    const { policy, host } = this.#parts
    return { language: policy.language, host, timezone: policy.timezone, now }
  }

  #maintenance(): Maintenance | undefined {
    const windows = this.#parts.memory.attempt(store => store.maintenance.at(this.#parts.now())) ?? []
    if (windows.length === 0) return undefined
    return { until: Math.max(...windows.map(({ end }) => end)) }
  }

  /** Plans what people are to hear of findings that are new or have changed. */
  take(changes: readonly Change[], now: number): void {
    const { channels, policy } = this.#parts
    if (channels.length === 0 || changes.length === 0) return
    const plan = planNotices({
      findings: changes.map(({ finding }) => finding),
      channels,
      history: historyOf(this.#outbox),
      policy,
      context: this.#context(now),
      maintenance: this.#maintenance(),
    })
    if (applyPlan(this.#outbox, plan, now) > 0) this.#dispatcher.wake()
  }

  /** Trouble of the program's own, told once a day while it lasts. */
  trouble(key: string, text: string, now: number): void {
    this.#health('medium', key, this.#words.troubleTitle, [text], now)
  }

  /** A block that failed is told; the others stand in the findings and in `blocks list`. */
  outcome({ state, decision, error }: Outcome, now: number): void {
    if (state !== 'failed') return
    this.#health(
      'high',
      `block ${decision.prefix}`,
      this.#words.notBlockedTitle(decision.prefix),
      [error ?? decision.reason],
      now,
    )
  }

  #health(severity: Severity, key: string, title: string, lines: readonly string[], now: number): void {
    const { channels } = this.#parts
    if (channels.length === 0) return
    const id = `${key} ${formatTime(now).slice(0, 10)}`
    const heard = channels.filter(({ minSeverity }) => severityRank(severity) <= severityRank(minSeverity))
    if (this.#outbox.enqueue(planHealth({ id, severity, title, lines }, heard, this.#context(now))) > 0)
      this.#dispatcher.wake()
  }

  /** Counts for the daily report. */
  observe(event: EventView): void {
    const meaning = MEANING[event.open.batch.columns.kind[event.row]]
    if (meaning === 1) this.#counts.add('failed', event.attempts, event.time)
    else if (meaning === 2) this.#counts.add('accepted', event.count, event.time)
    else if (meaning === 3) this.#counts.add('web', event.count, event.time)
  }

  noteLines(lines: number): void {
    this.#counts.addLines(lines)
  }

  tick(now: number): void {
    this.#counts.tick(now)
    this.#noteSent()
    const { channels, policy } = this.#parts
    if (channels.length === 0 || Math.abs(now - this.#lastReportLook) < 60_000) return
    this.#lastReportLook = now
    const notices = planReport({
      channels,
      history: historyOf(this.#outbox),
      policy,
      context: this.#context(now),
      summarize: (from, to) => this.#summarize(from, to),
    })
    if (this.#outbox.enqueue(notices) > 0) this.#dispatcher.wake()
  }

  #noteSent(): void {
    for (const { id, sent, failed } of this.#dispatcher.health()) {
      const before = this.#told.get(id) ?? { sent: 0, failed: 0 }
      for (let i = before.sent; i < sent; i++) this.#parts.onSent(id, 'sent')
      for (let i = before.failed; i < failed; i++) this.#parts.onSent(id, 'failed')
      this.#told.set(id, { sent, failed })
    }
  }

  #summarize(from: number, to: number): PeriodSummary {
    return (
      this.#parts.memory.attempt(store => {
        const found = store.findings.list({ since: from, until: to, limit: 1000 })
        const bySeverity: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
        for (const { finding } of found) bySeverity[finding.severity]++
        const { failed, accepted, web, lines } = this.#counts.sum(from, to)
        return {
          from,
          to,
          lines,
          failedLogins: failed,
          acceptedLogins: accepted,
          webRequests: web,
          bySeverity,
          worst: found
            .map(({ finding }) => finding)
            .sort((a, b) => severityRank(a.severity) - severityRank(b.severity) || b.risk - a.risk),
          blocks: {
            made: store.blocks.blocksSince(from),
            active: store.blocks.activeBlocks().length,
          },
          notes: headNotes(store.chainHead()),
        }
      }) ?? emptySummary(from, to, this.#words.noDatabase)
    )
  }

  /** What was counted for the daily report. */
  snapshot(): DayCountsSnapshot {
    return this.#counts.snapshot()
  }

  restore(saved: DayCountsSnapshot): void {
    this.#counts.restore(saved)
  }

  /** How the channels do, in sentences, where one fails. */
  troubles(): string[] {
    return this.#dispatcher
      .health()
      .filter(({ ok }) => !ok)
      .map(({ id, lastError }) => `${id}: ${lastError ?? 'failing'}`)
  }

  /** Sends what is due, once (`--once`). */
  async drain(signal: AbortSignal): Promise<void> {
    if (this.#parts.channels.length > 0) await this.#dispatcher.pass(signal)
    this.#noteSent()
  }

  /** Ends the attempts under way; what was not sent waits in the outbox. */
  async close(): Promise<void> {
    this.#end.abort()
    await this.#running
    this.#outbox.recover()
  }
}

/** The head of the chain, told to a place that whoever rewrites the database cannot reach: what `verify --head` takes. */
function headNotes({ sequence, hash }: ChainHead): string[] {
  return sequence === 0 ? [] : [`vpsguard verify --head ${sequence}:${hash}`]
}

function emptySummary(from: number, to: number, note: string): PeriodSummary {
  return {
    from,
    to,
    lines: 0,
    failedLogins: 0,
    acceptedLogins: 0,
    webRequests: 0,
    bySeverity: { critical: 0, high: 0, medium: 0, low: 0, info: 0 },
    worst: [],
    notes: [note],
  }
}
