/**
 * Rates as they happen: every event is counted into the last 60 seconds of the server, its source and its path group, and a
 * sum that is too much for what is usual opens an episode. Event time is the only clock, and what comes out depends on the
 * order of the events alone.
 */
import type { AddressTable } from '../core/addresses.ts'
import type { EventView } from '../core/view.ts'
import { criticalCount, negativeBinomialTail } from '../kit/math/tails.ts'
import { RateBudget } from './budget.ts'
import type { Episode, Peak, Scope } from './episodes.ts'
import { MOST_EVIDENCE, MOST_PEAKS, MOST_SOURCES, peakOf } from './episodes.ts'
import { Heads } from './heads.ts'
import { HourOfWeek } from './hour-of-week.ts'
import { CLASS, CLASS_OF, FAMILIES, FAMILY_OF, MEASURE, MEASURE_COUNT, NEVER } from './measures.ts'
import { BASELINE, Minutes } from './minutes.ts'
import { GROUPS, OTHER, PathGroups } from './path-groups.ts'
import { SecondRings, WINDOW } from './second-rings.ts'
import { SourceRates } from './source-rates.ts'

export type Mode = 'nb' | 'z' | 'ratio'

export interface MonitorSettings {
  mode: Mode
  /** Standard deviations above the mean, in mode z. */
  zThreshold: number
  /** Times the mean, in mode ratio. */
  ratioThreshold: number
  /** By measure: sums of 60 seconds below which nothing is told. */
  floors: readonly number[]
  /** Places for sources. */
  sources: number
  /** False alarms a week that may be raised. */
  budget: number
}

/** Entities with a window: the server, what names no source, then the path groups. */
export const SERVER = 0
const LOCAL = 1
/** In the minutes the second place is that of any one source. */
const ANY_SOURCE = 1
export const FIRST_GROUP = 2
const ENTITIES = FIRST_GROUP + GROUPS + 1
/** Counts below this many times the mean are not looked at. */
const LEAST_RATIO = 2
/** One source alone is a crawler or a person in a hurry until it makes this many times as much. */
const LONE = 2
const LONE_SHARE = 0.8
/** Seconds without a rate above the calm one that end an episode. */
const CALM = 300
/** An episode of this many seconds is the new normal: it ends, and half an hour teaches. */
const LONGEST = 6 * 3600
const LESSON = 1800
/** A stamp this many seconds early is a straggler; an earlier one is a clock set back. */
const STRAGGLER = 600
const MOST_EPISODES = 200
/** An alarmed series is looked at again when it has grown so much. */
const GROWTH = 1.5

export class RateMonitor {
  readonly settings: MonitorSettings
  readonly rings = new SecondRings(ENTITIES)
  readonly minutes = new Minutes(ENTITIES * MEASURE_COUNT)
  readonly season = new HourOfWeek()
  readonly groups: PathGroups
  readonly sources: SourceRates
  readonly budget: RateBudget
  readonly heads = new Heads()
  /** The open episode of each family. */
  readonly open: (Episode | undefined)[] = FAMILIES.map(() => undefined)
  readonly closed: Episode[] = []
  /** Episodes no longer told for want of room. */
  forgotten = 0
  /** The latest second; -1 before the first event. */
  now = -1
  /** First moment and number of events counted. */
  first = -1
  events = 0
  /** Events by measure. */
  readonly totals = new Float64Array(MEASURE_COUNT)
  /** By entity: its open minute; by series: that minute's events, its largest sum, the sum of interest, whether it was waved through. */
  readonly minuteOf = new Float64Array(ENTITIES).fill(-1)
  readonly counts = new Float64Array(ENTITIES * MEASURE_COUNT)
  readonly peaks = new Float64Array(ENTITIES * MEASURE_COUNT)
  readonly gates = new Float64Array(ENTITIES * MEASURE_COUNT).fill(NEVER)
  readonly waved = new Uint8Array(ENTITIES * MEASURE_COUNT)
  /** By family: minutes that must not teach, and the second until which nothing is told. */
  readonly frozenFrom = new Float64Array(FAMILIES.length).fill(-1)
  readonly frozenTo = new Float64Array(FAMILIES.length).fill(-1)
  readonly deafTo = new Float64Array(FAMILIES.length).fill(-1)

