/**
 * D6, a diagnostic: does a campaign lift every name a little (a spray) rather than a few a lot? Higher Criticism over the
 * names' chances in its interval (Donoho & Jin 2004), with the critical value by simulation.
 */
import type { Random } from '../core/random.ts'
import { higherCriticism, higherCriticismCritical, randomisedPValue } from '../kit/math/higher-criticism.ts'
import type { SurfaceBaseline } from './baseline.ts'
import type { Campaign } from './find.ts'

export interface SprayVerdict {
  /** The statistic, and the value that chance exceeds once in a hundred times. */
  criticism: number
  critical: number
}

const ALPHA = 0.01
const LEAST_NAMES = 4

/** Critical values kept. */
const MOST_KEPT = 256

/** Judges one analyzer's campaigns, again and again in a live run. */
export class SprayJudge {
  readonly #random: Random
  /** By number of names: simulated once, which costs more than all else that is told of a campaign. */
  readonly #critical = new Map<number, number>()

  constructor(random: Random) {
    this.#random = random
  }

  /** Undefined where there are too few names to speak of a spray. */
  judge(campaign: Campaign, baseline: SurfaceBaseline): SprayVerdict | undefined {
    const {
      interval: { start, end },
      membership: { names },
    } = campaign
    if (names.size < LEAST_NAMES) return undefined
    const random = this.#random.fork(start)
    const chances = [...names].map(([name, sources]) => {
      const { mean, shape } = baseline.name(name, start, Math.max(end, start + 1))
      return randomisedPValue(sources, mean, shape, random.next())
    })
    return { criticism: higherCriticism(chances), critical: this.#criticalOf(chances.length) }
  }

  #criticalOf(names: number): number {
    const known = this.#critical.get(names)
    if (known !== undefined) return known
    const critical = higherCriticismCritical(names, ALPHA, this.#random.fork(`critical ${names}`))
    if (this.#critical.size >= MOST_KEPT) this.#critical.clear()
    this.#critical.set(names, critical)
    return critical
  }
}
