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

/** Undefined where there are too few names to speak of a spray. */
export function judgeSpray(campaign: Campaign, baseline: SurfaceBaseline, random: Random): SprayVerdict | undefined {
  const {
    interval: { start, end },
    membership: { names },
  } = campaign
  if (names.size < LEAST_NAMES) return undefined
  const chances = [...names].map(([name, sources]) => {
    const { mean, shape } = baseline.name(name, start, Math.max(end, start + 1))
    return randomisedPValue(sources, mean, shape, random.next())
  })
  return { criticism: higherCriticism(chances), critical: higherCriticismCritical(chances.length, ALPHA, random) }
}
