/** Notices: how they are made, why they wait or end, and what the outbox remembers of them. */

import { type Severity, severityRank } from '../../core/finding.ts'
import type { Message, Notice, Outbox } from '../../core/notification.ts'
import { HOUR } from '../../core/time.ts'
import { createHash } from '../hashing.ts'
import { quietUntil } from './clock.ts'
import type { NotifyPolicy } from './config.ts'
import type { HeldFor } from './messages.ts'

/** Where notices go, as far as planning is concerned. */
export interface PlannedChannel {
  readonly id: string
  readonly minSeverity: Severity
  /** Whether a message that was sent can be edited. */
  readonly edits: boolean
}

/** A maintenance window that is on; `until` null: until somebody ends it. */
export interface Maintenance {
  until: number | null
}

/** What was told before. Newest first. */
export interface History {
  group(channel: string, group: string): readonly Notice[]
  recent(channel: string, since: number): readonly Notice[]
}

/** Notices looked at: of a group, and of the dedup window. */
const GROUP_LIMIT = 50
const RECENT_LIMIT = 1000

/** What the outbox remembers, as plans ask it: the latest 50 notices of a group, the latest 1000 of a channel. */
export function historyOf(outbox: Outbox): History {
  return {
    group: (channel, group) => outbox.notices({ channel, group, limit: GROUP_LIMIT }),
    recent: (channel, since) => outbox.notices({ channel, since, limit: RECENT_LIMIT }),
  }
}

/** Why a notice waits or was dropped, as it stands in the outbox and as people read it. */
export const HELD: Readonly<Record<HeldFor, string>> = {
  quiet: 'held: quiet hours',
  maintenance: 'held: maintenance',
  budget: 'held: hourly number of messages reached',
}
export const DROPPED = {
  superseded: 'a later message says more',
  digest: 'told in a summary',
  same: 'the same was told a short while ago',
  channel: 'the channel is no longer configured',
} as const

/** Maintenance without an end is asked about again after this time. */
const ASK_AGAIN = HOUR

/** The first 20 hex digits of SHA-256: tells one state of a group from another. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 20)

/** Why the notice waits; undefined where it does not, or waits to be tried again. */
export const heldFor = ({ error }: Notice): HeldFor | undefined => {
  if (error === HELD.quiet) return 'quiet'
  if (error === HELD.maintenance) return 'maintenance'
  return error === HELD.budget ? 'budget' : undefined
}

/** Whether the notice has told its finding, itself or through a summary. */
export const hasTold = ({ state, error }: Notice): boolean =>
  state === 'sent' || (state === 'dropped' && (error === DROPPED.digest || error === DROPPED.same))

/** Whether `a` is more severe than `b`. */
export const isWorse = (a: Severity, b: Severity): boolean => severityRank(a) < severityRank(b)
/** Whether a severity is `least` or more severe. */
export const reaches = (severity: Severity, least: Severity): boolean => severityRank(severity) <= severityRank(least)

interface Hold {
  why: HeldFor
  until: number
}

/** Whether a message must wait at a moment, and until when. Tests and reports never wait. */
export function holdAt(
  { kind, severity }: Message,
  time: number,
  { quiet_hours }: NotifyPolicy,
  maintenance: Maintenance | undefined,
): Hold | undefined {
  if (kind === 'test' || kind === 'report') return undefined
  const quiet = reaches(severity, quiet_hours.bypass_severity) ? undefined : quietUntil(time, quiet_hours)
  const works =
    reaches(severity, 'high') || maintenance === undefined ? undefined : (maintenance.until ?? time + ASK_AGAIN)
  if (works !== undefined && works > time && works >= (quiet ?? 0)) return { why: 'maintenance', until: works }
  return quiet === undefined ? undefined : { why: 'quiet', until: quiet }
}

/** One notice on its way, with the id made from what it tells. */
export function makeNotice(
  { channel, group, revision }: { channel: string; group: string; revision: string },
  message: Message,
  created: number,
  due = created,
): Notice {
  return {
    id: `${channel}/${group}/${revision}`,
    channel,
    group,
    message,
    created,
    due,
    state: 'waiting',
    attempts: 0,
    error: null,
    settled: null,
    reference: null,
    edited: false,
  }
}
