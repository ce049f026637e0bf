/**
 * What is usual on one surface: strangers a day (D1) and strangers a day on each name (D2), as Gamma beliefs that
 * predict negative binomial counts. Estimated leave-block-out from the log itself, or from a trained
 * model and the log's past.
 */
import { DAY, HOUR } from '../core/time.ts'
import {
  chooseSeason,
  HOURS_OF_WEEK,
  hourOfWeek,
  LEAST_WEEKS,
  type Season,
  seasonBetween,
} from '../kit/math/seasonal.ts'
import type { Arrivals } from './arrivals.ts'
import { GROUP, lowerBound } from './arrivals.ts'
import { BlockCounts, type Calendar } from './blocks.ts'
import { isCommonName, LAW_WEIGHT, priorShare, UNLISTED } from './name-law.ts'
import type { AttemptStore } from './store.ts'
import { ROW } from './store.ts'
import { namesAreAccounts } from './surfaces.ts'

/** A predicted count: negative binomial with this mean and shape. */
export interface Expectation {
  mean: number
  shape: number
}

/** A surface's part of a trained model. Times in days. */
export interface SurfaceModel {
  /** New sources, and new pairs of source and name, with the days in which they were seen. */
  sources: number
  pairs: number
  /** Sources that first tried a name of each group (arrivals.ts). */
  groups: readonly number[]
  days: number
  dispersion: number
  /** New sources by name. */
  names: Readonly<Record<string, number>>
  /** When training began and ended, ms. */
  from: number
  until: number
  /** Factors by hour of the week (kit/math/seasonal.ts); empty where strangers keep no hours. */
  season: readonly number[]
}

/**
 * Before anything is known: half a stranger seen in a hundredth of a day, which is 50 a day, give or take a factor ten. A
 * quiet server has 5 and a noisy one some hundred.
 */
const PRIOR_COUNT = 0.5
const PRIOR_DAYS: Readonly<{ accounts: number; paths: number }> = { accounts: 0.01, paths: 0.01 }
/** Strangers a day on an existing account that nobody could guess from a list, and how many days that belief weighs. */
const VALID_RATE = 0.2
const VALID_DAYS = 1
/** Weight a model's day keeps after one more day: a half-life of 34 days. */
const DISCOUNT = 0.98
/**
 * Largest factor of an hour. Strangers and users wax and wane by half; who comes every Monday at three is a campaign
 * with a timer, and must not become usual.
 */
const MOST_SEASONAL = 2
/** Hours in which a season is looked for: six years. */
const MOST_HOURS = 52_560
/** Names that a model keeps of a surface. */
const MODEL_NAMES = 5000

/** The hours that strangers keep, where the log is long enough to show that they keep any. */
function seasonOf({ start, block, blocks, exposure }: Calendar, times: readonly number[]): Season | undefined {
  // Blocks shorter than a day are those of a log of less than four weeks.
  const hours = Math.ceil((block * blocks) / HOUR)
  if (hours < LEAST_WEEKS * HOURS_OF_WEEK || hours > MOST_HOURS) return undefined
  const first = Math.floor(start / HOUR)
  const counts = new Float64Array(hours + 1)
  for (const time of times) {
    const at = Math.floor(time / HOUR) - first
    if (at >= 0 && at < counts.length) counts[at]++
  }
  const observed = counts.map((_, i) => {
    const at = Math.min(blocks - 1, Math.max(0, Math.floor(((first + i) * HOUR - start) / block)))
    return exposure[at] > 0 ? 1 : 0
  })
  const season = chooseSeason({ start: hourOfWeek(first * HOUR), counts, observed })
  return season?.map(factor => Math.min(MOST_SEASONAL, factor))
}

/**
 * Made anew for every conclusion. Times are milliseconds, groups are GROUP's, names are numbers of the store's
 * table; an `Expectation` is a mean and the shape of the negative binomial count around it.
 */
