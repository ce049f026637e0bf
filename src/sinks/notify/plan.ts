/**
 * What to tell, and when: pure functions of the findings, of what the outbox says was told before, and of the moment.
 *
 * `planNotices` turns findings into notices: one group a finding; an update only when its severity rises, somebody got
 * in, or it has at least doubled; nothing that was told of the same sources within the dedup window. `planRelease`
 * decides over what is due: quiet hours, maintenance and the hourly number hold messages back, and what was held comes
 * as one summary. The outbox alone is the memory, so that a restart tells nothing twice and forgets nothing.
 */
import { createHash } from 'node:crypto'
import { type Finding, type Severity, severityRank } from '../../core/finding.ts'
import type { Message, Notice, Outbox } from '../../core/notification.ts'
import { HOUR, MINUTE, SECOND } from '../../core/time.ts'
import { quietUntil } from './clock.ts'
import type { NotifyPolicy } from './config.ts'
import {
  coveredBy,
  digestMessage,
  findingMessage,
  findingOf,
  type HeldFor,
  type MessageContext,
  type Told,
  toldOf,
  updateMessage,
} from './messages.ts'

/** Where notices go, as far as planning is concerned. */
export interface PlannedChannel {
  readonly id: string
  readonly minSeverity: Severity
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

const DIGEST_GROUP = 'digest'
/** An attack that has grown by this factor is news. */
const GROWN = 2
/** A message that still waits is written anew when it can say this much more. */
const SAYS_MORE = 1.25
/** Maintenance without an end is asked about again after this time. */
const ASK_AGAIN = HOUR

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 20)

const heldFor = ({ error }: Notice): HeldFor | undefined => {
  if (error === HELD.quiet) return 'quiet'
  if (error === HELD.maintenance) return 'maintenance'
  return error === HELD.budget ? 'budget' : undefined
}

/** Whether the notice has told its finding, itself or through a summary. */
const hasTold = ({ state, error }: Notice): boolean =>
  state === 'sent' || (state === 'dropped' && (error === DROPPED.digest || error === DROPPED.same))

const isWorse = (a: Severity, b: Severity): boolean => severityRank(a) < severityRank(b)
const reaches = (severity: Severity, least: Severity): boolean => severityRank(severity) <= severityRank(least)

interface Hold {
  why: HeldFor
  until: number
}

/** Whether a message must wait at a moment, and until when. Tests and reports never wait. */
function holdAt(
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
  }
}

export interface PlanInput {
  /** Findings that are new or have gone on. */
  findings: readonly Finding[]
  channels: readonly PlannedChannel[]
  history: History
  policy: NotifyPolicy
  context: MessageContext
  maintenance?: Maintenance | undefined
}

export interface Plan {
  enqueue: Notice[]
  /** Waiting notices that a new one replaces: dropped after the new ones are in the outbox. */
  superseded: string[]
}

/** What two findings share that tell the same: rule, accused sources, accounts, hosts. */
function sameness({ rule, sources, users, hosts }: Finding): string {
  return JSON.stringify([rule, [...sources].sort(), [...users].sort(), [...hosts].sort()])
}

/** A revision of a finding, made from what a message about it says. */
function revisionOf(finding: Finding): string {
  const { severity, breached, sources } = toldOf(finding)
  return digestOf(JSON.stringify([severity, breached, sources, finding.count]))
}

function toldBy(notice: Notice): Told | undefined {
  const payload = findingOf(notice.message)
  return payload === undefined ? undefined : { ...toldOf(payload.finding), sources: payload.sources }
}

/** Plans the notices about findings. Pure; apply it with `applyPlan`. */
export function planNotices(input: PlanInput): Plan {
  const plan: Plan = { enqueue: [], superseded: [] }
  // The last word on a finding counts where it is named twice.
  const findings = [...new Map(input.findings.map(finding => [finding.id, finding])).values()]
  for (const channel of input.channels) {
    const told = recentlyTold(input, channel)
    for (const finding of findings) {
      if (!reaches(finding.severity, channel.minSeverity)) continue
      planOne(input, channel, finding, told, plan)
    }
  }
  return plan
}

/** What the channel was told, or will be, within the dedup window: the worst severity and whether somebody got in. */
function recentlyTold({ history, policy, context }: PlanInput, { id }: PlannedChannel): Map<string, Told> {
  const told = new Map<string, Told>()
  if (policy.dedup_window_minutes === 0) return told
  for (const notice of history.recent(id, context.now - policy.dedup_window_minutes * MINUTE)) {
    // What was only said to be the same does not prolong the window.
    if (notice.state !== 'waiting' && (!hasTold(notice) || notice.error === DROPPED.same)) continue
    const payload = findingOf(notice.message)
    // Lists that were cut for the message cannot be compared.
    if (payload === undefined || payload.sources !== payload.finding.sources.length) continue
    remember(told, payload.finding)
  }
  return told
}

