/** What the report tells beside the findings: who did how much, and when. Bounded: by sources and by hours. */
import type { AddressTable } from '../core/addresses.ts'
import { EVENT_KINDS, OTHER_AUTH_FAILED_KINDS, SSH_ATTEMPT_KINDS } from '../core/event.ts'
import type { SourceSummary, Timeline } from '../core/report.ts'
import { DAY, formatTime, HOUR } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import type { SourceRank } from '../kit/define-detector.ts'
import type { FindingDraft } from '../kit/define-rule.ts'
import type { Geo } from '../kit/services.ts'

const FAILED: ReadonlySet<string> = new Set([...SSH_ATTEMPT_KINDS, ...OTHER_AUTH_FAILED_KINDS])
/** Per kind: 0 nothing to count, 1 a failed login, 2 an accepted one, 3 a web request. */
const MEANING = Uint8Array.from(EVENT_KINDS, kind =>
  FAILED.has(kind)
    ? 1
    : kind.endsWith('.auth.accepted') || kind === 'login.accepted'
      ? 2
      : kind === 'web.request'
        ? 3
        : 0,
)

/** Rows of the timeline at the most; longer periods get wider buckets. */
const MOST_BUCKETS = 336
/** Rows of the table of sources at the most. */
const MOST_SOURCES = 500

const COLUMNS = 4

/**
 * Observes every event of a run; then answers its totals, `timeline` (undefined where nothing was counted) and
 * `table` of sources. Failed logins count attempts; all others count events with their repeats.
 */
export class Overview {
  readonly #addresses: AddressTable
  /** events, failed, accepted, web per source id. */
  #counts = new Float64Array(COLUMNS * 1024)
  #first = new Float64Array(1024).fill(Number.NaN)
  #last = new Float64Array(1024)
  readonly #hours = new Map<number, [number, number, number]>()
  #hour = Number.NaN
  #bucket: [number, number, number] = [0, 0, 0]
  failed = 0
  accepted = 0
  web = 0
  sources = 0
  first = Number.NaN
  last = Number.NaN

  constructor(addresses: AddressTable) {
    this.#addresses = addresses
  }

  observe(event: EventView): void {
    const { time, source } = event
    if (!(time >= this.first)) this.first = Number.isNaN(this.first) ? time : Math.min(this.first, time)
    if (!(time <= this.last)) this.last = time
    const meaning = MEANING[event.open.batch.columns.kind[event.row]]
    const weight = meaning === 1 ? event.attempts : meaning === 0 ? 0 : event.count
    if (meaning === 1) this.failed += weight
    else if (meaning === 2) this.accepted += weight
    else if (meaning === 3) this.web += weight
    if (weight > 0) this.#countHour(time, meaning - 1, weight)
    if (source >= 0) this.#countSource(source, time, meaning, weight)
  }

  #countHour(time: number, column: number, weight: number): void {
    const hour = Math.floor(time / HOUR)
    if (hour !== this.#hour) {
      this.#hour = hour
      let bucket = this.#hours.get(hour)
      if (bucket === undefined) {
        bucket = [0, 0, 0]
        // A clock that jumps wildly must not grow the table: 20 years of hours are enough.
        if (this.#hours.size < 175_000) this.#hours.set(hour, bucket)
      }
      this.#bucket = bucket
    }
    this.#bucket[column] += weight
  }

