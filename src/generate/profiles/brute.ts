import { chance, draw, pick, weighted } from '../draw.ts'
import { stubbornTries } from '../law.ts'
import { COMMON_NAMES } from '../names.ts'
import { connection } from '../ssh/plan.ts'
import type { AuthProfile } from './define.ts'
import { gather } from './define.ts'
import { inTurn } from './spread.ts'

const FIRST_NAMES = weighted([
  ['root', 0.7],
  ['admin', 0.2],
  ['ubuntu', 0.1],
])

/** What every per-address tool sees at once. */
export const brute: AuthProfile = {
  id: 'brute',
  service: 'auth',
  title: 'one address guesses hundreds of passwords, one after the other',
  plan(plan, lines) {
    const { random } = plan
    const source = plan.addresses.stranger()
    const name = draw(random, FIRST_NAMES)
    const connections = gather(
      lines,
      () => {
        const user = chance(random, 0.85) ? name : pick(random, COMMON_NAMES)
        return connection(plan, plan.start, { source, user, tries: stubbornTries(random) })
      },
      plan.cost,
    )
    return inTurn(plan, connections, [1, 5], 0.35)
  },
}
