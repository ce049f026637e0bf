/**
 * Two nodes' attempt stores put together. The rows are laid out anew in the order of their first attempts, as one store
 * that had seen both nodes' events in time order has them: from the same rows the same conclusions come.
 *
 * Exact for events that were split in any way: who tried which name, when first and last, how often, with which bits;
 * logins; what each source fetched; the days. Exact where all events of a source went to one node: what it shows besides
 * names, and which of its pages another page links to; else a source shows what this node saw first, the other's
 * last port, and a linked page that is missing counts one visit later. Where a source has more names than are told apart,
 * its earliest ones are kept, as by one store, but attempts that a node had counted under further names stay there. Where
 * a table is full, the longest unused go and are counted: what either node had dropped is not known any more.
 */
import type { Json } from '../kit/state/primitive.ts'
import type { Translation } from '../kit/state/translation.ts'
import { type AttemptStore, ROW } from './store.ts'
import { readStore, type SavedStore, type StoredRow } from './store-snapshot.ts'
import { NAMES_PER_SOURCE, SURFACES } from './surfaces.ts'

/** Adds another node's snapshot. @throws TypeError where it is none */
export function mergeStore(store: AttemptStore, snapshot: Json, from: Translation): void {
  const theirs = readStore(snapshot, from)
  const own = [...ownRows(store)]
  const known = [...knownBefore(own, store.evicted), ...knownBefore(theirs.rows, theirs.evicted)]
  // Names are given numbers as their rows come: what has no row yet is swept when room is made.
  store.clearRows()
  layOut(store, pairsOf([...own, ...theirs.rows]))
  markFirst(store, new Set(known))
  addRest(store, theirs)
}

function* ownRows(store: AttemptStore): Generator<StoredRow> {
  const { names } = store
  for (let row = 0; row < store.rows; row++) {
    const name = store.name[row]
    yield {
      source: store.source[row],
      surface: names.surfaceOf(name),
      text: names.isRest(name) ? undefined : names.text(name),
      first: store.first[row],
      last: store.last[row],
      count: store.count[row],
      bits: store.bits[row],
      ref: store.refOf(row),
    }
  }
}

/** One row a source and name, in the order of their first attempts. */
function pairsOf(rows: readonly StoredRow[]): StoredRow[] {
  const pairs = new Map<string, StoredRow>()
  for (const row of rows) {
    const key = `${row.source} ${row.surface} ${row.text === undefined ? '' : `=${row.text}`}`
    const known = pairs.get(key)
    pairs.set(key, known === undefined ? row : joinRows(known, row))
  }
  return [...pairs.values()].sort((a, b) => a.first - b.first)
}

function joinRows(a: StoredRow, b: StoredRow): StoredRow {
  const earlier = a.first <= b.first ? a : b
  return {
    ...earlier,
    last: Math.max(a.last, b.last),
    count: a.count + b.count,
    bits: a.bits | b.bits,
  }
}

/** Puts the rows in, those of names beyond what a source may have under its further ones. */
function layOut(store: AttemptStore, rows: readonly StoredRow[]): void {
  const widths = new Map<number, number>()
  const further = new Set<number>()
  for (const row of rows) {
    const { source, surface, text } = row
    const width = widths.get(source) ?? 0
    const isRest = text === undefined || width >= NAMES_PER_SOURCE[surface]
    const rest = placeOf(source, surface)
    if (!isRest || !further.has(rest)) widths.set(source, width + 1)
    if (isRest) further.add(rest)
    store.put({ ...row, name: isRest ? surface : store.names.idOf(surface, text) })
  }
}

/** Sources of which a node with a full table had rows, but not the first: they are no newcomers. */
function knownBefore(rows: readonly StoredRow[], evicted: number): Set<number> {
  const known = new Set<number>()
  if (evicted === 0) return known
  for (const { source, surface } of rows) known.add(placeOf(source, surface))
  for (const { source, surface, bits } of rows) if ((bits & ROW.FIRST) !== 0) known.delete(placeOf(source, surface))
  return known
}

/** Marks each source's first row of a surface. */
function markFirst(store: AttemptStore, known: ReadonlySet<number>): void {
  const seen = new Set(known)
  for (let row = 0; row < store.rows; row++) {
    const place = placeOf(store.source[row], store.names.surfaceOf(store.name[row]))
    if (seen.has(place)) store.bits[row] &= ~ROW.FIRST
    else store.bits[row] |= ROW.FIRST
    seen.add(place)
  }
}

function placeOf(source: number, surface: number): number {
  return source * SURFACES.length + surface
}

function addRest(store: AttemptStore, theirs: SavedStore): void {
  for (const { surface, text, ...login } of theirs.logins)
    store.logins.put({ ...login, name: text === undefined ? surface : store.names.idOf(surface, text) })
  store.logins.sort()
  for (const day of theirs.days) store.days.add(day)
  for (const time of theirs.span) store.alive(time)
  store.tokens.restore(theirs.tokens, theirs.sourceOf)
  store.visits.restore(theirs.visits, theirs.sourceOf)
  store.evicted += theirs.evicted
  store.attempts += theirs.attempts
}
