/** Arrivals of one surface: the moments at which a source first tried a name, in time order. */
import { DAY } from '../core/time.ts'
import { isCommonName } from './name-law.ts'
import type { Standing } from './residents.ts'
import type { AttemptStore } from './store.ts'
import { attemptsOf, ROW } from './store.ts'
import { namesAreAccounts } from './surfaces.ts'

/** Groups of names that are counted together, beside each name by itself. */
export const GROUP = {
  NONE: 0,
  /** Names that next to nobody else tries: a stuffing list is made of them, one source each. */
  RARE: 1,
  /** Names of the lists that everybody has, root apart: a spray goes through them and stands out on none. */
  LISTED: 2,
} as const

/**
 * A source with more names than this walks through a list by itself: it is loud (D0), and its every name says nothing of
 * what others do. It counts as a new source all the same.
 */
const WIDE = 16
/** So many names with so many attempts are a list walked by itself too: on it every name comes sooner or later. */
const LOUD_NAMES = 4
const LOUD_ATTEMPTS = 200

/** Part of a log, and longest time, in which its regular visitors show for the first time. */
const SETTLING_SHARE = 0.2
const SETTLING = 2 * DAY

/** Sources that a rare name may have in all. */
const RARE_SOURCES = 3

export interface Arrivals {
  readonly surface: number
  /** Number of arrivals; the columns below are this long. */
  readonly length: number
  readonly time: Float64Array
  readonly source: Int32Array
  readonly name: Int32Array
  /** 1 where the arrival counts for its name: not of a source that walks through a whole dictionary, nor of a lucky one. */
  readonly named: Uint8Array
  /** 1 where it counts for nothing and is only weighed: its source logged in later, or is a regular visitor. */
  readonly lucky: Uint8Array
  /** 1 where it is the source's first on the surface. */
  readonly first: Uint8Array
  /** The name's group, where this is the source's first arrival on any name of that group; GROUP.NONE else. */
  readonly group: Uint8Array
  /** The row in the store. */
  readonly row: Int32Array
}

/**
 * Gathers a surface's arrivals. Rows of people at home are left out; where that was a source's first, its next one is
 * taken as first. Rows of the lucky are there to be weighed, and count for nothing.
 *
 * @param trained how many sources tried each name while the model was trained: what was often tried then is not rare.
 */
export function gatherArrivals(
  store: AttemptStore,
  surface: number,
  standing: (row: number) => Standing,
  trained: Readonly<Record<string, number>> = {},
): Arrivals {
  const own: number[] = []
  /** By row: 1 where it counts for nothing. */
  const lucky = new Uint8Array(store.rows)
  let sources = 0
  for (let at = 0; at < store.rows; at++) {
    if (store.names.surfaceOf(store.name[at]) !== surface) continue
    const whose = standing(at)
    if (whose === 'own') continue
    if (whose === 'lucky') lucky[at] = 1
    own.push(at)
    sources = Math.max(sources, store.source[at] + 1)
  }
  const { names } = store
  // Ties are broken by what was tried, never by numbers that depend on the order of reading.
  const row = Int32Array.from(own).sort(
    (a, b) =>
      store.first[a] - store.first[b] || compareTexts(names.text(store.name[a]), names.text(store.name[b])) || a - b,
  )
  const name = Int32Array.from(row, at => store.name[at])
  const source = Int32Array.from(row, at => store.source[at])
  // Columns by source and no maps: a million sources once each must cost a few megabytes.
  const width = new Uint16Array(sources)
  const attempts = new Uint32Array(sources)
  for (const [i, id] of source.entries()) {
    width[id]++
    attempts[id] += attemptsOf(store, row[i])
  }
  const walks = (id: number): boolean => width[id] > WIDE || (width[id] >= LOUD_NAMES && attempts[id] >= LOUD_ATTEMPTS)
  const regulars = findRegulars(store, row, sources)
  for (const at of row) if (store.first[at] <= regulars.until && regulars.sources[store.source[at]] === 1) lucky[at] = 1
  const named = Uint8Array.from(row, (at, i) => (lucky[at] === 0 && !walks(source[i]) ? 1 : 0))
  return {
    surface,
    length: row.length,
    time: Float64Array.from(row, at => store.first[at]),
    source,
    name,
    named,
    lucky: Uint8Array.from(row, at => lucky[at]),
    first: firstsOf(store, row, source, lucky, regulars.sources),
    group: groupsOf(store, surface, { name, source, named }, sources, trained),
    row,
  }
}

/**
 * Sources that the log's beginning only makes look new: they come in its first days (a fifth of it, two days at most) and
 * again long after. Else every log would begin with a wave of its regular visitors. `until` is when that is over: new
 * names that they try later count again.
 */
function findRegulars(store: AttemptStore, rows: Int32Array, count: number): { sources: Uint8Array; until: number } {
  const span = store.lastTime - store.firstTime
  const settled = store.firstTime + Math.min(SETTLING, span * SETTLING_SHARE)
  const until = settled + Math.min(SETTLING / 2, span * SETTLING_SHARE)
  const early = new Uint8Array(count)
  const late = new Uint8Array(count)
  for (const row of rows) {
    if (store.first[row] < settled) early[store.source[row]] = 1
    if (store.last[row] > until) late[store.source[row]] = 1
  }
  return { sources: early.map((seen, source) => seen & late[source]), until }
}

function firstsOf(
  store: AttemptStore,
  rows: Int32Array,
  source: Int32Array,
  lucky: Uint8Array,
  regulars: Uint8Array,
): Uint8Array {
  const seen = regulars.slice()
  return Uint8Array.from(rows, (row, i) => {
    if (seen[source[i]] === 1 || lucky[row] === 1) return 0
    seen[source[i]] = 1
    // A source whose first row was dropped for want of room is no newcomer.
    return store.evicted > 0 && (store.bits[row] & ROW.FIRST) === 0 ? 0 : 1
  })
}

function groupsOf(
  store: AttemptStore,
  surface: number,
  { name, source, named }: Pick<Arrivals, 'name' | 'source' | 'named'>,
  sources: number,
  trained: Readonly<Record<string, number>>,
): Uint8Array {
  const tried = new Map<number, number>()
  for (const id of name) tried.set(id, (tried.get(id) ?? 0) + 1)
  const seen = new Uint8Array(sources)
  return Uint8Array.from(name, (id, i) => {
    if (named[i] === 0) return GROUP.NONE
    const text = store.names.text(id)
    const common = namesAreAccounts(surface) && isCommonName(text)
    const listed = common && text !== '' && text !== 'root' ? GROUP.LISTED : GROUP.NONE
    // A short log shows three sources of a name that the model's weeks had thirty of.
    const often = Math.max(tried.get(id) ?? 0, Object.hasOwn(trained, text) ? trained[text] : 0)
    const group = !common && !store.names.isRest(id) && often <= RARE_SOURCES ? GROUP.RARE : listed
    const bit = 1 << group
    if ((seen[source[i]] & bit) !== 0) return GROUP.NONE
    seen[source[i]] |= bit
    return group
  })
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Index of the first value that is at least `value`, in ascending values. */
export function lowerBound(values: ArrayLike<number>, value: number, length = values.length): number {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle] < value) low = middle + 1
    else high = middle
  }
  return low
}
