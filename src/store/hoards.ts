/** What the store keeps and can do without: by age, and from the oldest on where room is short. */
import { DAY, HOUR, MINUTE, SECOND } from '../core/time.ts'
import type { Database } from './database.ts'
import type { FindingTable } from './findings.ts'
import { number } from './row.ts'
import type { SeriesTable } from './series.ts'

/** How long what is kept, milliseconds. Active blocks, waiting notices, settings and the newest state have no age. */
export interface Retention {
  /** Findings since they last changed, and incidents since they were last seen. */
  findings: number
  /** Notices since they were sent or given up. */
  notices: number
  /** Blocks since they ended: the memory that escalation rests on. */
  blocks: number
  runs: number
  /** Labels, ended maintenance windows, suppressions that have run out. */
  labels: number
}

export const DEFAULT_RETENTION: Retention = {
  findings: 90 * DAY,
  notices: 30 * DAY,
  blocks: 180 * DAY,
  runs: 90 * DAY,
  labels: 400 * DAY,
}

/** Something that can be pruned. */
export interface Hoard {
  name: HoardName
  /** Tables whose bytes it answers for. */
  tables: readonly string[]
  /** Removes what ended before a moment; answers how many. `why` stands in the chain of findings. */
  removeBefore(time: number, why: string): number
  /** Removes the oldest part (0 to 1) of what may go, at least one; answers how many. */
  shrink(part: number): number
}

export const HOARDS = ['findings', 'incidents', 'notices', 'blocks', 'runs', 'series', 'models', 'labels'] as const
export type HoardName = (typeof HOARDS)[number]

/** Rows of a table that may go, and the column of their age. */
interface Plain {
  name: HoardName
  table: string
  age: string
  condition: string
}

const PLAIN: readonly Plain[] = [
  { name: 'incidents', table: 'incidents', age: 'last_seen', condition: 'true' },
  { name: 'notices', table: 'notices', age: 'settled', condition: "state <> 'waiting' AND settled IS NOT NULL" },
  {
    name: 'blocks',
    table: 'blocks',
    age: 'coalesce(ended, expires, created)',
    condition: "state <> 'active'",
  },
  { name: 'runs', table: 'runs', age: 'started', condition: 'true' },
  { name: 'models', table: 'models', age: 'created', condition: 'current = 0' },
  { name: 'labels', table: 'labels', age: 'at', condition: 'true' },
]

function plainHoard(database: Database, { name, table, age, condition }: Plain): Hoard {
  return {
    name,
    tables: [table],
    removeBefore: time => database.run(`DELETE FROM ${table} WHERE ${condition} AND ${age} < ?`, time).changes,
    shrink(part) {
      const count = database.figure(`SELECT count(*) FROM ${table} WHERE ${condition}`)
      return database.run(
        `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${condition} ORDER BY ${age}, rowid LIMIT ?)`,
        Math.max(1, Math.ceil(count * part)),
      ).changes
    },
  }
}

function findingHoard(database: Database, findings: FindingTable, now: () => number): Hoard {
  const cut = (sequence: number, reason: string): number => findings.cut(sequence, now(), reason)
  return {
    name: 'findings',
    tables: ['findings', 'finding_log', 'run_findings'],
    // The chain is cut before its first entry that is young enough: a clock that jumped back must not take what follows.
    removeBefore(time, why) {
      const row = database.get('SELECT sequence FROM finding_log WHERE at >= ? ORDER BY sequence LIMIT 1', time)
      const sequence = row === undefined ? Number.MAX_SAFE_INTEGER : number(row, 'sequence') - 1
      const anything = "SELECT count(*) FROM finding_log WHERE sequence <= ? AND kind IN ('new', 'updated')"
      return database.figure(anything, sequence) === 0 ? 0 : cut(sequence, why)
    },
    shrink(part) {
      const entries = "SELECT count(*) FROM finding_log WHERE kind IN ('new', 'updated')"
      const count = database.figure(entries)
      if (count === 0) return 0
      const row = database.get(
        "SELECT sequence FROM finding_log WHERE kind IN ('new', 'updated') ORDER BY sequence LIMIT 1 OFFSET ?",
        Math.min(count, Math.max(1, Math.ceil(count * part))) - 1,
      )
      return row === undefined ? 0 : cut(number(row, 'sequence'), 'size cap')
    },
  }
}

function seriesHoard(database: Database, series: SeriesTable): Hoard {
  return {
    name: 'series',
    tables: ['points', 'series'],
    removeBefore(time) {
      const { changes } = database.run('DELETE FROM points WHERE (bucket + 1) * step <= ?', time)
      return changes + series.prune()
    },
    // The finest go first: what they tell is also told by the coarser ones.
    shrink(part) {
      for (const step of [SECOND, MINUTE, HOUR]) {
        const count = database.figure('SELECT count(*) FROM points WHERE step = ?', step)
        if (count === 0) continue
        const last = database.figure(
          'SELECT bucket FROM points WHERE step = ? ORDER BY bucket LIMIT 1 OFFSET ?',
          step,
          Math.max(1, Math.ceil(count * part)) - 1,
        )
        return database.run('DELETE FROM points WHERE step = ? AND bucket <= ?', step, last).changes
      }
      return 0
    },
  }
}

/** All that can be pruned. */
export function createHoards(
  database: Database,
  parts: { findings: FindingTable; series: SeriesTable; now: () => number },
): Hoard[] {
  return [
    findingHoard(database, parts.findings, parts.now),
    seriesHoard(database, parts.series),
    ...PLAIN.map(plain => plainHoard(database, plain)),
  ]
}

/** Removes what is older than its retention. @returns how much of each */
export function removeOld(
  database: Database,
  hoards: readonly Hoard[],
  retention: Retention,
  now: number,
): Partial<Record<HoardName, number>> {
  const keep: Record<HoardName, number> = {
    findings: retention.findings,
    incidents: retention.findings,
    notices: retention.notices,
    blocks: retention.blocks,
    runs: retention.runs,
    series: Number.POSITIVE_INFINITY,
    models: Number.POSITIVE_INFINITY,
    labels: retention.labels,
  }
  const removed: Partial<Record<HoardName, number>> = {}
  for (const { name, removeBefore } of hoards) {
    const count = database.transaction(() => removeBefore(Math.max(0, now - keep[name]), 'retention'))
    if (count > 0) removed[name] = count
  }
  database.transaction(() => {
    const old = now - retention.labels
    database.run('DELETE FROM windows WHERE stop < ?', old)
    database.run('DELETE FROM suppressions WHERE expires IS NOT NULL AND expires < ?', old)
    database.run('DELETE FROM run_findings WHERE run NOT IN (SELECT id FROM runs)')
  })
  return removed
}
