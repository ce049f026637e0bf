/** Campaigns on existing accounts that no window shows: what the global factor indicator (gfi.ts) sees in the store. */
import type { Campaign } from './find.ts'
import { type AccountAttempt, globalFactor } from './gfi.ts'
import { isCommonName } from './name-law.ts'
import { alikeMembership, type Participant, participantOf } from './participants.ts'
import type { Residents } from './residents.ts'
import { LEAST_SOURCES } from './scales.ts'
import { ACCOUNTS, type Test } from './scan.ts'
import { type AttemptStore, ROW } from './store.ts'
import { surprise } from './surprise.ts'

/** Attempts of one pair that are laid out in time; a job that logs in by the thousand is no thousand opinions. */
const MOST_OF_A_PAIR = 500
/** Attempts that are laid out in all. */
const MOST_ATTEMPTS = 400_000
/** Shape of the count of failures, for the score alone: the alarm itself rests on run lengths. */
const SCORE_SHAPE = 10
/** Where background and campaign both fail on real accounts, nobody can tell them apart. */
const POSTERIOR = 0.9

interface AccountFindings {
  campaigns: Campaign[]
  /** Why it did not run, where it did not. */
  off: string | undefined
}

/** Looks at a surface's attempts on existing accounts; `weeks` is the log's span, `budget` the false alarms a week of all detectors. */
export function findOnAccounts(
  store: AttemptStore,
  surface: number,
  residents: Residents,
  weeks: number,
  budget: number,
): AccountFindings {
  const attempts: AccountAttempt[] = []
  const rows: number[] = []
  for (let row = 0; row < store.rows; row++) {
    if (
      !isPrivate(store, surface, store.name[row]) ||
      (store.bits[row] & ROW.KNOWN) === 0 ||
      residents.standing(row) !== 'stranger'
    )
      continue
    rows.push(row)
  }
  const most = Math.min(MOST_OF_A_PAIR, Math.max(1, Math.floor(MOST_ATTEMPTS / (rows.length + store.logins.size))))
  for (const row of rows) layOut(attempts, store.first[row], store.last[row], Math.min(most, store.count[row]), true)
  for (const { name, first, last, count } of store.logins.entries()) {
    if (isPrivate(store, surface, name)) layOut(attempts, first, last, Math.min(most, count), false)
  }
  attempts.sort((a, b) => a.time - b.time || Number(a.failed) - Number(b.failed))
  const { alarms, off } = globalFactor(attempts, weeks, budget)
  const campaigns: Campaign[] = []
  for (const { since, time, failures, expected } of alarms) {
    const members = membersOf(
      store,
      rows.filter(row => store.first[row] >= since && store.first[row] <= time),
    )
    if (members.length < LEAST_SOURCES) continue
    const scores = surprise(failures, { mean: Math.max(0.1, expected), shape: SCORE_SHAPE })
    const best: Test = {
      time,
      scale: Math.max(1000, time - since),
      count: failures,
      expected,
      shape: SCORE_SHAPE,
      ...scores,
    }
    campaigns.push({
      surface,
      interval: { start: members[0].first, end: members.reduce((last, member) => Math.max(last, member.first), since) },
      firstAlarm: time,
      key: ACCOUNTS,
      best,
      keys: [{ key: ACCOUNTS, test: best }],
      membership: alikeMembership(store, members, POSTERIOR),
      expected,
      waves: [],
    })
  }
  return { campaigns, off }
}

function isPrivate({ names }: AttemptStore, surface: number, name: number): boolean {
  return names.surfaceOf(name) === surface && !names.isRest(name) && !isCommonName(names.text(name))
}

/** The store knows a pair's first and last moment and its count: between them attempts are laid out evenly. */
function layOut(attempts: AccountAttempt[], first: number, last: number, shown: number, failed: boolean): void {
  for (let i = 0; i < shown; i++)
    attempts.push({ time: shown === 1 ? first : first + ((last - first) * i) / (shown - 1), failed })
}

function membersOf(store: AttemptStore, rows: readonly number[]): Participant[] {
  const bySource = new Map<number, number[]>()
  for (const row of rows) {
    const own = bySource.get(store.source[row])
    if (own === undefined) bySource.set(store.source[row], [row])
    else own.push(row)
  }
  return [...bySource]
    .map(([source, own]) => participantOf(store, source, POSTERIOR, own))
    .sort((a, b) => a.first - b.first || a.source - b.source)
}
