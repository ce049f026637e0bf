/**
 * Rates of two nodes put together: a rate of both is the sum of theirs. Both clocks are moved to the later one, so that a
 * node that was silent has had minutes without events.
 *
 * Exact: the last 60 seconds, second by second, of the server, its path groups and the sources that are followed; totals;
 * the means of minutes that both have closed and nothing was cut from. Not exact: alarms are judged at the event that proves
 * them, and what is past is not judged anew, so a burst that neither node found too much for itself is none; restlessness
 * adds up as that of two independent streams; a day's largest score is the larger of both nodes' ones; minutes that one
 * node froze count in the other.
 */
import type { Json } from '../kit/state/primitive.ts'
import type { Translation } from '../kit/state/translation.ts'
import { type Episode, joinEpisodes } from './episodes.ts'
import { FAMILIES, MEASURE_COUNT } from './measures.ts'
import type { RateMonitor } from './monitor.ts'
import { restoreMonitor } from './monitor-snapshot.ts'
import { OTHER } from './path-groups.ts'
import { ANY_SOURCE, FIRST_GROUP, LOCAL, SERVER } from './series.ts'

/** Adds a snapshot of another monitor to `mine`; `empty` is a fresh one of the same settings, in which it is read. */
export function mergeMonitor(mine: RateMonitor, empty: RateMonitor, snapshot: Json, from: Translation): void {
  const theirs = empty
  restoreMonitor(theirs, snapshot)
  if (theirs.now < 0) return
  const now = Math.max(mine.now, theirs.now)
  mine.advance(now)
  theirs.advance(now)
  const groups = groupsHere(mine, theirs)
  const entities = new Map([
    [SERVER, SERVER],
    ...[...groups].map(([a, b]) => [FIRST_GROUP + a, FIRST_GROUP + b] as const),
  ])
  for (const [entity, here] of entities) addEntity(mine, here, theirs, entity)
  mine.rings.absorb(LOCAL, theirs.rings, LOCAL)
  for (let m = 0; m < MEASURE_COUNT; m++) {
    const series = ANY_SOURCE * MEASURE_COUNT + m
    mine.minutes.pool(series, theirs.minutes, series)
    mine.totals[m] += theirs.totals[m]
  }
  mine.sources.absorb(theirs.sources, now, mine.minute, id => from.source(id))
  mine.season.absorb(theirs.season)
  mine.budget.absorb(theirs.budget)
  mine.heads.absorb(theirs.heads, from)
  mine.first = mine.first < 0 ? theirs.first : Math.min(mine.first, theirs.first)
  mine.events += theirs.events
  joinAlarms(mine, theirs, entities, from)
  for (const here of entities.values()) mine.regate(here)
}

/** Their path groups that have a name, and the group that each is here; what finds no place is among the others. */
function groupsHere(mine: RateMonitor, theirs: RateMonitor): Map<number, number> {
  const here = new Map<number, number>()
  for (const group of theirs.groups.list())
    here.set(group, group === OTHER ? OTHER : mine.groups.adopt(theirs.groups, group, mine.now))
  return here
}

function addEntity(mine: RateMonitor, here: number, theirs: RateMonitor, entity: number): void {
  if (theirs.minuteOf[entity] < 0) return
  mine.enter(here)
  mine.rings.absorb(here, theirs.rings, entity)
  for (let m = 0; m < MEASURE_COUNT; m++) {
    const series = entity * MEASURE_COUNT + m
    const own = here * MEASURE_COUNT + m
    mine.minutes.add(own, theirs.minutes, series)
    mine.counts[own] += theirs.counts[series]
    mine.peaks[own] = Math.max(mine.peaks[own], theirs.peaks[series], mine.rings.sum(here, m))
    mine.waved[own] |= theirs.waved[series]
  }
}

function joinAlarms(
  mine: RateMonitor,
  theirs: RateMonitor,
  entities: ReadonlyMap<number, number>,
  from: Translation,
): void {
  const translate = (episode: Episode): Episode => ({
    ...episode,
    peaks: episode.peaks.map(peak => ({
      ...peak,
      key: peak.scope === 'source' ? from.source(peak.key) : (entities.get(peak.key) ?? FIRST_GROUP + OTHER),
    })),
    sources: episode.sources.map(one => ({ ...one, source: from.source(one.source) })),
    evidence: episode.evidence.map(ref => ({ ...ref, input: from.input(ref.input) })),
  })
  const { alarms } = mine
  for (let family = 0; family < FAMILIES.length; family++) {
    const [own, other] = [alarms.open[family], theirs.alarms.open[family]]
    if (other !== undefined)
      alarms.open[family] = own === undefined ? translate(other) : joinEpisodes(own, translate(other))
    const froze = [alarms.frozenFrom[family], theirs.alarms.frozenFrom[family]].filter(minute => minute >= 0)
    alarms.frozenFrom[family] = froze.length === 0 ? -1 : Math.min(...froze)
    alarms.frozenTo[family] = Math.max(alarms.frozenTo[family], theirs.alarms.frozenTo[family])
    alarms.deafTo[family] = Math.max(alarms.deafTo[family], theirs.alarms.deafTo[family])
  }
  alarms.adopt(theirs.alarms.closed.map(translate))
  alarms.forgotten += theirs.alarms.forgotten
}