  #countSource(source: number, time: number, meaning: number, weight: number): void {
    if (source >= this.#first.length) this.#grow(source)
    if (Number.isNaN(this.#first[source])) {
      this.#first[source] = time
      this.#last[source] = time
      this.sources++
    } else if (time > this.#last[source]) this.#last[source] = time
    this.#counts[source * COLUMNS]++
    if (meaning > 0) this.#counts[source * COLUMNS + meaning] += weight
  }

  #grow(source: number): void {
    const size = Math.max(this.#first.length * 2, source + 1)
    const counts = new Float64Array(size * COLUMNS)
    counts.set(this.#counts)
    this.#counts = counts
    const first = new Float64Array(size).fill(Number.NaN)
    first.set(this.#first)
    this.#first = first
    const last = new Float64Array(size)
    last.set(this.#last)
    this.#last = last
  }

  timeline(): Timeline | undefined {
    if (this.#hours.size === 0) return undefined
    const hours = [...this.#hours.keys()].sort((a, b) => a - b)
    // Stamps far off the rest (a clock that was wrong at boot) would squeeze everything else into one column.
    const start = hours[Math.floor(hours.length * 0.001)]
    const end = hours[Math.ceil(hours.length * 0.999) - 1]
    const width = Math.max(1, Math.ceil((end - start + 1) / MOST_BUCKETS))
    const size = Math.ceil((end - start + 1) / width)
    const columns: [number[], number[], number[]] = [
      new Array(size).fill(0),
      new Array(size).fill(0),
      new Array(size).fill(0),
    ]
    for (const [hour, bucket] of this.#hours) {
      const at = Math.floor((hour - start) / width)
      if (at < 0 || at >= size) continue
      for (let column = 0; column < 3; column++) columns[column][at] += bucket[column]
    }
    return {
      start: formatTime(start * HOUR),
      bucket_minutes: width * 60,
      failed_logins: columns[0],
      accepted_logins: columns[1],
      web_requests: columns[2],
    }
  }

  /** The sources that matter most: those that findings accuse, then those with the most failed logins, then the busiest. */
  table(
    findings: readonly (FindingDraft & { id: string })[],
    geo: Geo | undefined,
    ranks: ReadonlyMap<number, SourceRank> = new Map(),
  ): SourceSummary[] {
    const accused = new Map<string, string[]>()
    for (const finding of findings) {
      for (const source of finding.sources) {
        const ids = accused.get(source)
        if (ids === undefined) accused.set(source, [finding.id])
        else if (ids.length < 20) ids.push(finding.id)
      }
    }
    const score = (id: number): number => this.#counts[id * COLUMNS + 1] * 1000 + this.#counts[id * COLUMNS]
    const least = this.#scoreAt(MOST_SOURCES, score)
    type Row = { id: number; text: string; accused: boolean }
    const rows: Row[] = []
    const byWeight = (a: Row, b: Row): number =>
      Number(b.accused) - Number(a.accused) || score(b.id) - score(a.id) || (a.text < b.text ? -1 : 1)
    /** The last row that still has a place; where a million sources did the same, nearly all are told by it. */
    let last: Row | undefined
    for (let id = 0; id < this.#addresses.size; id++) {
      if (this.#counts[id * COLUMNS] === 0 || (accused.size === 0 && score(id) < least)) continue
      const text = this.#addresses.format(id)
      const isAccused = accused.has(text)
      if (!isAccused && score(id) < least) continue
      const row = { id, text, accused: isAccused }
      if (last !== undefined && byWeight(row, last) > 0) continue
      rows.push(row)
      if (rows.length >= 4 * MOST_SOURCES) {
        rows.sort(byWeight).length = MOST_SOURCES
        last = rows.at(-1)
      }
    }
    return rows
      .sort(byWeight)
      .slice(0, MOST_SOURCES)
      .map(({ id, text }) => this.#summary(id, text, accused.get(text) ?? [], geo, ranks.get(id)))
  }

  /** The score that so many sources reach. */
  #scoreAt(place: number, score: (id: number) => number): number {
    const scores = Float64Array.from({ length: this.#addresses.size }, (_, id) => score(id)).sort()
    return scores[Math.max(0, scores.length - place)] ?? 0
  }

  #summary(
    id: number,
    text: string,
    findings: string[],
    geo: Geo | undefined,
    rank: SourceRank | undefined,
  ): SourceSummary {
    const at = id * COLUMNS
    const address = text.replace(/\/64$/, '')
    const country = geo?.place(address)?.country
    const network = geo?.network(address)
    return {
      source: text,
      ...(country === undefined ? {} : { country }),
      ...(network?.asn === undefined
        ? {}
        : { asn: `AS${network.asn}${network.organisation === undefined ? '' : ` ${network.organisation}`}` }),
      events: this.#counts[at],
      failed_logins: this.#counts[at + 1],
      accepted_logins: this.#counts[at + 2],
      web_requests: this.#counts[at + 3],
      first: formatTime(this.#first[id]),
      last: formatTime(this.#last[id]),
      findings,
      ...rank,
    }
  }

  /** Whole days between the first and the last event. */
  get days(): number {
    return Number.isNaN(this.first) ? 0 : (this.last - this.first) / DAY
  }
}