export class SurfaceBaseline {
  readonly #store: AttemptStore
  readonly #surface: number
  readonly #sources: BlockCounts
  readonly #pairs: BlockCounts
  readonly #groups: readonly BlockCounts[]
  /** Clean arrivals' times by name. */
  readonly #byName = new Map<number, number[]>()
  readonly #known = new Set<number>()
  readonly #shares = new Map<number, number>()
  readonly #model: SurfaceModel | undefined
  readonly #season: Season | undefined

  /** `clean` are the arrivals that no campaign explains. With a model only the past is used besides it. */
  constructor(store: AttemptStore, calendar: Calendar, clean: Arrivals, model?: SurfaceModel) {
    this.#store = store
    this.#surface = clean.surface
    this.#model = model
    const firsts: number[] = []
    const pairs: number[] = []
    const grouped: number[][] = [[], [], []]
    for (let i = 0; i < clean.length; i++) {
      if (clean.first[i] === 1) firsts.push(clean.time[i])
      if (clean.group[i] !== GROUP.NONE) grouped[clean.group[i]].push(clean.time[i])
      if (clean.named[i] === 0) continue
      pairs.push(clean.time[i])
      const times = this.#byName.get(clean.name[i])
      if (times === undefined) this.#byName.set(clean.name[i], [clean.time[i]])
      else times.push(clean.time[i])
    }
    for (let row = 0; row < store.rows; row++) if ((store.bits[row] & ROW.KNOWN) !== 0) this.#known.add(store.name[row])
    this.#sources = new BlockCounts(calendar, firsts)
    this.#pairs = new BlockCounts(calendar, pairs)
    this.#groups = grouped.map(times => new BlockCounts(calendar, times))
    if (model === undefined) this.#season = seasonOf(calendar, firsts)
    else this.#season = model.season.length === HOURS_OF_WEEK ? Float64Array.from(model.season) : undefined
  }

