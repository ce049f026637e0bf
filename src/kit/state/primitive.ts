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
  restore(snapshot: Json): void
  /**
   * Adds another node's state (its snapshot, with the same options) to this one; `from` says what its numbers are here.
   * What either node has dropped or forgotten stays so; the cap holds afterwards.
   */
  merge(snapshot: Json, from?: Translation): void
}

/** Entries a table holds where the rule does not say otherwise. */
export const DEFAULT_CAP = 100_000

interface Dated {
  last: number
}

/**
 * Makes room in a full table: entries older than `horizon` go first; where that is not enough, the tenth that was
 * longest unused. Answers how many live entries were lost.
 */
export function makeRoom<K, V extends Dated>(table: Map<K, V>, cap: number, horizon: number): number {
  for (const [key, entry] of table) if (entry.last < horizon) table.delete(key)
  if (table.size < cap) return 0
  const surplus = Math.max(1, Math.ceil(cap / 10))
  // Times alone are sorted, as numbers: a flood of new keys comes here for every tenth of the table, in every table.
  const ages = Float64Array.from(table.values(), entry => entry.last).sort()
  const limit = ages[surplus - 1]
  let ofLimit = surplus
  for (let i = 0; i < surplus && ages[i] < limit; i++) ofLimit--
  for (const [key, entry] of table) {
    // Of those that are as old as the limit, the ones that came into the table first.
    if (entry.last < limit || (entry.last === limit && ofLimit-- > 0)) table.delete(key)
  }
  return surplus
}

/** Holds a table that was merged into to its cap: the longest unused go. Answers how many were lost. */
export function holdToCap<K, V extends Dated>(table: Map<K, V>, cap: number): number {
  const surplus = table.size - cap
  if (surplus <= 0) return 0
  const byAge = [...table].sort((a, b) => a[1].last - b[1].last)
  for (let i = 0; i < surplus; i++) table.delete(byAge[i][0])
  return surplus
}

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
