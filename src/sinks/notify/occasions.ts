/** Messages that no finding causes: the daily report, news of the program itself, tests. */
import type { Notice } from '../../core/notification.ts'
import { DAY, SECOND } from '../../core/time.ts'
import type { Delivery, Probe } from '../../kit/define-notifier.ts'
import { localDay } from './clock.ts'
import type { NotifyPolicy } from './config.ts'
import type { MessageContext } from './messages.ts'
import { type History, makeNotice, type PlannedChannel } from './notices.ts'
import { type HealthNews, healthMessage, type PeriodSummary, reportMessage, testMessage } from './occasion-messages.ts'
import type { OpenChannel } from './open.ts'

const REPORT_GROUP = 'report'

export interface ReportInput {
  channels: readonly PlannedChannel[]
  history: History
  policy: NotifyPolicy
  context: MessageContext
  /** Counts the period; only asked where a report is due. */
  summarize: (from: number, to: number) => PeriodSummary
}

/**
 * The notices of today's report, once a day and channel from its hour on; a host that was down at the hour sends it
 * later that day. Severity does not matter: who wants a report gets it.
 */
export function planReport({ channels, history, policy, context, summarize }: ReportInput): Notice[] {
  const { enabled, hour, timezone } = policy.daily_report
  const { now } = context
  if (!enabled) return []
  const today = localDay(now, timezone)
  if (today.hour < hour) return []
  const place = (channel: string) => ({ channel, group: REPORT_GROUP, revision: today.date })
  const missing = channels.filter(({ id }) => {
    const own = `${id}/${REPORT_GROUP}/${today.date}`
    return !history.group(id, REPORT_GROUP).some(notice => notice.id === own)
  })
  if (missing.length === 0) return []
  const message = reportMessage(summarize(now - DAY, now), context)
  return missing.map(({ id }) => makeNotice(place(id), message, now))
}

/** Notices about the program itself, for channels that want messages of its severity. The same id is told once. */
export function planHealth(news: HealthNews, channels: readonly PlannedChannel[], context: MessageContext): Notice[] {
  const message = healthMessage(news, context)
  return channels.map(({ id }) => makeNotice({ channel: id, group: 'health', revision: news.id }, message, context.now))
}

/** `doctor --online`: asks each channel's service whether it is there, without a message. */
export function probeChannels(
  channels: readonly OpenChannel[],
  { policy, now, signal }: { policy: NotifyPolicy; now: () => number; signal: AbortSignal },
): Promise<{ channel: string; found: Probe }[]> {
  const limit = policy.retry.timeout_seconds * SECOND
  return Promise.all(
    channels.map(async ({ id, probe }) => ({
      channel: id,
      found: await probe({ signal: AbortSignal.any([signal, AbortSignal.timeout(limit)]), now }),
    })),
  )
}

/** `notify test`: sends a test on each channel at once, past the outbox, so that the person sees what came of it. */
export function testChannels(
  channels: readonly OpenChannel[],
  { policy, host, now, signal }: { policy: NotifyPolicy; host: string; now: () => number; signal: AbortSignal },
): Promise<{ channel: string; delivery: Delivery }[]> {
  const context: MessageContext = { language: policy.language, host, timezone: policy.timezone, now: now() }
  return Promise.all(
    channels.map(async ({ id, title, send }) => ({
      channel: id,
      delivery: await send(testMessage(title, context), {
        id: `${id}/test/${context.now}`,
        group: 'test',
        host,
        language: policy.language,
        signal: AbortSignal.any([signal, AbortSignal.timeout(policy.retry.timeout_seconds * SECOND)]),
        now,
      }),
    })),
  )
}
