/** All windows of one length over a log as a matrix, cleaned of what rules and campaigns explain. */
import { median } from '../kit/math/summary.ts'
import type { Activity } from './activity.ts'
import { FEATURES, NOVELTY, type Scale, type Surface } from './feature-spec.ts'
import { type Explained, gather, type Window, windowsOf } from './window-features.ts'

/** In the first hours of a log everybody is new; until then novelty is held to what is usual later. */
const WARM_UP = 24

export interface Series {
  surface: Surface
  scale: Scale
  windows: Window[]
  /** One row a window, row-major. */
  rows: Float64Array
  dimensions: number
  /** Events that were left out as explained. */
  excluded: number
}

export interface SeriesOptions {
  surface: Surface
  scale: Scale
  activity: Activity
  explained: Explained
  networkOf: (source: number) => number
  /** Whether a model's memory tells what is new; without one the log must warm up. */
  remembers: boolean
}

/** The features of every window, one row each, in the order of `FEATURES`. */
export function seriesOf({ surface, scale, activity, explained, networkOf, remembers }: SeriesOptions): Series {
  const windows = windowsOf(activity, scale)
  const specs = FEATURES[surface]
  const d = specs.length
  const rows = new Float64Array(windows.length * d)
  let excluded = 0
  for (const [i, window] of windows.entries()) {
    const gathered = gather(surface, activity, window, explained, networkOf)
    rows.set(gathered.vector, i * d)
    excluded += gathered.excluded
  }
  if (!remembers) warmUp(surface, windows, rows, d)
  return { surface, scale, windows, rows, dimensions: d, excluded }
}

function warmUp(surface: Surface, windows: readonly Window[], rows: Float64Array, d: number): void {
  if (windows.length === 0) return
  const end = windows[0].from + WARM_UP
  const cold = windows.map(({ from }) => from < end)
  for (const [j, { id }] of FEATURES[surface].entries()) {
    if (!NOVELTY.has(id)) continue
    const later = windows.flatMap((_, i) => (cold[i] ? [] : [rows[i * d + j]]))
    const usual = later.length === 0 ? 0 : median(later)
    for (let i = 0; i < windows.length; i++) if (cold[i]) rows[i * d + j] = Math.min(rows[i * d + j], usual)
  }
}

/** A window's features: a view into the series. */
export function rowOf({ rows, dimensions }: Series, index: number): Float64Array {
  return rows.subarray(index * dimensions, (index + 1) * dimensions)
}

/** The series without the windows at the given places. */
export function withoutWindows(series: Series, left: ReadonlySet<number>): Series {
  if (left.size === 0) return series
  const kept = series.windows.map((_, i) => i).filter(i => !left.has(i))
  const rows = new Float64Array(kept.length * series.dimensions)
  for (const [k, i] of kept.entries()) rows.set(rowOf(series, i), k * series.dimensions)
  return { ...series, windows: kept.map(i => series.windows[i]), rows }
}
