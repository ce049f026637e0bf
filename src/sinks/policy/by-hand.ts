/** Blocks that a person makes and takes away: in every mode, and never against a guard. */
import { randomUUID } from 'node:crypto'
import type { Block, BlockLedger } from '../../core/decision.ts'
import { EXIT, Problem } from '../../core/errors.ts'
import { parsePrefix } from '../../core/ip.ts'
import { SECOND } from '../../core/time.ts'
import type { Responder } from '../../kit/define-responder.ts'
import { blockPrefix, blockText, notAPrefix } from '../responders/target.ts'
import type { ResponsePolicy } from './config.ts'
import { viewOf } from './ledger-view.ts'
import type { Protection } from './protection.ts'
import { writeBlocks } from './reconcile.ts'

interface Parts {
  ledger: BlockLedger
  responder: Responder
  protection: (now: number) => Protection | Promise<Protection>
  policy: ResponsePolicy
}

/**
 * Blocks an address or network; one that is blocked already is blocked for longer. `seconds` null: for good. `now` and
 * `confirmBy` (the end of an enforcement that nobody has confirmed) are milliseconds.
 * @throws Problem where the prefix is none, a guard forbids it, or the firewall refuses
 */
export async function addByHand(
  { ledger, responder, protection }: Parts,
  { prefix: text, seconds, reason }: { prefix: string; seconds: number | null; reason: string },
  now: number,
  confirmBy: number | null,
): Promise<Block> {
  const named = parsePrefix(text)
  if (named === undefined) throw notAPrefix(text)
  const prefix = blockPrefix(named)
  const why = (await protection(now)).covers(prefix)
  if (why !== undefined) {
    throw new Problem(EXIT.usage, `not blocked: ${why}`, {
      where: blockText(prefix),
      hint: '`vpsguard blocks why ADDRESS` tells what protects it',
    })
  }
  const expires = seconds === null ? null : now + seconds * SECOND
  const { block, made } = ledger.exclusively(() => {
    const known = ledger.blocksOf(blockText(prefix)).find(({ state }) => state === 'active')
    if (known !== undefined) {
      const longer = laterOf(known.expires, expires)
      // Who asked for it by hand does not want it to end with the enforcement.
      ledger.extendBlock(known.id, longer, 'manual')
      return { block: { ...known, expires: longer, origin: 'manual' as const }, made: false }
    }
    const fresh: Block = {
      id: randomUUID(),
      prefix: blockText(prefix),
      state: 'active',
      created: now,
      expires,
      ended: null,
      reason,
      origin: 'manual',
      level: 0,
      evidenceUntil: now,
    }
    ledger.addBlock(fresh)
    return { block: fresh, made: true }
  })
  try {
    await writeBlocks(responder, [block], now, confirmBy)
  } catch (error) {
    if (made) ledger.endBlock(block.id, 'failed', now)
    throw error
  }
  return block
}

/** Ends the active blocks of exactly this address or network. @throws Problem where there is none, or the firewall refuses */
export async function removeByHand({ ledger, responder, policy }: Parts, text: string, now: number): Promise<Block[]> {
  const named = parsePrefix(text)
  if (named === undefined) throw notAPrefix(text)
  const prefix = blockText(named)
  const ended = ledger.exclusively(() => {
    const active = ledger.blocksOf(prefix).filter(({ state }) => state === 'active')
    for (const block of active) ledger.endBlock(block.id, 'removed', now)
    return active
  })
  if (ended.length === 0) {
    const cover = viewOf(ledger, policy).activeCover(blockPrefix(named))
    throw new Problem(EXIT.usage, `${prefix} is not blocked`, {
      ...(cover === undefined ? {} : { hint: `it is inside ${cover.prefix}, which is: remove that` }),
    })
  }
  await responder.apply({ add: [], remove: [prefix] })
  return ended
}

/** The later of two ends; null is never. */
const laterOf = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : Math.max(a, b)
