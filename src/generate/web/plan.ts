/** What planning of web traffic works with, and the one way in which requests are made. */
import type { Random } from '../../core/random.ts'
import type { AddressPool } from '../addresses.ts'
import { logUniform } from '../draw.ts'
import { micro } from '../law.ts'
import type { WebRequest } from './request.ts'
import type { Site } from './site.ts'

export interface WebPlan {
  readonly random: Random
  readonly start: number
  readonly end: number
  readonly site: Site
  readonly addresses: AddressPool
}

/** Who asks: everything about a request that stays the same from one to the next. */
export interface Client {
  readonly source: string
  readonly agent: string
  readonly protocol: string
}

export interface Ask {
  readonly method?: string
  readonly target: string
  readonly status: number
  readonly bytes: number
  readonly referrer?: string
}

/**
 * A request at `time` (milliseconds), GET without a referrer unless `ask` says otherwise, with a drawn time to
 * answer in seconds. An answer of 304 has no bytes.
 */
export function request(plan: WebPlan, client: Client, time: number, ask: Ask): WebRequest {
  const { method = 'GET', target, status, bytes, referrer = '-' } = ask
  const took = Math.round(logUniform(plan.random, 1, status >= 500 ? 4000 : 300)) / 1000
  return { time: micro(time), ...client, method, target, status, bytes: status === 304 ? 0 : bytes, referrer, took }
}
