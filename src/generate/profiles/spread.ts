/** How an attack's connections lie in time. */
import { SECOND } from '../../core/time.ts'
import { between } from '../draw.ts'
import { micro, strangerMoment } from '../law.ts'
import type { AuthPlan } from '../ssh/plan.ts'
import type { Connection } from '../ssh/scene.ts'
import { placeWindow } from './define.ts'

/** At random moments of a stretch of `length`: what many machines do that know nothing of each other. */
export function scatter(plan: AuthPlan, connections: readonly Connection[], length: number): Connection[] {
  const { from, to } = placeWindow(plan, length)
  return connections
    .map(scene => ({ ...scene, time: strangerMoment(plan.random, from, to) }))
    .sort((a, b) => a.time - b.time)
}

/** One after the other, as one machine does; never over more than `atMost` of the log's length. */
export function inTurn(
  plan: AuthPlan,
  connections: readonly Connection[],
  pause: readonly [low: number, high: number],
  atMost: number,
): Connection[] {
  let at = 0
  const offsets = connections.map(scene => {
    const offset = at
    at += (scene.tries * 2.5 + between(plan.random, pause[0], pause[1])) * SECOND
    return offset
  })
  const { from, to } = placeWindow(plan, Math.min(at, (plan.end - plan.start) * atMost))
  const scale = (to - from) / at
  return connections.map((scene, index) => ({ ...scene, time: micro(from + offsets[index] * scale) }))
}
