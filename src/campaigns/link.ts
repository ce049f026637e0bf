/**
 * Sources linked by what they try, however far apart: a graph of sources over the rare names they share, joined
 * by union-find. Edges join only neighbours of a name's list in time, lists of five names or more also by MinHash, and
 * lists of one order by their longest common subsequence. A component of three or more is a campaign where so many on
 * those names are no chance.
 */
import { DAY, HOUR } from '../core/time.ts'
import { linkSimilar, minHash } from '../kit/math/minhash.ts'
import { fisherCombination, poissonScan } from '../kit/math/scan.ts'
import { longestCommonSubsequence } from '../kit/math/sequences.ts'
import { UnionFind } from '../kit/math/union-find.ts'
import type { Arrivals } from './arrivals.ts'
import type { SurfaceBaseline } from './baseline.ts'
import type { Campaign } from './find.ts'
import { COMMON_SHARE, isGlue } from './glue.ts'
import { alikeMembership, participantOf } from './participants.ts'
import { LISTS, type Test } from './scan.ts'
import type { AttemptStore } from './store.ts'
import { namesAreAccounts } from './surfaces.ts'
import { surprise } from './surprise.ts'

const LEAST = 3
/** Least and largest distance of neighbours: three median gaps of the name's list. */
const NEAR = 6 * HOUR
const MEDIAN_GAPS = 3
/** Chance at which an edge is kept, over all edges tried. */
const KEPT = 0.05
/** Names in one order from which on two lists are one controller's. */
const ORDERED = 4
/** Names from which on lists are compared as sets. */
const LIST = 5
/** Bounds on what an attacker can make us compare. */
const MOST_EDGES = 100_000
const MOST_LISTS = 20_000
const MOST_STRANGERS = 50_000
/** Who shares several rare names with others is hardly there by chance, yet a link is no proof. */
const POSTERIOR = 0.97

/** A stranger and the rare names it tried, in order; `at` are indices of the arrivals. */
interface Stranger {
  source: number
  names: number[]
  at: number[]
}

/** Campaigns of sources that go through one list of names; their score is at least `threshold`. */
export function listCampaigns(
  store: AttemptStore,
  arrivals: Arrivals,
  baseline: SurfaceBaseline,
  threshold: number,
): Campaign[] {
  if (!namesAreAccounts(arrivals.surface)) return []
  const strangers = strangersOf(store, arrivals)
  const groups = linkStrangers(arrivals, baseline, strangers)
  const campaigns: Campaign[] = []
  for (const group of groups.groups()) {
    if (group.length < LEAST) continue
    const campaign = weigh(
      store,
      arrivals,
      group.map(i => strangers[i]),
      threshold,
    )
    if (campaign !== undefined) campaigns.push(campaign)
  }
  return campaigns
}

function strangersOf(store: AttemptStore, arrivals: Arrivals): Stranger[] {
  const counts = new Map<number, number>()
  for (const name of arrivals.name) counts.set(name, (counts.get(name) ?? 0) + 1)
  const most = Math.max(LEAST, COMMON_SHARE * arrivals.length)
  const glue = new Set<number>()
  // A name of one source alone links nobody.
  for (const [name, tried] of counts) if (tried >= 2 && tried <= most && isGlue(store, name)) glue.add(name)
  const width = new Uint16Array(arrivals.source.reduce((top, source) => Math.max(top, source + 1), 0))
  const links = (i: number): boolean => arrivals.lucky[i] === 0 && glue.has(arrivals.name[i])
  for (let i = 0; i < arrivals.length; i++) if (links(i)) width[arrivals.source[i]]++
  const bySource = new Map<number, Stranger>()
  for (let i = 0; i < arrivals.length; i++) {
    const source = arrivals.source[i]
    if (!links(i) || width[source] < 2) continue
    let stranger = bySource.get(source)
    if (stranger === undefined) {
      if (bySource.size >= MOST_STRANGERS) continue
      stranger = { source, names: [], at: [] }
      bySource.set(source, stranger)
    }
    stranger.names.push(arrivals.name[i])
    stranger.at.push(i)
  }
  return [...bySource.values()]
}

