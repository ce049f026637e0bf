/**
 * What belongs together: campaigns that lie close, that share sources, or that go after the same names which hardly
 * anybody else tries, days apart. One controller's waves are one finding.
 */
import { DAY } from '../core/time.ts'
import { precisionCeiling } from '../kit/math/excess-mixture.ts'
import { fisherCombination } from '../kit/math/scan.ts'
import type { SurfaceBaseline } from './baseline.ts'
import type { Campaign } from './find.ts'
import { COMMON_SHARE, glueShare, isGlue } from './glue.ts'
import type { Interval } from './interval.ts'
import { countNames, type Participant } from './participants.ts'
import { MERGE_GAP } from './scales.ts'
import { LISTS } from './scan.ts'
import type { AttemptStore } from './store.ts'
import { namesAreAccounts } from './surfaces.ts'

/** Share of the smaller campaign's sources beyond which two are one. */
const SHARED = 0.3
/** How many times longer one campaign may be than its neighbour and still be the same. */
const ALIKE = 8
/** How far apart waves may lie and still be linked by their names. */
const FARTHEST = 30 * DAY
/** Share of the members that try a name for it to be the wave's target. */
const TARGET = 0.6
/** Shared names that link waves without a target of their own: one or two are shared by chance and fashion. */
const LEAST_NAMES = 3
/** Chance at which waves are linked, over all pairs that are compared. */
const LINKED = 0.05

/** Whether less than MERGE_GAP lies between. */
export function near(a: Interval, b: Interval): boolean {
  return a.start - MERGE_GAP <= b.end && b.start - MERGE_GAP <= a.end
}

/** Joins what belongs together, until nothing does. */
export function mergeCampaigns(
  store: AttemptStore,
  baseline: SurfaceBaseline,
  campaigns: readonly Campaign[],
): Campaign[] {
  let merged = [...campaigns].sort((a, b) => a.interval.start - b.interval.start)
  const pairs = Math.max(1, (merged.length * (merged.length - 1)) / 2)
  for (;;) {
    const before = merged.length
    const kept: Campaign[] = []
    for (const campaign of merged) {
      const at = kept.findIndex(other => belong(other, campaign) || shareSources(other, campaign))
      const linked = at >= 0 ? at : kept.findIndex(other => areLinked(store, baseline, other, campaign, LINKED / pairs))
      if (linked < 0) kept.push(campaign)
      else kept[linked] = join(store, kept[linked], campaign, at < 0)
    }
    merged = kept
    if (merged.length === before) return merged
  }
}

/**
 * Near in time and alike in length: a burst within a month's slow campaign is a campaign of its own. What shows by its
 * list and not by its time has no such neighbours.
 */
function belong(a: Campaign, b: Campaign): boolean {
  if (a.key === LISTS || b.key === LISTS) return false
  const long = Math.max(MERGE_GAP, a.interval.end - a.interval.start)
  const short = Math.max(MERGE_GAP, b.interval.end - b.interval.start)
  return near(a.interval, b.interval) && Math.max(long, short) <= ALIKE * Math.min(long, short)
}

/** Whether two campaigns share more than 30 % of the smaller one's sources. */
export function shareSources(a: Campaign, b: Campaign): boolean {
  const mine = new Set(a.membership.members.map(member => member.source))
  const shared = b.membership.members.reduce((sum, { source }) => sum + (mine.has(source) ? 1 : 0), 0)
  return shared > SHARED * Math.min(mine.size, b.membership.members.length)
}

/**
 * Whether the later of two campaigns tries what the earlier did, by more than chance: for each shared name p is the chance
 * that the background's law would have given it to the later one, combined by Fisher's method. A name that is the target
 * of both counts once, by its share: the members of one campaign are no independent draws.
 */
function areLinked(store: AttemptStore, baseline: SurfaceBaseline, a: Campaign, b: Campaign, chance: number): boolean {
  if (!namesAreAccounts(a.surface) || b.interval.start - a.interval.end > FARTHEST) return false
  const [few, many] = [a, b].sort((x, y) => x.membership.names.size - y.membership.names.size)
  const rows = [...few.membership.names.values()].reduce((sum, sources) => sum + sources, 0)
  const logs: number[] = []
  let target = false
  for (const [name, sources] of few.membership.names) {
    const others = many.membership.names.get(name) ?? 0
    if (others === 0 || !isGlue(store, name)) continue
    const share = glueShare(baseline, name, { start: a.interval.start, end: b.interval.end })
    if (share > COMMON_SHARE) continue
    const aimed = sources >= TARGET * few.membership.members.length && others >= TARGET * many.membership.members.length
    target ||= aimed
    logs.push(Math.min(0, aimed ? Math.log(share) : Math.log(-Math.expm1(-share * rows))))
  }
  return (target || logs.length >= LEAST_NAMES) && fisherCombination(logs) < Math.log(chance)
}

function join(store: AttemptStore, a: Campaign, b: Campaign, linked: boolean): Campaign {
  const [strong, weak] = a.best.tail >= b.best.tail ? [a, b] : [b, a]
  const members = new Map<number, Participant>()
  for (const member of [...a.membership.members, ...b.membership.members]) {
    const known = members.get(member.source)
    members.set(member.source, known === undefined ? member : unite(known, member))
  }
  const doubt = [...members.values()].reduce((sum, { posterior }) => sum + 1 - posterior, 0)
  return {
    ...strong,
    interval: {
      start: Math.min(a.interval.start, b.interval.start),
      end: Math.max(a.interval.end, b.interval.end),
    },
    firstAlarm: Math.min(a.firstAlarm, b.firstAlarm),
    keys: [...strong.keys, ...weak.keys],
    membership: {
      members: [...members.values()].sort(
        (x, y) => y.posterior - x.posterior || x.first - y.first || x.source - y.source,
      ),
      names: countNames(store, members.values()),
      weighed: new Map([...weak.membership.weighed, ...strong.membership.weighed]),
      background: a.membership.background + b.membership.background,
      more: a.membership.more + b.membership.more,
      ceiling: precisionCeiling(members.size - doubt, doubt),
      marks: strong.membership.marks,
    },
    expected: a.expected + b.expected,
    waves: linked ? [...wavesOf(a), ...wavesOf(b)] : [...a.waves, ...b.waves],
  }
}

function wavesOf({ interval, waves }: Campaign): readonly Interval[] {
  return waves.length > 0 ? waves : [interval]
}

function unite(a: Participant, b: Participant): Participant {
  const rows = [...new Set([...a.rows, ...b.rows])]
  return {
    source: a.source,
    posterior: Math.max(a.posterior, b.posterior),
    rows,
    attempts: rows.length === a.rows.length ? a.attempts : a.attempts + b.attempts,
    first: Math.min(a.first, b.first),
    last: Math.max(a.last, b.last),
  }
}
