/**
 * Who took part: the excess mixture (kit/math/excess-mixture.ts) over what every source of the interval showed: names,
 * attempts per name, and what it shows besides (token-laws.ts). The background's law of each is measured on the rest of
 * the log.
 */
import { HOUR } from '../core/time.ts'
import { excessMixture, precisionCeiling, type TokenFamily } from '../kit/math/excess-mixture.ts'
import type { Arrivals } from './arrivals.ts'
import { lowerBound } from './arrivals.ts'
import type { SurfaceBaseline } from './baseline.ts'
import type { Interval } from './interval.ts'
import type { Places } from './places.ts'
import { type AttemptStore, attemptsOf } from './store.ts'
import { glueFamilies, type Mark, marksOf } from './token-laws.ts'

export interface Participant {
  source: number
  posterior: number
  attempts: number
  /** Rows of the store: the names it tried in the interval. */
  rows: number[]
  first: number
  last: number
}

export interface Membership {
  /** Posterior above one half, the surest first. */
  members: Participant[]
  /** How many members tried each name. */
  names: Map<number, number>
  /** Posterior of every source of the interval, members or not. */
  weighed: Map<number, number>
  /** Background sources expected among them. */
  background: number
  /** Participants expected among the sources that found no room to be weighed. */
  more: number
  /** Share of the named that can at best be right: where background and campaign show the same, nobody can tell. */
  ceiling: number
  /** What most members show besides names, and strangers at other times hardly; the most telling first. */
  marks: readonly Mark[]
}

const MEMBER = 0.5
/** Sources of one interval that are weighed, the first ones: memory is bounded, and so is every finding's list. */
const MOST_WEIGHED = 30_000
/** Upper ends of the classes of attempts per name. */
const TRIES = [1, 2, 4, 9, 29, Infinity]

function triesClass(attempts: number): number {
  return TRIES.findIndex(most => attempts <= most)
}

/** Weighs every source that arrived in the interval and was not `taken` by another campaign: how surely it took part. */
export function findParticipants(
  store: AttemptStore,
  arrivals: Arrivals,
  baseline: SurfaceBaseline,
  places: Places,
  { start, end }: Interval,
  taken: Uint8Array,
): Membership {
  const from = lowerBound(arrivals.time, start)
  const to = lowerBound(arrivals.time, end + 1)
  // Who failed and then got in does not count among the arrivals, so the interval may end just before that.
  const margin = Math.max(HOUR, (end - start) / 4)
  const bySource = new Map<number, number[]>()
  let unweighed = 0
  const stop = lowerBound(arrivals.time, end + margin)
  for (let i = lowerBound(arrivals.time, start - margin); i < stop; i++) {
    if (taken[i] === 1 || ((i < from || i >= to) && arrivals.lucky[i] === 0)) continue
    const indices = bySource.get(arrivals.source[i])
    if (indices !== undefined) indices.push(i)
    else if (bySource.size < MOST_WEIGHED) bySource.set(arrivals.source[i], [i])
    else unweighed += arrivals.first[i]
  }
  const sources = [...bySource.keys()]
  const usual = baseline.sources(start, Math.max(end, start + 1)).mean
  // The background's part of those that are weighed.
  const background = Math.min((usual * sources.length) / Math.max(1, sources.length + unweighed), sources.length)
  const glue = glueFamilies({ store, arrivals, places, sources, bySource, taken })
  const families = [
    nameFamily(arrivals, baseline, sources, bySource, { start, end }),
    triesFamily(store, arrivals, sources, bySource, from, to),
    ...glue,
  ]
  const { posterior } = excessMixture(families, background)
  const members = sources
    .map((source, i) => {
      const rows = (bySource.get(source) ?? []).map(at => arrivals.row[at])
      return participantOf(store, source, posterior[i], rows)
    })
    .filter(({ posterior: sure }) => sure > MEMBER)
    .sort((a, b) => b.posterior - a.posterior || a.first - b.first || a.source - b.source)
  const doubt = members.reduce((sum, member) => sum + 1 - member.posterior, 0)
  return {
    members,
    names: countNames(store, members),
    weighed: new Map(sources.map((source, i) => [source, posterior[i]])),
    background,
    more: Math.round((unweighed * members.length) / Math.max(1, sources.length)),
    ceiling: precisionCeiling(members.length - doubt, doubt),
    marks: marksOf(glue, sources, posterior),
  }
}

/** Members of whom all is equally sure: background and campaign show the same, or the link between them is the proof. */
export function alikeMembership(store: AttemptStore, members: readonly Participant[], posterior: number): Membership {
  return {
    members: members.map(member => ({ ...member, posterior })),
    names: countNames(store, members),
    weighed: new Map(members.map(({ source }) => [source, posterior])),
    background: members.length * (1 - posterior),
    more: 0,
    ceiling: posterior,
    marks: [],
  }
}

/** A source with its rows of the store. */
export function participantOf(store: AttemptStore, source: number, posterior: number, rows: number[]): Participant {
  return {
    source,
    posterior,
    rows,
    attempts: rows.reduce((sum, row) => sum + attemptsOf(store, row), 0),
    first: rows.reduce((least, row) => Math.min(least, store.first[row]), Infinity),
    last: rows.reduce((most, row) => Math.max(most, store.last[row]), -Infinity),
  }
}

/** How many of the members tried each name. */
export function countNames(store: AttemptStore, members: Iterable<Participant>): Map<number, number> {
  const names = new Map<number, number>()
  for (const { rows } of members) {
    for (const row of rows) names.set(store.name[row], (names.get(store.name[row]) ?? 0) + 1)
  }
  return names
}

/** Names that nobody tried outside the interval and at most two sources in it are one token: "unlisted". */
function nameFamily(
  arrivals: Arrivals,
  baseline: SurfaceBaseline,
  sources: readonly number[],
  bySource: ReadonlyMap<number, number[]>,
  { start, end }: Interval,
): TokenFamily {
  const seen = new Map<number, number>()
  for (const indices of bySource.values()) {
    for (const i of indices) seen.set(arrivals.name[i], (seen.get(arrivals.name[i]) ?? 0) + 1)
  }
  const tokens = new Map<number, number>()
  const law = [Math.min(1, baseline.shareOfRare(start, end))]
  const tokenOf = (name: number): number => {
    const known = tokens.get(name)
    if (known !== undefined) return known
    const rare = (seen.get(name) ?? 0) <= 2 && baseline.triedOutside(name, start, end) < 1
    const token = rare ? 0 : law.push(baseline.shareOutside(name, start, end)) - 1
    tokens.set(name, token)
    return token
  }
  const lists = sources.map(source => [...new Set((bySource.get(source) ?? []).map(i => tokenOf(arrivals.name[i])))])
  return { sources: lists, baseline: law }
}

/** Attempts a name, in classes: a botnet's members are alike. */
function triesFamily(
  store: AttemptStore,
  arrivals: Arrivals,
  sources: readonly number[],
  bySource: ReadonlyMap<number, number[]>,
  from: number,
  to: number,
): TokenFamily {
  // Two of each class in advance: a few sources are no law.
  const usual = new Float64Array(TRIES.length).fill(2)
  for (let i = 0; i < arrivals.length; i++) {
    if (i === from) i = to
    if (i < arrivals.length && arrivals.first[i] === 1) usual[triesClass(store.count[arrivals.row[i]])]++
  }
  const total = usual.reduce((sum, count) => sum + count, 0)
  return {
    sources: sources.map(source => [triesClass(store.count[arrivals.row[(bySource.get(source) ?? [0])[0]]])]),
    baseline: usual.map(count => count / total),
  }
}