  constructor(settings: MonitorSettings, addresses: AddressTable) {
    this.settings = settings
    this.budget = new RateBudget(settings.budget)
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
    if (second !== this.now) this.#tick(second)
    this.events++
    if (kind === CLASS.web) this.#web(event, weight)
    else this.#count(event, kind === CLASS.login ? MEASURE.logins : MEASURE.others, weight, OTHER, false)
  }

  #web(event: EventView, weight: number): void {
    const group = this.groups.of(event, this.now)
    this.#enter(FIRST_GROUP + group)
    const failed = event.open.batch.columns.status[event.row] >= 400
    this.#count(event, MEASURE.requests, weight, group, true)
    if (failed) this.#count(event, MEASURE.errors, weight, group, true)
  }

  #count(event: EventView, measure: number, weight: number, group: number, grouped: boolean): void {
    const { source } = event
    const { now } = this
    const family = FAMILY_OF[measure]
    const before = this.open[family]
    this.totals[measure] += weight
    this.#add(event, SERVER, measure, weight)
    if (grouped) this.#add(event, FIRST_GROUP + group, measure, weight)
    this.heads.observe(measure, now, event)
    if (source < 0) {
      this.rings.advance(LOCAL, now)
      this.rings.add(LOCAL, measure, weight)
    } else {
      const place = this.sources.enter(source, now, Math.floor(now / 60))
      const sum = this.sources.add(place, measure, weight)
      if (sum >= this.sources.gates[place * MEASURE_COUNT + measure]) this.#judgeSource(event, place, measure, sum)
    }
    // The event that opens an episode is in the sum it opens with.
    if (before !== undefined && before === this.open[family])
      this.#follow(before, event, measure, weight, group, source)
  }

  #add(event: EventView, entity: number, measure: number, weight: number): void {
    const series = entity * MEASURE_COUNT + measure
    const sum = this.rings.add(entity, measure, weight)
    this.counts[series] += weight
    if (sum > this.peaks[series]) this.peaks[series] = sum
    if (sum >= this.gates[series]) this.#judge(event, entity, measure, sum)
  }

  /** Moves the clock. */
  #tick(second: number): void {
    if (second < this.now) {
      // Stragglers count as of the present second.
      if (this.now - second <= STRAGGLER) return
      this.#rewind(second)
    }
    if (this.first < 0) this.first = second
    const isNewMinute = Math.floor(second / 60) !== Math.floor(this.now / 60)
    this.now = second
    this.budget.enter(second)
    for (let family = 0; family < FAMILIES.length; family++) this.#expire(family)
    if (isNewMinute) this.heads.expire(second)
    this.#enter(SERVER)
  }

  /** A clock set back: the windows begin anew, what was learned stays. */
  #rewind(second: number): void {
    const minute = Math.floor(second / 60)
    for (let entity = 0; entity < ENTITIES; entity++) {
      this.rings.clear(entity)
      if (this.minuteOf[entity] >= 0) this.minuteOf[entity] = minute
    }
    this.counts.fill(0)
    this.peaks.fill(0)
    this.sources.rewind(minute)
    this.heads.expire(second)
    this.deafTo.fill(-1)
    this.frozenTo.fill(-1)
    for (let family = 0; family < FAMILIES.length; family++) this.#close(family)
  }

  #expire(family: number): void {
    const episode = this.open[family]
    if (episode === undefined) return
    if (this.now * 1000 - episode.last > CALM * 1000) this.#close(family)
    else if (this.now * 1000 - episode.first > LONGEST * 1000) {
      this.#close(family)
      this.deafTo[family] = this.now + LESSON
      this.frozenTo[family] = -1
    }
  }

  #close(family: number): void {
    const episode = this.open[family]
    if (episode === undefined) return
    this.open[family] = undefined
    this.closed.push(episode)
    if (this.closed.length <= MOST_EPISODES) return
    this.closed.shift()
    this.forgotten++
  }

  #enter(entity: number): void {
    this.rings.advance(entity, this.now)
    const minute = Math.floor(this.now / 60)
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
    for (let m = 0; m < MEASURE_COUNT; m++) {
      const series = entity * MEASURE_COUNT + m
      if (!this.#isFrozen(FAMILY_OF[m], before)) this.#teach(entity, m, before)
      if (entity === SERVER) this.season.enter(Math.floor(minute / 60), this.minutes.shape(series))
      this.minutes.closeQuiet(series, minute - before - 1, this.season.factor(m))
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

  #isFrozen(family: number, minute: number): boolean {
    return minute >= this.frozenFrom[family] && minute <= this.frozenTo[family]
  }

  #learnSource(measure: number, count: number): void {
    const minute = Math.floor(this.now / 60)
    if (this.#isFrozen(FAMILY_OF[measure], minute) || this.#isFrozen(FAMILY_OF[measure], minute - 1)) return
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

  #judge(event: EventView, entity: number, measure: number, sum: number): void {
    const series = entity * MEASURE_COUNT + measure
    const family = FAMILY_OF[measure]
    if (this.now < this.deafTo[family]) {
      this.gates[series] = NEVER
      return
    }
    const { minutes, budget, settings } = this
    const mean = settings.mode === 'nb' ? minutes.mean(series, this.season.factor(measure)) : minutes.recent(series)
    const shape = minutes.shape(series)
    if (settings.mode === 'nb') {
      const score = -negativeBinomialTail(sum, mean, shape)
      if (score < budget.threshold) {
        this.gates[series] = Math.max(sum + 1, criticalCount(mean, shape, -budget.threshold))
        return
      }
      if (this.#isWaved(series, measure, sum)) return
      budget.note(score)
    }
    const scope: Scope = entity === SERVER ? 'server' : 'group'
    const group = entity === SERVER ? '' : this.groups.name(entity - FIRST_GROUP)
    const deviation = minutes.deviation(series)
    const time = event.time
    this.gates[series] = Math.ceil(sum * GROWTH)
    this.#alarm(event, { scope, group, key: entity, measure, observed: sum, mean, shape, deviation, time })
  }

  /** Whether a burst is the host's own doing, or one source's that is not yet much. */
  #isWaved(series: number, measure: number, sum: number): boolean {
    const { now, rings, sources, settings } = this
    const inside = sources.internalSum(measure, now) + rings.sumAt(LOCAL, measure, now)
    const all = rings.sum(SERVER, measure)
    if (inside * 2 > all) this.gates[series] = Math.ceil(sum * 1.25)
    else {
      const least = LONE * settings.floors[measure]
      if (sum >= least || (sources.active(measure, now)[0]?.count ?? 0) < LONE_SHARE * sum) return false
      this.gates[series] = Math.min(least, Math.ceil(sum * 1.25))
    }
    this.waved[series] = 1
    return true
  }

  #judgeSource(event: EventView, place: number, measure: number, sum: number): void {
    const { minutes, budget, settings, sources } = this
    const at = place * MEASURE_COUNT + measure
    const series = ANY_SOURCE * MEASURE_COUNT + measure
    const isReady = minutes.seen[series] >= BASELINE && minutes.seen[measure] >= BASELINE
    // The classic settings know no baseline of one source.
    if (!isReady || settings.mode !== 'nb' || sources.isInternal(place) || this.now < this.deafTo[FAMILY_OF[measure]]) {
      sources.gates[at] = NEVER
      return
    }
    const mean = Math.max(minutes.mean(series, 1), sources.mean(place, measure))
    const shape = minutes.shape(series)
    const score = -negativeBinomialTail(sum, mean, shape)
    budget.note(score)
    if (sum <= LEAST_RATIO * mean || score < budget.threshold) {
      sources.gates[at] = Math.max(Math.ceil(sum * 1.25), Math.floor(LEAST_RATIO * mean) + 1)
      return
    }
    sources.gates[at] = Math.ceil(sum * GROWTH)
    const key = sources.sourceAt(place)
    const time = event.time
    this.#alarm(event, { scope: 'source', group: '', key, measure, observed: sum, mean, shape, deviation: 0, time })
  }

  #alarm(event: EventView, peak: Peak): void {
    const family = FAMILY_OF[peak.measure]
    const minute = Math.floor(this.now / 60)
    let episode = this.open[family]
    if (episode === undefined) {
      episode = this.#begin(event, peak)
      this.open[family] = episode
      this.frozenFrom[family] = Math.floor(episode.first / 60_000)
    }
    this.frozenTo[family] = minute
    const known = peakOf(episode, peak.scope, peak.key, peak.measure)
    if (known !== undefined) {
      if (peak.observed > known.observed) Object.assign(known, { observed: peak.observed, time: peak.time })
    } else if (episode.peaks.length < MOST_PEAKS) episode.peaks.push(peak)
    this.#lead(episode)
    const [lead] = episode.peaks
    if (lead.scope === peak.scope && lead.key === peak.key && lead.measure === peak.measure) this.#tally(episode, lead)
  }

  #begin(event: EventView, peak: Peak): Episode {
    const start = peak.scope === 'server' ? this.#burstStart(peak) : this.now
    const opening = peak.scope === 'server' ? this.heads.between(peak.measure, start, this.now, MOST_EVIDENCE / 2) : []
    const { ref } = event
    return {
      family: FAMILY_OF[peak.measure],
      first: Math.min(start * 1000, event.time),
      last: event.time,
      count: peak.observed,
      calm: this.#calmOf(peak),
      peaks: [peak],
      sources: [],
      active: 0,
      total: 0,
      groups: [],
      evidence: [...opening.filter(one => one.line !== ref.line || one.input !== ref.input), ref],
      proved: this.now,
    }
  }

  #calmOf({ mean, measure }: Peak): number {
    return Math.max(this.settings.floors[measure] / 2, LEAST_RATIO * mean)
  }

  /** The latest second since which nine tenths of the sum have come. */
  #burstStart({ key, measure, observed }: Peak): number {
    let sum = 0
    let second = this.now
    for (; second > this.now - WINDOW; second--) {
      sum += this.rings.at(key, measure, second)
      if (sum >= 0.9 * observed) break
    }
    return second
  }

  /** The whole server leads once it has twice what the series has with which it began. */
  #lead(episode: Episode): void {
    const [lead, ...others] = episode.peaks
    const server = others.findIndex(({ scope, observed }) => scope === 'server' && observed >= 2 * lead.observed)
    if (lead.scope === 'server' || server < 0) return
    const [promoted] = episode.peaks.splice(server + 1, 1)
    episode.peaks.unshift(promoted)
    episode.calm = this.#calmOf(promoted)
    episode.count = Math.max(episode.count, promoted.observed)
    episode.total = 0
  }

  /** Notes who is at it, at the height of the leading series. */
  #tally(episode: Episode, { measure, scope, observed }: Peak): void {
    if (observed <= episode.total) return
    const active = this.sources.active(measure, this.now)
    episode.total = observed
    episode.active = active.length
    episode.sources = active.slice(0, MOST_SOURCES)
    if (scope === 'source') episode.sources = active.filter(one => one.source === episode.peaks[0].key)
    if (FAMILIES[episode.family] !== 'web') return
    episode.groups = [...this.groups.list()]
      .map(group => ({
        group: this.groups.name(group),
        count: this.rings.sumAt(FIRST_GROUP + group, measure, this.now),
      }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count || (a.group < b.group ? -1 : 1))
  }

  /** An event while an episode is open. */
  #follow(episode: Episode, event: EventView, measure: number, weight: number, group: number, source: number): void {
    const [lead] = episode.peaks
    if (lead.measure !== measure) return
    if (lead.scope === 'source' ? lead.key !== source : lead.key !== SERVER && lead.key !== FIRST_GROUP + group) return
    const sum = lead.scope === 'source' ? this.#sourceSum(source, measure) : this.rings.sum(lead.key, measure)
    episode.count += weight
    if (sum > lead.observed) {
      lead.observed = sum
      lead.time = event.time
    }
    if (sum < episode.calm) return
    episode.last = Math.max(episode.last, event.time)
    this.frozenTo[episode.family] = Math.floor(this.now / 60)
    if (episode.evidence.length >= MOST_EVIDENCE || this.now === episode.proved) return
    episode.evidence.push(event.ref)
    episode.proved = this.now
  }

  #sourceSum(source: number, measure: number): number {
    const place = this.sources.enter(source, this.now, Math.floor(this.now / 60))
    return this.sources.rings.sum(place, measure)
  }
}
