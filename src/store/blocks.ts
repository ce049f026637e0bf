/** The ledger of blocks. */
import { BLOCK_STATES, type Block, type BlockLedger, type BlockState } from '../core/decision.ts'
import type { Database } from './database.ts'
import { byIdOrPrefix, Conditions, DEFAULT_LIMIT } from './lookup.ts'
import { number, optionalNumber, optionalText, type Row, readable, text, whole, word } from './row.ts'

const ORIGINS: readonly Block['origin'][] = ['policy', 'campaign', 'manual']

/**
 * The ledger that the daemon and the commands share. Every call throws a StoreProblem where the database has
 * trouble; rows that cannot be read are left out.
 */
export class BlockTable implements BlockLedger {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  activeBlocks(): Block[] {
    return readable(this.#database.all("SELECT * FROM blocks WHERE state = 'active' ORDER BY created, id"), readBlock)
  }

  blocksOf(prefix: string): Block[] {
    const sql = 'SELECT * FROM blocks WHERE prefix = ? ORDER BY created DESC, id DESC LIMIT ?'
    return readable(this.#database.all(sql, prefix, DEFAULT_LIMIT), readBlock)
  }

  blocks({
    state,
    since,
    limit = DEFAULT_LIMIT,
  }: {
    state?: BlockState
    since?: number
    limit?: number
  } = {}): Block[] {
    const conditions = new Conditions().add('state = ?', state).add('created >= ?', since)
    const sql = `SELECT * FROM blocks ${conditions.sql} ORDER BY created DESC, id DESC LIMIT ?`
    return readable(this.#database.all(sql, ...conditions.values, limit), readBlock)
  }

  /** By id or by the only id that begins so. @throws Problem where several do */
  block(idOrPrefix: string): Block | undefined {
    const row = byIdOrPrefix(this.#database, 'blocks', idOrPrefix)
    return row === undefined ? undefined : readBlock(row)
  }

  /** How many there are in each state; states without any are 0. */
  counts(): Record<BlockState, number> {
    const counts = { active: 0, observed: 0, expired: 0, removed: 0, failed: 0 }
    for (const row of this.#database.all('SELECT state, count(*) AS count FROM blocks GROUP BY state')) {
      counts[word(row, 'state', BLOCK_STATES)] = number(row, 'count')
    }
    return counts
  }

  addBlock(block: Block): void {
    this.#database.run(
      `INSERT INTO blocks (id, prefix, state, created, expires, ended, finding, rule, reason, origin, level, evidence_until)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      block.id,
      block.prefix,
      block.state,
      whole(block.created),
      whole(block.expires),
      whole(block.ended),
      block.finding ?? null,
      block.rule ?? null,
      block.reason,
      block.origin,
      block.level,
      whole(block.evidenceUntil),
    )
  }

  endBlock(id: string, state: 'expired' | 'removed' | 'failed', at: number): void {
    this.#database.run(
      "UPDATE blocks SET state = ?, ended = ? WHERE id = ? AND state IN ('active', 'observed')",
      state,
      whole(at),
      id,
    )
  }

  /** Never makes one shorter: a permanent block stays permanent. */
  extendBlock(id: string, expires: number | null, origin?: Block['origin']): void {
    this.#database.run(
      `UPDATE blocks SET origin = coalesce(?3, origin),
      expires = CASE WHEN expires IS NOT NULL AND (?1 IS NULL OR ?1 > expires) THEN ?1 ELSE expires END
      WHERE id = ?2 AND state IN ('active', 'observed')`,
      whole(expires),
      id,
      origin ?? null,
    )
  }

  /** Whatever became of them: one that failed or was taken back counts too, and one that was only observed. */
  blocksSince(time: number): number {
    return this.#database.figure("SELECT count(*) FROM blocks WHERE created >= ? AND origin <> 'manual'", time)
  }

  exclusively<T>(work: () => T): T {
    return this.#database.transaction(work)
  }
}

function readBlock(row: Row): Block {
  const finding = optionalText(row, 'finding')
  const rule = optionalText(row, 'rule')
  return {
    id: text(row, 'id'),
    prefix: text(row, 'prefix'),
    state: word(row, 'state', BLOCK_STATES),
    created: number(row, 'created'),
    expires: optionalNumber(row, 'expires'),
    ended: optionalNumber(row, 'ended'),
    ...(finding === null ? {} : { finding }),
    ...(rule === null ? {} : { rule }),
    reason: text(row, 'reason'),
    origin: word(row, 'origin', ORIGINS),
    level: number(row, 'level'),
    evidenceUntil: number(row, 'evidence_until'),
  }
}
