/**
 * Sends what waits in the outbox. Every channel is served by itself, one message after the other, so that none waits
 * for another's failure.
 *
 * Delivery is at least once: a crash between the service's "yes" and our note of it means that the message is sent
 * again. That moment is kept as short as can be (the note is written in the same turn of the event loop in which the
 * answer is read), and every attempt carries the notice's id where the service has a place for it: Message-ID in mail,
 * Idempotency-Key and X-VPSGuard-Id in webhooks, X-VPSGuard-Id to ntfy, `id` to Bark, `id` in the command's JSON. An
 * edit that is made twice changes nothing the second time.
 */
import type { Notice, Outbox } from '../../core/notification.ts'
import type { Random } from '../../core/random.ts'
import { DAY, HOUR, SECOND } from '../../core/time.ts'
import type { Delivery } from '../../kit/define-notifier.ts'
import { backoff, type ChannelHealth, healthOf, type Lane, LONGEST_PAUSE, openLane } from './channel-lane.ts'
import type { NotifyPolicy } from './config.ts'
import type { MessageContext } from './messages.ts'
import { DROPPED, HELD, historyOf, type Maintenance, makeNotice } from './notices.ts'
import { channelNews, healthMessage } from './occasion-messages.ts'
import type { OpenChannel } from './open.ts'
import { previousOf } from './previous.ts'
import { planRelease } from './release.ts'

export interface DispatcherParts {
  outbox: Outbox
  channels: readonly OpenChannel[]
  policy: NotifyPolicy
  /** How the host is called. */
  host: string
  now: () => number
  /** Spreads the attempts of many hosts that failed at the same moment. */
  random: Random
  /** The maintenance window, while one is on. */
  maintenance?: () => Maintenance | undefined
  /** Told of failures of the outbox itself: a full disk, a locked database. Sending goes on when it works again. */
  onError?: (error: unknown) => void
}

/** Due notices looked at in one pass. */
const BATCH = 1000
/** How often the outbox is looked at when nobody wakes us. */
const LOOK = 2 * SECOND
/**
 * Either `run`, once, or `pass` as often as is wanted. Neither throws for what a channel or the outbox does:
 * `health` and `onError` tell.
 */
export class Dispatcher {
  readonly #parts: DispatcherParts
  readonly #lanes: Map<string, Lane>
  #inMaintenance = true
  /** The latest pass, wall clock. */
  #last = Number.POSITIVE_INFINITY
  #wake: () => void = () => {}

  constructor(parts: DispatcherParts) {
    this.#parts = parts
    this.#lanes = new Map(parts.channels.map(channel => [channel.id, openLane(channel)]))
  }

  /** How the channels do. */
  health(): ChannelHealth[] {
    return [...this.#lanes.values()].map(healthOf)
  }

  /** Looks at the outbox now instead of at the next regular moment. */
  wake(): void {
    this.#wake()
  }

  /** Sends until the signal ends it; answers when the attempts under way have ended. What they sent is settled. */
  async run(signal: AbortSignal): Promise<void> {
    const jobs = new Set<Promise<void>>()
    while (!signal.aborted) {
      for (const job of this.#start(signal)) {
        const ended = job.finally(() => jobs.delete(ended))
        jobs.add(ended)
      }
      await new Promise<void>(resolve => {
        const go = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', go)
          resolve()
        }
        const timer = setTimeout(go, LOOK)
        this.#wake = go
        signal.addEventListener('abort', go, { once: true })
      })
    }
    await Promise.all(jobs)
  }

  /** Sends what is due at this moment, once; answers when every attempt has ended. */
  async pass(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#start(signal))
  }

  /** Begins a job for every channel that has something due, is not at work and not pausing. */
  #start(signal: AbortSignal): Promise<void>[] {
    const now = this.#parts.now()
    const jobs: Promise<void>[] = []
    try {
      this.#mendClock(now)
      this.#endMaintenance(now)
      for (const [id, notices] of this.#due(now)) {
        const lane = this.#lanes.get(id)
        if (lane === undefined) this.#dropOrphans(notices, now)
        else if (!lane.busy && (lane.pausedUntil ?? 0) <= now) jobs.push(this.#serve(lane, notices, signal))
      }
    } catch (error) {
      this.#parts.onError?.(error)
    }
    return jobs
  }

