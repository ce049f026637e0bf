/** The ledger as decisions ask it. */
import type { Block, BlockLedger } from '../../core/decision.ts'
import { isV4, maskWords, type Prefix } from '../../core/ip.ts'
import { blockText } from '../responders/target.ts'
import type { ResponsePolicy } from './config.ts'
import type { LedgerView } from './decide.ts'

/**
 * The prefixes from this one up to the largest that may be blocked, the widest first, as a block of them is written.
 * Looking each up is a few index look-ups; a map of 100,000 active blocks would have to be made anew for each decision.
 */
export function* widerPrefixes(prefix: Prefix, policy: ResponsePolicy): Generator<string> {
  const least = isV4(prefix.words) ? 96 + policy.maxPrefixV4 : policy.maxPrefixV6
  for (let length = Math.min(least, prefix.length); length <= prefix.length; length++) {
    yield blockText({ words: maskWords(prefix.words, length), length })
  }
}

/** Look-ups by prefix over a ledger; each asks it anew. */
export function viewOf(ledger: BlockLedger, policy: ResponsePolicy): LedgerView {
  return {
    blocksOf: prefix => ledger.blocksOf(prefix),
    activeCover(prefix): Block | undefined {
      for (const text of widerPrefixes(prefix, policy)) {
        const active = ledger.blocksOf(text).find(block => block.state === 'active')
        if (active !== undefined) return active
      }
      return undefined
    },
  }
}
