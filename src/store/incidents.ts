/** Incidents, in their newest form. */
import { type Severity, severityRank } from '../core/finding.ts'
import type { Incident } from '../core/incident.ts'
import type { Database } from './database.ts'
import { byIdOrPrefix, Conditions, DEFAULT_LIMIT } from './lookup.ts'
import { json, type Row, readable } from './row.ts'

export interface IncidentQuery {
  /** Seen at or after, and first seen before, in event time, milliseconds. */
  since?: number
  until?: number
  /** This severe or worse. */
  severity?: Severity
  limit?: number
}

const moment = (stamp: string): number => Date.parse(stamp) || 0
const read = (row: Row): Incident => json<Incident>(row, 'body')

/**
 * Incidents by id, whole as JSON. Every call throws a StoreProblem where the database has trouble; rows that cannot
 * be read are left out of lists.
 */
export class IncidentTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Records incidents as they now stand; those of the same id are replaced, equal ones are not written. */
  upsert(incidents: readonly Incident[], at: number): void {
    this.#database.transaction(() => {
      for (const incident of incidents) {
        this.#database.run(
          `INSERT INTO incidents (id, rank, first_seen, last_seen, recorded, body) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (id) DO UPDATE SET rank = excluded.rank, first_seen = excluded.first_seen,
          last_seen = excluded.last_seen, recorded = excluded.recorded, body = excluded.body
          WHERE body <> excluded.body`,
          incident.id,
          severityRank(incident.severity),
          moment(incident.first_seen),
          moment(incident.last_seen),
          at,
          JSON.stringify(incident),
        )
      }
    })
  }

  /** Takes incidents away that were merged into others. */
  remove(ids: readonly string[]): void {
    this.#database.transaction(() => {
      for (const id of ids) this.#database.run('DELETE FROM incidents WHERE id = ?', id)
    })
  }

  /** By id or by the only id that begins so. @throws Problem where several do */
  get(idOrPrefix: string): Incident | undefined {
    const row = byIdOrPrefix(this.#database, 'incidents', idOrPrefix)
    return row === undefined ? undefined : read(row)
  }

  /** Last seen first. */
  list({ since, until, severity, limit = DEFAULT_LIMIT }: IncidentQuery = {}): Incident[] {
    const conditions = new Conditions()
      .add('last_seen >= ?', since)
      .add('first_seen < ?', until)
      .add('rank <= ?', severity === undefined ? undefined : severityRank(severity))
    const rows = this.#database.all(
      `SELECT body FROM incidents ${conditions.sql} ORDER BY last_seen DESC, id LIMIT ?`,
      ...conditions.values,
      limit,
    )
    return readable(rows, read)
  }
}
