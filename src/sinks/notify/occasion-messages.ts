/** The texts of messages that no finding causes: the daily report, news of the program itself, tests. Pure. */
import type { Finding, Severity } from '../../core/finding.ts'
import { SEVERITIES } from '../../core/finding.ts'
import type { Message } from '../../core/notification.ts'
import { formatTime } from '../../core/time.ts'
import { CATALOGUES } from './catalogue/labels.ts'
import { localTime } from './clock.ts'
import { headline, type MessageContext, PAYLOAD_VERSION, periodOf, sentForm } from './messages.ts'

/** What the daily report counts. */
export interface PeriodSummary {
  /** Milliseconds since 1970. */
  from: number
  to: number
  lines: number
  failedLogins: number
  acceptedLogins: number
  webRequests: number
  bySeverity: Readonly<Record<Severity, number>>
  /** The worst findings, most severe first; ten are told. */
  worst: readonly Finding[]
  blocks?: { made: number; active: number }
  /** Plain sentences: a follower that stopped, a channel that fails. */
  notes?: readonly string[]
}

const WORST_SHOWN = 10

/** The daily report; its severity is high where something of a day was, else info. */
export function reportMessage(summary: PeriodSummary, context: MessageContext): Message {
  const words = CATALOGUES[context.language]
  const { labels } = words
  const { bySeverity } = summary
  const total = SEVERITIES.reduce((sum, severity) => sum + bySeverity[severity], 0)
  const counts = SEVERITIES.filter(severity => bySeverity[severity] > 0).map(severity =>
    words.severityCount(words.severity[severity], bySeverity[severity]),
  )
  const urgent = bySeverity.critical + bySeverity.high > 0
  return {
    kind: 'report',
    severity: urgent ? 'high' : 'info',
    title: words.plainTitle(context.host, words.reportTitle(total)),
    lines: [
      counts.length > 0 ? words.reportCounts(counts) : words.reportQuiet,
      ...summary.worst
        .slice(0, WORST_SHOWN)
        .map(finding =>
          words.digestLine(
            words.severity[finding.severity],
            headline(finding, words),
            periodOf(finding, context, words),
          ),
        ),
      ...(summary.notes ?? []),
    ],
    fields: [
      { label: labels.host, value: context.host },
      {
        label: labels.time,
        value: words.period(localTime(summary.from, context.timezone), localTime(summary.to, context.timezone)),
      },
      { label: labels.lines, value: words.number(summary.lines) },
      { label: labels.logins, value: words.logins(summary.failedLogins, summary.acceptedLogins) },
      { label: labels.requests, value: words.number(summary.webRequests) },
      ...(summary.blocks === undefined
        ? []
        : [{ label: labels.blocks, value: words.blocks(summary.blocks.made, summary.blocks.active) }]),
    ],
    recommendations: [],
    evidence: [],
    payload: {
      version: PAYLOAD_VERSION,
      host: context.host,
      from: formatTime(summary.from),
      to: formatTime(summary.to),
      lines: summary.lines,
      failed_logins: summary.failedLogins,
      accepted_logins: summary.acceptedLogins,
      web_requests: summary.webRequests,
      by_severity: summary.bySeverity,
      worst: summary.worst.slice(0, WORST_SHOWN).map(sentForm),
      ...(summary.blocks === undefined ? {} : { blocks: summary.blocks }),
      notes: summary.notes ?? [],
    },
  }
}

/** Something about the program itself that a person should know. */
export interface HealthNews {
  /** Stable: the same news again has the same id. */
  id: string
  severity: Severity
  title: string
  lines: readonly string[]
}

/** News of the program itself, in the severity that it brings. */
export function healthMessage(news: HealthNews, context: MessageContext): Message {
  const words = CATALOGUES[context.language]
  return {
    kind: 'health',
    severity: news.severity,
    title: words.plainTitle(context.host, news.title),
    lines: [...news.lines],
    fields: [
      { label: words.labels.host, value: context.host },
      { label: words.labels.time, value: localTime(context.now, context.timezone) },
    ],
    recommendations: [],
    evidence: [],
    payload: { version: PAYLOAD_VERSION, host: context.host, health: { ...news } },
  }
}

/** News that a channel has given up on messages, for the others. */
export function channelNews(channel: string, count: number, error: string, context: MessageContext): HealthNews {
  const words = CATALOGUES[context.language]
  return {
    id: `channel-${channel}-${formatTime(context.now).slice(0, 10)}`,
    severity: 'high',
    title: words.channelFailsTitle(channel),
    lines: [words.channelFails(count, error)],
  }
}

/** What `notify test` sends; `channel` is the channel's title. */
export function testMessage(channel: string, context: MessageContext): Message {
  const words = CATALOGUES[context.language]
  return {
    kind: 'test',
    severity: 'info',
    title: words.plainTitle(context.host, words.testTitle),
    lines: [words.test],
    fields: [
      { label: words.labels.host, value: context.host },
      { label: words.labels.channel, value: channel },
      { label: words.labels.time, value: localTime(context.now, context.timezone) },
    ],
    recommendations: [],
    evidence: [],
    payload: { version: PAYLOAD_VERSION, host: context.host, test: true },
  }
}
