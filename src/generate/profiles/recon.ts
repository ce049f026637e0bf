import { HOUR } from '../../core/time.ts'
import { draw, logUniform, weighted } from '../draw.ts'
import { probe } from '../ssh/plan.ts'
import type { AuthProfile } from './define.ts'
import { gather } from './define.ts'
import { scatter } from './spread.ts'

const PROBES_EACH = weighted([
  [1, 0.55],
  [2, 0.25],
  [3, 0.12],
  [5, 0.08],
])

/** Asks what listens here, and never gives a name. */
export const recon: AuthProfile = {
  id: 'recon',
  service: 'auth',
  title: 'scanners: no identification, wrong protocol, odd key exchanges',
  plan(plan, lines) {
    const { random } = plan
    let source = ''
    let left = 0
    const probes = gather(
      lines,
      () => {
        if (left === 0) {
          source = plan.addresses.stranger()
          left = draw(random, PROBES_EACH)
        }
        left--
        return probe(plan, plan.start, source)
      },
      plan.cost,
    )
    return scatter(plan, probes, logUniform(random, 2 * HOUR, 12 * HOUR))
  },
}
