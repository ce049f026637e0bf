import { HOUR } from '../../core/time.ts'
import { chance, draw, logUniform, pick, weighted } from '../draw.ts'
import { rareName } from '../names.ts'
import { connection } from '../ssh/plan.ts'
import type { AuthProfile } from './define.ts'
import { gather } from './define.ts'
import { scatter } from './spread.ts'

/** Lines of the leaked list that one machine is given. */
const NAMES_EACH = weighted([
  [1, 0.78],
  [2, 0.17],
  [3, 0.05],
])

/** A leaked list of names and passwords, each tried once, shared out over many machines. */
export const stuffing: AuthProfile = {
  id: 'stuffing',
  service: 'auth',
  title: 'a leaked list: many addresses, many names, about one try a name',
  plan(plan, lines) {
    const { random } = plan
    const people = plan.stage.host.people
    const tried = new Set<string>()
    let source = ''
    let left = 0
    const connections = gather(
      lines,
      () => {
        if (left === 0) {
          source = plan.addresses.stranger()
          left = draw(random, NAMES_EACH)
        }
        left--
        let name = chance(random, 0.01) ? pick(random, people).name : rareName(random)
        // The list of names is finite; a name met again gets a number, as in real lists.
        while (tried.has(name)) name = `${rareName(random)}${random.below(1000)}`
        tried.add(name)
        return connection(plan, plan.start, { source, user: name, tries: 1 })
      },
      plan.cost,
    )
    return scatter(plan, connections, logUniform(random, 2 * HOUR, 24 * HOUR))
  },
}
