/**
 * Turns findings into notices, as a pure function of the findings, of what the outbox says was told before, and of the
 * moment: one group a finding; an update only when its severity rises, somebody got in, or it has at least doubled (a
 * message that can be edited is kept up to date more closely: nobody's phone rings); nothing that was told of the same
 * sources within the dedup window. The outbox alone is the memory, so that a restart tells nothing twice and forgets
 * nothing.
 */
import type { Finding } from '../../core/finding.ts'
import type { Message, Notice, Outbox } from '../../core/notification.ts'
import { MINUTE, SECOND } from '../../core/time.ts'
import type { NotifyPolicy } from './config.ts'
import { findingMessage, findingOf, type MessageContext, type Told, toldOf, updateMessage } from './messages.ts'
import {
  DROPPED,
  digestOf,
  HELD,
  type History,
  hasTold,
  heldFor,
  holdAt,
  isWorse,
  type Maintenance,
  makeNotice,
  type PlannedChannel,
  reaches,
} from './notices.ts'
import { isWorseThan, shownIn, toldBy } from './previous.ts'

/** An attack that has grown by this factor is news. */
const GROWN = 2
/** A message that still waits is written anew, and one that was sent is edited, when it can say this much more. */
const SAYS_MORE = 1.25

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

/** Plans the notices about findings. Pure; apply it with `applyPlan`. */
export function planNotices(input: PlanInput): Plan {
  const plan: Plan = { enqueue: [], superseded: [] }
  // The last word on a finding counts where it is named twice.
  const findings = [...new Map(input.findings.map(finding => [finding.id, finding])).values()]
  if (findings.length === 0) return plan
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
  const shown = channel.edits ? shownIn(notices) : undefined
  // Who reads one message that changes is told how far it has gone since the message came.
  const since = shown === undefined || before === undefined || isWorseThan(news, before) ? before : toldBy(shown.first)
  const write = (): Message =>
    since === undefined ? findingMessage(finding, context) : updateMessage(finding, since, context)

  const newest = pending[0]
  if (newest !== undefined) {
    const planned = toldBy(newest)
    const urgent = planned === undefined || isWorseThan(news, planned)
    // What waits to be told is never replaced by something milder.
    const milder =
      planned !== undefined &&
      (isWorse(planned.severity, news.severity) ||
        (planned.severity === news.severity && planned.breached && !news.breached))
    if (milder || (!urgent && !saysMore(news, planned, shown !== undefined))) return
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
    const same = policy.dedup_window_minutes === 0 ? undefined : told.get(sameness(finding))
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

  const worse = isWorseThan(news, before)
  const edit = shown !== undefined && !worse
  if (edit ? !saysMore(news, before, true) : !worse && news.sources < Math.max(1, before.sources) * GROWN) return
  const interval = edit ? policy.edit_interval_minutes : policy.update_interval_minutes
  const next = worse ? now : Math.max(now, (last?.settled ?? now) + interval * MINUTE)
  const update = makeNotice({ ...place, revision: revisionOf(finding) }, write(), now, next)
  if (notices.some(({ id }) => id === update.id)) return
  // An edit is silent: no hour is too quiet for it.
  plan.enqueue.push(edit ? update : held(update, input))
  remember(told, finding)
}

/** Whether a message about the finding as it is now says enough more; an edit shows twice as many events as well. */
function saysMore(news: Told, before: Told, edit: boolean): boolean {
  return news.sources >= Math.max(1, before.sources) * SAYS_MORE || (edit && news.count >= before.count * GROWN)
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
