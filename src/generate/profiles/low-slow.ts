import { between, pick, shuffle } from '../draw.ts'
import { micro } from '../law.ts'
import { connection } from '../ssh/plan.ts'
import type { AuthProfile } from './define.ts'
import { gather, placeWindow } from './define.ts'

/** Tries that one address makes over the whole time. */
const TRIES_EACH = 8
/** The part of the log over which it stretches. */
const STRETCH = 0.5

/** Under every short window: each address waits hours between its tries, for days. */
export const lowSlow: AuthProfile = {
  id: 'low-slow',
  service: 'auth',
  title: 'a handful of addresses, each with one try every few hours, for days',
  plan(plan, lines) {
    const { random } = plan
    const names = shuffle(random, ['root', 'admin', pick(random, plan.stage.host.people).name, 'postgres']).slice(0, 2)
    const scenes = gather(
      lines,
      index => connection(plan, plan.start, { source: '', user: names[index % names.length], tries: 1 }),
      plan.cost,
    )
    const sources = Array.from({ length: Math.max(2, Math.round(scenes.length / TRIES_EACH)) }, () =>
      plan.addresses.stranger(),
    )
    const { from, to } = placeWindow(plan, (plan.end - plan.start) * STRETCH)
    const rounds = Math.ceil(scenes.length / sources.length)
    const phases = sources.map(() => random.next())
    return scenes
      .map((scene, index) => {
        const who = index % sources.length
        const round = Math.floor(index / sources.length)
        const at = (round + phases[who] * 0.8 + between(random, 0, 0.2)) / rounds
        return { ...scene, source: sources[who], time: micro(from + at * (to - from)) }
      })
      .sort((a, b) => a.time - b.time)
  },
}
