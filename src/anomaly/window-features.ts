/**
 * Window features: one vector for each hour, and for each six hours, in event time. A vector depends on the rows of its
 * hours alone, so it is the same whether the log was read whole or in pieces, and rows of two parts simply add up.
 */
import { coefficientOfVariation, entropy } from '../kit/math/summary.ts'
import type { Activity, HourRows } from './activity.ts'
import { ROW, type RowColumns } from './activity-columns.ts'
import type { Scale, Surface } from './feature-spec.ts'

/** The hours of one window, in order. */
export interface Window {
  /** First hour (since 1970) and one past the last. */
  from: number
  to: number
  rows: readonly HourRows[]
}

/** A silence longer than this is a gap in the log and not a quiet time: no windows are made of it. */
const LONGEST_SILENCE = 48

/** Whether a row's events are explained otherwise and must be left out. */
export type Explained = (source: number, hour: number) => boolean

/** The windows of the given length over all hours in which the log was alive, in order of arrival. */
export function windowsOf({ hours }: Activity, scale: Scale): Window[] {
  const windows: Window[] = []
  let open: { from: number; to: number; rows: HourRows[] } | undefined
  let before = Number.NaN
  const enter = (hour: number): { from: number; to: number; rows: HourRows[] } => {
    const from = Math.floor(hour / scale) * scale
    if (open === undefined || open.from !== from) {
      open = { from, to: from + scale, rows: [] }
      windows.push(open)
    }
    return open
  }
  for (const rows of hours) {
    if (rows.hour > before && rows.hour - before <= LONGEST_SILENCE) {
      for (let silent = before + 1; silent < rows.hour; silent++) enter(silent)
    } else if (rows.hour <= before) open = undefined
    enter(rows.hour).rows.push(rows)
    before = rows.hour
  }
  return windows
}

/** What a window's rows add up to for one source. */
interface SourceSum {
  count: number
  parts: number
  marked: number
  tokens: number
  isNew: boolean
}

interface TokenSum {
  count: number
  sources: number
  posters: number
  isNew: boolean
}

/** A window with its rows gathered: the vector, and who and what it is made of. */
export interface Gathered {
  vector: Float64Array
  sources: Map<number, SourceSum>
  tokens: Map<number, TokenSum>
  /** The rows that were not left out. */
  rows: number[]
  /** Events that were left out. */
  excluded: number
}

/** Adds up a window's rows. `networkOf` answers a source's /24 (IPv6: /48). */
export function gather(
  surface: Surface,
  activity: Activity,
  window: Window,
  explained: Explained,
  networkOf: (source: number) => number,
): Gathered {
  const { columns } = activity
  const sources = new Map<number, SourceSum>()
  const tokens = new Map<number, TokenSum>()
  const pairs = window.rows.length > 1 ? new Map<number, boolean>() : undefined
  const rows: number[] = []
  const arrivals: number[] = []
  const agents = new Set<number>()
  const totals = { count: 0, marked: 0, parts: 0, bytes: 0, newNetworks: 0 }
  let excluded = 0
  for (const { hour, from, to } of window.rows) {
    for (let row = from; row < to; row++) {
      const source = columns.source[row]
      const count = columns.count[row]
      if (source >= 0 && explained(source, hour)) {
        excluded += count
        continue
      }
      rows.push(row)
      const bits = columns.bits[row]
      if ((bits & ROW.ACCEPTED) !== 0) {
        if ((bits & ROW.NEW_NETWORK) !== 0) totals.newNetworks++
        continue
      }
      totals.count += count
      totals.marked += columns.marked[row]
      totals.parts += columns.part[row]
      totals.bytes += columns.bytes[row]
      if (surface === 'web' && columns.tag[row] !== 0) agents.add(columns.tag[row])
      // Rows shared for want of room say how much, not who.
      if (source < 0) continue
      arrivals.push((hour - window.from) * 3600 + columns.second[row])
      const token = columns.token[row]
      const posts = surface === 'web' && columns.part[row] > 0
      let isFirst = true
      let isFirstPost = posts
      if (pairs !== undefined) {
        // 21 bits of source (ids stay below 2^20) and 32 of token fit in a double.
        const pair = source * 0x1_0000_0000 + token
        const posted = pairs.get(pair)
        isFirst = posted === undefined
        isFirstPost = posts && posted !== true
        pairs.set(pair, posts || posted === true)
      }
      addSource(sources, source, columns, row, isFirst)
      addToken(tokens, token, count, isFirst, isFirstPost, (bits & ROW.NEW_TOKEN) !== 0)
    }
  }
  const vector = Float64Array.from(surface === 'ssh' ? sshVector() : webVector())
  return { vector, sources, tokens, rows, excluded }

  function sshVector(): number[] {
    const tries = [...sources.values()].map(({ count, parts }) => count / Math.max(1, parts))
    return [
      totals.count,
      sources.size,
      countNew(sources),
      tokens.size,
      largest(tokens, sum => sum.sources),
      largest(sources, sum => sum.tokens),
      entropyOf(tokens),
      countNew(tokens),
      totals.marked,
      share(sources, sum => sum.parts <= 1),
      sources.size === 0 ? 0 : new Set([...sources.keys()].map(networkOf)).size / sources.size,
      tries.length === 0 ? 0 : medianOf(tries),
      arrivalSpread(arrivals),
      totals.newNetworks,
    ]
  }

  function webVector(): number[] {
    return [
      totals.count,
      sources.size,
      countNew(sources),
      tokens.size,
      countNew(tokens),
      largest(tokens, sum => sum.posters),
      totals.parts,
      totals.count === 0 ? 0 : totals.marked / totals.count,
      agents.size,
      totals.bytes,
      entropyOf(tokens),
      countOf(sources, sum => sum.marked > 0),
      share(sources, sum => sum.count <= 1),
      arrivalSpread(arrivals),
    ]
  }
}

