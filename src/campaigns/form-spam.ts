/**
 * Form spam that never stops: a botnet that posts to a form from the first line of the log to the last stands out from
 * no other time. It stands out from what forms are for: most who come to the site post to it, and fetch nothing that a
 * browser would (style, scripts, pictures), each once or twice.
 */
import { DAY } from '../core/time.ts'
import type { Arrivals } from './arrivals.ts'
import type { Campaign } from './find.ts'
import { alikeMembership, type Participant, participantOf } from './participants.ts'
import type { Test } from './scan.ts'
import type { AttemptStore } from './store.ts'
import { surprise } from './surprise.ts'
import { isMachineDoor } from './web-tokens.ts'

/** Addresses a day that post to a form without a browser on an ordinary site; give or take a factor ten. */
const USUAL_A_DAY = 1
const USUAL_SHAPE = 0.5
/** Addresses from which on a form is looked at, and their least share of all visitors. */
const LEAST_POSTERS = 20
const LEAST_SHARE = 0.3
/** Pages for each post beyond which it is a reader who also posts. */
const PAGES_PER_POST = 6

/** Campaigns on the forms of the given surfaces' arrivals whose score is at least `threshold`. */
export function findFormSpam(store: AttemptStore, surfaces: readonly Arrivals[], threshold: number): Campaign[] {
  const bySource = new Map<number, number[]>()
  const byForm = new Map<number, Set<number>>()
  const surfaceOf = new Map<number, number>()
  for (const arrivals of surfaces) {
    for (let i = 0; i < arrivals.length; i++) {
      const source = arrivals.source[i]
      const name = arrivals.name[i]
      if (store.names.isRest(name) || isMachineDoor(store.names.text(name))) continue
      if (store.visits.isBrowser(source)) continue
      push(bySource, source, arrivals.row[i])
      const posters = byForm.get(name) ?? new Set()
      byForm.set(name, posters.add(source))
      surfaceOf.set(name, arrivals.surface)
    }
  }
  const taken = new Set<number>()
  const campaigns: Campaign[] = []
  const forms = [...byForm].sort(
    (a, b) => b[1].size - a[1].size || (store.names.text(a[0]) < store.names.text(b[0]) ? -1 : 1),
  )
  for (const [name, all] of forms) {
    const posters = [...all].filter(source => !taken.has(source) && isPoster(store, source, bySource.get(source) ?? []))
    if (posters.length < LEAST_POSTERS || posters.length < LEAST_SHARE * store.visits.visitors) continue
    const campaign = weigh(
      store,
      surfaceOf.get(name) ?? 0,
      name,
      posters.map(source => participantOf(store, source, 1, bySource.get(source) ?? [])),
      threshold,
    )
    if (campaign === undefined) continue
    campaigns.push(campaign)
    for (const source of posters) taken.add(source)
  }
  return campaigns
}

function isPoster({ count, visits }: AttemptStore, source: number, rows: readonly number[]): boolean {
  return visits.pages(source) <= PAGES_PER_POST * rows.reduce((sum, row) => sum + count[row], 0)
}

function push(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [value])
  else list.push(value)
}

function weigh(
  store: AttemptStore,
  surface: number,
  form: number,
  posters: Participant[],
  threshold: number,
): Campaign | undefined {
  const members = posters.sort((a, b) => a.first - b.first || a.source - b.source)
  const start = members[0].first
  const end = members.reduce((most, { last }) => Math.max(most, last), start)
  let firstAlarm: number | undefined
  let best: Test | undefined
  for (let i = LEAST_POSTERS; i <= members.length; i++) {
    const time = members[i - 1].first
    const expected = Math.max(0.01, (USUAL_A_DAY * (time - start)) / DAY)
    const { score, tail } = surprise(i, { mean: expected, shape: USUAL_SHAPE })
    if (score >= threshold) firstAlarm ??= time
    // The whole is what is told; where the alarm came first is another matter.
    best = { time, scale: Math.max(1000, time - start), count: i, expected, shape: USUAL_SHAPE, score, tail }
  }
  if (firstAlarm === undefined || best === undefined) return undefined
  const background = (USUAL_A_DAY * (end - start)) / DAY
  const posterior = Math.max(0.5, 1 - background / members.length)
  return {
    surface,
    interval: { start, end },
    firstAlarm,
    key: form,
    best,
    keys: [{ key: form, test: best }],
    membership: { ...alikeMembership(store, members, posterior), background },
    expected: background,
    waves: [],
  }
}