  /** New sources expected in (from, to], and how surely. */
  sources(from: number, to: number): Expectation {
    const { count, days } = this.#belief(this.#sources, this.#model?.sources ?? 0, from, to)
    const length = this.#length(from, to)
    return { mean: (count * length) / days, shape: 1 / (1 / count + this.#dispersion(from, to)) }
  }

  /** Sources expected that first try a name of the group in (from, to]. */
  group(group: number, from: number, to: number): Expectation {
    const { count, days } = this.#belief(this.#groups[group], this.#model?.groups[group] ?? 0, from, to)
    const length = this.#length(from, to)
    return { mean: (count * length) / days, shape: 1 / (1 / count + this.#dispersion(from, to)) }
  }

  /**
   * A claim about a day or more needs at least half as much time to compare with; a burst in a short log is judged by
   * what servers in general see.
   */
  comparable(from: number, to: number): boolean {
    if (to - from < DAY) return true
    return this.#belief(this.#sources, 0, from, to).days * DAY >= (to - from) / 2
  }

  /** New sources expected on a name in (from, to]. */
  name(id: number, from: number, to: number): Expectation {
    const tried = this.triedOutside(id, from, to)
    const { count, days } = this.#belief(this.#pairs, this.#model?.pairs ?? 0, from, to)
    const length = this.#length(from, to)
    if (this.#isPrivate(id)) {
      const mean = ((VALID_RATE * VALID_DAYS + tried) / (VALID_DAYS + days)) * length
      return { mean, shape: 1 / (1 / (0.5 + tried) + this.#dispersion(from, to)) }
    }
    const believed = 0.5 + tried + LAW_WEIGHT * this.#shareOf(id)
    const share = believed / (count + LAW_WEIGHT + 0.5 * this.#byName.size + 0.5)
    const mean = ((count * length) / days) * Math.min(1, share)
    return { mean, shape: 1 / (1 / believed + 1 / count + this.#dispersion(from, to)) }
  }

  /** Share of clean arrivals outside (from, to] that tried the name, smoothed; for the law of the background's names. */
  shareOutside(id: number, from: number, to: number): number {
    const { count } = this.#belief(this.#pairs, this.#model?.pairs ?? 0, from, to)
    const believed = 0.5 + this.triedOutside(id, from, to) + LAW_WEIGHT * this.#shareOf(id)
    return Math.min(1, believed / (count + LAW_WEIGHT + 0.5 * this.#byName.size + 0.5))
  }

  /** What a model keeps of this surface. Rare names are left to their group's rate. */
  toModel(from: number, until: number): SurfaceModel {
    const sources = this.#sources.outside(Infinity, Infinity)
    const often = [...this.#byName]
      .filter(([id, times]) => times.length > 1 && !this.#store.names.isRest(id))
      .map(([id, times]): [string, number] => [this.#store.names.text(id), times.length])
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    return {
      sources: sources.count,
      pairs: this.#pairs.outside(Infinity, Infinity).count,
      groups: this.#groups.map(group => group.outside(Infinity, Infinity).count),
      days: Math.max(sources.exposure / DAY, 1e-6),
      dispersion: this.#dispersion(Infinity, Infinity),
      names: Object.fromEntries(often.slice(0, MODEL_NAMES)),
      from,
      until,
      season: [...(this.#season ?? [])],
    }
  }

  /** Share of clean arrivals whose name was tried by one source only: the chance of a name nobody knows (Good 1953). */
  shareOfRare(from: number, to: number): number {
    let once = 0
    for (const times of this.#byName.values()) if (times.length === 1 && (times[0] < from || times[0] > to)) once++
    const { count } = this.#belief(this.#pairs, this.#model?.pairs ?? 0, from, to)
    return (once + UNLISTED * LAW_WEIGHT) / (count + LAW_WEIGHT)
  }

  /** Clean sources that tried the name outside (from, to]. */
  triedOutside(id: number, from: number, to: number): number {
    const times = this.#byName.get(id)
    const modelled = this.#model === undefined ? 0 : this.#kept(to) * (this.#modelNames(id) ?? 0)
    if (times === undefined) return modelled
    const before = lowerBound(times, from)
    if (this.#model === undefined) return times.length - (lowerBound(times, to + 1) - before)
    const known = lowerBound(times, this.#model.until + 1, before) - lowerBound(times, this.#model.from, before)
    return modelled + before - known
  }

  /** Days from one moment to another, those parts of a day counting by how many strangers they bring. */
  #length(from: number, to: number): number {
    const days = (to - from) / DAY
    return days >= 1 ? days : days * seasonBetween(this.#season, from, to)
  }

  #dispersion(from: number, to: number): number {
    return this.#model?.dispersion ?? this.#sources.dispersionOutside(from, to)
  }

  #modelNames(id: number): number | undefined {
    const names = this.#model?.names
    const text = this.#store.names.text(id)
    return names !== undefined && Object.hasOwn(names, text) ? names[text] : undefined
  }

  #belief(blocks: BlockCounts, modelled: number, from: number, to: number): { count: number; days: number } {
    const priorDays = namesAreAccounts(this.#surface) ? PRIOR_DAYS.accounts : PRIOR_DAYS.paths
    if (this.#model === undefined) {
      const { count, exposure } = blocks.outside(from, to)
      return { count: PRIOR_COUNT + count, days: priorDays + exposure / DAY }
    }
    const kept = this.#kept(to)
    const past = blocks.before(from)
    // What the log shares with the model's time is in the model already, and counts once.
    const until = blocks.before(Math.min(from, this.#model.until))
    const since = blocks.before(Math.min(from, this.#model.from))
    return {
      count: PRIOR_COUNT + kept * modelled + past.count - (until.count - since.count),
      days: priorDays + kept * this.#model.days + (past.exposure - (until.exposure - since.exposure)) / DAY,
    }
  }

  /** What is left of the model's weight at `time`: it fades with the days after its period, and with those before it. */
  #kept(time: number): number {
    if (this.#model === undefined) return 1
    const { from, until } = this.#model
    return DISCOUNT ** (Math.max(0, time - until, from - time) / DAY)
  }

  /** An existing account that is on nobody's list: strangers cannot guess it. */
  #isPrivate(id: number): boolean {
    return this.#known.has(id) && !isCommonName(this.#store.names.text(id))
  }

  #shareOf(id: number): number {
    let share = this.#shares.get(id)
    if (share === undefined) {
      share = priorShare(this.#surface, this.#store.names.text(id))
      this.#shares.set(id, share)
    }
    return share
  }
}
