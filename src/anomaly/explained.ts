/** Which events need no second explanation: those of sources that a rule flagged or a finding names, in its time. */
import type { AddressTable } from '../core/addresses.ts'
import { parsePrefix } from '../core/ip.ts'
import { HOUR } from '../core/time.ts'
import type { Concluding } from '../kit/define-detector.ts'
import type { Explained } from './window-features.ts'

/** A source's events this many hours before and after what was flagged are of one piece with it. */
const MARGIN = 1
/** Findings that accuse sources of nothing: a quiet log, a first login. */
const IGNORED_KINDS: ReadonlySet<string> = new Set(['anomaly', 'host'])

/** The look-up, and how many sources it knows. */
export interface Explanations {
  explained: Explained
  sources: number
}

/** Sources that rules have flagged or campaigns told, each for the hours of its doings and some around them. */
export function explanationsOf({ flagged, findings }: Concluding, addresses: AddressTable): Explanations {
  const intervals = new Map<number, number[]>()
  const add = (source: number, first: number, last: number): void => {
    const known = intervals.get(source)
    const from = Math.floor(first / HOUR) - MARGIN
    const to = Math.floor(last / HOUR) + MARGIN
    if (known === undefined) intervals.set(source, [from, to])
    else known.push(from, to)
  }
  for (const [source, [first, last]] of flagged) add(source, first, last)
  for (const { kind, sources, first, last } of findings) {
    if (IGNORED_KINDS.has(kind) || kind === 'rule') continue
    for (const text of sources) add(sourceId(text, addresses), first, last)
  }
  const explained: Explained = (source, hour) => {
    const list = intervals.get(source)
    if (list === undefined) return false
    for (let i = 0; i < list.length; i += 2) if (hour >= list[i] && hour <= list[i + 1]) return true
    return false
  }
  return { explained, sources: intervals.size }
}

/** The id of a source as findings write it. It is in the table: the finding came of its events. */
function sourceId(text: string, addresses: AddressTable): number {
  const prefix = parsePrefix(text)
  return prefix === undefined ? addresses.idOfName(text) : addresses.idOf(prefix.words)
}
