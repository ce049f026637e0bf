/** Looking at blocks without changing any: does the firewall hold what the ledger says, and what of this address? */
import type { Block, BlockLedger } from '../../core/decision.ts'
import { parsePrefix } from '../../core/ip.ts'
import type { Responder } from '../../kit/define-responder.ts'
import { blockPrefix, blockText, notAPrefix } from '../responders/target.ts'
import type { ResponsePolicy } from './config.ts'
import { widerPrefixes } from './ledger-view.ts'
import type { Protection } from './protection.ts'
import { compare, type Difference, entryOf } from './reconcile.ts'

export interface Verification extends Difference {
  /** Blocks that cover what is protected by now. */
  protected: { block: Block; why: string }[]
  /** Packets stopped by prefix, where the firewall counts. */
  packets: ReadonlyMap<string, number>
}

/** What is known of an address. */
export interface Why {
  /** What would be blocked for it. */
  prefix: string
  /** Active blocks that contain it, the widest first. */
  active: Block[]
  /** Others of it and of networks around it, newest first. */
  past: Block[]
  /** Why it is never blocked. */
  protectedBy?: string
}

interface Parts {
  ledger: BlockLedger
  responder: Responder
  protection: (now: number) => Protection | Promise<Protection>
  policy: ResponsePolicy
}

/** Compares ledger and firewall and changes neither; `now` and `confirmBy` in milliseconds. @throws Problem where the firewall cannot be read */
export async function verifyBlocks(
  { ledger, responder, protection }: Parts,
  confirmBy: number | null,
  now: number,
): Promise<Verification> {
  const found = await responder.list()
  const active = ledger.activeBlocks().filter(({ expires }) => expires === null || expires > now)
  const guards = await protection(now)
  const covered = active.flatMap(block => {
    const prefix = parsePrefix(block.prefix)
    const why = prefix === undefined ? undefined : guards.covers(prefix)
    return why === undefined ? [] : [{ block, why }]
  })
  const difference = compare(
    active.map(block => entryOf(block, now, confirmBy)),
    found,
  )
  return { ...difference, protected: covered, packets: (await responder.counters?.()) ?? new Map() }
}

/** Everything that is known of an address or network. @throws Problem where the text is none */
export async function whyBlocked({ ledger, protection, policy }: Parts, text: string, now: number): Promise<Why> {
  const named = parsePrefix(text)
  if (named === undefined) throw notAPrefix(text)
  const prefix = blockPrefix(named)
  const blocks = [...widerPrefixes(prefix, policy)].flatMap(wider => ledger.blocksOf(wider))
  const guard = (await protection(now)).covers(prefix)
  return {
    prefix: blockText(prefix),
    active: blocks.filter(({ state }) => state === 'active'),
    past: blocks.filter(({ state }) => state !== 'active').sort((a, b) => b.created - a.created),
    ...(guard === undefined ? {} : { protectedBy: guard }),
  }
}
