/**
 * A live run: followed logs in, an engine that has seen them, a snapshot at any moment. It is the batch pipeline with
 * another clock: the same parsers, streams, order and engine. Knows nothing of who is told or what is blocked.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { AddressTable, type Classify } from '../../core/addresses.ts'
import { BatchWriter } from '../../core/batch.ts'
import { MINUTE } from '../../core/time.ts'
import { EventView, OpenBatch } from '../../core/view.ts'
import { Clock } from '../../engine/clock.ts'
import { Engine } from '../../engine/engine.ts'
import { Merge, type MergeSnapshot } from '../../engine/order.ts'
import { InputStream } from '../../engine/stream.ts'
import { createZone } from '../../kit/options.ts'
import type { Services } from '../../kit/services.ts'
import type { Json } from '../../kit/state/primitive.ts'
import type { ChunkOptions, ChunkParser } from '../../parsers/chunk.ts'
import { RULES } from '../../rules/index.ts'
import type { Follower } from '../../sources/follower.ts'
import { type DetectionSettings, openAnalyzers } from '../detection.ts'
import { Lane, type LaneSnapshot, type Pumped } from './lane.ts'

/** Raised when what a session remembers changes its shape: a session of another version begins anew. */
const SESSION_VERSION = 1
/** An event of one log waits this long, milliseconds, for earlier ones of the others. */
const ARRIVAL_SLACK = 250
/** No event waits longer for those of other logs, milliseconds, once all are read to their ends. */
const LONGEST_SLACK = 1000
/** After so long a silence nothing more will come that decides what a log left open (PAM's delay, a second line). */
const PATIENCE = 5000
/** Events that wait for earlier ones of other logs; beyond, the earliest go on: a log that is silent must not hold all in memory. */
const MOST_WAITING = 20_000

export interface SessionOptions {
  parsing: ChunkOptions
  timeZone: string
  classify: Classify
  services: Services
  ruleOptions: Readonly<Record<string, Record<string, unknown>>>
  detection: DetectionSettings
  evidenceLines: number
  /** Told of every event, in order, after the engine. */
  onEvent?: (event: EventView) => void
}

/**
 * A log of the run. Its place in the list is its number, which evidence points at: logs that are no longer followed keep
 * theirs, without a follower.
 */
export interface LiveInput {
  path: string
  follower: Follower | undefined
  /** The year of its first stamp, where stamps have none. */
  year: number
  /** The parser that has the beginning of its next line already, where the follower is taken over from another session. */
  parser?: ChunkParser | undefined
}

export interface SessionSnapshot {
  version: number
  paths: string[]
  engine: Json
  merge: MergeSnapshot
  lanes: LaneSnapshot[]
}

/**
 * The daemon's loop calls `pump`, then `settle`, then asks the engine; `wait` lets it rest. A session is for one
 * config: another config opens another session, which is given the snapshot.
 */
export class LiveSession {
  readonly engine: Engine
  readonly addresses: AddressTable
  /** Those that are followed. */
  readonly lanes: readonly Lane[]
  /** Paths by input number. */
  readonly paths: readonly string[]
  readonly #merge: Merge
  /** Of the last bytes of any log: wall clock, and a steady one. */
  #lastSeen = Number.NaN
  /** When everything was let through, steady clock. */
  #passed = Number.NEGATIVE_INFINITY
  #wasCaughtUp = false
  #arrived = Number.NaN
  /** Moments of the latest event and of the one that was seen last, event time; NaN before the first. */
  latest = Number.NaN
  lastEvent = Number.NaN

