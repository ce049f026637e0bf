/**
 * The hash chain of findings: every revision that was recorded adds an entry whose hash covers the entry before it, so
 * that nothing in the middle can be changed, taken out or put in unseen. Pruning takes entries from the beginning and
 * says so in an entry of its own; the hash of the last pruned one is kept as the anchor of the rest.
 *
 * Who may write the file can write the whole chain anew. That is why the head is told to places that he cannot write
 * (the daily message): `verify` holds the chain against such a head.
 */
import { createHash } from 'node:crypto'
import { canonical } from '../core/canonical.ts'
import type { Database } from './database.ts'
import { bytes, number, type Row, readable, text, word } from './row.ts'

const ENTRY_KINDS = ['new', 'updated', 'pruned', 'restarted'] as const
export type EntryKind = (typeof ENTRY_KINDS)[number]

const HASH_BYTES = 32
/** What the first entry of all stands on. */
const GENESIS = new Uint8Array(HASH_BYTES)
/** Entries read at a time. */
const STRETCH = 2000

export interface ChainHead {
  /** Number of the newest entry; 0 where there is none. */
  sequence: number
  /** SHA-256, 64 hexadecimal digits. */
  hash: string
}

interface Entry {
  sequence: number
  at: number
  kind: EntryKind
  /** The finding's id; why, for what was pruned or restarted. */
  subject: string
  /** The finding's count; how many entries were pruned. */
  count: number
  /** SHA-256 of the revision; of what was pruned, the hash of its last entry. */
  digest: Uint8Array
}

export interface ChainLink {
  sequence: number
  hash: Uint8Array
}

/** SHA-256 of the parts one after the other, 32 bytes; texts as UTF-8. */
export const sha256 = (...parts: (string | Uint8Array)[]): Uint8Array => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return new Uint8Array(hash.digest())
}

/** Two lower-case hex digits for each byte. */
export const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex')
/** Whether two digests are of the same bytes; not in constant time, since none is a secret. */
export const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** The digest of a JSON text, whatever the order of its keys. */
export const digestOf = (body: string): Uint8Array => sha256(canonical(JSON.parse(body)))

const hashOf = (before: Uint8Array, entry: Entry): Uint8Array =>
  sha256(before, canonical({ ...entry, digest: hex(entry.digest) }))

/**
 * The entries in the database, numbered from 1. Every call throws a StoreProblem where the database has trouble;
 * what a broken chain means is the caller's to tell.
 */
export class Chain {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** The newest entry, or what the next one will stand on. */
  last(): ChainLink {
    const row = this.#database.get('SELECT sequence, hash FROM finding_log ORDER BY sequence DESC LIMIT 1')
    return row === undefined ? this.anchor() : { sequence: number(row, 'sequence'), hash: bytes(row, 'hash') }
  }

  head(): ChainHead {
    const { sequence, hash } = this.last()
    return { sequence, hash: hex(hash) }
  }

  /** Adds an entry; answers its sequence. The caller holds a transaction. */
  append(at: number, kind: EntryKind, subject: string, count: number, digest: Uint8Array): number {
    const before = this.last()
    const entry: Entry = { sequence: before.sequence + 1, at, kind, subject, count, digest }
    const hash = hashOf(before.hash, entry)
    this.#database.run(
      'INSERT INTO finding_log VALUES (?, ?, ?, ?, ?, ?, ?)',
      entry.sequence,
      at,
      kind,
      subject,
      count,
      digest,
      hash,
    )
    return entry.sequence
  }

  /** Takes away the entries up to `sequence` and says so. Answers how many. The caller holds a transaction. */
  cut(sequence: number, at: number, reason: string): number {
    const through = Math.min(sequence, this.last().sequence)
    const row = this.#database.get('SELECT hash FROM finding_log WHERE sequence = ?', through)
    if (row === undefined) return 0
    const hash = bytes(row, 'hash')
    const count = this.#database.figure('SELECT count(*) FROM finding_log WHERE sequence <= ?', through)
    this.append(at, 'pruned', reason, count, hash)
    this.#database.run('DELETE FROM finding_log WHERE sequence <= ?', through)
    this.#database.run(
      'INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      'anchor',
      `${through} ${hex(hash)}`,
    )
    return count
  }

  /** The last pruned entry. */
  anchor(): ChainLink {
    const row = this.#database.get("SELECT value FROM meta WHERE key = 'anchor'")
    const match = row === undefined ? null : /^(\d{1,15}) ([0-9a-f]{64})$/.exec(text(row, 'value'))
    return match === null
      ? { sequence: 0, hash: GENESIS }
      : { sequence: Number(match[1]), hash: Buffer.from(match[2], 'hex') }
  }

  /** Walks the chain; `each` gets every entry that holds. Answers the first sequence that does not, and why. */
  walk(each: (link: ChainLink) => void): { sequence: number; what: string } | undefined {
    const anchor = this.anchor()
    let before = anchor
    let vouched = anchor.sequence === 0
    for (;;) {
      const rows = this.#database.all(
        'SELECT * FROM finding_log WHERE sequence > ? ORDER BY sequence LIMIT ?',
        before.sequence,
        STRETCH,
      )
      for (const row of rows) {
        const sequence = number(row, 'sequence')
        if (sequence !== before.sequence + 1) return { sequence: before.sequence + 1, what: 'the entry is missing' }
        const [read] = readable([row], readEntry)
        if (read === undefined) return { sequence, what: 'the entry cannot be read' }
        const { entry, hash } = read
        if (!isSame(hash, hashOf(before.hash, entry))) {
          return { sequence, what: 'the entry does not follow from the one before it: one of them was changed' }
        }
        if (entry.kind === 'pruned' && isSame(entry.digest, anchor.hash)) vouched = true
        before = { sequence, hash }
        each(before)
      }
      if (rows.length < STRETCH) break
    }
    if (vouched) return undefined
    return {
      sequence: anchor.sequence + 1,
      what: 'entries before it are gone, and no entry says that they were pruned',
    }
  }
}

function readEntry(row: Row): { entry: Entry; hash: Uint8Array } {
  return {
    entry: {
      sequence: number(row, 'sequence'),
      at: number(row, 'at'),
      kind: word(row, 'kind', ENTRY_KINDS),
      subject: text(row, 'subject'),
      count: number(row, 'count'),
      digest: bytes(row, 'digest'),
    },
    hash: bytes(row, 'hash'),
  }
}
