/** Opening the store: make it, take it to the newest version, check it, set it aside where it is damaged. */
import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT, hasCode, Problem } from '../core/errors.ts'
import { carryOver, removeOldest, setAside } from './damage.ts'
import { Database } from './database.ts'
import { createPrivate, hasOtherDaemon, whileOpening } from './lock.ts'
import { number, text } from './row.ts'
import { APPLICATION_ID, isShapeOf, migrate, recordedVersion, SCHEMA_VERSION } from './schema.ts'
import { DEFAULT_CAP } from './size.ts'
import { Store } from './store.ts'
import { explainTrouble, isSchemaMismatch, isStoreTrouble, mayWrite, StoreProblem } from './trouble.ts'

const FILE = 'vpsguard.db'
/** Of every SQLite file (sqlite.org/fileformat.html, 1.3). */
const HEADER_BYTES = 100

export interface OpenOptions {
  /** Reads only: nothing is made, migrated, checked or set aside. */
  readOnly?: boolean
  /** Wall clock, milliseconds. */
  now: () => number
  /** Bytes that all files of the database together may take; 16 MiB at least, 256 MiB where absent. */
  cap?: number
  /** After `damaged` at run time: looks through indexes too. */
  suspect?: boolean
}

export interface OpenedStore {
  store: Store
  /** Sentences for the owner: a damaged database and where it lies now, a newer form of the tables. */
  notes: string[]
}

/**
 * Opens `vpsguard.db` in a folder; makes both where they are missing.
 * @throws Problem with exit 5 where it may not be written, 4 where the folder or the disk is the trouble, 70 where another
 * process holds it too long or a newer version of the program wrote it
 */
export function openStore(folder: string, options: OpenOptions): OpenedStore {
  const path = join(folder, FILE)
  if (options.readOnly === true) return openToRead(folder, path, options)
  makeFolder(folder)
  refuseForeign(folder)
  const notes: string[] = []
  const database = whileOpening(folder, () => openWhole(folder, path, options, notes))
  try {
    return { store: new Store(database, options.now, options.cap ?? DEFAULT_CAP), notes }
  } catch (error) {
    database.close()
    throw error
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    const problem = explainTrouble(error, folder)
    if (!(problem instanceof StoreProblem)) throw problem
    throw new StoreProblem(problem.trouble, `${folder}: the state folder cannot be made`, {
      where: folder,
      hint: 'set VPSGUARD_STATE to a folder that can be written',
      cause: error,
    })
  }
}

/** Root takes its memory, and with it what the firewall is told, from nobody else. */
function refuseForeign(folder: string): void {
  if (process.geteuid?.() !== 0) return
  const { uid, mode } = statSync(folder)
  if (uid === 0 && (mode & 0o022) === 0) return
  throw new Problem(EXIT.permission, `${folder} is not used: root keeps its memory only where nobody else may write`, {
    where: folder,
    hint: `chown root ${folder} && chmod go-w ${folder}, or set VPSGUARD_STATE`,
  })
}

/**
 * Whether there is a memory in a folder.
 * @throws Problem (exit 5) where this user may not look into the folder: then nobody can say
 */
