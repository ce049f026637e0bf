/** A monitor's state as JSON and back: a restart resumes to the second. */
import { asArray, asNumber, type Json } from '../kit/state/primitive.ts'
import { episodeFromJson, episodeToJson } from './episodes.ts'
import type { RateMonitor } from './monitor.ts'

const WHAT = 'rates'

const arraysOf = (monitor: RateMonitor): (Float64Array | Uint8Array)[] => [
  monitor.totals,
  monitor.minuteOf,
  monitor.counts,
  monitor.peaks,
  monitor.gates,
  monitor.waved,
  monitor.alarms.frozenFrom,
  monitor.alarms.frozenTo,
  monitor.alarms.deafTo,
]

/** All that a monitor knows, as plain JSON. */
export function snapshotMonitor(monitor: RateMonitor): Json {
  const { now, first, events, late, alarms } = monitor
  return {
    scalars: [now, first, events, late, alarms.forgotten],
    arrays: arraysOf(monitor).map(array => Array.from(array)),
    rings: monitor.rings.snapshot(),
    minutes: monitor.minutes.snapshot(),
    season: monitor.season.snapshot(),
    groups: monitor.groups.snapshot(),
    sources: monitor.sources.snapshot(),
    budget: monitor.budget.snapshot(),
    heads: monitor.heads.snapshot(now),
    open: alarms.open.map(episode => (episode === undefined ? null : episodeToJson(episode))),
    closed: alarms.closed.map(episodeToJson),
  }
}

/** Fills a fresh monitor of the same settings. @throws TypeError where the snapshot is not one */
export function restoreMonitor(monitor: RateMonitor, snapshot: Json): void {
  // The checkpoint's own checksum and version vouch for the shape; what is no list or number is refused below.
  const saved = snapshot as { readonly [part: string]: Json }
  const [now, first, events, late, forgotten] = asArray(saved.scalars, WHAT).map(value => asNumber(value, WHAT))
  const { alarms } = monitor
  Object.assign(monitor, { now, minute: now < 0 ? -1 : Math.floor(now / 60), first, events, late })
  alarms.forgotten = forgotten
  const arrays = asArray(saved.arrays, WHAT)
  for (const [i, array] of arraysOf(monitor).entries()) {
    array.set(asArray(arrays[i], WHAT).map(value => asNumber(value, WHAT)))
  }
  monitor.rings.restore(saved.rings)
  monitor.minutes.restore(saved.minutes)
  monitor.season.restore(saved.season)
  monitor.groups.restore(saved.groups)
  monitor.sources.restore(saved.sources)
  monitor.budget.restore(saved.budget)
  monitor.heads.restore(saved.heads)
  for (const [family, json] of asArray(saved.open, WHAT).entries()) {
    alarms.open[family] = json === null ? undefined : episodeFromJson(json)
  }
  alarms.closed.splice(0, alarms.closed.length, ...asArray(saved.closed, WHAT).map(episodeFromJson))
}
