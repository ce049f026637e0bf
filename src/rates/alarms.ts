/** Alarms: whether a sum is too much, and the episodes that come of it. */
import type { EventView } from '../core/view.ts'
import { criticalCount, negativeBinomialTail } from '../kit/math/tails.ts'
import type { Episode, Peak, Scope } from './episodes.ts'
import { joinEpisodes, MOST_EVIDENCE, MOST_PEAKS, MOST_SOURCES, peakOf } from './episodes.ts'
import { FAMILIES, FAMILY_OF, MEASURE_COUNT, NEVER } from './measures.ts'
import { BASELINE } from './minutes.ts'
import type { RateMonitor } from './monitor.ts'
import { WINDOW } from './second-rings.ts'
import { ANY_SOURCE, FIRST_GROUP, LEAST_RATIO, LOCAL, LONE, SERVER } from './series.ts'

/** Share of a burst that makes its largest source the only one to speak of. */
const LONE_SHARE = 0.8
/** Seconds without a rate above the calm one that end an episode. */
export const CALM = 300
/** An episode of this many seconds is the new normal: it ends, and half an hour teaches. */
const LONGEST = 6 * 3600
const LESSON = 1800
const MOST_EPISODES = 200
/** An alarmed series is looked at again when it has grown so much; one that was waved through, earlier. */
const GROWTH = 1.5
const WAVED_GROWTH = 1.25

/**
 * Asked by the monitor at every sum that reaches its gate. Families and measures are numbers of measures.ts;
 * episodes are in milliseconds, what is frozen in minutes and what is deaf in seconds since 1970.
 */
export class Alarms {
  /** The open episode of each family. */
  readonly open: (Episode | undefined)[] = FAMILIES.map(() => undefined)
  readonly closed: Episode[] = []
  /** Episodes no longer told for want of room. */
  forgotten = 0
  /** By family: minutes that must not teach, and the second until which nothing is told. */
  readonly frozenFrom = new Float64Array(FAMILIES.length).fill(-1)
  readonly frozenTo = new Float64Array(FAMILIES.length).fill(-1)
  readonly deafTo = new Float64Array(FAMILIES.length).fill(-1)

  readonly #monitor: RateMonitor

  constructor(monitor: RateMonitor) {
    this.#monitor = monitor
  }

  /** Whether a minute belongs to an episode, and so teaches nothing. */
  isFrozen(family: number, minute: number): boolean {
    return minute >= this.frozenFrom[family] && minute <= this.frozenTo[family]
  }

  /** Ends what has calmed down, or has become the normal; called when the clock has moved. */
  expire(): void {
    for (let family = 0; family < FAMILIES.length; family++) if (this.open[family] !== undefined) this.#expire(family)
  }

  /** The clock was set back. */
  rewind(): void {
    this.deafTo.fill(-1)
    this.frozenTo.fill(-1)
    for (let family = 0; family < FAMILIES.length; family++) this.#close(family)
  }

  #expire(family: number): void {
    const episode = this.open[family]
    if (episode === undefined) return
    if (this.#monitor.now * 1000 - episode.last > CALM * 1000) this.#close(family)
    else if (this.#monitor.now * 1000 - episode.first > LONGEST * 1000) {
      this.#close(family)
      this.deafTo[family] = this.#monitor.now + LESSON
      this.frozenTo[family] = -1
    }
  }

