/**
 * The week's pattern: how much busier or quieter each of its 168 hours is than the average. It is used after three weeks,
 * and only where it has foretold the hours so far better than the average did.
 */
import { logNegativeBinomialPmf } from '../kit/math/tails.ts'
import { asArray, asNumber, type Json } from '../kit/state/primitive.ts'
import { MEASURE_COUNT } from './measures.ts'

const HOURS = 168
/** Weeks of average that each hour is believed to have had. */
const PRIOR_WEEKS = 4
const LEAST_HOURS = 3 * HOURS
/** Minutes of an hour that must have been seen for it to count. */
const LEAST_MINUTES = 30
const WHAT = 'hours of rates'

/** One pattern for each measure of the whole server. Hours and minutes count from 1970; the week is that of UTC. */
export class HourOfWeek {
  /** Events and hours by measure and hour of the week. */
  readonly #events = new Float64Array(MEASURE_COUNT * HOURS)
  readonly #hours = new Float64Array(MEASURE_COUNT * HOURS)
  /** Sums of the two above over the week. */
  readonly #allEvents = new Float64Array(MEASURE_COUNT)
  readonly #allHours = new Float64Array(MEASURE_COUNT)
  /** How much better (in deviance) the pattern has foretold than the average. */
  readonly #gain = new Float64Array(MEASURE_COUNT)
  /** The open hour: since 1970, and its events and minutes so far. */
  #hour = -1
  readonly #openEvents = new Float64Array(MEASURE_COUNT)
  readonly #openMinutes = new Float64Array(MEASURE_COUNT)
  readonly #factors = new Float64Array(MEASURE_COUNT).fill(1)

  /** The factor for the present hour: 1 where the pattern is not used. */
  factor(measure: number): number {
    return this.#factors[measure]
  }

  /** Whether the pattern is in use. */
  inUse(measure: number): boolean {
    return this.#allHours[measure] >= LEAST_HOURS && this.#gain[measure] > 0
  }

  /** Notes a clean minute's events; `minute` counts since 1970. `shape` is that of the minute's count. */
  observe(measure: number, minute: number, events: number, shape: number): void {
    this.enter(Math.floor(minute / 60), shape)
    this.#openEvents[measure] += events
    this.#openMinutes[measure]++
  }

  /** Opens an hour. */
  enter(hour: number, shape: number): void {
    if (hour <= this.#hour) return
    if (this.#hour >= 0) for (let m = 0; m < MEASURE_COUNT; m++) this.#close(m, shape)
    this.#begin(hour)
  }

  /** The clock was set back: the hour that was open is of another time, and teaches nothing. */
  rewind(hour: number): void {
    if (hour >= this.#hour) return
    this.#openEvents.fill(0)
    this.#openMinutes.fill(0)
    this.#begin(hour)
  }

  #begin(hour: number): void {
    this.#hour = hour
    for (let m = 0; m < MEASURE_COUNT; m++) this.#factors[m] = this.inUse(m) ? this.#pattern(m, hourOfWeek(hour)) : 1
  }

  #close(measure: number, shape: number): void {
    const minutes = this.#openMinutes[measure]
    const events = this.#openEvents[measure]
    this.#openEvents[measure] = 0
    this.#openMinutes[measure] = 0
    if (minutes < LEAST_MINUTES) return
    const at = hourOfWeek(this.#hour)
    const hourly = Math.round((events * 60) / minutes)
    if (this.#hours[measure * HOURS + at] > 0) {
      const mean = this.#average(measure)
      const patterned = mean * this.#pattern(measure, at)
      const better =
        logNegativeBinomialPmf(hourly, Math.max(1e-9, patterned), shape) -
        logNegativeBinomialPmf(hourly, Math.max(1e-9, mean), shape)
      this.#gain[measure] = this.#gain[measure] * 0.999 + 2 * better
    }
    this.#events[measure * HOURS + at] += hourly
    this.#hours[measure * HOURS + at]++
    this.#allEvents[measure] += hourly
    this.#allHours[measure]++
  }

  #average(measure: number): number {
    return this.#allHours[measure] === 0 ? 0 : this.#allEvents[measure] / this.#allHours[measure]
  }

  /** s_h = (x_h + 4 x) / (weeks_h + 4) / x, where x is the average hour. */
  #pattern(measure: number, at: number): number {
    const mean = this.#average(measure)
    if (mean === 0) return 1
    const i = measure * HOURS + at
    return (this.#events[i] + PRIOR_WEEKS * mean) / (this.#hours[i] + PRIOR_WEEKS) / mean
  }

  #arrays(): Float64Array[] {
    return [
      this.#events,
      this.#hours,
      this.#allEvents,
      this.#allHours,
      this.#gain,
      this.#openEvents,
      this.#openMinutes,
      this.#factors,
    ]
  }

  /** Adds another part of the same stream: events add up, hours that both saw are the same ones. */
  absorb(other: HourOfWeek): void {
    const sums = [this.#events, this.#allEvents, this.#gain, this.#openEvents]
    const added = [other.#events, other.#allEvents, other.#gain, other.#openEvents]
    for (const [i, array] of sums.entries()) for (const [at, value] of added[i].entries()) array[at] += value
    const most = [this.#hours, this.#allHours, this.#openMinutes]
    const others = [other.#hours, other.#allHours, other.#openMinutes]
    for (const [i, array] of most.entries())
      for (const [at, value] of others[i].entries()) array[at] = Math.max(array[at], value)
    this.#begin(Math.max(this.#hour, other.#hour))
  }

  snapshot(): Json {
    return [this.#hour, this.#arrays().map(array => Array.from(array))]
  }

  restore(snapshot: Json): void {
    const [hour, arrays] = asArray(snapshot, WHAT)
    this.#hour = asNumber(hour, WHAT)
    const saved = asArray(arrays, WHAT)
    for (const [i, array] of this.#arrays().entries()) {
      array.set(asArray(saved[i], WHAT).map(value => asNumber(value, WHAT)))
    }
  }

  /** Takes a model's weeks, and no hour as open. */
  learn(snapshot: Json): void {
    this.restore(snapshot)
    this.#hour = -1
    this.#openEvents.fill(0)
    this.#openMinutes.fill(0)
  }
}

/** 0 to 167, from Monday; 1970 began on a Thursday. */
function hourOfWeek(hour: number): number {
  return (hour + 72) % HOURS
}
