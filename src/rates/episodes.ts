/** Episodes: from the moment a rate is too much until it has been calm for some minutes. One story each, updated while it lasts. */
import type { EventRef } from '../core/event.ts'
import { asArray, asNumber, type Json } from '../kit/state/primitive.ts'
import { refFromJson, refToJson } from '../kit/state/refs.ts'
import type { SourceCount } from './source-rates.ts'

/** What a peak is of: the server, a path group or a source. */
export type Scope = 'server' | 'group' | 'source'

/** The most of one series in an episode, and what it was judged by. */
export interface Peak {
  scope: Scope
  /** The group's name; empty for others. */
  group: string
  /** Number of the series (server, group), or the source's id. */
  key: number
  measure: number
  /** Events in 60 seconds. */
  observed: number
  /** What 60 seconds hold usually, and the shape of that count. */
  mean: number
  shape: number
  /** Standard deviation of the last 30 minutes, for the classic mode. */
  deviation: number
  /** When, milliseconds. */
  time: number
}

export interface Episode {
  family: number
  /** Milliseconds. */
  first: number
  last: number
  /** Events of the leading series. */
  count: number
  /** The leading series' sum below which the episode calms down. */
  calm: number
  /** The leading one first. */
  peaks: Peak[]
  /** Who made the leading measure's events when there were most, most first, and how many there were in all. */
  sources: SourceCount[]
  active: number
  total: number
  /** Groups with their events at that time, most first. */
  groups: { group: string; count: number }[]
  evidence: EventRef[]
  /** Second of the latest evidence. */
  proved: number
}

const WHAT = 'episodes of rates'
/** Series told an episode. */
export const MOST_PEAKS = 20
/** Sources kept an episode: enough to see whether a campaign's participants explain it. */
export const MOST_SOURCES = 1024
export const MOST_EVIDENCE = 6

/** The episode's peak of a series, if it has one. */
export function peakOf(episode: Episode, scope: Scope, key: number, measure: number): Peak | undefined {
  return episode.peaks.find(one => one.scope === scope && one.key === key && one.measure === measure)
}

/** Two nodes' episodes of one family and time: what each saw of it adds up, peaks stay those that each reached. */
export function joinEpisodes(a: Episode, b: Episode): Episode {
  const [lead, other] = a.peaks[0].observed >= b.peaks[0].observed ? [a, b] : [b, a]
  const joined: Episode = {
    ...lead,
    first: Math.min(a.first, b.first),
    last: Math.max(a.last, b.last),
    count: a.count + b.count,
    calm: Math.max(a.calm, b.calm),
    peaks: lead.peaks.map(peak => ({ ...peak })),
    sources: addUp([...lead.sources, ...other.sources]),
    total: a.total + b.total,
    evidence: [...lead.evidence, ...other.evidence].slice(0, MOST_EVIDENCE),
    proved: Math.max(a.proved, b.proved),
  }
  for (const peak of other.peaks) {
    const known = peakOf(joined, peak.scope, peak.key, peak.measure)
    if (known === undefined) joined.peaks.push(peak)
    else if (peak.observed > known.observed) Object.assign(known, peak)
  }
  joined.peaks.length = Math.min(joined.peaks.length, MOST_PEAKS)
  joined.active = Math.max(joined.sources.length, a.active, b.active)
  return joined
}

function addUp(counts: readonly SourceCount[]): SourceCount[] {
  const sums = new Map<number, number>()
  for (const { source, count } of counts) sums.set(source, (sums.get(source) ?? 0) + count)
  return [...sums]
    .map(([source, count]) => ({ source, count }))
    .sort((a, b) => b.count - a.count || a.source - b.source)
    .slice(0, MOST_SOURCES)
}

/** An episode as nested lists, for checkpoints. */
export function episodeToJson(episode: Episode): Json {
  const { family, first, last, count, calm, active, total, proved } = episode
  return [
    [family, first, last, count, calm, active, total, proved],
    episode.peaks.map(peak => [
      peak.scope,
      peak.group,
      [peak.key, peak.measure, peak.observed, peak.mean, peak.shape, peak.deviation, peak.time],
    ]),
    episode.sources.flatMap(one => [one.source, one.count]),
    episode.groups.map(one => [one.group, one.count]),
    episode.evidence.map(refToJson),
  ]
}

const numbers = (json: Json): number[] => asArray(json, WHAT).map(value => asNumber(value, WHAT))

/** The episode that `episodeToJson` wrote. @throws TypeError for anything else */
export function episodeFromJson(json: Json): Episode {
  const [head, peaks, sources, groups, evidence] = asArray(json, WHAT)
  const [family, first, last, count, calm, active, total, proved] = numbers(head)
  const flat = numbers(sources)
  return {
    family,
    first,
    last,
    count,
    calm,
    active,
    total,
    proved,
    peaks: asArray(peaks, WHAT).map(peakFromJson),
    sources: Array.from({ length: flat.length / 2 }, (_, i) => ({ source: flat[2 * i], count: flat[2 * i + 1] })),
    groups: asArray(groups, WHAT).map(row => {
      const [group, events] = asArray(row, WHAT)
      return { group: String(group), count: asNumber(events, WHAT) }
    }),
    evidence: asArray(evidence, WHAT).map(refFromJson),
  }
}

function peakFromJson(json: Json): Peak {
  const [scope, group, figures] = asArray(json, WHAT)
  const [key, measure, observed, mean, shape, deviation, time] = numbers(figures)
  const known = scope === 'group' || scope === 'source' ? scope : 'server'
  return { scope: known, group: String(group), key, measure, observed, mean, shape, deviation, time }
}
