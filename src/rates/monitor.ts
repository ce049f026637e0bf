/**
 * Rates as they happen: every event is counted into the last 60 seconds of the server, its source and its path group, and a
 * sum that is too much for what is usual opens an episode. Event time is the only clock, and what comes out depends on the
 * order of the events alone.
 */
import type { AddressTable } from '../core/addresses.ts'
import type { EventView } from '../core/view.ts'
import { negativeBinomialTail } from '../kit/math/tails.ts'
import { Alarms } from './alarms.ts'
import { RateBudget } from './budget.ts'
import { Heads } from './heads.ts'
import { HourOfWeek } from './hour-of-week.ts'
import { CLASS, CLASS_OF, FAMILY_OF, MEASURE, MEASURE_COUNT, NEVER } from './measures.ts'
import { BASELINE, Minutes } from './minutes.ts'
import { PathGroups } from './path-groups.ts'
import { SecondRings, WINDOW } from './second-rings.ts'
import { ANY_SOURCE, ENTITIES, FIRST_GROUP, LEAST_RATIO, LOCAL, LONE, type MonitorSettings, SERVER } from './series.ts'
import { SourceRates } from './source-rates.ts'

/** A stamp this many seconds early is a straggler; an earlier one is a clock set back. */
const STRAGGLER = 600

/** So many stamps in a row that are too early for the window say that the clock was set back. */
const MOST_LATE = 50
const NO_GROUP = -1
/** The first measures, requests and errors, are all that a path group has. */
const WEB_MEASURES = 2

/**
 * Fed by `observe` in the engine's order. Entities are the server, the host's own sources and the path groups; a
 * series is an entity times a measure (measures.ts). Seconds and minutes count from 1970.
 */
export class RateMonitor {
  readonly settings: MonitorSettings
  readonly rings = new SecondRings(ENTITIES)
  readonly minutes = new Minutes(ENTITIES * MEASURE_COUNT)
  readonly season = new HourOfWeek()
  readonly groups: PathGroups
  readonly sources: SourceRates
  readonly budget: RateBudget
  readonly heads = new Heads()
  readonly alarms: Alarms
  /** The latest second; -1 before the first event. */
  now = -1
  /** Its minute. */
  minute = -1
  /** First moment and number of events counted. */
  first = -1
  events = 0
  /** Stamps in a row that were too early for the window. */
  late = 0
  /** Events by measure. */
  readonly totals = new Float64Array(MEASURE_COUNT)
  /** By entity: its open minute; by series: that minute's events, its largest sum, the sum of interest, whether it was waved through. */
  readonly minuteOf = new Float64Array(ENTITIES).fill(-1)
  readonly counts = new Float64Array(ENTITIES * MEASURE_COUNT)
  readonly peaks = new Float64Array(ENTITIES * MEASURE_COUNT)
  readonly gates = new Float64Array(ENTITIES * MEASURE_COUNT).fill(NEVER)
  readonly waved = new Uint8Array(ENTITIES * MEASURE_COUNT)

  constructor(settings: MonitorSettings, addresses: AddressTable) {
    this.settings = settings
    this.budget = new RateBudget(settings.budget)
    this.alarms = new Alarms(this)
    this.groups = new PathGroups(group => this.#clearGroup(group))
    const gates = settings.mode === 'nb' ? settings.floors.map(floor => LONE * floor) : settings.floors
    this.sources = new SourceRates(
      settings.sources,
      gates,
      source => addresses.internal(source),
      (measure, count) => this.#learnSource(measure, count),
    )
  }

  observe(event: EventView): void {
    const { columns } = event.open.batch
    const { row } = event
    const kind = CLASS_OF[columns.kind[row]]
    if (kind === CLASS.none) return
    const weight = kind === CLASS.login ? columns.attempts[row] : columns.count[row]
    const time = columns.time[row]
    if (weight === 0 || Number.isNaN(time)) return
    const second = Math.floor(time / 1000)
    if (second !== this.now && !this.#tick(second)) return
    this.events++
    if (kind === CLASS.web) this.#web(event, second, weight)
    else this.#count(event, second, kind === CLASS.login ? MEASURE.logins : MEASURE.others, weight, NO_GROUP)
  }

  #web(event: EventView, second: number, weight: number): void {
    const group = this.groups.of(event, this.now)
    this.enter(FIRST_GROUP + group)
    const failed = event.open.batch.columns.status[event.row] >= 400
    this.#count(event, second, MEASURE.requests, weight, group)
    if (failed) this.#count(event, second, MEASURE.errors, weight, group)
  }

  #count(event: EventView, second: number, measure: number, weight: number, group: number): void {
    const { source } = event
    const { now } = this
    const family = FAMILY_OF[measure]
    const before = this.alarms.open[family]
    this.totals[measure] += weight
    this.#add(event, SERVER, second, measure, weight)
    if (group !== NO_GROUP) this.#add(event, FIRST_GROUP + group, second, measure, weight)
    this.heads.observe(measure, second, event)
    if (source < 0) {
      this.rings.advance(LOCAL, now)
      this.rings.add(LOCAL, second, measure, weight)
    } else {
      const place = this.sources.enter(source, now, this.minute)
      const sum = this.sources.add(place, second, measure, weight)
      if (sum >= this.sources.gates[place * MEASURE_COUNT + measure])
        this.alarms.judgeSource(event, place, measure, sum)
    }
    // The event that opens an episode is in the sum it opens with.
    if (before !== undefined && before === this.alarms.open[family])
      this.alarms.follow(before, event, measure, weight, group, source)
  }

