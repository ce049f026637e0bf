/**
 * Decides over what is due. Quiet hours, maintenance and the hourly number hold messages back; what was held comes as one
 * summary. Pure: the dispatcher applies it.
 */
import type { Notice } from '../../core/notification.ts'
import { HOUR } from '../../core/time.ts'
import type { NotifyPolicy } from './config.ts'
import { coveredBy, digestMessage, type MessageContext } from './messages.ts'
import {
  DROPPED,
  digestOf,
  HELD,
  type History,
  hasTold,
  heldFor,
  holdAt,
  type Maintenance,
  makeNotice,
  reaches,
} from './notices.ts'
import { previousOf } from './previous.ts'

const DIGEST_GROUP = 'digest'

export interface ReleaseInput {
  channel: string
  /** Whether the channel edits messages that were sent. */
  edits: boolean
  /** Waiting and due notices of this channel, oldest first. */
  due: readonly Notice[]
  history: History
  /** When the channel's last messages were sent, newest first, edits not among them; at least as many as `max_per_hour`, where there were. */
  sent: readonly number[]
  policy: NotifyPolicy
  context: MessageContext
  maintenance?: Maintenance | undefined
}

export interface Release {
  /** To be sent now, in this order. One may be the summary, which is not yet in the outbox. */
  send: Notice[]
  /** A summary to be written before the notices that it tells are dropped. */
  digest: Notice | undefined
  drop: { id: string; why: string }[]
  hold: { id: string; until: number; why: string }[]
}

/** Decides over what is due on one channel. Pure; the dispatcher applies it. */
export function planRelease(input: ReleaseInput): Release {
  const { channel, history, policy, context, maintenance } = input
  const { now } = context
  const release: Release = { send: [], digest: undefined, drop: [], hold: [] }
  const covered = new Set(
    input.due.some(notice => heldFor(notice) !== undefined)
      ? history.group(channel, DIGEST_GROUP).flatMap(({ message }) => coveredBy(message))
      : [],
  )
  const ready: Notice[] = []
  const edits: Notice[] = []
  for (const notice of input.due) {
    if (covered.has(notice.id)) release.drop.push({ id: notice.id, why: DROPPED.digest })
    else if (isSuperseded(notice, history)) release.drop.push({ id: notice.id, why: DROPPED.superseded })
    else if (isEdit(notice, input)) edits.push(notice)
    else {
      const hold = holdAt(notice.message, now, policy, maintenance)
      if (hold === undefined) ready.push(notice)
      else release.hold.push({ id: notice.id, until: hold.until, why: HELD[hold.why] })
    }
  }

  const always = ({ message }: Notice): boolean =>
    message.kind === 'test' || message.kind === 'report' || reaches(message.severity, policy.bypass_severity)
  const slots = policy.max_per_hour - input.sent.filter(time => time > now - HOUR).length
  const waited = ready.filter(notice => heldFor(notice) !== undefined && notice.message.kind !== 'digest')
  const summary = waited.length < 2 ? [] : waited
  const single = ready.filter(notice => !summary.includes(notice))
  const urgent = single.filter(always)
  const rest = single.filter(notice => !always(notice))

  const summaryAlways = summary.some(always)
  const summaryFits = summary.length > 0 && (summaryAlways || slots > 0)
  const left = Math.max(0, slots - (summaryFits && !summaryAlways ? 1 : 0))
  release.send.push(...urgent, ...rest.slice(0, left))
  const over = [...(summaryFits ? [] : summary), ...rest.slice(left)]
  if (summaryFits) {
    release.digest = foldInto(channel, summary, context)
    release.send.push(release.digest)
    for (const { id } of summary) release.drop.push({ id, why: DROPPED.digest })
  }
  const free = freeAt([...release.send.map(() => now), ...input.sent], policy.max_per_hour, now)
  for (const { id } of over) release.hold.push({ id, until: free, why: HELD.budget })
  release.send.push(...edits)
  return release
}

/** Whether the notice will only change a message that people have: it rings nowhere, and needs no place in the hour. */
function isEdit({ message, channel, group }: Notice, { edits, history }: ReleaseInput): boolean {
  if (!edits || message.kind !== 'update') return false
  const previous = previousOf(message, history.group(channel, group))
  return previous !== undefined && !previous.worse
}

/** Whether a later notice of the group tells, or told, more. Rest of a crash between writing it and dropping this one. */
function isSuperseded(notice: Notice, history: History): boolean {
  const { kind } = notice.message
  if (kind !== 'finding' && kind !== 'update') return false
  return history
    .group(notice.channel, notice.group)
    .some(
      other =>
        other.id !== notice.id && other.created > notice.created && (other.state === 'waiting' || hasTold(other)),
    )
}

/** When the channel may send again: the last but `most` has left the hour. */
function freeAt(sent: readonly number[], most: number, now: number): number {
  const oldest = [...sent].sort((a, b) => b - a)[most - 1] ?? now
  // What is asked for only arises over the number, so that the oldest lies within the hour.
  return Math.max(now, oldest + HOUR)
}

function foldInto(channel: string, notices: readonly Notice[], context: MessageContext): Notice {
  const reasons = [...new Set(notices.map(heldFor).filter(why => why !== undefined))]
  const message = digestMessage(
    notices.map(({ id, message: heldMessage }) => ({ id, message: heldMessage })),
    reasons,
    context,
  )
  const revision = digestOf(
    notices
      .map(({ id }) => id)
      .sort()
      .join('\n'),
  )
  return makeNotice({ channel, group: DIGEST_GROUP, revision }, message, context.now)
}
