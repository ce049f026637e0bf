/**
 * What a live run tells of what it has seen: findings as they begin and change, recorded and handed on. Rules' stories
 * are told at once; each analyzer concludes as often as its cost allows; what only counts on is written now and then.
 */

import type { EventRef } from '../../core/event.ts'
import type { Evidence } from '../../core/finding.ts'
import { type Finding, type Severity, severityRank } from '../../core/finding.ts'
import { DAY, MINUTE, SECOND } from '../../core/time.ts'
import type { FindingDraft } from '../../kit/define-rule.ts'
import { cutLine } from '../evidence.ts'
import { toFinding } from '../finding.ts'
import { type FindingsSnapshot, type LiveDraft, LiveFindings } from './findings.ts'
import type { LiveSession } from './session.ts'

/** A finding that people or firewalls may have to hear of. */
export interface Change {
  finding: Finding
  change: 'new' | 'updated'
  /** As it was recorded last. */
  previous: Finding | undefined
  /** It rests on what had happened before the first watch began: recorded, and nobody is told. */
  history: boolean
}

/** A finding as it was recorded, and when that was done first and last, wall clock. */
export interface Recorded {
  finding: Finding
  first: number
  last: number
  /** It was withdrawn, or its story taken to be over. */
  closed: boolean
}

/** Where findings are recorded. */
export interface FindingRecord {
  get(id: string): Recorded | undefined
  /** Conclusions that were recorded after a moment, wall clock, and stand. */
  concludedSince(moment: number): readonly Finding[]
  put(finding: Finding, at: number): void
  /** A later conclusion no longer upholds it. */
  withdraw(id: string): void
}

/** What is remembered of a finding to know what is news. */
interface Told {
  severity: Severity
  sources: number
  count: number
  at: number
  /** What is on record says that it is over. */
  closed: boolean
  /** As people were told it, where it was written since without being news. */
  news?: Pick<Told, 'severity' | 'sources' | 'count'>
}

/** The share of the time that an analyzer's conclusions may take. */
const CONCLUDING_SHARE = 1 / 1000
/** The share while something unusual goes on. */
const URGENT_SHARE = 1 / 30
/** New sources since the last conclusion that are unusual enough to look. */
const URGENT_SOURCES = 5
const LEAST_INTERVAL = SECOND
const MOST_INTERVAL = 10 * MINUTE
/** A story that merely goes on is written this often. */
const REST = MINUTE
/** Stories that rest this long are over (the engine's own bound is shorter; analyzers look back 30 days). */
const FORGET_AFTER = 35 * DAY

/** What is judged: a live session, or a log that is replayed. */
export type Judged = Pick<LiveSession, 'engine' | 'addresses' | 'paths'>

interface Cadence {
  id: string
  last: number
  cost: number
  sources: number
  events: number
}

export class Judge {
  readonly #session: Judged
  readonly #record: FindingRecord
  readonly #live = new LiveFindings()
  readonly #told = new Map<string, Told>()
  /** Told, and changed since: written when they rest. */
  readonly #pending = new Map<string, LiveDraft>()
  /** Written since they were last taken, without being news. */
  readonly #rested = new Map<string, Finding>()
  readonly #cadences: Cadence[]
  /** What was recorded between these moments may have been told to nobody: the process that did so was killed. */
  #untold = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY }
  readonly #onFailure: (id: string, error: unknown) => void
  /** A clock for costs only: milliseconds, of any beginning. */
  readonly #stopwatch: () => number
  readonly #prove: (ref: EventRef) => Evidence