  /** Takes over episodes of another node; of more than are told the oldest are forgotten. */
  adopt(episodes: readonly Episode[]): void {
    const all = [...this.closed, ...episodes].sort((a, b) => a.first - b.first)
    const joined: Episode[] = []
    for (const episode of all) {
      const at = joined.findIndex(one => one.family === episode.family && episode.first - one.last <= CALM * 1000)
      if (at < 0) joined.push(episode)
      else joined[at] = joinEpisodes(joined[at], episode)
    }
    this.forgotten += Math.max(0, joined.length - MOST_EPISODES)
    this.closed.splice(0, this.closed.length, ...joined.slice(-MOST_EPISODES))
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

  /** Judges a sum of the server or a group that has reached its gate. */
  judge(event: EventView, entity: number, measure: number, sum: number): void {
    const series = entity * MEASURE_COUNT + measure
    const family = FAMILY_OF[measure]
    if (this.#monitor.now < this.deafTo[family]) {
      this.#monitor.gates[series] = NEVER
      return
    }
    const { minutes, budget, settings } = this.#monitor
    const mean =
      settings.mode === 'nb' ? minutes.mean(series, this.#monitor.season.factor(measure)) : minutes.recent(series)
    const shape = minutes.shape(series)
    if (settings.mode === 'nb') {
      const score = -negativeBinomialTail(sum, mean, shape)
      if (score < budget.threshold) {
        this.#monitor.gates[series] = Math.max(sum + 1, criticalCount(mean, shape, -budget.threshold))
        return
      }
      if (this.#isWaved(series, measure, sum)) return
      budget.note(score)
    }
    const scope: Scope = entity === SERVER ? 'server' : 'group'
    const group = entity === SERVER ? '' : this.#monitor.groups.name(entity - FIRST_GROUP)
    const deviation = minutes.deviation(series)
    const time = event.time
    this.#monitor.gates[series] = Math.ceil(sum * GROWTH)
    this.#alarm(event, { scope, group, key: entity, measure, observed: sum, mean, shape, deviation, time })
  }

  /** Whether a burst is the host's own doing, or one source's that is not yet much. */
  #isWaved(series: number, measure: number, sum: number): boolean {
    const { now, rings, sources, settings } = this.#monitor
    const inside = sources.internalSum(measure, now) + rings.sumAt(LOCAL, measure, now)
    const all = rings.sum(SERVER, measure)
    if (inside * 2 > all) this.#monitor.gates[series] = Math.ceil(sum * WAVED_GROWTH)
    else {
      const least = LONE * settings.floors[measure]
      if (sum >= least || (sources.active(measure, now)[0]?.count ?? 0) < LONE_SHARE * sum) return false
      this.#monitor.gates[series] = Math.min(least, Math.ceil(sum * WAVED_GROWTH))
    }
    this.#monitor.waved[series] = 1
    return true
  }

  /** Judges a source's sum that has reached its gate. */
  judgeSource(event: EventView, place: number, measure: number, sum: number): void {
    const { minutes, budget, settings, sources } = this.#monitor
    const at = place * MEASURE_COUNT + measure
    const series = ANY_SOURCE * MEASURE_COUNT + measure
    const isReady = minutes.seen[series] >= BASELINE && minutes.seen[measure] >= BASELINE
    // The classic settings know no baseline of one source.
    if (
      !isReady ||
      settings.mode !== 'nb' ||
      sources.isInternal(place) ||
      this.#monitor.now < this.deafTo[FAMILY_OF[measure]]
    ) {
      sources.gates[at] = NEVER
      return
    }
    const mean = Math.max(minutes.mean(series, 1), sources.mean(place, measure))
    const shape = minutes.shape(series)
    const score = -negativeBinomialTail(sum, mean, shape)
    budget.note(score)
    if (sum <= LEAST_RATIO * mean || score < budget.threshold) {
      sources.gates[at] = Math.max(Math.ceil(sum * WAVED_GROWTH), Math.floor(LEAST_RATIO * mean) + 1)
      return
    }
    sources.gates[at] = Math.ceil(sum * GROWTH)
    const key = sources.sourceAt(place)
    const time = event.time
    this.#alarm(event, { scope: 'source', group: '', key, measure, observed: sum, mean, shape, deviation: 0, time })
  }

  #alarm(event: EventView, peak: Peak): void {
    const family = FAMILY_OF[peak.measure]
    const minute = this.#monitor.minute
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
    if (lead.scope === peak.scope && lead.key === peak.key && lead.measure === peak.measure) this.#tally(episode, peak)
  }

  #begin(event: EventView, peak: Peak): Episode {
    const start = peak.scope === 'server' ? this.#burstStart(peak) : this.#monitor.now
    const opening =
      peak.scope === 'server'
        ? this.#monitor.heads.between(peak.measure, start, this.#monitor.now, MOST_EVIDENCE / 2)
        : []
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
      proved: this.#monitor.now,
    }
  }

  #calmOf({ mean, measure }: Peak): number {
    return Math.max(this.#monitor.settings.floors[measure] / 2, LEAST_RATIO * mean)
  }

  /** The latest second since which nine tenths of the sum have come. */
  #burstStart({ key, measure, observed }: Peak): number {
    let sum = 0
    let second = this.#monitor.now
    for (; second > this.#monitor.now - WINDOW; second--) {
      sum += this.#monitor.rings.at(key, measure, second)
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
    const active = this.#monitor.sources.active(measure, this.#monitor.now)
    episode.total = observed
    episode.active = active.length
    episode.sources = active.slice(0, MOST_SOURCES)
    if (scope === 'source') episode.sources = active.filter(one => one.source === episode.peaks[0].key)
    if (FAMILIES[episode.family] !== 'web') return
    episode.groups = [...this.#monitor.groups.list()]
      .map(group => ({
        group: this.#monitor.groups.name(group),
        count: this.#monitor.rings.sumAt(FIRST_GROUP + group, measure, this.#monitor.now),
      }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count || (a.group < b.group ? -1 : 1))
  }

  /** An event while an episode is open. */
  follow(episode: Episode, event: EventView, measure: number, weight: number, group: number, source: number): void {
    const [lead] = episode.peaks
    if (lead.measure !== measure) return
    if (lead.scope === 'source' ? lead.key !== source : lead.key !== SERVER && lead.key !== FIRST_GROUP + group) return
    const sum = lead.scope === 'source' ? this.#sourceSum(source, measure) : this.#monitor.rings.sum(lead.key, measure)
    episode.count += weight
    if (sum > lead.observed) {
      lead.observed = sum
      lead.time = event.time
    }
    if (sum < episode.calm) return
    episode.last = Math.max(episode.last, event.time)
    this.frozenTo[episode.family] = this.#monitor.minute
    if (episode.evidence.length >= MOST_EVIDENCE || this.#monitor.now === episode.proved) return
    episode.evidence.push(event.ref)
    episode.proved = this.#monitor.now
  }

  #sourceSum(source: number, measure: number): number {
    const place = this.#monitor.sources.enter(source, this.#monitor.now, this.#monitor.minute)
    return this.#monitor.sources.rings.sum(place, measure)
  }
}