  #add(event: EventView, entity: number, second: number, measure: number, weight: number): void {
    const series = entity * MEASURE_COUNT + measure
    const sum = this.rings.add(entity, second, measure, weight)
    this.counts[series] += weight
    if (sum > this.peaks[series]) this.peaks[series] = sum
    if (sum >= this.gates[series]) this.alarms.judge(event, entity, measure, sum)
  }

  /** Moves the clock to an event's second; answers whether the event is counted. A straggler within the window counts in its own second. */
  #tick(second: number): boolean {
    const lag = this.now - second
    if (lag > 0) {
      if (lag < WINDOW) {
        this.late = 0
        return true
      }
      if (lag <= STRAGGLER && ++this.late < MOST_LATE) return false
      // The windows begin anew, each when it is next entered; what was learned stays.
      this.alarms.rewind()
      this.budget.rewind(second)
      this.season.rewind(Math.floor(second / 3600))
      this.groups.rewind(second)
    }
    this.late = 0
    if (this.first < 0) this.first = second
    this.now = second
    const minute = Math.floor(second / 60)
    const isNewMinute = minute !== this.minute
    this.minute = minute
    this.budget.enter(second)
    this.alarms.expire()
    if (isNewMinute) this.heads.expire(second)
    this.enter(SERVER)
    return true
  }

  /** Moves the clock to a second, where that is later, and closes what has gone by. */
  advance(second: number): void {
    if (second > this.now) this.#tick(second)
    for (let entity = 0; entity < ENTITIES; entity++) if (this.minuteOf[entity] >= 0) this.enter(entity)
    if (this.rings.latest[LOCAL] >= 0) this.rings.advance(LOCAL, this.now)
  }

  /** Sets anew from which sums on an entity's series are looked at. */
  regate(entity: number): void {
    for (let m = 0; m < MEASURE_COUNT; m++) this.#setGate(entity, m)
  }

  /** Moves an entity's window and minute to the present. */
  enter(entity: number): void {
    this.rings.advance(entity, this.now)
    const { minute } = this
    if (this.minuteOf[entity] === minute) return
    if (this.minuteOf[entity] < 0) {
      this.minuteOf[entity] = minute
      for (let m = 0; m < MEASURE_COUNT; m++) this.#setGate(entity, m)
      return
    }
    this.#closeMinutes(entity, minute)
  }

  #closeMinutes(entity: number, minute: number): void {
    const before = this.minuteOf[entity]
    this.minuteOf[entity] = minute
    // After a clock was set back, the minute that was open is of another time.
    const isBack = before > minute
    const measures = entity < FIRST_GROUP ? MEASURE_COUNT : WEB_MEASURES
    for (let m = 0; m < measures; m++) {
      const series = entity * MEASURE_COUNT + m
      if (!isBack && !this.alarms.isFrozen(FAMILY_OF[m], before)) this.#teach(entity, m, before)
      if (entity === SERVER) this.season.enter(Math.floor(minute / 60), this.minutes.shape(series))
      if (!isBack) this.minutes.closeQuiet(series, minute - before - 1, this.season.factor(m))
      this.counts[series] = 0
      this.peaks[series] = 0
      this.waved[series] = 0
      this.#setGate(entity, m)
    }
  }

  #teach(entity: number, measure: number, minute: number): void {
    const series = entity * MEASURE_COUNT + measure
    const { minutes, season, settings } = this
    const factor = season.factor(measure)
    const peak = this.peaks[series]
    if (this.waved[series] === 0 && peak >= settings.floors[measure] && minutes.seen[series] >= BASELINE) {
      this.budget.note(-negativeBinomialTail(peak, minutes.mean(series, factor), minutes.shape(series)))
    }
    minutes.close(series, this.counts[series], factor, settings.mode === 'nb')
    if (entity === SERVER) season.observe(measure, minute, this.counts[series], minutes.shape(series))
  }

  #learnSource(measure: number, count: number): void {
    const { minute } = this
    if (this.alarms.isFrozen(FAMILY_OF[measure], minute) || this.alarms.isFrozen(FAMILY_OF[measure], minute - 1)) return
    this.minutes.close(ANY_SOURCE * MEASURE_COUNT + measure, count, 1, this.settings.mode === 'nb')
  }

  #clearGroup(group: number): void {
    const entity = FIRST_GROUP + group
    this.rings.clear(entity)
    this.minuteOf[entity] = -1
    for (let m = 0; m < MEASURE_COUNT; m++) {
      const series = entity * MEASURE_COUNT + m
      this.minutes.clear(series)
      this.counts[series] = 0
      this.peaks[series] = 0
      this.gates[series] = NEVER
      this.waved[series] = 0
    }
  }

  /** The least sum of interest in the minute to come. */
  #setGate(entity: number, measure: number): void {
    const series = entity * MEASURE_COUNT + measure
    const floor = this.settings.floors[measure]
    const { minutes } = this
    if (minutes.seen[series] < BASELINE) this.gates[series] = NEVER
    else if (this.settings.mode === 'nb') {
      const mean = minutes.mean(series, this.season.factor(measure))
      this.gates[series] = Math.max(floor, Math.floor(LEAST_RATIO * mean) + 1)
    } else this.gates[series] = Math.max(floor, Math.floor(this.#classicLimit(series)) + 1)
  }

  #classicLimit(series: number): number {
    const { mode, zThreshold, ratioThreshold } = this.settings
    const mean = this.minutes.recent(series)
    return mode === 'z' ? mean + zThreshold * this.minutes.deviation(series) : mean * ratioThreshold
  }
}
