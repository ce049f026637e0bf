/** The state of breach-detection: who failed, as whom, and who is known. */
import { HOUR, MINUTE } from '../../core/time.ts'
import type { EventView } from '../../core/view.ts'
import type { Raise, RuleContext } from '../../kit/define-rule.ts'
import type { DistinctCount, SlidingCount } from '../../kit/state/index.ts'
import { isCommonName } from './common-names.ts'
import { attemptsOf, Crowds, FAMILIES, familyOf, isGuessable, KnownLogins } from './logins.ts'

const MAIL = FAMILIES.indexOf('mail')
/** Different names before a login by key from which on the source is hostile, whatever opened the door. */
const HOSTILE_NAMES = 3
/** Failures of a source counted exactly; more are told as this many. */
export const MOST_FAILURES = 200
/** Failures in ten minutes that no mail program with an old password makes, with all its connections. */
const FRANTIC = 100
/** A name's failing sources remembered for a day; more are as good as this many. */
export const MOST_SOURCES = 256

export interface BreachOptions {
  failures_before_success: number
  window_hours: number
  known_source_failures: number
  sources_before_success: number
}

/** Failures then success: of one source, and of one user under attack from many. */
export class Breaches {
  readonly #options: BreachOptions
  readonly #context: RuleContext
  readonly #failures: SlidingCount[]
  readonly #names: DistinctCount
  readonly #sourcesOfUser: DistinctCount
  readonly #known: KnownLogins
  readonly #crowds: Crowds

  constructor(options: BreachOptions, context: RuleContext) {
    this.#options = options
    this.#context = context
    const window = options.window_hours * HOUR
    const limit = Math.max(options.failures_before_success, options.known_source_failures, MOST_FAILURES)
    this.#failures = FAMILIES.map(family =>
      context.state.slidingCount(family, {
        window,
        limit,
        evidenceFrom: options.failures_before_success - 4,
        sparse: true,
      }),
    )
    this.#names = context.state.distinctCount('names', { window, limit: 8, evidence: 0 })
    this.#sourcesOfUser = context.state.distinctCount('sources-of-user', {
      window: 24 * HOUR,
      limit: MOST_SOURCES,
      cap: 20_000,
      values: 'sources',
    })
    this.#known = new KnownLogins(context.state, context.addresses)
    this.#crowds = new Crowds(context.state, 24 * HOUR)
  }

  /** Takes a failed attempt in. */
  failed(event: EventView): void {
    const attempts = attemptsOf(event)
    const { source, time, user } = event
    if (attempts === 0 || source < 0) return
    this.#failures[familyOf(event)].addEvent(source, event, attempts)
    if (user === undefined) return
    this.#names.add(source, user, time)
    // A name that the host does not have cannot be broken into.
    if (event.userKnown !== false && familyOf(event) === 0 && !isCommonName(user))
      this.#sourcesOfUser.addEvent(user, source, event)
  }

  /** Takes a login in, and raises it where it is a breach. */
  accepted(event: EventView, raise: Raise): void {
    const { source, time, user } = event
    if (source < 0) return
    const family = familyOf(event)
    const count = this.#failures[family]
    const failed = count.count(source, time)
    const trail = count.trail(source)
    if (failed >= this.#options.failures_before_success && this.#isBreach(event, failed, family)) {
      const names = this.#names.values(source, time).map(String)
      const since = this.#known.since(source, user, time)
      raise.hit(family === 0 ? source : `${FAMILIES[family]} ${this.#context.addresses.identity(source)}`, event, {
        trail,
        weight: failed + 1,
        users: names,
        facts: {
          failures: failed,
          // Of stamps by the second, at least one.
          over: Math.max(1000, time - (trail?.first ?? time)),
          names,
          user: user ?? '',
          method: event.method ?? '',
          ...(since === undefined ? {} : { knownFor: time - since }),
        },
      })
    } else {
      if (family === 0 && isGuessable(event.method)) this.#afterManySources(event, raise)
      this.#known.learn(event)
      this.#crowds.learn(event)
    }
    // A success sets the count back, so that a month of single typos never adds up.
    count.forget(source)
  }

  #isBreach(event: EventView, failed: number, family: number): boolean {
    const { source, time, user, method } = event
    const machineLike = failed >= this.#options.known_source_failures
    const names = this.#names.values(source, time)
    const others = names.filter(name => name !== user).length
    if (this.#known.since(source, user, time) !== undefined && !machineLike) return false
    // A colleague's first login where others mistype.
    if (this.#crowds.size(source, time) > 0 && !machineLike) return false
    // A key is not guessed. One that opens after a row of failures was held before, which only tells on a hostile source.
    if (!isGuessable(method)) return others >= HOSTILE_NAMES
    // A mail program with an old password tries until its owner gives it the new one; but it takes its time.
    return family !== MAIL || others > 0 || this.#failures[family].densest(source, 10 * MINUTE) >= FRANTIC
  }

  /** A stranger gets in with a password while many sources are guessing that very user's. */
  #afterManySources(event: EventView, raise: Raise): void {
    const { user, source, time } = event
    if (user === undefined || this.#known.since(source, user, time) !== undefined) return
    const day = this.#sourcesOfUser.values(user, time)
    const { sources_before_success: least } = this.#options
    if (day.length < least) return
    const tookPart = day.includes(source)
    const sources = day.filter(id => typeof id === 'number')
    raise.hit(`user ${user}`, event, {
      trail: this.#sourcesOfUser.trail(user),
      weight: sources.length + 1,
      sources,
      facts: {
        guessers: sources.length,
        tookPart,
        user,
        method: event.method ?? '',
        from: this.#context.addresses.format(source),
      },
    })
  }
}