function remember(told: Map<string, Told>, finding: Finding): void {
  const key = sameness(finding)
  const before = told.get(key)
  const now = toldOf(finding)
  told.set(key, {
    ...now,
    severity: before !== undefined && isWorse(before.severity, now.severity) ? before.severity : now.severity,
    breached: now.breached || before?.breached === true,
  })
}

function planOne(
  input: PlanInput,
  channel: PlannedChannel,
  finding: Finding,
  told: Map<string, Told>,
  plan: Plan,
): void {
  const { history, policy, context } = input
  const { now } = context
  const notices = history.group(channel.id, finding.id)
  const pending = notices.filter(({ state }) => state === 'waiting')
  const last = notices.find(hasTold)
  const before = last === undefined ? undefined : toldBy(last)
  const news = toldOf(finding)
  const place = { channel: channel.id, group: finding.id }
  const write = (): Message =>
    before === undefined ? findingMessage(finding, context) : updateMessage(finding, before, context)

  const newest = pending[0]
  if (newest !== undefined) {
    const planned = toldBy(newest)
    const urgent =
      planned === undefined || isWorse(news.severity, planned.severity) || (news.breached && !planned.breached)
    if (!urgent && news.sources < planned.sources * SAYS_MORE) return
    const message = write()
    // What failed keeps its pause; what was only held is judged anew when it has become worse.
    const due =
      urgent && (newest.attempts === 0 || heldFor(newest) !== undefined) ? Math.min(now, newest.due) : newest.due
    const revised = makeNotice({ ...place, revision: revisionOf(finding) }, message, now, due)
    if (notices.some(({ id }) => id === revised.id)) return
    plan.enqueue.push(urgent ? held(revised, input) : { ...revised, error: newest.error })
    plan.superseded.push(...pending.map(({ id }) => id))
    remember(told, finding)
    return
  }

  if (before === undefined) {
    const same = told.get(sameness(finding))
    const revision = notices.length === 0 ? 'first' : revisionOf(finding)
    if (same !== undefined && !isWorse(news.severity, same.severity) && (same.breached || !news.breached)) {
      plan.enqueue.push({
        ...makeNotice({ ...place, revision }, write(), now),
        state: 'dropped',
        error: DROPPED.same,
        settled: now,
      })
      return
    }
    const wait = finding.severity === 'critical' ? 0 : policy.group_wait_seconds * SECOND
    plan.enqueue.push(held(makeNotice({ ...place, revision }, write(), now, now + wait), input))
    remember(told, finding)
    return
  }

  const worse = isWorse(news.severity, before.severity) || (news.breached && !before.breached)
  if (!worse && news.sources < Math.max(1, before.sources) * GROWN) return
  const next = worse ? now : Math.max(now, (last?.settled ?? now) + policy.update_interval_minutes * MINUTE)
  const update = makeNotice({ ...place, revision: revisionOf(finding) }, write(), now, next)
  if (notices.some(({ id }) => id === update.id)) return
  plan.enqueue.push(held(update, input))
  remember(told, finding)
}

/** The notice, held where its moment lies in quiet hours or in maintenance. */
function held(notice: Notice, { policy, maintenance }: PlanInput): Notice {
  const hold = holdAt(notice.message, notice.due, policy, maintenance)
  return hold === undefined ? notice : { ...notice, due: hold.until, error: HELD[hold.why] }
}

/** Writes a plan into the outbox: first what is new, then the end of what it replaces. Answers how many were new. */
export function applyPlan(outbox: Outbox, plan: Plan, now: number): number {
  const added = outbox.enqueue(plan.enqueue)
  for (const id of plan.superseded) outbox.settle(id, 'dropped', now, DROPPED.superseded)
  return added
}

export interface ReleaseInput {
  channel: string
  /** Waiting and due notices of this channel, oldest first. */
  due: readonly Notice[]
  history: History
  /** When the channel's last messages were sent, newest first; at least as many as `max_per_hour`, where there were. */
  sent: readonly number[]
  policy: NotifyPolicy
  context: MessageContext
  maintenance?: Maintenance | undefined
}

export interface Release {
  /** To be sent now, in this order. The last may be a summary that is not yet in the outbox. */
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
  for (const notice of input.due) {
    if (covered.has(notice.id)) release.drop.push({ id: notice.id, why: DROPPED.digest })
    else if (isSuperseded(notice, history)) release.drop.push({ id: notice.id, why: DROPPED.superseded })
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
  return release
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
