/** What a run remembers, as bytes under a name; the one before the newest is kept in case that one is damaged. */
import { isSame } from './chain.ts'
import type { Database } from './database.ts'
import { pack, unpack } from './packed.ts'
import { bytes, number } from './row.ts'

export interface LoadedCheckpoint {
  /** Undefined where neither of the two can be read. */
  body: Uint8Array | undefined
  at: number
  /** A sentence for the owner where the newest one is damaged. */
  note?: string
}

/**
 * Saves and loads whole checkpoints; one that is cut or altered is not loaded but told of. Throws a StoreProblem
 * where the database has trouble.
 */
export class CheckpointTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * Saves a checkpoint, which comes in pieces, each needed only until the next is asked for, over the older of the two of
   * this name. Equal bytes are not written again. Its amount of writing is the compressed size, twice (the log, then the
   * database).
   */
  save(name: string, pieces: Iterable<Uint8Array>, at: number): void {
    const packed = pack(pieces)
    this.#database.transaction(() => {
      const newest = this.#database.get(
        'SELECT slot, generation, checksum FROM checkpoints WHERE name = ? ORDER BY generation DESC LIMIT 1',
        name,
      )
      if (newest !== undefined && isSame(bytes(newest, 'checksum'), packed.checksum)) {
        this.#database.run(
          'UPDATE checkpoints SET at = ? WHERE name = ? AND slot = ?',
          at,
          name,
          number(newest, 'slot'),
        )
        return
      }
      this.#database.run(
        `INSERT INTO checkpoints (name, slot, generation, at, size, checksum, body) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (name, slot) DO UPDATE SET generation = excluded.generation, at = excluded.at, size = excluded.size,
        checksum = excluded.checksum, body = excluded.body`,
        name,
        newest === undefined ? 0 : 1 - number(newest, 'slot'),
        newest === undefined ? 1 : number(newest, 'generation') + 1,
        at,
        packed.size,
        packed.checksum,
        packed.body,
      )
    })
  }

  /** The newest checkpoint that can be read; undefined where none was ever saved. */
  load(name: string): LoadedCheckpoint | undefined {
    const rows = this.#database.all('SELECT * FROM checkpoints WHERE name = ? ORDER BY generation DESC', name)
    for (const [age, row] of rows.entries()) {
      const body = unpack(row)
      if (body === undefined) continue
      const note = `the newest checkpoint "${name}" is damaged: going on from the one before it`
      return { body, at: number(row, 'at'), ...(age === 0 ? {} : { note }) }
    }
    if (rows.length === 0) return undefined
    return {
      body: undefined,
      at: number(rows[0], 'at'),
      note: `the checkpoints "${name}" are damaged: starting without them`,
    }
  }

  remove(name: string): void {
    this.#database.run('DELETE FROM checkpoints WHERE name = ?', name)
  }
}
