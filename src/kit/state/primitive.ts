/**
 * State primitives: what rules remember. Each observes, expires, snapshots, restores and merges, and has a cap, so that
 * memory is bounded, a restart resumes and two nodes' state can be put together. Time is event time, passed in.
 */

import type { Translation } from './translation.ts'

/** Keys are source ids (numbers) or stable texts. */
export type Key = string | number

/** Any value that survives JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** What the engine needs of a primitive in order to checkpoint it. */
export interface Primitive {
  /** Entries dropped because the table was full; shown in the report. */
  readonly evicted: number
  readonly size: number
  snapshot(): Json
  /** The snapshot, which is a list, entry by entry: all of it at once takes several times the memory of what it tells. */
  entries(): Iterable<Json>
  restore(snapshot: Json): void
  /**
   * Adds another node's state (its snapshot, with the same options) to this one; `from` says what its numbers are here.
   * What either node has dropped or forgotten stays so; the cap holds afterwards.
   */
  merge(snapshot: Json, from?: Translation): void
}

/** Entries a table holds where the rule does not say otherwise. */
export const DEFAULT_CAP = 100_000

/** Narrowing for `restore`: snapshots come back as unknown JSON, and one of another shape is refused. */
export function asArray(value: Json | undefined, what: string): readonly Json[] {
  if (!Array.isArray(value)) throw new TypeError(`snapshot of ${what}: expected a list`)
  return value
}

/** @throws TypeError for what is no number; `what` names the snapshot */
export function asNumber(value: Json | undefined, what: string): number {
  if (typeof value !== 'number') throw new TypeError(`snapshot of ${what}: expected a number`)
  return value
}

/** @throws TypeError for what is neither number nor text */
export function asKey(value: Json | undefined, what: string): Key {
  if (typeof value !== 'number' && typeof value !== 'string') throw new TypeError(`snapshot of ${what}: expected a key`)
  return value
}