function linkStrangers(arrivals: Arrivals, baseline: SurfaceBaseline, strangers: readonly Stranger[]): UnionFind {
  const joined = new UnionFind(strangers.length)
  const edges = edgesOf(arrivals, baseline, strangers)
  const most = Math.log(KEPT / Math.max(1, edges.size))
  for (const [key, logs] of edges) {
    const a = Math.floor(key / strangers.length)
    const b = key % strangers.length
    const ordered =
      logs.length >= ORDERED && longestCommonSubsequence(strangers[a].names, strangers[b].names) >= ORDERED
    if (ordered || fisherCombination(logs) < most) joined.union(a, b)
  }
  const lists = [...strangers.keys()].filter(i => strangers[i].names.length >= LIST).slice(0, MOST_LISTS)
  const similar = linkSimilar(lists.map(i => minHash(strangers[i].names.map(String))))
  for (let i = 0; i < lists.length; i++) joined.union(lists[similar.find(i)], lists[i])
  return joined
}

/** For each pair of neighbours the logarithms of the chances of the names they share: p = 1 - exp(-lambda dt). */
function edgesOf(arrivals: Arrivals, baseline: SurfaceBaseline, strangers: readonly Stranger[]): Map<number, number[]> {
  const postings = new Map<number, { time: number; who: number }[]>()
  for (const [who, { names, at }] of strangers.entries()) {
    for (const [n, name] of names.entries()) {
      const list = postings.get(name) ?? []
      list.push({ time: arrivals.time[at[n]], who })
      postings.set(name, list)
    }
  }
  const edges = new Map<number, number[]>()
  for (const [name, list] of postings) {
    list.sort((a, b) => a.time - b.time || a.who - b.who)
    const gaps = list.slice(1).map(({ time }, i) => time - list[i].time)
    const far = Math.max(NEAR, MEDIAN_GAPS * (gaps.toSorted((a, b) => a - b)[gaps.length >> 1] ?? 0))
    for (const [i, gap] of gaps.entries()) {
      if (gap > far) continue
      const [a, b] = [list[i].who, list[i + 1].who].sort((x, y) => x - y)
      const key = a * strangers.length + b
      const logs = edges.get(key)
      if (logs === undefined && edges.size >= MOST_EDGES) continue
      // A second is the clock's own grain: nothing is closer than that.
      const { mean } = baseline.name(name, list[i].time, list[i].time + Math.max(1000, gap))
      const log = Math.min(0, Math.log(-Math.expm1(-mean)))
      if (logs === undefined) edges.set(key, [log])
      else logs.push(log)
    }
  }
  return edges
}

/** The component as a campaign, where its number on its names is no chance. */
function weigh(
  store: AttemptStore,
  arrivals: Arrivals,
  strangers: readonly Stranger[],
  threshold: number,
): Campaign | undefined {
  const own = new Map<number, number>()
  for (const { names } of strangers) for (const name of names) own.set(name, (own.get(name) ?? 0) + 1)
  const shared = [...own].filter(([, sources]) => sources >= 2).map(([name]) => name)
  const members = strangers
    .map(({ source, at }) =>
      participantOf(
        store,
        source,
        POSTERIOR,
        at.map(i => arrivals.row[i]),
      ),
    )
    .sort((a, b) => a.first - b.first || a.source - b.source)
  const start = members[0].first
  const end = members[members.length - 1].first
  const scale = Math.max(1000, end - start)
  const span = Math.max(DAY, arrivals.time[arrivals.length - 1] - arrivals.time[0])
  // Everybody else on the most tried of their names: whoever shares several is rarer than that.
  const expected = Math.max(...othersOn(arrivals, shared, own)) * Math.min(1, scale / span)
  const { score, tail } = surprise(members.length, { mean: expected, shape: 0.5 + expected })
  const likely = Math.min(score, poissonScan(members.length, expected) / Math.LN10)
  if (likely < threshold) return undefined
  const best: Test = {
    time: end,
    scale,
    count: members.length,
    expected,
    shape: 0.5 + expected,
    score: likely,
    tail: Math.min(tail, likely),
  }
  return {
    surface: arrivals.surface,
    interval: { start, end },
    firstAlarm: end,
    key: LISTS,
    best,
    keys: [{ key: LISTS, test: best }],
    membership: alikeMembership(store, members, POSTERIOR),
    expected,
    waves: [],
  }
}

/** Arrivals of others on each name, half a one more than were seen. */
function othersOn(arrivals: Arrivals, names: readonly number[], own: ReadonlyMap<number, number>): number[] {
  const all = new Map(names.map(name => [name, 0]))
  for (const name of arrivals.name) {
    const seen = all.get(name)
    if (seen !== undefined) all.set(name, seen + 1)
  }
  return [...all].map(([name, seen]) => 0.5 + Math.max(0, seen - (own.get(name) ?? 0)))
}
