/** `vpsguard verify`: whether the findings that are kept are the ones that were recorded. */
import { type Chain, type ChainHead, hex } from './chain.ts'
import type { Database } from './database.ts'
import { isConsistent } from './findings.ts'
import { number, type Row, text } from './row.ts'

export interface ChainReport {
  intact: boolean
  /** Entries of the chain that were checked and hold, and findings that were held against them. */
  entries: number
  findings: number
  /** The first entry that is kept; entries before it were pruned. */
  from: number
  head: ChainHead
  /** The first entry that does not hold; absent where all do. */
  brokenAt?: number
  /** What is wrong, first things first; at most `MAX_FAULTS`. */
  faults: { sequence: number; finding?: string; what: string }[]
}

/** A head as it was told elsewhere; the number may have been left out. */
export interface ToldHead {
  sequence?: number
  hash: string
}

const MAX_FAULTS = 50
const STRETCH = 200

/**
 * Checks every entry against the one before it, every finding against its newest entry, and the whole against a head
 * that was told elsewhere, where one is given.
 */
export function verifyChain(database: Database, chain: Chain, told?: ToldHead): ChainReport {
  const isTold = (sequence: number, hash: string): boolean =>
    told !== undefined && told.hash === hash && (told.sequence === undefined || told.sequence === sequence)
  return database.snapshot(() => {
    const faults: ChainReport['faults'] = []
    const anchor = chain.anchor()
    let entries = 0
    let found = isTold(anchor.sequence, hex(anchor.hash))
    const broken = chain.walk(link => {
      entries++
      if (!found && isTold(link.sequence, hex(link.hash))) found = true
    })
    if (broken !== undefined) faults.push(broken)
    if (told !== undefined && !found && told.sequence !== 0)
      faults.push(missedHead(told, chain.head(), anchor.sequence))
    const { findings } = checkFindings(database, faults)
    checkMissing(database, faults)
    return {
      intact: faults.length === 0,
      entries,
      findings,
      from: anchor.sequence + 1,
      head: chain.head(),
      ...(broken === undefined ? {} : { brokenAt: broken.sequence }),
      faults: faults.slice(0, MAX_FAULTS),
    }
  })
}

function missedHead(told: ToldHead, head: ChainHead, anchor: number): { sequence: number; what: string } {
  const { sequence } = told
  if (sequence === undefined) {
    const what = 'no entry has the hash that was told: it was pruned since, or the chain was written anew'
    return { sequence: head.sequence, what }
  }
  if (sequence > head.sequence)
    return { sequence, what: `the chain ends at ${head.sequence}: newer entries were taken away` }
  if (sequence < anchor) return { sequence, what: 'the entry was pruned since: give a newer head' }
  return { sequence, what: 'the entry has another hash than the one that was told: the chain was written anew' }
}

function checkFindings(database: Database, faults: ChainReport['faults']): { findings: number } {
  let findings = 0
  let after = ''
  for (;;) {
    const rows = database.all(
      `SELECT findings.*, (
        SELECT sequence FROM finding_log WHERE subject = findings.id AND kind IN ('new', 'updated') ORDER BY sequence DESC LIMIT 1
      ) AS newest, (SELECT digest FROM finding_log WHERE sequence = findings.sequence) AS logged
      FROM findings WHERE id > ? ORDER BY id LIMIT ?`,
      after,
      STRETCH,
    )
    for (const row of rows) {
      findings++
      const what = faultOf(row)
      if (what !== undefined) faults.push({ sequence: number(row, 'sequence'), finding: text(row, 'id'), what })
    }
    if (rows.length < STRETCH || faults.length > MAX_FAULTS) return { findings }
    after = text(rows[rows.length - 1], 'id')
  }
}

function faultOf(row: Row): string | undefined {
  const { sequence, newest, logged, digest } = row
  if (newest === null) return 'the finding has no entry in the chain'
  if (newest !== sequence) return 'the finding is not its newest revision'
  if (!(logged instanceof Uint8Array) || !(digest instanceof Uint8Array) || Buffer.compare(logged, digest) !== 0) {
    return 'the finding is another than the chain recorded'
  }
  try {
    return isConsistent(row) ? undefined : 'the finding was changed after it was recorded'
  } catch {
    return 'the finding cannot be read'
  }
}

function checkMissing(database: Database, faults: ChainReport['faults']): void {
  const rows = database.all(
    `SELECT subject, max(sequence) AS sequence FROM finding_log
    WHERE kind IN ('new', 'updated') AND subject NOT IN (SELECT id FROM findings) GROUP BY subject LIMIT ?`,
    MAX_FAULTS,
  )
  for (const row of rows) {
    faults.push({
      sequence: number(row, 'sequence'),
      finding: text(row, 'subject'),
      what: 'the finding is gone, though it was not pruned',
    })
  }
}