function addSource(
  sums: Map<number, SourceSum>,
  source: number,
  columns: RowColumns,
  row: number,
  isFirst: boolean,
): void {
  const isNew = (columns.bits[row] & ROW.NEW_SOURCE) !== 0
  const count = columns.count[row]
  const parts = columns.part[row]
  const marked = columns.marked[row]
  const sum = sums.get(source)
  if (sum === undefined) sums.set(source, { count, parts, marked, tokens: 1, isNew })
  else {
    sum.count += count
    sum.parts += parts
    sum.marked += marked
    if (isFirst) sum.tokens++
    if (isNew) sum.isNew = true
  }
}

function addToken(
  sums: Map<number, TokenSum>,
  token: number,
  count: number,
  isFirst: boolean,
  posts: boolean,
  isNew: boolean,
): void {
  const sum = sums.get(token)
  if (sum === undefined) sums.set(token, { count, sources: 1, posters: posts ? 1 : 0, isNew })
  else {
    sum.count += count
    if (isFirst) sum.sources++
    if (posts) sum.posters++
    if (isNew) sum.isNew = true
  }
}

const countNew = (sums: ReadonlyMap<number, { isNew: boolean }>): number => countOf(sums, ({ isNew }) => isNew)

function largest<Sum>(sums: ReadonlyMap<number, Sum>, of: (sum: Sum) => number): number {
  let most = 0
  for (const sum of sums.values()) most = Math.max(most, of(sum))
  return most
}

function countOf<Sum>(sums: ReadonlyMap<number, Sum>, holds: (sum: Sum) => boolean): number {
  let total = 0
  for (const sum of sums.values()) if (holds(sum)) total++
  return total
}

function share<Sum>(sums: ReadonlyMap<number, Sum>, holds: (sum: Sum) => boolean): number {
  return sums.size === 0 ? 0 : countOf(sums, holds) / sums.size
}

function entropyOf(sums: ReadonlyMap<number, { count: number }>): number {
  const counts: number[] = []
  for (const { count } of sums.values()) counts.push(count)
  return entropy(counts)
}

function medianOf(values: number[]): number {
  values.sort((a, b) => a - b)
  const middle = values.length >> 1
  return values.length % 2 === 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
}

/** Fewer gaps say nothing of their spread. */
const LEAST_GAPS = 5

/**
 * Coefficient of variation of the gaps between the first lines of each (source, name): below 1 scheduled, 1 chance,
 * above 1 bursts. Of first lines, since a source's further tries say how fast it is and not how the sources arrive.
 */
function arrivalSpread(arrivals: number[]): number {
  if (arrivals.length <= LEAST_GAPS) return 1
  arrivals.sort((a, b) => a - b)
  const gaps = Float64Array.from({ length: arrivals.length - 1 }, (_, i) => arrivals[i + 1] - arrivals[i])
  return coefficientOfVariation(gaps)
}
