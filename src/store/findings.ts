/** Findings: their newest form each, and every revision in the hash chain. */
import type { Finding, FindingKind, Severity } from '../core/finding.ts'
import { severityRank } from '../core/finding.ts'
import type { Chain } from './chain.ts'
import { digestOf, isSame } from './chain.ts'
import type { Database } from './database.ts'
import { byIdOrPrefix, Conditions, DEFAULT_LIMIT } from './lookup.ts'
import { bytes, json, number, type Row, readable, text, word } from './row.ts'

export const FINDING_STATUS = ['open', 'closed'] as const
/** `closed`: its story is over; a later update opens it again. */
export type FindingStatus = (typeof FINDING_STATUS)[number]

export interface StoredFinding {
  finding: Finding
  status: FindingStatus
  /** When it first and last came in, milliseconds of the wall clock. */
  firstRecorded: number
  lastRecorded: number
  /** The entry of the chain that holds its newest revision. */
  sequence: number
}

export interface FindingQuery {
  /** Seen at or after, in event time, milliseconds. */
  since?: number
  /** First seen before. */
  until?: number
  /** This severe or worse. */
  severity?: Severity
  rule?: string
  kind?: FindingKind
  status?: FindingStatus
  /** Exactly as it stands among the finding's sources. */
  source?: string
  /** That a run told. */
  run?: number
  limit?: number
}

export type Upserted = 'new' | 'updated' | 'unchanged'

/** RFC 3339 as milliseconds; 0 where it is none. */
const moment = (stamp: string): number => {
  const time = Date.parse(stamp)
  return Number.isNaN(time) ? 0 : time
}

/** The columns that a finding is searched by, as they follow from its JSON. */
function columnsOf(finding: Finding) {
  return {
    rule: finding.rule,
    kind: finding.kind,
    rank: severityRank(finding.severity),
    first_seen: moment(finding.first_seen),
    last_seen: moment(finding.last_seen),
    count: Math.trunc(finding.count),
  }
}

const INSERT = `INSERT INTO findings
  (rule, kind, rank, first_seen, last_seen, count, digest, body, sequence, last_recorded, id, first_recorded, status)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')`
const UPDATE = `UPDATE findings SET
  rule = ?, kind = ?, rank = ?, first_seen = ?, last_seen = ?, count = ?, digest = ?, body = ?, sequence = ?,
  last_recorded = ?, status = 'open' WHERE id = ?`

/** Findings by id. Every call throws a StoreProblem where the database has trouble; moments are milliseconds. */
export class FindingTable {
  readonly #database: Database
  readonly #chain: Chain

  constructor(database: Database, chain: Chain) {
    this.#database = database
    this.#chain = chain
  }

  /**
   * Records a finding as it now stands. The same JSON again only moves `lastRecorded`; anything else is a revision and
   * an entry of the chain, so a caller that tells every event of a long story fills the chain: it decides what is worth it.
   * @param at wall clock, milliseconds
   * @param run the run that told it
   */
  upsert(finding: Finding, at: number, run?: number): Upserted {
    return this.#database.transaction(() => {
      if (run !== undefined) this.#database.run('INSERT OR IGNORE INTO run_findings VALUES (?, ?)', run, finding.id)
      const body = JSON.stringify(finding)
      const digest = digestOf(body)
      const known = this.#database.get('SELECT digest FROM findings WHERE id = ?', finding.id)
      if (known !== undefined && isSame(bytes(known, 'digest'), digest)) {
        this.#database.run('UPDATE findings SET last_recorded = ? WHERE id = ?', at, finding.id)
        return 'unchanged'
      }
      const columns = columnsOf(finding)
      const kind = known === undefined ? 'new' : 'updated'
      const sequence = this.#chain.append(at, kind, finding.id, columns.count, digest)
      const values = [...Object.values(columns), digest, body, sequence, at, finding.id]
      if (known === undefined) this.#database.run(INSERT, ...values, at)
      else this.#database.run(UPDATE, ...values)
      return kind
    })
  }

  /** Opens or closes findings; ids that are not there are left out. */
  setStatus(ids: readonly string[], status: FindingStatus): void {
    this.#database.transaction(() => {
      for (const id of ids) this.#database.run('UPDATE findings SET status = ? WHERE id = ?', status, id)
    })
  }

  /** The finding with this id or, where only one begins so, this beginning of an id. @throws Problem where several do */
  get(idOrPrefix: string): StoredFinding | undefined {
    const row = byIdOrPrefix(this.#database, 'findings', idOrPrefix)
    return row === undefined ? undefined : readFinding(row)
  }

  /** Last seen first. Rows that cannot be read are left out here and named by `verify`. */
  list(query: FindingQuery = {}): StoredFinding[] {
    const conditions = new Conditions()
      .add('last_seen >= ?', query.since)
      .add('first_seen < ?', query.until)
      .add('rank <= ?', query.severity === undefined ? undefined : severityRank(query.severity))
      .add('rule = ?', query.rule)
      .add('kind = ?', query.kind)
      .add('status = ?', query.status)
      .add("EXISTS (SELECT 1 FROM json_each(body, '$.sources') WHERE value = ?)", query.source)
      .add('id IN (SELECT finding FROM run_findings WHERE run = ?)', query.run)
    const rows = this.#database.all(
      `SELECT * FROM findings ${conditions.sql} ORDER BY last_seen DESC, id LIMIT ?`,
      ...conditions.values,
      query.limit ?? DEFAULT_LIMIT,
    )
    return readable(rows, readFinding)
  }

  /** Ids of the findings that a run told. */
  idsOfRun(run: number): string[] {
    return this.#database
      .all('SELECT finding FROM run_findings WHERE run = ? ORDER BY finding', run)
      .map(row => text(row, 'finding'))
  }

  count(): number {
    return this.#database.figure('SELECT count(*) FROM findings')
  }

  /**
   * Takes away the chain's entries up to `sequence` and the findings that have no later one.
   * @returns how many entries went
   */
  cut(sequence: number, at: number, reason: string): number {
    return this.#database.transaction(() => {
      const removed = this.#chain.cut(sequence, at, reason)
      if (removed === 0) return 0
      this.#database.run('DELETE FROM findings WHERE sequence <= ?', this.#chain.anchor().sequence)
      this.#database.run('DELETE FROM run_findings WHERE finding NOT IN (SELECT id FROM findings)')
      return removed
    })
  }
}

function readFinding(row: Row): StoredFinding {
  return {
    finding: json<Finding>(row, 'body'),
    status: word(row, 'status', FINDING_STATUS),
    firstRecorded: number(row, 'first_recorded'),
    lastRecorded: number(row, 'last_recorded'),
    sequence: number(row, 'sequence'),
  }
}

/** Says whether a row's columns and digest are those of its JSON. */
export function isConsistent(row: Row): boolean {
  const body = text(row, 'body')
  if (!isSame(digestOf(body), bytes(row, 'digest'))) return false
  const expected = Object.entries(columnsOf(json<Finding>(row, 'body')))
  return expected.every(([column, value]) => row[column] === value)
}