  constructor(inputs: readonly LiveInput[], options: SessionOptions) {
    this.addresses = new AddressTable(options.classify)
    this.engine = new Engine({
      rules: RULES,
      ruleOptions: options.ruleOptions,
      analyzers: openAnalyzers(options.detection, this.addresses, options.services),
      addresses: this.addresses,
      services: options.services,
      limits: { evidence: options.evidenceLines },
    })
    // The first call begins to note which stories change.
    this.engine.changedFindings()
    // A lane takes its batch out at the end of every read: one writer serves all.
    const writer = new BatchWriter()
    const parsing = { ...options.parsing, writer }
    const zone = zoneOf(options.timeZone)
    const view = new EventView(new OpenBatch(writer.take(), 0, 0, this.addresses))
    this.#merge = new Merge(inputs.length, (open, row) => {
      view.at(open, row)
      this.lastEvent = view.time
      if (!(view.time <= this.latest)) this.latest = view.time
      this.engine.observe(view)
      options.onEvent?.(view)
    })
    this.paths = inputs.map(({ path }) => path)
    const lanes: Lane[] = []
    for (const [index, { follower, year, parser }] of inputs.entries()) {
      if (follower === undefined) {
        this.#merge.end(index)
        continue
      }
      const clock = new Clock({ zone, year, reference: Date.UTC(year, 11, 31) })
      const stream = new InputStream(index, clock, this.addresses, (open, row) => this.#merge.push(index, open, row))
      lanes.push(new Lane(follower, stream, parsing, parser))
    }
    this.lanes = lanes
  }

  /**
   * Reads one chunk of every log that has one and lets its events through; answers what came. `now` is the wall clock's,
   * `time` a steady one's. @throws Problem
   */
  async pump(now: number, time: number, onPumped?: (lane: Lane, pumped: Pumped) => void): Promise<number> {
    let bytes = 0
    for (const lane of this.lanes) {
      lane.stream.clock.advance(now)
      const pumped = await lane.pump(time)
      if (pumped === undefined) continue
      bytes += pumped.bytes
      onPumped?.(lane, pumped)
    }
    if (bytes > 0) {
      this.#lastSeen = now
      this.#arrived = time
    }
    this.#merge.drain()
    this.#merge.relieve(MOST_WAITING)
    return bytes
  }

  /** Whether all that there will ever be has been read: streams that have ended, and nothing else. */
  get over(): boolean {
    return this.caughtUp && this.lanes.length > 0 && this.lanes.every(({ follower }) => follower.over === true)
  }

  /** Whether a stream is open, which ends of itself. */
  get streams(): boolean {
    return this.lanes.some(({ follower }) => follower.over === false)
  }

  get caughtUp(): boolean {
    return this.lanes.every(lane => lane.caughtUp)
  }

  /** Whether all was read at any moment since this was asked last: a log that is written to all the time has more at most moments. */
  takeCaughtUp(): boolean {
    const was = this.#wasCaughtUp || this.caughtUp
    this.#wasCaughtUp = false
    return was
  }

  /** Lets through what no log can precede any more. Call it after every read; clocks as for `pump`. */
  settle(now: number, time: number): void {
    if (this.caughtUp) this.#wasCaughtUp = true
    for (const lane of this.lanes) lane.settle(now, time, PATIENCE)
    this.#merge.drain()
    // A log that was read to its end says nothing earlier any more: the others need not wait for it.
    const behind = this.lanes.filter(lane => !lane.caughtUp).map(lane => lane.stream.input)
    this.#merge.advance(now - ARRIVAL_SLACK, behind)
    if (behind.length > 0) return
    // Stamps may run ahead of this clock: while one log speaks all the time, they are not waited for either.
    if (time - this.#arrived < ARRIVAL_SLACK && time - this.#passed < LONGEST_SLACK) return
    this.#passed = time
    this.#merge.advance(Number.POSITIVE_INFINITY)
  }

  /** Lets everything through, decided or not: nobody waits for what the logs will say next. */
  settleAll(now: number): void {
    for (const lane of this.lanes) lane.settle(now, Number.POSITIVE_INFINITY, 0)
    this.#merge.drain()
    this.#merge.advance(Number.POSITIVE_INFINITY)
  }

  /** Whether something waits that time alone may decide. */
  get unsettled(): boolean {
    return this.lanes.some(lane => lane.unsettled) || !this.#merge.isEmpty
  }

  /** Resolves when any log may have more, when the signal fires, or after `milliseconds`. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    const done = new AbortController()
    const either = AbortSignal.any([signal, done.signal])
    try {
      if (this.lanes.length === 0) await delay(milliseconds, undefined, { signal })
      else await Promise.race(this.lanes.map(lane => lane.follower.wait(milliseconds, either)))
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      done.abort()
    }
  }

  /** Wall clock of the last bytes of any log; NaN before the first. */
  get lastArrival(): number {
    return this.#lastSeen
  }

  snapshot(): SessionSnapshot {
    return { ...this.#aroundEngine(), engine: this.engine.snapshot() }
  }

  /** The snapshot as JSON, in pieces. */
  *snapshotJson(): Generator<string> {
    yield `${JSON.stringify(this.#aroundEngine()).slice(0, -1)},"engine":`
    yield* this.engine.snapshotJson()
    yield '}'
  }

  #aroundEngine(): Omit<SessionSnapshot, 'engine'> {
    return {
      version: SESSION_VERSION,
      paths: [...this.paths],
      merge: this.#merge.snapshot(),
      lanes: this.lanes.map(lane => lane.snapshot()),
    }
  }

  /**
   * Fills a fresh session from a snapshot. Its logs must be the snapshot's, in their order, and may be more; the followers
   * were opened at the snapshot's positions.
   */
  restore(saved: SessionSnapshot): void {
    this.engine.restore(saved.engine)
    for (const lane of this.lanes) {
      const before = saved.lanes.find(({ path }) => path === lane.path)
      if (before !== undefined) lane.restore(before.stream)
    }
    this.#merge.restore(saved.merge, this.addresses)
    // A log that is no longer followed delivers nothing: nobody waits for it.
    for (let input = 0; input < this.paths.length; input++) this.#merge.end(input)
    for (const lane of this.lanes) this.#merge.reopen(lane.stream.input)
  }
}

/** Whether something is a saved session of this version. */
export function isSession(saved: unknown): saved is SessionSnapshot {
  return typeof saved === 'object' && saved !== null && 'version' in saved && saved.version === SESSION_VERSION
}

function zoneOf(timeZone: string): { name: string; offset: (utc: number) => number } {
  // Of this machine's own zone a Date knows the offset, without the megabytes that Intl takes; its name is for reports.
  if (timeZone === 'local') return { name: timeZone, offset: utc => new Date(utc).getTimezoneOffset() * -MINUTE }
  return { name: timeZone, offset: createZone(timeZone) }
}
