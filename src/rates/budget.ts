/**
 * How unlikely must a count be to be told? First by the number of tests a week (the chances are a model's), then by the
 * largest score of every clean day so far (split conformal on block maxima): an alarm has to be beyond what clean days
 * reached. Online: only days gone by are asked.
 */
import { DAY } from '../core/time.ts'
import { conformalThreshold, falseAlarmBand, sortScores } from '../kit/math/conformal.ts'
import { asArray, asNumber, type Json } from '../kit/state/primitive.ts'

/** Minutes of a week, for the server's four series and about eight busy groups. */
const TESTS_PER_WEEK = 10_080 * 12
/** A score beyond this is no false alarm on any account, and no witness of clean days. */
const BEYOND_DOUBT = 10
/** Days remembered. */
const MOST_DAYS = 400
/** Clean days from which on the budget is called calibrated: what they cannot vouch for is what campaigns leave unspent. */
const LEAST_DAYS = 27
const WHAT = 'the budget of rates'

/**
 * A count is told where -log10 of its chance reaches `threshold`. Seconds count from 1970; the day that is open
 * bears no witness until the next is entered.
 */
export class RateBudget {
  /** -log10 of the chance from which on a count is told. */
  threshold: number
  readonly #weekly: number
  readonly #floor: number
  /** Largest scores of the days gone by. */
  readonly #maxima: number[] = []
  #day = -1
  #today = 0

  /** `weekly` is the false alarms a week that rates may raise. */
  constructor(weekly: number) {
    this.#weekly = weekly
    this.#floor = Math.log10(TESTS_PER_WEEK / weekly)
    this.threshold = this.#floor
  }

  /** Enters the day of a second. */
  enter(second: number): void {
    const day = Math.floor((second * 1000) / DAY)
    if (day <= this.#day) return
    if (this.#day >= 0) this.#remember(this.#today)
    this.#day = day
    this.#today = 0
  }

  /** The clock was set back: the day that was open is of another time, and no witness. */
  rewind(second: number): void {
    const day = Math.floor((second * 1000) / DAY)
    if (day >= this.#day) return
    this.#day = day
    this.#today = 0
  }

  note(score: number): void {
    if (score > this.#today && score < BEYOND_DOUBT) this.#today = score
  }

  #remember(maximum: number): void {
    this.#maxima.push(maximum)
    if (this.#maxima.length > MOST_DAYS) this.#maxima.shift()
    this.#set()
  }

  #set(): void {
    this.threshold = Math.max(this.#floor, conformalThreshold(sortScores(this.#maxima), this.#alpha))
  }

  /** A day's share of false alarms: the budget's, or what so few days can promise. */
  get #alpha(): number {
    return Math.max(this.#weekly / 7, 1 / (this.#maxima.length + 1))
  }

  /** Clean days gone by. */
  get days(): number {
    return this.#maxima.length
  }

  get calibrated(): boolean {
    return this.days >= LEAST_DAYS
  }

  /** 95 % band of false alarms a week, where calibrated. */
  get band(): [number, number] | undefined {
    if (!this.calibrated) return undefined
    const { lower, upper } = falseAlarmBand(this.days, 7, Math.min(7, 7 * this.#alpha))
    return [lower, upper]
  }

  /** Days that are still missing. */
  get missing(): number {
    return Math.max(0, LEAST_DAYS - this.days)
  }

  /** Takes in another node's days, which are the same ones: each day's largest score is that of both. */
  absorb(other: RateBudget): void {
    const [mine, theirs] = [this.#maxima.toReversed(), other.#maxima.toReversed()]
    const days = Math.max(mine.length, theirs.length)
    this.learn(Array.from({ length: days }, (_, i) => Math.max(mine[i] ?? 0, theirs[i] ?? 0)).reverse())
    this.#today = Math.max(this.#today, other.#today)
  }

  lesson(): number[] {
    return [...this.#maxima]
  }

  learn(maxima: readonly number[]): void {
    this.#maxima.splice(0, this.#maxima.length, ...maxima.slice(-MOST_DAYS))
    this.#set()
  }

  snapshot(): Json {
    return [this.#day, this.#today, [...this.#maxima]]
  }

  restore(snapshot: Json): void {
    const [day, today, maxima] = asArray(snapshot, WHAT)
    this.learn(asArray(maxima, WHAT).map(value => asNumber(value, WHAT)))
    this.#day = asNumber(day, WHAT)
    this.#today = asNumber(today, WHAT)
  }
}
