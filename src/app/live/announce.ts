/** Hands what was found to all who are to know of it: people who look on, the firewall, the channels. */
import { inForce, isSuppressed } from '../suppressions.ts'
import type { Change } from './judge.ts'
import type { LiveParts } from './parts.ts'

export interface AnnounceOptions {
  /** Wall clock, milliseconds. */
  now: number
  /** How far the logs' stamps lie behind it. */
  skew: number
  /** What stood in the logs at the first start is still being read: nothing that merely goes on is answered. */
  learning: boolean
  /** What people at a terminal or a pipe see. */
  onChanges: (changes: readonly Change[]) => void
}

/** Announces changes, and what the judge has written quietly since. Never throws for what firewall or database do. */
export async function announce(
  { setup, session, judge, answering, teller }: LiveParts,
  changes: readonly Change[],
  { now, skew, learning, onChanges }: AnnounceOptions,
): Promise<void> {
  const goOn = judge.takeRested()
  if (changes.length + goOn.length === 0) return
  setup.metrics?.found(changes, session.lastArrival, now)
  const suppressions = setup.memory.attempt(store => inForce(store, now)) ?? []
  const told = changes.filter(({ finding }) => !isSuppressed(finding, suppressions))
  onChanges(told)
  const news = told.filter(change => !change.history)
  const further = learning ? [] : goOn.filter(finding => !isSuppressed(finding, suppressions))
  await answering.answer([...news.map(({ finding }) => finding), ...further], now, skew)
  teller.take(news, now)
}
