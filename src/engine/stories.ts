/** Stories: one per rule and identity, so that what goes on is updated and not repeated. */
import type { AddressTable } from '../core/addresses.ts'
import type { EventRef } from '../core/event.ts'
import type { Severity } from '../core/finding.ts'
import { severityRank } from '../core/finding.ts'
import type { EventView } from '../core/view.ts'
import type { FactValue, Hit, Story } from '../kit/define-rule.ts'
import { listPieces, objectPieces } from '../kit/state/pieces.ts'
import { asArray, asKey, asNumber, type Json, type Key } from '../kit/state/primitive.ts'
import { refToJson } from '../kit/state/refs.ts'
import { SAME, type Translation } from '../kit/state/translation.ts'
import { foldStories, STORY_GAP } from './story-merge.ts'

export interface StoryLimits {
  /** Stories held a rule; what comes after is counted and not told. */
  stories: number
  /** Evidence lines a story: half from its beginning, half its latest. */
  evidence: number
  /** Users, hosts and (beyond its own) sources named in a story. */
  names: number
}

export const STORY_LIMITS: StoryLimits = { stories: 50_000, evidence: 10, names: 2000 }

export interface StoryRecord {
  key: Key
  /** `first` when it was opened: its id is made of this, for `first` moves with lines that come out of order. */
  begun: number
  first: number
  last: number
  count: number
  severity: Severity | undefined
  sources: Set<number>
  users: Set<string>
  hosts: Set<string>
  services: Set<string>
  facts: Record<string, FactValue>
  opening: EventRef[]
  latest: EventRef[]
}

export class StoryBook {
  /** Hits that opened no story because the book was full. */
  omitted = 0
  #watched = false
  readonly #open = new Map<Key, StoryRecord>()
  #closed: StoryRecord[] = []
  /** Stories hit since they were last asked for (live). */
  readonly #touched = new Set<StoryRecord>()
  readonly #limits: StoryLimits

  constructor(limits: StoryLimits = STORY_LIMITS) {
    this.#limits = limits
  }