export function hasMemory(folder: string): boolean {
  try {
    return statSync(join(folder, FILE), { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EPERM')) return false
    throw new Problem(EXIT.permission, `${folder} may not be looked into`, {
      where: folder,
      hint: 'run it as root, or as the user that the daemon runs as',
      cause: error,
    })
  }
}

function openToRead(folder: string, path: string, options: OpenOptions): OpenedStore {
  if (!hasMemory(folder)) {
    throw new Problem(EXIT.input, `${path}: there is no memory yet`, {
      where: path,
      hint: `it begins with the first run of \`vpsguard watch\`${process.geteuid?.() === 0 ? '' : '; what it remembers for root, root can look up'}`,
    })
  }
  const database = openReadable(path)
  try {
    const version = headerVersion(database)
    if (version < SCHEMA_VERSION && version > 0) {
      database.close()
      const { store, notes } = openStore(folder, { ...options, readOnly: false })
      store.close()
      return { ...openToRead(folder, path, options), notes }
    }
    refuseNewer(path, version)
    return { store: new Store(database, options.now, options.cap ?? DEFAULT_CAP), notes: [] }
  } catch (error) {
    database.close()
    throw error
  }
}

/** Where not even the index of the log can be made (a read-only file system), a database without a log is read as it lies. */
function openReadable(path: string): Database {
  const database = new Database(path, { readOnly: true })
  try {
    headerVersion(database)
    return database
  } catch (error) {
    database.close()
    const logged = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
    if (logged || !isStoreTrouble(error) || error.trouble === 'damaged' || error.trouble === 'locked') throw error
    return new Database(path, { readOnly: true, immutable: true })
  }
}

function openWhole(folder: string, path: string, { now, suspect = false }: OpenOptions, notes: string[]): Database {
  try {
    return openChecked(path, suspect, notes)
  } catch (error) {
    if (!isDamage(error, path)) throw error
    if (hasOtherDaemon(folder)) throw error
    const aside = setAside(path, now())
    const fresh = openChecked(path, false, [])
    const carried = carryOver(aside, fresh, now())
    const reason = error instanceof Error ? error.message : String(error)
    notes.push(
      `The database was damaged (${reason}). It is kept as ${aside}; a fresh one was made. ` +
        `Carried over: ${carried.length === 0 ? 'nothing could be read' : carried.join(', ')}. ` +
        'Findings, incidents, runs and rates up to now are in the damaged file only.',
    )
    for (const gone of removeOldest(path))
      notes.push(`${gone} was removed: the newest three damaged databases are kept.`)
    return fresh
  }
}

/** Damage, also where SQLite words it otherwise: statements that do not fit, a header that says "read only". */
function isDamage(error: unknown, path: string): boolean {
  if (error instanceof DamageFound) return true
  if (isSchemaMismatch(error)) return true
  if (!(error instanceof StoreProblem)) return false
  if (error.trouble === 'damaged') return true
  return error.trouble === 'read-only' && mayWrite(path)
}

class DamageFound extends StoreProblem {
  constructor(path: string, what: string) {
    super('damaged', what, { where: path, hint: 'restart the daemon: it sets the damaged database aside' })
  }
}

function openChecked(path: string, suspect: boolean, notes: string[]): Database {
  if (!createPrivate(path)) inspectFile(path, notes)
  const database = new Database(path)
  try {
    prepare(database, suspect, notes)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Before SQLite sees it: a file without a page is a new database to SQLite, and its log would be thrown away. */
function inspectFile(path: string, notes: string[]): void {
  const { size, mode } = statSync(path)
  if ((mode & 0o077) !== 0) makePrivate(path)
  if (size >= HEADER_BYTES) return
  if (size > 0) throw new DamageFound(path, 'the file was cut to less than its header')
  if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0)
    throw new DamageFound(path, 'the file was emptied')
  notes.push(`${path} was empty: the memory begins anew.`)
}

/** Others need not read it. Only its owner may see to that; whether anybody else may write it, SQLite says. */
function makePrivate(path: string): void {
  try {
    chmodSync(path, 0o600)
  } catch (error) {
    if (!hasCode(error, 'EPERM', 'EACCES', 'EROFS')) throw explainTrouble(error, path)
  }
}

const headerVersion = (database: Database): number => database.figure('PRAGMA user_version')

function refuseNewer(path: string, version: number): void {
  if (version <= SCHEMA_VERSION) return
  throw new Problem(EXIT.internal, `${path} was written by a newer version of VPSGuard`, {
    where: path,
    expected: `tables of version ${SCHEMA_VERSION} or older, not ${version}`,
    hint: 'update this program, or set VPSGUARD_STATE to another folder',
  })
}

function prepare(database: Database, suspect: boolean, notes: string[]): void {
  const { path } = database
  const isNew = database.figure('PRAGMA page_count') === 0
  // How free pages are kept is fixed by the first write.
  if (isNew) database.exec('PRAGMA auto_vacuum=INCREMENTAL')
  database.exec('PRAGMA cell_size_check=ON; PRAGMA trusted_schema=OFF')
  const version = headerVersion(database)
  if (!isNew) check(database, version, suspect)
  refuseNewer(path, version)
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-512')
  if (version < SCHEMA_VERSION) {
    database.transaction(() => migrate(database, version))
    if (!isNew && version > 0)
      notes.push(`${path}: the tables were brought from version ${version} to ${SCHEMA_VERSION}.`)
  }
  // Shows now, and not at the first finding, whether it can be written.
  database.run("INSERT INTO meta VALUES ('opened', '1') ON CONFLICT (key) DO UPDATE SET value = value + 1")
}

function check(database: Database, version: number, suspect: boolean): void {
  const { path } = database
  if (database.figure('PRAGMA application_id') !== APPLICATION_ID) {
    const tables = database.figure('SELECT count(*) FROM sqlite_schema')
    if (version === 0 && tables === 0) return
    throw new DamageFound(path, 'it does not bear the mark of VPSGuard')
  }
  const [result] = database.all(`PRAGMA ${suspect ? 'integrity_check' : 'quick_check'}(1)`)
  const said = result === undefined ? 'no answer' : text({ said: Object.values(result)[0] }, 'said')
  if (said !== 'ok') throw new DamageFound(path, `SQLite found: ${said.replaceAll('\n', ' ').slice(0, 200)}`)
  const recorded = recordedVersion(database)
  if (recorded !== version) throw new DamageFound(path, `its header names version ${version}, its tables ${recorded}`)
  if (version <= SCHEMA_VERSION && !isShapeOf(database, version)) throw new DamageFound(path, 'its tables are not ours')
  if (number(database.get('PRAGMA auto_vacuum') ?? {}, 'auto_vacuum') !== 2) {
    throw new DamageFound(path, 'it does not give back free pages')
  }
}