  constructor(
    session: Judged,
    record: FindingRecord,
    options: {
      onFailure: (id: string, error: unknown) => void
      stopwatch: () => number
      /** Turns a pointer into the proving line; without it the line's text is in the pointer. */
      prove?: (ref: EventRef) => Evidence
      /** The one that judged before: what it has told is told, and what it has written quietly is still to be answered. */
      before?: Judge | undefined
    },
  ) {
    this.#session = session
    this.#record = record
    this.#onFailure = options.onFailure
    this.#stopwatch = options.stopwatch
    this.#prove = options.prove ?? (ref => this.#kept(ref))
    this.#cadences = session.engine.analyzers.map(({ id }) => ({
      id,
      last: Number.NEGATIVE_INFINITY,
      cost: 0,
      sources: 0,
      events: -1,
    }))
    const { before } = options
    if (before === undefined) return
    for (const [id, told] of before.#told) this.#told.set(id, told)
    for (const [id, finding] of before.#rested) this.#rested.set(id, finding)
    this.#untold = before.#untold
  }

  /** What the rules tell since the last call. `now` milliseconds, wall clock. */
  rules(now: number, history: boolean): Change[] {
    return this.#tell(this.#live.nameChanged(this.#session.engine.changedFindings()), now, history)
  }

  /** What those analyzers conclude whose turn it is; all of them where `all`. */
  conclude(now: number, history: boolean, all = false): Change[] {
    const changes: Change[] = []
    for (const cadence of this.#cadences) {
      if (!all && !this.#isDue(cadence, now)) continue
      const started = this.#stopwatch()
      const drafts = this.#session.engine.conclusionsOf(cadence.id, this.#onFailure)
      const { drafts: named, gone } = this.#live.nameConcluded(cadence.id, drafts)
      changes.push(...this.#tell(named, now, history))
      for (const id of gone) this.#withdraw(id)
      cadence.cost = this.#stopwatch() - started
      cadence.last = now
      cadence.sources = this.#session.addresses.size
      cadence.events = this.#session.engine.totals.events
    }
    return changes
  }

  #isDue({ last, cost, sources, events }: Cadence, now: number): boolean {
    const { engine, addresses } = this.#session
    if (engine.totals.events === events) return false
    const since = now - last
    // A wall clock that was set back must not silence the detectors.
    if (since < 0) return true
    const share = addresses.size - sources >= URGENT_SOURCES ? URGENT_SHARE : CONCLUDING_SHARE
    return since >= Math.min(MOST_INTERVAL, Math.max(LEAST_INTERVAL, cost / share))
  }

  #tell(named: readonly LiveDraft[], now: number, history: boolean): Change[] {
    const changes: Change[] = []
    for (const live of named) {
      const { id, draft } = live
      const before = this.#toldOf(id)
      if (before !== undefined && !isNews(before.news ?? before, draft)) {
        if (isChanged(before, draft)) this.#pending.set(id, live)
        continue
      }
      const recorded = this.#record.get(id)
      const finding = this.#write(live, now)
      const isNew = recorded === undefined || this.#isUntold(recorded.first)
      changes.push({ finding, change: isNew ? 'new' : 'updated', previous: recorded?.finding, history })
    }
    this.#writeRested(now)
    return changes
  }

  #toldOf(id: string): Told | undefined {
    const known = this.#told.get(id)
    if (known !== undefined) return known
    const recorded = this.#record.get(id)
    if (recorded === undefined || this.#isUntold(recorded.last)) return undefined
    const { severity, sources, count } = recorded.finding
    const told = { severity, sources: sources.length, count, at: Number.NEGATIVE_INFINITY, closed: recorded.closed }
    this.#told.set(id, told)
    return told
  }

  #isUntold(recorded: number): boolean {
    return recorded > this.#untold.from && recorded <= this.#untold.to
  }

  #write({ id, draft }: LiveDraft, now: number): Finding {
    const finding = toFinding(draft, id, ref => this.#prove(ref))
    this.#record.put(finding, now)
    this.#told.set(id, {
      severity: draft.severity,
      sources: draft.sources.length,
      count: draft.count,
      at: now,
      closed: false,
    })
    this.#pending.delete(id)
    return finding
  }

  #writeRested(now: number): void {
    for (const [id, live] of this.#pending) {
      const at = this.#told.get(id)?.at ?? Number.NEGATIVE_INFINITY
      if (now - at >= REST || now < at) this.#writeQuietly(live, now)
    }
  }

  /** What people know of it stays what they were told: else a story that grows slowly would never be news again. */
  #writeQuietly(live: LiveDraft, now: number): void {
    const before = this.#told.get(live.id)
    this.#rested.set(live.id, this.#write(live, now))
    const after = this.#told.get(live.id)
    if (before !== undefined && after !== undefined) this.#told.set(live.id, { ...after, news: before.news ?? before })
  }

  /** Findings that merely go on: nobody is told, but who comes again after a block is to be blocked again. */
  takeRested(): Finding[] {
    const rested = [...this.#rested.values()]
    this.#rested.clear()
    return rested
  }

  #withdraw(id: string): void {
    this.#record.withdraw(id)
    this.#told.delete(id)
    this.#pending.delete(id)
    this.#rested.delete(id)
  }

  #kept(ref: EventRef): Evidence {
    const path = this.#session.paths[ref.input] ?? ''
    return { path, line: ref.line, offset: ref.offset, text: cutLine(ref.text ?? '(the line was not kept)') }
  }

  /** Writes all that has changed: before a checkpoint, and at the end. */
  flush(now: number): void {
    for (const live of [...this.#pending.values()]) this.#writeQuietly(live, now)
  }

  /** Lets go of what has been over for long; `latest` is the latest event's moment, NaN before the first. */
  forget(latest: number): void {
    if (!Number.isFinite(latest)) return
    this.#session.engine.forget(latest - FORGET_AFTER)
    // What is asked for again is read from the record.
    if (this.#told.size > 10_000) this.#told.clear()
  }

  snapshot(): FindingsSnapshot {
    return this.#live.snapshot()
  }

  restore(saved: FindingsSnapshot): void {
    this.#live.restore(saved)
  }

  /**
   * The process before this one was killed: what it recorded after its last checkpoint, made at `saved`, is found again
   * from the logs, and told again, since it may have had no time to do so. `now` is the wall clock's.
   */
  resume(saved: number, now: number): void {
    this.#untold = { from: saved, to: now }
    this.#live.adopt(this.#record.concludedSince(saved))
  }
}

/** Whether what is told of a finding now differs so much from what was told that people must hear it. */
function isNews(before: Pick<Told, 'severity' | 'sources' | 'count'>, now: FindingDraft): boolean {
  return (
    severityRank(now.severity) < severityRank(before.severity) ||
    now.sources.length >= before.sources * 2 + 1 ||
    now.count >= before.count * 2 + 1
  )
}

const isChanged = (before: Told, now: FindingDraft): boolean =>
  before.closed ||
  now.count !== before.count ||
  now.sources.length !== before.sources ||
  now.severity !== before.severity
