/** Decisions about sources: what is blocked, since when, why, and until when. */

/** Where a block stands in its life. `observed`: what would have been blocked; nothing was written to a firewall. */
export const BLOCK_STATES = ['active', 'observed', 'expired', 'removed', 'failed'] as const
export type BlockState = (typeof BLOCK_STATES)[number]

export interface Block {
  /** Unique, made by who decides. */
  id: string
  /** Canonical: `203.0.113.7`, `203.0.113.0/24`, `2001:db8:0:1::/64`. */
  prefix: string
  state: BlockState
  /** Milliseconds since 1970; `expires` null: permanent. */
  created: number
  expires: number | null
  /** When it left `active`; null while it has not. */
  ended: number | null
  /** The finding it answers and that finding's rule; absent for a person's own. */
  finding?: string
  rule?: string
  /** A plain sentence: why. */
  reason: string
  /** Who decided: the response policy, a campaign's prefixes, or a person. */
  origin: 'policy' | 'campaign' | 'manual'
  /** How often this prefix had been blocked before, as far as escalation counts it. */
  level: number
  /** The newest event that the decision rests on, milliseconds: only later ones count towards the next escalation. */
  evidenceUntil: number
}

/** Where blocks are remembered. All calls are synchronous and durable when they return. */
export interface BlockLedger {
  /** In `active` state, whatever the firewall says; oldest first. */
  activeBlocks(): Block[]
  /** All of a prefix, newest first. */
  blocksOf(prefix: string): Block[]
  /** Newest first. */
  blocks(query?: { state?: BlockState; since?: number; limit?: number }): Block[]
  addBlock(block: Block): void
  /** Ends one that is active or observed. */
  endBlock(id: string, state: 'expired' | 'removed' | 'failed', at: number): void
  /** Makes an active one last longer or for ever; with an origin, it is that one's from now on. */
  extendBlock(id: string, expires: number | null, origin?: Block['origin']): void
  /** Blocks that the policy made since a moment: the cap per hour. */
  blocksSince(time: number): number
  /** Runs `work` in one transaction that keeps the CLI and the daemon from deciding at once. */
  exclusively<T>(work: () => T): T
}
