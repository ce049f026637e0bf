/** The store as JSON for checkpoints and for other nodes. */
import type { EventRef } from '../core/event.ts'
import { listPieces, objectPieces } from '../kit/state/pieces.ts'
import { asArray, asNumber, type Json } from '../kit/state/primitive.ts'
import { refToJson } from '../kit/state/refs.ts'
import { SAME, type Translation } from '../kit/state/translation.ts'
import { type SavedTokens, TEXT_KINDS } from './source-tokens.ts'
import type { AttemptStore } from './store.ts'

const WHAT = 'the attempt store'

/** A name as every node understands it; without a text it stands for further names of the surface. */
interface StoredName {
  surface: number
  text: string | undefined
}

/** A row as it is saved, its source and evidence as they are here. */
export interface StoredRow extends StoredName {
  source: number
  first: number
  last: number
  count: number
  bits: number
  ref: EventRef | undefined
}

interface StoredLogin extends StoredName {
  source: number
  first: number
  last: number
  count: number
  byPassword: number
  byKey: number
  ref: EventRef | undefined
}

/** What `snapshotStore` wrote, read. */
export interface SavedStore {
  rows: StoredRow[]
  logins: StoredLogin[]
  /** By the ids of the node that wrote it; `sourceOf` translates. */
  tokens: SavedTokens
  visits: string
  sourceOf: (id: number) => number
  days: number[]
  /** First and last moment; empty where there was none. */
  span: number[]
  evicted: number
  attempts: number
}

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

/** Reads a snapshot, its numbers as they are here. @throws TypeError where it is none */
export function readStore(snapshot: Json, from: Translation): SavedStore {
  const saved = asRecord(snapshot)
  if (typeof saved.visits !== 'string') throw new TypeError(`snapshot of ${WHAT}: no visits`)
  return {
    rows: asArray(saved.rows, WHAT).map(json => {
      const [source, name, first, last, count, bits, ref] = asArray(json, WHAT)
      return {
        source: from.source(asNumber(source, WHAT)),
        ...storedNameOf(name),
        first: asNumber(first, WHAT),
        last: asNumber(last, WHAT),
        count: asNumber(count, WHAT),
        bits: asNumber(bits, WHAT),
        ref: refOf(ref, from),
      }
    }),
    logins: asArray(saved.logins, WHAT).map(json => {
      const [source, name, first, last, byPassword, byKey, ref] = asArray(json, WHAT)
      return {
        source: from.source(asNumber(source, WHAT)),
        ...storedNameOf(name),
        first: asNumber(first, WHAT),
        last: asNumber(last, WHAT),
        count: asNumber(byPassword, WHAT) + asNumber(byKey, WHAT),
        byPassword: asNumber(byPassword, WHAT),
        byKey: asNumber(byKey, WHAT),
        ref: refOf(ref, from),
      }
    }),
    tokens: tokensOf(saved.tokens),
    visits: saved.visits,
    sourceOf: id => from.source(id),
    days: numbersOf(saved.days),
    span: saved.span === null ? [] : numbersOf(saved.span),
    evicted: asNumber(saved.evicted, WHAT),
    attempts: asNumber(saved.attempts, WHAT),
  }
}

/** Fills an empty store. @throws TypeError where the snapshot is none */
export function restoreStore(store: AttemptStore, snapshot: Json): void {
  const saved = readStore(snapshot, SAME)
  const idOf = ({ surface, text }: StoredName): number =>
    text === undefined ? surface : store.names.idOf(surface, text)
  for (const row of saved.rows) store.put({ ...row, name: idOf(row) })
  for (const { surface, text, ...login } of saved.logins) store.logins.put({ ...login, name: idOf({ surface, text }) })
  for (const day of saved.days) store.days.add(day)
  for (const time of saved.span) store.alive(time)
  store.tokens.restore(saved.tokens, saved.sourceOf)
  store.visits.restore(saved.visits, saved.sourceOf)
  store.evicted = saved.evicted
  store.attempts = saved.attempts
}

function storedNameOf(json: Json | undefined): StoredName {
  const [surface, text] = asArray(json, WHAT)
  return { surface: asNumber(surface, WHAT), text: text === undefined ? undefined : String(text) }
}

function refOf(json: Json | undefined, from: Translation): EventRef | undefined {
  return json === null || json === undefined ? undefined : from.ref(json)
}

function numbersOf(json: Json | undefined): number[] {
  return asArray(json, WHAT).map(value => asNumber(value, WHAT))
}

function tokensOf(json: Json | undefined): SavedTokens {
  const { texts, rows } = asRecord(json)
  return {
    texts: TEXT_KINDS.map((_, k) => asArray(asArray(texts, WHAT)[k], WHAT).map(String)),
    rows: asArray(rows, WHAT).map(numbersOf),
  }
}

function asRecord(json: Json | undefined): Readonly<Record<string, Json | undefined>> {
  if (json === undefined || json === null || typeof json !== 'object' || Array.isArray(json))
    throw new TypeError(`snapshot of ${WHAT}: expected an object`)
  return json as Readonly<Record<string, Json>>
}
