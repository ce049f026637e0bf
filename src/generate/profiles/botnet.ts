import { HOUR, MINUTE } from '../../core/time.ts'
import { chance, draw, logUniform, pick, weighted } from '../draw.ts'
import { COMMON_NAMES } from '../names.ts'
import type { AuthPlan } from '../ssh/plan.ts'
import { connection } from '../ssh/plan.ts'
import type { AuthProfile } from './define.ts'
import { gather } from './define.ts'
import { scatter } from './spread.ts'

/** A few of the addresses come a second time. */
const SECOND_VISIT = 0.08

type Aim = 'admin' | 'root' | 'person' | 'few'
const AIMS = weighted<Aim>([
  ['admin', 0.4],
  ['root', 0.15],
  ['person', 0.2],
  ['few', 0.25],
])

function targets({ random, stage }: AuthPlan): readonly string[] {
  switch (draw(random, AIMS)) {
    case 'admin':
      return ['admin']
    case 'root':
      return ['root']
    case 'person':
      return [pick(random, stage.host.people).name]
    default:
      return [
        pick(random, COMMON_NAMES.slice(0, 20)),
        pick(random, COMMON_NAMES.slice(20, 60)),
        pick(random, COMMON_NAMES.slice(60)),
      ]
  }
}

/** What no per-address tool sees: each address makes one or two tries and is never heard of again. */
export const botnet: AuthProfile = {
  id: 'botnet',
  service: 'auth',
  title: 'many addresses make one or two tries each on the same names, together',
  plan(plan, lines) {
    const { random } = plan
    const names = targets(plan)
    const sources: string[] = []
    const connections = gather(
      lines,
      () => {
        const again = sources.length > 3 && chance(random, SECOND_VISIT)
        const source = again ? pick(random, sources) : plan.addresses.stranger()
        // Whoever comes again has one try left, so that nobody has more than two or three in all.
        const user = pick(random, names)
        if (again) return connection(plan, plan.start, { source, user, tries: 1 })
        sources.push(source)
        return connection(plan, plan.start, { source, user })
      },
      plan.cost,
    )
    return scatter(plan, connections, logUniform(random, 20 * MINUTE, 6 * HOUR))
  },
}
