/** Reading what `nft -j list` writes (libnftables-json(5)). */
import { EXIT, Problem } from '../../core/errors.ts'
import type { FirewallEntry } from '../../kit/define-responder.ts'
import { formatTarget } from './target.ts'

/** A set of one family and prefix length. */
export interface TableSet {
  v4: boolean
  bits: number
}

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null

function itemsOf(text: string): Json[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new Problem(EXIT.config, 'nft answered what is no JSON', { cause })
  }
  const items = isObject(parsed) ? parsed.nftables : undefined
  return Array.isArray(items) ? items.filter(isObject) : []
}

function setOf(name: unknown): TableSet | undefined {
  const match = typeof name === 'string' ? /^v([46])_(\d{1,3})$/.exec(name) : null
  return match === null ? undefined : { v4: match[1] === '4', bits: Number(match[2]) }
}

/** The sets of a table, named as `inet table`. */
export function setsOf(text: string, table: string): TableSet[] {
  return itemsOf(text)
    .map(({ set }) => (isObject(set) && `${set.family} ${set.table}` === table ? setOf(set.name) : undefined))
    .filter(set => set !== undefined)
}

/** Names of the sets that a rule looks into. */
function ruledSets(items: readonly Json[]): Set<string> {
  const ruled = new Set<string>()
  for (const { rule } of items) {
    const match = isObject(rule) ? /"@(v[46]_\d{1,3})"/.exec(JSON.stringify(rule.expr)) : null
    if (match !== null) ruled.add(match[1])
  }
  return ruled
}

/** What our sets block; `seconds` is what is left of each. */
export function elementsOf(text: string): (FirewallEntry & { packets: number })[] {
  const entries: (FirewallEntry & { packets: number })[] = []
  const items = itemsOf(text)
  const ruled = ruledSets(items)
  for (const item of items) {
    if (!isObject(item.set) || !Array.isArray(item.set.elem)) continue
    const set = setOf(item.set.name)
    // A set that no rule looks into blocks nobody.
    if (set === undefined || !ruled.has(String(item.set.name))) continue
    for (const element of item.set.elem) {
      const inner: Json = isObject(element) && isObject(element.elem) ? element.elem : { val: element }
      if (typeof inner.val !== 'string') continue
      const counter = isObject(inner.counter) ? inner.counter.packets : 0
      entries.push({
        prefix: formatTarget({ address: inner.val, ...set }),
        seconds: typeof inner.expires === 'number' ? inner.expires : null,
        packets: typeof counter === 'number' ? counter : 0,
      })
    }
  }
  return entries
}
