/** What can go wrong with a database through no fault of the program, each as a Problem that a daemon can go on from. */
import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { EXIT, type ExitCode, hasCode, Problem, type ProblemDetails } from '../core/errors.ts'

/**
 * - `locked`: another process holds the database; trying again helps.
 * - `full`: the disk is full.
 * - `read-only`: the file, folder or file system may not be written.
 * - `damaged`: what stands in the file cannot be right; opening the store again sets it aside.
 * - `io`: the system cannot read or write the file.
 */
export type StoreTrouble = 'locked' | 'full' | 'read-only' | 'damaged' | 'io'

const EXIT_OF: Readonly<Record<StoreTrouble, ExitCode>> = {
  locked: EXIT.internal,
  full: EXIT.input,
  'read-only': EXIT.permission,
  damaged: EXIT.internal,
  io: EXIT.input,
}

/** A failure of the place where the store lies. */
export class StoreProblem extends Problem {
  readonly trouble: StoreTrouble

  constructor(trouble: StoreTrouble, message: string, details: ProblemDetails = {}) {
    super(EXIT_OF[trouble], message, details)
    this.trouble = trouble
  }
}

/** Says whether a daemon may go on after this error without its memory: tell the owner, try again later. */
export function isStoreTrouble(error: unknown): error is StoreProblem {
  return error instanceof StoreProblem
}

/** Primary result codes of SQLite (sqlite.org/rescode.html); the higher byte of a code only says more. */
const SQLITE = {
  ERROR: 1,
  PERM: 3,
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  NOTADB: 26,
}
/** The index of the log could not be made longer: in practice a full disk. */
const SQLITE_IOERR_SHMSIZE = 4874

const TROUBLE_OF: ReadonlyMap<number, StoreTrouble> = new Map([
  [SQLITE.BUSY, 'locked'],
  [SQLITE.LOCKED, 'locked'],
  [SQLITE.PERM, 'read-only'],
  [SQLITE.READONLY, 'read-only'],
  [SQLITE.IOERR, 'io'],
  [SQLITE.CANTOPEN, 'io'],
  [SQLITE.FULL, 'full'],
  [SQLITE.CORRUPT, 'damaged'],
  [SQLITE.NOTADB, 'damaged'],
])

const SAID: Readonly<Record<StoreTrouble, { message: string; hint: string }>> = {
  locked: { message: 'another process holds the database', hint: 'try again; `vpsguard doctor` names who holds it' },
  full: { message: 'the disk is full, nothing was written', hint: 'make room; what was written before is untouched' },
  'read-only': {
    message: 'the database may not be written',
    hint: 'run as the user that owns it, or make its folder writable',
  },
  damaged: {
    message: 'the database is damaged',
    hint: 'restart the daemon: it sets the damaged file aside and goes on with a fresh one',
  },
  io: { message: 'the database cannot be read or written', hint: 'look at the disk: `dmesg`, `df`, `df -i`' },
}

/** SQLite's result code of an error that node:sqlite threw; undefined for any other error. */
export function sqliteCode(error: unknown): number | undefined {
  if (!hasCode(error, 'ERR_SQLITE_ERROR') || !(error instanceof Error)) return undefined
  return 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined
}

/** Says whether the statement itself did not fit the schema: after an update that is a bug, while opening it is damage. */
export function isSchemaMismatch(error: unknown): boolean {
  return sqliteCode(error) === SQLITE.ERROR
}

/**
 * Whether the permissions let this user write a database and its companions. Asks without opening: to close any descriptor
 * of a file drops the locks that this process holds on it.
 */
export function mayWrite(path: string): boolean {
  try {
    const files = [path, `${path}-wal`, `${path}-shm`].filter(each => existsSync(each))
    for (const each of [dirname(path), ...files]) accessSync(each, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

function troubleOf(error: unknown, path: string): StoreTrouble | undefined {
  const code = sqliteCode(error)
  if (code === SQLITE_IOERR_SHMSIZE) return 'full'
  if (code === SQLITE.CANTOPEN && !mayWrite(path)) return 'read-only'
  if (code !== undefined) return TROUBLE_OF.get(code & 0xff)
  if (hasCode(error, 'ENOSPC', 'EDQUOT')) return 'full'
  if (hasCode(error, 'EACCES', 'EPERM', 'EROFS')) return 'read-only'
  if (hasCode(error, 'EIO', 'ENOTDIR', 'EEXIST', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOENT', 'EMFILE', 'ENFILE'))
    return 'io'
  // It was closed, to be opened again, and that failed.
  if (hasCode(error, 'ERR_INVALID_STATE')) return 'io'
  // A number that no column of ours can hold.
  return hasCode(error, 'ERR_OUT_OF_RANGE') ? 'damaged' : undefined
}

/** Turns what SQLite or the file system threw into a StoreProblem; anything else is a bug and comes back as it is. */
export function explainTrouble(error: unknown, path: string): unknown {
  const trouble = troubleOf(error, path)
  if (trouble === undefined) return error
  const { message, hint } = SAID[trouble]
  const detail = error instanceof Error ? ` (${error.message})` : ''
  return new StoreProblem(trouble, `${path}: ${message}${detail}`, { where: path, hint, cause: error })
}
