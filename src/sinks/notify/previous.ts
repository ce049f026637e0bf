/** What was told of a finding before, so that a message can take the place of an earlier one. Pure. */
import type { Finding } from '../../core/finding.ts'
import type { Message, Notice } from '../../core/notification.ts'
import type { Previous } from '../../kit/define-notifier.ts'
import { findingOf, type Told, toldOf } from './messages.ts'
import { hasTold, isWorse } from './notices.ts'

/** What the notice tells of its finding; undefined where it tells none. */
export function toldBy(notice: Notice): Told | undefined {
  const payload = findingOf(notice.message)
  return payload === undefined ? undefined : { ...toldOf(payload.finding), sources: payload.sources }
}

/** Whether a finding is worse than what was told of it: people are to notice it. */
export const isWorseThan = (now: Told, before: Told): boolean =>
  isWorse(now.severity, before.severity) || (now.breached && !before.breached)

/** The sent message that an edit of a group would change, as it was first seen. `group`: newest first. */
export function shownIn(group: readonly Notice[]): { reference: string; first: Notice } | undefined {
  const reference = group.find(notice => notice.state === 'sent' && notice.reference !== null)?.reference ?? null
  const first = reference === null ? undefined : group.findLast(notice => notice.reference === reference)
  return reference === null || first === undefined ? undefined : { reference, first }
}

/**
 * What the message goes on from; undefined where nothing of its group can be named. `group`: the notices of its group
 * on its channel, newest first.
 */
export function previousOf(message: Message, group: readonly Notice[]): Previous | undefined {
  const finding: Finding | undefined = message.kind === 'update' ? findingOf(message)?.finding : undefined
  const shown = shownIn(group)
  const last = group.find(hasTold)
  const before = last === undefined ? undefined : toldBy(last)
  if (finding === undefined || shown === undefined || before === undefined) return undefined
  const { reference, first } = shown
  return { reference, title: first.message.title, worse: isWorseThan(toldOf(finding), before) }
}
