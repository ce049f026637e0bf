/** What an attack profile is: one file, one declaration; `profiles/index.ts` lists them. */
import type { Random } from '../../core/random.ts'
import type { AuthPlan } from '../ssh/plan.ts'
import type { Connection } from '../ssh/scene.ts'
import type { WebPlan } from '../web/plan.ts'
import type { WebRequest } from '../web/request.ts'

export interface AuthProfile {
  readonly id: string
  readonly service: 'auth'
  /** What it is, for `--help` and the guide. */
  readonly title: string
  /** Plans about `lines` lines of attack. */
  plan(plan: AuthPlan, lines: number): Connection[]
}

export interface WebProfile {
  readonly id: string
  readonly service: 'web'
  readonly title: string
  plan(plan: WebPlan, lines: number): WebRequest[]
}

export type Profile = AuthProfile | WebProfile

/** Attacks lie in the later part of a log, so that whoever learns from its beginning learns what is normal. */
const QUIET_BEGINNING = 0.45

export interface Window {
  readonly from: number
  readonly to: number
}

interface Span {
  readonly random: Random
  readonly start: number
  readonly end: number
}

/** A stretch of `length` milliseconds, shorter where the log is too short for it. */
export function placeWindow({ random, start, end }: Span, length: number): Window {
  const first = start + (end - start) * QUIET_BEGINNING
  // Sessions of a successful attack need some minutes after its last try; a twentieth of the log is left for them.
  const last = end - (end - start) * 0.05
  const fitting = Math.min(length, last - first)
  const from = first + random.next() * (last - first - fitting)
  return { from, to: from + fitting }
}

/** Makes items until they cost `lines`, to the nearest item. */
export function gather<T>(lines: number, make: (index: number) => T, cost: (item: T) => number): T[] {
  const items: T[] = []
  let left = lines
  for (;;) {
    const item = make(items.length)
    const price = cost(item)
    if (items.length > 0 && left < price / 2) return items
    items.push(item)
    left -= price
  }
}
