/** Comparing the ledger with the firewall, and how a block is written to it. */
import type { Block } from '../../core/decision.ts'
import { HOUR, SECOND } from '../../core/time.ts'
import type { FirewallChange, FirewallEntry, Responder } from '../../kit/define-responder.ts'

/** Seconds that times may differ before they are set right: what listing and loading take. */
const TOLERANCE = 60
/** An entry that lasts at least so long is not too short: some firewalls count no further than 24 days. */
const ENOUGH = HOUR / SECOND
/** Seconds that an entry outlives an unconfirmed enforcement, in which the tick that undoes it comes. */
const GRACE = 5

/**
 * A block as the firewall holds it. While enforcement is unconfirmed nothing is written that outlives the deadline: the
 * kernel itself then lets everybody in again, even where this program has died.
 */
export function entryOf(
  block: Pick<Block, 'prefix' | 'expires'>,
  now: number,
  confirmBy: number | null,
): FirewallEntry {
  const seconds = block.expires === null ? null : Math.max(1, Math.ceil((block.expires - now) / SECOND))
  if (confirmBy === null) return { prefix: block.prefix, seconds }
  const left = Math.max(1, Math.ceil((confirmBy - now) / SECOND)) + GRACE
  return { prefix: block.prefix, seconds: seconds === null ? left : Math.min(seconds, left) }
}

export interface Difference {
  /** In the ledger, not in the firewall. */
  missing: FirewallEntry[]
  /** In our part of the firewall, not in the ledger. */
  stray: string[]
  /** In both, with times that differ. */
  wrongTime: FirewallEntry[]
}

/** What the firewall lacks, has too much, or has with a time that is more than a minute off. */
export function compare(wanted: readonly FirewallEntry[], found: readonly FirewallEntry[]): Difference {
  const there = new Map(found.map(entry => [entry.prefix, entry]))
  const difference: Difference = { missing: [], stray: [], wrongTime: [] }
  for (const entry of wanted) {
    const real = there.get(entry.prefix)
    if (real === undefined) difference.missing.push(entry)
    else if (differs(entry.seconds, real.seconds)) difference.wrongTime.push(entry)
    there.delete(entry.prefix)
  }
  difference.stray.push(...there.keys())
  return difference
}

function differs(wanted: number | null, real: number | null): boolean {
  if (wanted === null || real === null) return wanted !== real
  return real > wanted + TOLERANCE || real < Math.min(wanted, ENOUGH) - TOLERANCE
}

/** What to tell the firewall so that it is what the ledger says: an entry with a wrong time is put in anew. */
export const changeOf = ({ missing, wrongTime, stray }: Difference): FirewallChange => ({
  add: [...missing, ...wrongTime],
  remove: stray,
})

/** Puts fresh blocks into the firewall and cuts what is connected already. @throws Problem where the firewall refuses */
export async function writeBlocks(
  responder: Responder,
  blocks: readonly Block[],
  now: number,
  confirmBy: number | null,
): Promise<void> {
  await responder.prepare()
  await responder.apply({ add: blocks.map(block => entryOf(block, now, confirmBy)), remove: [] })
  await responder.cut(blocks.map(({ prefix }) => prefix))
}
