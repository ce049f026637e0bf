/** The store as JSON for checkpoints, and two nodes' stores put together. */
import { listPieces, objectPieces } from '../kit/state/pieces.ts'
import { asArray, asNumber, type Json } from '../kit/state/primitive.ts'
import { refFromJson, refToJson } from '../kit/state/refs.ts'
import { type SavedTokens, TEXT_KINDS } from './source-tokens.ts'
import type { AttemptStore } from './store.ts'

const WHAT = 'the attempt store'

/** Everything that the store knows. */
export function snapshotStore(store: AttemptStore): Json {
  return { rows: [...rowsOf(store)], ...aroundRows(store) }
}

/** The same as JSON, in pieces. */
export function storePieces(store: AttemptStore): Iterable<string> {
  const around = Object.entries(aroundRows(store)).map(([key, value]) => [key, [JSON.stringify(value)]] as const)
  return objectPieces([['rows', listPieces(rowsOf(store))], ...around])
}

function nameOf({ names }: AttemptStore, id: number): Json {
  return names.isRest(id) ? [names.surfaceOf(id)] : [names.surfaceOf(id), names.text(id)]
}

function* rowsOf(store: AttemptStore): Generator<Json> {
  for (let row = 0; row < store.rows; row++) {
    const ref = store.refOf(row)
    yield [
      store.source[row],
      nameOf(store, store.name[row]),
      store.first[row],
      store.last[row],
      store.count[row],
      store.bits[row],
      ref === undefined ? null : refToJson(ref),
    ]
  }
}

function aroundRows(store: AttemptStore): Record<string, Json> {
  // Who has no row left is not weighed, and need not be known.
  const present = new Set(store.source.subarray(0, store.rows))
  return {
    logins: [...store.logins.entries()].map(login => [
      login.source,
      nameOf(store, login.name),
      login.first,
      login.last,
      login.byPassword,
      login.byKey,
      login.ref === undefined ? null : refToJson(login.ref),
    ]),
    tokens: { ...store.tokens.snapshot(source => present.has(source)) },
    visits: store.visits.snapshot(),
    days: [...store.days],
    span: Number.isNaN(store.firstTime) ? null : [store.firstTime, store.lastTime],
    evicted: store.evicted,
    attempts: store.attempts,
  }
}

/**
 * Adds a snapshot to a store: into an empty one a restart, into another node's a merge. `sourceOf` translates the other
 * node's source ids.
 */
export function restoreStore(store: AttemptStore, snapshot: Json, sourceOf: (id: number) => number = id => id): void {
  const saved = asRecord(snapshot)
  const nameOf = (json: Json | undefined): number => {
    const [surface, text] = asArray(json, WHAT)
    return text === undefined ? asNumber(surface, WHAT) : store.names.idOf(asNumber(surface, WHAT), String(text))
  }
  for (const day of asArray(saved.days, WHAT)) store.days.add(asNumber(day, WHAT))
  if (saved.span !== null) for (const time of asArray(saved.span, WHAT)) store.alive(asNumber(time, WHAT))
  for (const json of asArray(saved.rows, WHAT)) {
    const [source, name, first, last, count, bits, ref] = asArray(json, WHAT)
    store.put({
      source: sourceOf(asNumber(source, WHAT)),
      name: nameOf(name),
      first: asNumber(first, WHAT),
      last: asNumber(last, WHAT),
      count: asNumber(count, WHAT),
      bits: asNumber(bits, WHAT),
      ref: ref === null || ref === undefined ? undefined : refFromJson(ref),
    })
  }
  for (const json of asArray(saved.logins, WHAT)) {
    const [source, name, first, last, byPassword, byKey, ref] = asArray(json, WHAT)
    store.logins.put({
      source: sourceOf(asNumber(source, WHAT)),
      name: nameOf(name),
      first: asNumber(first, WHAT),
      last: asNumber(last, WHAT),
      count: asNumber(byPassword, WHAT) + asNumber(byKey, WHAT),
      byPassword: asNumber(byPassword, WHAT),
      byKey: asNumber(byKey, WHAT),
      ref: ref === null || ref === undefined ? undefined : refFromJson(ref),
    })
  }
  store.tokens.restore(tokensOf(saved.tokens), sourceOf)
  if (typeof saved.visits !== 'string') throw new TypeError(`snapshot of ${WHAT}: no visits`)
  store.visits.restore(saved.visits, sourceOf)
  store.evicted += asNumber(saved.evicted, WHAT)
  store.attempts += asNumber(saved.attempts, WHAT)
}

function tokensOf(json: Json | undefined): SavedTokens {
  const { texts, rows } = asRecord(json)
  return {
    texts: TEXT_KINDS.map((_, k) => asArray(asArray(texts, WHAT)[k], WHAT).map(String)),
    rows: asArray(rows, WHAT).map(row => asArray(row, WHAT).map(value => asNumber(value, WHAT))),
  }
}

function asRecord(json: Json | undefined): Readonly<Record<string, Json | undefined>> {
  if (json === undefined || json === null || typeof json !== 'object' || Array.isArray(json))
    throw new TypeError(`snapshot of ${WHAT}: expected an object`)
  return json as Readonly<Record<string, Json>>
}
