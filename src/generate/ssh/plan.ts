/** What planning works with, and the two ways in which anybody meets sshd. Background and attacks both go through here. */
import type { Random } from '../../core/random.ts'
import type { AddressPool } from '../addresses.ts'
import { draw, weighted } from '../draw.ts'
import { fewTries, sourcePort } from '../law.ts'
import { renderScene, strangerEnding } from './render.ts'
import type { Connection, Ending, Probe, Scene, Session, Stage } from './scene.ts'

export interface AuthPlan {
  readonly random: Random
  readonly start: number
  readonly end: number
  readonly stage: Stage
  readonly addresses: AddressPool
  /** How many lines a scene writes. */
  cost(scene: Scene): number
}

/** Adds `cost` to a plan's parts: how many lines a scene is, found by rendering it. */
export function createAuthPlan(parts: Omit<AuthPlan, 'cost'>): AuthPlan {
  return { ...parts, cost: scene => renderScene(scene, parts.stage).length }
}

export interface Visit {
  readonly source: string
  readonly user: string
  /** Drawn by the law where it is left out. */
  readonly tries?: number
  readonly ending?: Ending
  readonly session?: Session
}

/**
 * A connection at `time` (milliseconds): what the visit leaves open (tries, ending) is drawn as strangers do.
 * Process and session numbers are 0 until all scenes are put in order and numbered.
 */
export function connection(plan: AuthPlan, time: number, visit: Visit): Connection {
  const { random, stage } = plan
  const tries = visit.tries ?? fewTries(random)
  return {
    kind: 'connection',
    time,
    noise: random.below(2 ** 32),
    pid: 0,
    sessionId: 0,
    source: visit.source,
    port: sourcePort(random),
    user: visit.user,
    known: stage.host.knows(visit.user),
    tries,
    ending: visit.ending ?? strangerEnding(random, tries),
    ...(visit.session === undefined ? {} : { session: visit.session }),
  }
}

const PROBES = weighted<Probe>([
  ['silent', 0.3],
  ['closed', 0.28],
  ['kex', 0.12],
  ['hostkey', 0.06],
  ['http', 0.08],
  ['tls', 0.06],
  ['reset', 0.07],
  ['timeout', 0.03],
])

/** A connection that never gives a name. */
export function probe(plan: AuthPlan, time: number, source: string): Connection {
  const { random } = plan
  const noise = random.below(2 ** 32)
  const port = sourcePort(random)
  return {
    kind: 'connection',
    time,
    noise,
    pid: 0,
    sessionId: 0,
    source,
    port,
    user: '',
    known: false,
    tries: 0,
    ending: 'closed',
    probe: draw(random, PROBES),
  }
}
