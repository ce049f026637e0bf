/** Runs of the program, and how one week's findings stand against the week before. */
import type { Severity } from '../core/finding.ts'
import { WEEK } from '../core/time.ts'
import type { Database } from './database.ts'
import { json, number, optionalNumber, type Row, readable, text, word } from './row.ts'

const RUN_KINDS = ['watch', 'analyze'] as const
export type RunKind = (typeof RUN_KINDS)[number]

export interface RunResult {
  lines: number
  events: number
  findings: Partial<Record<Severity, number>>
  exit: number
}

export interface Run {
  id: number
  kind: RunKind
  started: number
  /** null while it goes on, and where it was killed. */
  finished: number | null
  /** Paths of what it read. */
  inputs: string[]
  result: RunResult | null
}

/** A finding in the comparison: its count now and, where it grew, before. */
export interface Movement {
  id: string
  rule: string
  count: number
  before?: number
}

export interface WeekComparison {
  /** The moments between the weeks: the last one is [from, split), this one [split, until). */
  from: number
  split: number
  until: number
  /** Began this week; active last week and silent since; active in both with a greater count. Worst first. */
  fresh: Movement[]
  gone: Movement[]
  growing: Movement[]
  /** Findings active in each week, by rule. */
  byRule: { rule: string; lastWeek: number; thisWeek: number }[]
}

/** More inputs than this are counted and not named. */
const MAX_INPUTS = 100
const MAX_MOVEMENTS = 200

/**
 * Runs by number. One without a result is still going on, or was killed. Every call throws a StoreProblem where the
 * database has trouble.
 */
export class RunTable {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Notes that a run begins; answers its number. */
  begin(kind: RunKind, inputs: readonly string[], at: number): number {
    const named = inputs.slice(0, MAX_INPUTS)
    if (inputs.length > MAX_INPUTS) named.push(`and ${inputs.length - MAX_INPUTS} more`)
    return this.#database.run(
      'INSERT INTO runs (kind, started, inputs) VALUES (?, ?, ?)',
      kind,
      at,
      JSON.stringify(named),
    ).id
  }

  finish(id: number, result: RunResult, at: number): void {
    this.#database.run('UPDATE runs SET finished = ?, result = ? WHERE id = ?', at, JSON.stringify(result), id)
  }

  /** Newest first. */
  list({ since = 0, kind, limit = 50 }: { since?: number; kind?: RunKind; limit?: number } = {}): Run[] {
    const rows = this.#database.all(
      'SELECT * FROM runs WHERE started >= ?1 AND (?2 IS NULL OR kind = ?2) ORDER BY started DESC, id DESC LIMIT ?3',
      since,
      kind ?? null,
      limit,
    )
    return readable(rows, readRun)
  }

  /**
   * The findings of the seven days before `until` against the seven before those, in event time. What a finding had
   * counted by the end of last week is read from the chain, so a revision that was pruned is taken for no growth.
   */
  compareWeeks(until: number): WeekComparison {
    const split = until - WEEK
    const from = split - WEEK
    const read = (condition: string, ...values: number[]): Movement[] =>
      readable(
        this.#database.all(
          `SELECT id, rule, count FROM findings WHERE ${condition} ORDER BY rank, last_seen DESC, id LIMIT ?`,
          ...values,
          MAX_MOVEMENTS,
        ),
        row => ({ id: text(row, 'id'), rule: text(row, 'rule'), count: number(row, 'count') }),
      )
    return this.#database.snapshot(() => ({
      from,
      split,
      until,
      fresh: read('first_seen >= ? AND first_seen < ?', split, until),
      gone: read('last_seen >= ? AND last_seen < ?', from, split),
      growing: read('first_seen < ? AND last_seen >= ? AND first_seen < ?', split, split, until)
        .map(movement => ({ ...movement, before: this.#countBefore(movement.id, split) ?? movement.count }))
        .filter(({ count, before }) => count > before),
      byRule: this.#byRule(from, split, until),
    }))
  }

  #countBefore(finding: string, time: number): number | undefined {
    const row = this.#database.get(
      "SELECT count FROM finding_log WHERE subject = ? AND at < ? AND kind IN ('new', 'updated') ORDER BY sequence DESC LIMIT 1",
      finding,
      time,
    )
    return row === undefined ? undefined : number(row, 'count')
  }

  #byRule(from: number, split: number, until: number): WeekComparison['byRule'] {
    const rows = this.#database.all(
      `SELECT rule, sum(first_seen < ?2) AS last_week, sum(last_seen >= ?2) AS this_week
      FROM findings WHERE last_seen >= ?1 AND first_seen < ?3 GROUP BY rule ORDER BY this_week DESC, rule LIMIT ?4`,
      from,
      split,
      until,
      MAX_MOVEMENTS,
    )
    return rows.map(row => ({
      rule: text(row, 'rule'),
      lastWeek: number(row, 'last_week'),
      thisWeek: number(row, 'this_week'),
    }))
  }
}

function readRun(row: Row): Run {
  return {
    id: number(row, 'id'),
    kind: word(row, 'kind', RUN_KINDS),
    started: number(row, 'started'),
    finished: optionalNumber(row, 'finished'),
    inputs: json<string[]>(row, 'inputs'),
    result: row.result === null ? null : json<RunResult>(row, 'result'),
  }
}
