/** The present rates as figures: for a live page, for metrics, for the store. Reads a monitor and changes nothing in it. */
import type { AddressTable } from '../core/addresses.ts'
import { CALM } from './alarms.ts'
import type { Episode } from './episodes.ts'
import { FAMILIES, FAMILY_OF, MEASURE_COUNT, MEASURES, type Measure } from './measures.ts'
import type { RateMonitor } from './monitor.ts'
import { WINDOW } from './second-rings.ts'
import { FIRST_GROUP, SERVER } from './series.ts'

/** One measure of the whole server. */
export interface RateSeries {
  measure: Measure
  /** Events in each of the last 60 seconds, oldest first. */
  seconds: number[]
  /** Their sum: events in the last 60 s. */
  observed: number
  /** Events that 60 s hold usually. */
  expected: number
  /** The sum from which on it is looked at; undefined while too little is known to judge. */
  limit: number | undefined
  /** Whether an episode of it is open. */
  alarmed: boolean
}

export interface GroupRate {
  /** First segment of the paths, of plain characters; `other` for all without a group. */
  group: string
  requests: number
  errors: number
  expected: number
}

export interface SourceRate {
  source: string
  /** Events in the last 60 s. */
  events: number
  requests: number
  errors: number
  logins: number
}

export interface BoardView {
  /** The second (since 1970) with which the series end. */
  second: number
  series: RateSeries[]
  /** All events of the last 60 seconds, second by second. */
  events: number[]
  /** Most requests first. */
  groups: GroupRate[]
  /** Most events first. */
  sources: SourceRate[]
}

/** One value of a series: `time` is the second since 1970. Series: `requests`, `requests.expected`, `events`, `group:/api` ... */
export interface RatePoint {
  series: string
  time: number
  value: number
}

const TOP_SOURCES = 20
const REQUESTS = 0
const ERRORS = 1

/** What a monitor holds, as plain figures; seconds count from 1970. */
export class RateBoard {
  readonly #monitor: RateMonitor
  readonly #addresses: AddressTable

  constructor(monitor: RateMonitor, addresses: AddressTable) {
    this.#monitor = monitor
    this.#addresses = addresses
  }

  /** The latest second with an event; -1 before the first. */
  get second(): number {
    return this.#monitor.now
  }

  /** Rates of the 60 seconds that end with `second` (default: the latest with an event); a live page passes its clock. */
  view(second = this.second): BoardView {
    const series = MEASURES.map((measure, m) => this.#series(measure, m, second))
    return {
      second,
      series,
      events: this.#events(second),
      groups: this.#groups(second),
      sources: this.#sources(second),
    }
  }

  #series(measure: Measure, m: number, second: number): RateSeries {
    const { rings, gates } = this.#monitor
    const seconds = range(second).map(at => rings.at(SERVER, m, at))
    const gate = gates[SERVER * MEASURE_COUNT + m]
    const episode = this.#episode(FAMILY_OF[m], second)
    return {
      measure,
      seconds,
      observed: seconds.reduce((sum, count) => sum + count, 0),
      expected: this.#expected(SERVER, m),
      limit: gate === Number.MAX_SAFE_INTEGER ? undefined : gate,
      alarmed: episode?.peaks.some(peak => peak.measure === m) ?? false,
    }
  }

  #expected(entity: number, m: number): number {
    const { minutes, season } = this.#monitor
    return minutes.mean(entity * MEASURE_COUNT + m, season.factor(m))
  }

  /** Errors are requests already. */
  #events(second: number): number[] {
    const { rings } = this.#monitor
    return range(second).map(at =>
      MEASURES.reduce((sum, _, m) => (m === ERRORS ? sum : sum + rings.at(SERVER, m, at)), 0),
    )
  }

  #groups(second: number): GroupRate[] {
    const { groups, rings } = this.#monitor
    return [...groups.list()]
      .map(group => ({
        group: groups.name(group),
        requests: rings.sumAt(FIRST_GROUP + group, REQUESTS, second),
        errors: rings.sumAt(FIRST_GROUP + group, ERRORS, second),
        expected: this.#expected(FIRST_GROUP + group, REQUESTS),
      }))
      .sort((a, b) => b.requests - a.requests || (a.group < b.group ? -1 : 1))
  }

  #sources(second: number): SourceRate[] {
    const rates = new Map<number, SourceRate>()
    for (const [m, measure] of MEASURES.entries()) {
      for (const { source, count } of this.#monitor.sources.active(m, second)) {
        let rate = rates.get(source)
        if (rate === undefined) {
          rate = { source: '', events: 0, requests: 0, errors: 0, logins: 0 }
          rates.set(source, rate)
        }
        if (measure !== 'errors') rate.events += count
        if (measure !== 'others') rate[measure] = count
      }
    }
    return [...rates]
      .sort(([a, x], [b, y]) => y.events - x.events || a - b)
      .slice(0, TOP_SOURCES)
      .map(([source, rate]) => ({ ...rate, source: this.#addresses.format(source) }))
  }

  /** Families (`web`, `login`, `other`) with an episode that goes on at `second`. */
  alarmed(second = this.second): string[] {
    return FAMILIES.filter((_, family) => this.#episode(family, second) !== undefined)
  }

  /** An episode is closed by the next event; where none comes, the clock of the one who looks ends it. */
  #episode(family: number, second: number): Episode | undefined {
    const episode = this.#monitor.alarms.open[family]
    return episode !== undefined && second * 1000 - episode.last <= CALM * 1000 ? episode : undefined
  }

  /**
   * Points of the whole seconds after `sinceSecond` up to the latest (which may still grow, and is left out), 60 s back at the
   * most. Series names are bounded: measures, `events`, one group each for 32 first segments and `group:other`. Seconds in which a group
   * had nothing have no point.
   */
  takePoints(sinceSecond: number): RatePoint[] {
    const { now, rings, groups } = this.#monitor
    if (now < 0) return []
    const points: RatePoint[] = []
    const names = [...groups.list()]
    const expected = MEASURES.map((_, m) => this.#expected(SERVER, m) / WINDOW)
    for (let time = Math.max(sinceSecond, now - WINDOW) + 1; time < now; time++) {
      let events = 0
      for (const [m, measure] of MEASURES.entries()) {
        const value = rings.at(SERVER, m, time)
        if (m !== ERRORS) events += value
        points.push({ series: measure, time, value }, { series: `${measure}.expected`, time, value: expected[m] })
      }
      points.push({ series: 'events', time, value: events })
      for (const group of names) {
        const value = rings.at(FIRST_GROUP + group, REQUESTS, time)
        if (value > 0) points.push({ series: `group:${groups.name(group)}`, time, value })
      }
    }
    return points
  }
}

/** The 60 seconds that end with `second`. */
function range(second: number): number[] {
  return Array.from({ length: WINDOW }, (_, i) => second - WINDOW + 1 + i)
}