  /** At the start, and where the clock was set back: what it had put off by that long comes due. */
  #mendClock(now: number): void {
    const isBack = now < this.#last
    this.#last = now
    if (!isBack) return
    const { outbox } = this.#parts
    for (const lane of this.#lanes.values()) {
      if ((lane.pausedUntil ?? 0) - now > LONGEST_PAUSE) lane.pausedUntil = null
      for (const { id, due, error } of outbox.notices({ channel: lane.id, state: 'waiting', limit: BATCH }))
        if (due - now > LONGEST_PAUSE && error !== HELD.maintenance) outbox.hold(id, now, error ?? '')
    }
  }

  #due(now: number): Map<string, Notice[]> {
    const { outbox } = this.#parts
    const all = outbox.due(now, BATCH)
    const byChannel = new Map<string, Notice[]>()
    for (const notice of all) {
      const list = byChannel.get(notice.channel)
      if (list === undefined) byChannel.set(notice.channel, [notice])
      else list.push(notice)
    }
    if (all.length < BATCH) return byChannel
    // A channel that is down may fill the batch: then each is asked about by itself.
    for (const id of this.#lanes.keys()) {
      const waiting = outbox.notices({ channel: id, state: 'waiting', limit: BATCH })
      const own = waiting.filter(({ due }) => due <= now).sort((a, b) => a.due - b.due || a.created - b.created)
      if (own.length > 0) byChannel.set(id, own)
    }
    return byChannel
  }

  /** Notices of a channel that is gone from the config wait as long as those of one that fails. */
  #dropOrphans(notices: readonly Notice[], now: number): void {
    const { outbox, policy } = this.#parts
    for (const { id, created } of notices)
      if (now - created > policy.retry.give_up_days * DAY) outbox.settle(id, 'dropped', now, DROPPED.channel)
  }

  /** What was held for a maintenance that ended early comes due at once. */
  #endMaintenance(now: number): void {
    const { outbox, maintenance } = this.#parts
    const active = maintenance?.() !== undefined
    const ended = this.#inMaintenance && !active
    this.#inMaintenance = active
    if (!ended) return
    for (const channel of this.#lanes.keys())
      for (const { id, due, error } of outbox.notices({ channel, state: 'waiting', limit: BATCH }))
        if (error === HELD.maintenance && due > now) outbox.hold(id, now, HELD.maintenance)
  }

  #context(now: number): MessageContext {
    const { policy, host } = this.#parts
    return { language: policy.language, host, timezone: policy.timezone, now }
  }

  async #serve(lane: Lane, due: readonly Notice[], signal: AbortSignal): Promise<void> {
    lane.busy = true
    try {
      for (const notice of this.#release(lane, due)) {
        if (signal.aborted || !(await this.#attempt(lane, notice, signal))) return
      }
    } catch (error) {
      lane.pausedUntil = this.#parts.now() + this.#parts.policy.retry.first_seconds * SECOND
      this.#parts.onError?.(error)
    } finally {
      lane.busy = false
    }
  }

  /** Applies the plan of what is due and answers what is to be sent. */
  #release({ id: channel, channel: { edits } }: Lane, due: readonly Notice[]): Notice[] {
    const { outbox, policy, now, maintenance } = this.#parts
    const moment = now()
    const sent = outbox
      .notices({ channel, state: 'sent', since: moment - HOUR, edited: false, limit: policy.max_per_hour })
      .map(({ settled }) => settled ?? moment)
    const release = planRelease({
      channel,
      edits,
      due,
      history: historyOf(outbox),
      sent,
      policy,
      context: this.#context(moment),
      maintenance: maintenance?.(),
    })
    // The summary first: after a crash it says what it covers, and nothing is told twice or never.
    if (release.digest !== undefined) outbox.enqueue([release.digest])
    for (const { id, why } of release.drop) outbox.settle(id, 'dropped', moment, why)
    for (const { id, until, why } of release.hold) outbox.hold(id, until, why)
    return release.send
  }

  /** One attempt. Answers whether the channel can go on. */
  async #attempt(lane: Lane, notice: Notice, signal: AbortSignal): Promise<boolean> {
    const { outbox, policy, host, now } = this.#parts
    const unsettled = lane.unsettled.get(notice.id)
    if (unsettled !== undefined) {
      unsettled(now())
      lane.unsettled.delete(notice.id)
      return true
    }
    const limit = AbortSignal.any([signal, AbortSignal.timeout(policy.retry.timeout_seconds * SECOND)])
    const delivery = await lane.channel.send(notice.message, {
      id: notice.id,
      group: notice.group,
      // Asked now: the message before may have been sent a moment ago.
      previous: previousOf(notice.message, historyOf(outbox).group(notice.channel, notice.group)),
      host,
      language: policy.language,
      signal: limit,
      now,
    })
    const moment = now()
    if (delivery.ok) {
      const { note, reference = null, edited = false } = delivery
      const settle = (at: number): void => outbox.settle(notice.id, 'sent', at, note, { reference, edited })
      lane.unsettled.set(notice.id, settle)
      settle(moment)
      lane.unsettled.delete(notice.id)
      lane.ok = true
      lane.failures = 0
      lane.failingSince = null
      lane.pausedUntil = null
      lane.lastError = delivery.note ?? null
      lane.lastSent = moment
      lane.sent++
      return true
    }
    // An attempt that our own end cut short is not the service's failure: the notice stays due.
    if (signal.aborted) return false
    return this.#fail(lane, notice, delivery, moment)
  }

  #fail(lane: Lane, notice: Notice, delivery: Extract<Delivery, { ok: false }>, moment: number): boolean {
    const { outbox, policy, random } = this.#parts
    const { error, retry, retryAfter } = delivery
    lane.ok = false
    lane.lastError = error
    lane.failingSince ??= moment
    if (!retry) {
      this.#giveUp(lane, notice, error, moment)
      return true
    }
    lane.failures++
    const until =
      moment + Math.max(retryAfter ?? 0, backoff(Math.max(lane.failures - 1, notice.attempts), policy.retry, random))
    lane.pausedUntil = until
    if (moment - notice.created >= policy.retry.give_up_days * DAY) this.#giveUp(lane, notice, error, moment)
    else outbox.postpone(notice.id, until, error)
    return false
  }

  /** Ends a notice that cannot be delivered, and tells it on the channels that work. */
  #giveUp(lane: Lane, notice: Notice, error: string, moment: number): void {
    const { outbox } = this.#parts
    outbox.settle(notice.id, 'failed', moment, error)
    lane.failed++
    const context = this.#context(moment)
    const news = channelNews(lane.id, lane.failed, error, context)
    const message = healthMessage(news, context)
    outbox.enqueue(
      [...this.#lanes.values()]
        .filter(other => other !== lane && other.ok && notice.message.kind !== 'health')
        .map(other => makeNotice({ channel: other.id, group: 'health', revision: news.id }, message, moment)),
    )
  }
}