  hit(key: Key, event: EventView, hit: Hit): void {
    const weight = hit.weight ?? (event.attempts > 0 ? event.attempts : event.count)
    let story = this.#open.get(key)
    if (story !== undefined && event.time - story.last > STORY_GAP) {
      this.#closed.push(story)
      this.#open.delete(key)
      story = undefined
    }
    if (story === undefined) {
      if (this.#open.size + this.#closed.length >= this.#limits.stories) {
        this.omitted++
        return
      }
      story = open(key, event, hit, weight)
      this.#open.set(key, story)
    } else {
      story.count += weight
      // Lines a little out of order must neither shorten a story nor stretch it backwards.
      if (event.time > story.last) story.last = event.time
      if (event.time < story.first) story.first = event.time
    }
    this.#enrich(story, event, hit)
    if (this.#watched) this.#touched.add(story)
  }

  /** Live: the stories that were hit since the last call; the first call begins to note them. */
  takeTouched(): StoryRecord[] {
    this.#watched = true
    const touched = [...this.#touched]
    this.#touched.clear()
    return touched
  }

  /** Live: lets go of stories whose last moment lies before `time`; whoever needs them has stored them. */
  forget(time: number): void {
    this.#closed = this.#closed.filter(story => story.last >= time)
    for (const [key, story] of this.#open) if (story.last < time) this.#open.delete(key)
  }

  #enrich(story: StoryRecord, event: EventView, hit: Hit): void {
    const { names } = this.#limits
    if (hit.accuse !== false && event.source >= 0) addBounded(story.sources, event.source, names)
    if (hit.sources !== undefined) for (const source of hit.sources) addBounded(story.sources, source, names)
    const { user, host, service } = event
    if (user !== undefined) addBounded(story.users, user, names)
    if (hit.users !== undefined) for (const name of hit.users) addBounded(story.users, name, names)
    if (host !== undefined) addBounded(story.hosts, host, names)
    if (service !== undefined) addBounded(story.services, service, names)
    if (hit.facts !== undefined) Object.assign(story.facts, hit.facts)
    if (
      hit.severity !== undefined &&
      (story.severity === undefined || severityRank(hit.severity) < severityRank(story.severity))
    ) {
      story.severity = hit.severity
    }
    this.#prove(story, event.ref)
  }

  #prove(story: StoryRecord, ref: EventRef): void {
    const half = Math.ceil(this.#limits.evidence / 2)
    const known = story.opening.at(-1)
    if (known !== undefined && isSameLine(known, ref)) return
    if (story.opening.length < half) story.opening.push(ref)
    else {
      story.latest.push(ref)
      if (story.latest.length > this.#limits.evidence - half) story.latest.shift()
    }
  }

  /** All stories, those that are over first. */
  *stories(): Generator<StoryRecord> {
    yield* this.#closed
    yield* this.#open.values()
  }

  get size(): number {
    return this.#open.size + this.#closed.length
  }

  /** What `restore` takes, as JSON in pieces. */
  snapshotPieces(): Iterable<string> {
    return objectPieces([
      ['omitted', [String(this.omitted)]],
      ['closed', listPieces(this.#closed.values().map(toJson))],
      ['open', listPieces(this.#open.values().map(toJson))],
    ])
  }

  restore(snapshot: Json): void {
    const { omitted, closed, live } = bookFromJson(snapshot, SAME)
    this.omitted = omitted
    this.#closed.push(...closed)
    for (const story of live) this.#open.set(story.key, story)
  }

  /**
   * Adds another node's stories. Those of one identity that are not a week apart become one, which counts both. What is
   * more than the book holds is counted as omitted.
   */
  merge(snapshot: Json, from: Translation): void {
    const { omitted, closed, live } = bookFromJson(snapshot, from)
    this.omitted += omitted
    const theirs = Map.groupBy([...closed, ...live], ({ key }) => key)
    const mine = Map.groupBy(
      this.#closed.filter(({ key }) => theirs.has(key)),
      ({ key }) => key,
    )
    this.#closed = this.#closed.filter(({ key }) => !theirs.has(key))
    for (const [key, added] of theirs) {
      const current = this.#open.get(key)
      const own = [...(mine.get(key) ?? []), ...(current === undefined ? [] : [current])]
      this.#open.delete(key)
      for (const story of own) this.#touched.delete(story)
      this.#take(key, foldStories([...own, ...added], this.#limits))
    }
  }

  /** Takes one identity's stories in; only the latest of them can go on. */
  #take(key: Key, stories: readonly StoryRecord[]): void {
    const room = this.#limits.stories - this.size
    this.omitted += Math.max(0, stories.length - room)
    const kept = stories.slice(Math.max(0, stories.length - room))
    const latest = kept.at(-1)
    if (room <= 0 || latest === undefined) return
    this.#closed.push(...kept.slice(0, -1))
    this.#open.set(key, latest)
    if (this.#watched) for (const story of kept) this.#touched.add(story)
  }
}

function bookFromJson(
  snapshot: Json,
  from: Translation,
): { omitted: number; closed: StoryRecord[]; live: StoryRecord[] } {
  if (snapshot === null || typeof snapshot !== 'object' || Array.isArray(snapshot)) {
    throw new TypeError('snapshot of a story book: expected an object')
  }
  const { omitted, closed, open: live } = snapshot as { omitted?: Json; closed?: Json; open?: Json }
  return {
    omitted: asNumber(omitted, 'a story book'),
    closed: asArray(closed, 'a story book').map(json => fromJson(json, from)),
    live: asArray(live, 'a story book').map(json => fromJson(json, from)),
  }
}

function open(key: Key, event: EventView, hit: Hit, weight: number): StoryRecord {
  const { trail } = hit
  const first = Math.min(trail?.first ?? event.time, event.time)
  const opening: EventRef[] = []
  if (trail !== undefined) {
    const { ref } = event
    opening.push(...trail.refs.filter(earlier => !isSameLine(earlier, ref)).slice(0, 4))
  }
  return {
    key,
    begun: first,
    first,
    last: event.time,
    count: trail === undefined ? weight : Math.max(trail.count, weight),
    severity: undefined,
    sources: new Set(),
    users: new Set(),
    hosts: new Set(),
    services: new Set(),
    facts: {},
    opening,
    latest: [],
  }
}

/** Lines of a log that was rotated count from 1 again: the offset tells most of them apart. */
const isSameLine = (a: EventRef, b: EventRef): boolean =>
  a.input === b.input && a.line === b.line && a.offset === b.offset

function addBounded<T>(set: Set<T>, value: T, limit: number): void {
  if (set.size < limit) set.add(value)
}

/** The story as a rule's `explain` sees it. */
export function tell(record: StoryRecord, addresses: AddressTable): Story {
  return {
    key: record.key,
    first: record.first,
    last: record.last,
    count: record.count,
    sources: [...record.sources].map(id => addresses.format(id)),
    users: [...record.users],
    hosts: [...record.hosts],
    services: [...record.services],
    facts: record.facts,
  }
}

function toJson(story: StoryRecord): Json {
  return {
    ...story,
    severity: story.severity ?? null,
    sources: [...story.sources],
    users: [...story.users],
    hosts: [...story.hosts],
    services: [...story.services],
    facts: story.facts,
    opening: story.opening.map(refToJson),
    latest: story.latest.map(refToJson),
  }
}

function fromJson(json: Json, from: Translation): StoryRecord {
  const what = 'a story'
  // Written by toJson above and guarded by the checkpoint's checksum and version.
  const saved = json as { [key: string]: Json }
  const texts = (value: Json | undefined): Set<string> => new Set(asArray(value, what).map(String))
  return {
    key: from.key(asKey(saved.key, what)),
    begun: asNumber(saved.begun, what),
    first: asNumber(saved.first, what),
    last: asNumber(saved.last, what),
    count: asNumber(saved.count, what),
    severity: (saved.severity ?? undefined) as Severity | undefined,
    sources: new Set(asArray(saved.sources, what).map(id => from.source(asNumber(id, what)))),
    users: texts(saved.users),
    hosts: texts(saved.hosts),
    services: texts(saved.services),
    facts: saved.facts as Record<string, FactValue>,
    opening: asArray(saved.opening, what).map(ref => from.ref(ref)),
    latest: asArray(saved.latest, what).map(ref => from.ref(ref)),
  }
}
