/** A damaged database: set aside under a name that says when, and what can still be read of it carried over. */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { SQLInputValue } from 'node:sqlite'
import { parseAddress, parsePrefix } from '../core/ip.ts'
import { Chain } from './chain.ts'
import { Database } from './database.ts'
import { unpack } from './packed.ts'
import { type Row, text } from './row.ts'
import { explainTrouble } from './trouble.ts'

const COMPANIONS = ['', '-wal', '-shm'] as const
/** Damaged files that are kept; a failing disk would fill itself with them. */
const KEPT = 3

/** What must not be lost with the file. Findings stay behind: half a chain of hashes proves nothing. */
const CARRIED: readonly { table: string; what: string; holds?: (row: Row) => boolean }[] = [
  { table: 'settings', what: 'settings' },
  { table: 'blocks', what: 'blocks', holds: row => isPrefix(text(row, 'prefix')) },
  { table: 'suppressions', what: 'suppressions' },
  { table: 'labels', what: 'labels' },
  { table: 'windows', what: 'maintenance windows' },
  { table: 'notices', what: 'notices' },
  { table: 'models', what: 'models', holds: row => unpack(row) !== undefined },
  { table: 'checkpoints', what: 'checkpoints', holds: row => unpack(row) !== undefined },
]

/** A changed bit makes another address of one: what is no prefix any more was one that is now unknown. */
const isPrefix = (prefix: string): boolean => parsePrefix(prefix) !== undefined || parseAddress(prefix) !== undefined

const compact = (time: number): string => new Date(time).toISOString().replace(/[-:]|\.\d+/g, '')

/** Renames a database and its companions; answers the new path. @throws StoreProblem */
export function setAside(path: string, now: number): string {
  const wanted = `${path}.damaged-${compact(now)}`
  let aside = wanted
  for (let n = 2; existsSync(aside); n++) aside = `${wanted}-${n}`
  try {
    for (const companion of COMPANIONS) {
      if (existsSync(path + companion)) renameSync(path + companion, aside + companion)
    }
  } catch (error) {
    throw explainTrouble(error, path)
  }
  return aside
}

/** Removes all but the newest damaged files; answers which went. */
export function removeOldest(path: string): string[] {
  const folder = dirname(path)
  const start = `${basename(path)}.damaged-`
  const aside = readdirSync(folder)
    .filter(name => name.startsWith(start) && !/-(wal|shm)$/.test(name))
    .sort()
  const gone = aside.slice(0, Math.max(0, aside.length - KEPT))
  for (const name of gone) {
    for (const companion of COMPANIONS) rmSync(join(folder, name + companion), { force: true })
  }
  return gone.map(name => join(folder, name))
}

/** Copies what can be read of a damaged database into a fresh one; answers words for what came over. */
export function carryOver(aside: string, fresh: Database, now: number): string[] {
  let damaged: Database | undefined
  try {
    // SQLite would take an empty file for a new database and throw its log away.
    if (statSync(aside).size === 0) return []
    damaged = new Database(aside, { readOnly: true })
    const from = damaged
    return CARRIED.flatMap(({ table, what, holds = () => true }) => {
      const copied = fresh.transaction(() => copyTable(from, fresh, table, holds))
      return copied === 0 ? [] : [`${copied} ${what}`]
    })
  } catch {
    // Nothing of it can be read.
    return []
  } finally {
    damaged?.close()
    fresh.transaction(() => new Chain(fresh).append(now, 'restarted', basename(aside), 0, new Uint8Array(32)))
  }
}

function columnsOf(database: Database, table: string): string[] {
  return database.all(`PRAGMA table_info(${table})`).map(row => text(row, 'name'))
}

/** Reads from both ends towards the damage, since a table can be walked only as far as its pages hold. */
function copyTable(from: Database, to: Database, table: string, holds: (row: Row) => boolean): number {
  const known = new Set(attempt(() => columnsOf(from, table)) ?? [])
  const columns = columnsOf(to, table).filter(column => known.has(column))
  if (columns.length === 0) return 0
  const list = columns.join(', ')
  const insert = `INSERT OR IGNORE INTO ${table} (${list}) VALUES (${columns.map(() => '?').join(', ')})`
  let copied = 0
  for (const order of ['ASC', 'DESC']) {
    const complete = attempt(() => {
      for (const row of from.each(`SELECT ${list} FROM ${table} ORDER BY rowid ${order}`)) {
        const values: SQLInputValue[] = columns.map(column => row[column])
        // One row that does not fit is left behind alone.
        copied += attempt(() => (holds(row) ? to.run(insert, ...values).changes : 0)) ?? 0
      }
      return true
    })
    if (complete === true) break
  }
  return copied
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
