/**
 * Locks between processes that the kernel takes back however a process ends: an exclusive transaction on a tiny SQLite
 * file of its own (fcntl locks below; they are neither inherited by children nor left behind by `kill -9`).
 */
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { EXIT, hasCode, Problem } from '../core/errors.ts'
import { explainTrouble, StoreProblem } from './trouble.ts'

const DAEMON_LOCK = 'daemon.lock'
const DAEMON_PID = 'daemon.pid'
const OPEN_LOCK = 'open.lock'
/** Opening waits for another that opens: long enough to check a database of the largest size on a slow disk. */
const OPEN_PATIENCE = 30_000

export interface DaemonLock {
  /** Lets the next daemon start. Also happens by itself when this process ends. */
  release(): void
}

/** Folders whose daemon is this process. Holding the lock's file here keeps it open, also where a caller drops the lock. */
const ours = new Map<string, DatabaseSync>()

/** Makes a file that only its owner may read; leaves one that exists alone (opening and closing it would drop its locks). */
export function createPrivate(path: string): boolean {
  try {
    closeSync(openSync(path, 'wx', 0o600))
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw explainTrouble(error, path)
  }
}

/** Takes a lock file, waiting at most `patience` milliseconds. @throws StoreProblem, `locked` where another holds it */
function take(path: string, patience: number): DatabaseSync {
  createPrivate(path)
  let file: DatabaseSync | undefined
  try {
    file = new DatabaseSync(path, { timeout: patience })
    file.exec('BEGIN EXCLUSIVE')
    return file
  } catch (error) {
    file?.close()
    const problem = explainTrouble(error, path)
    if (!(problem instanceof StoreProblem) || problem.trouble !== 'damaged') throw problem
    throw new StoreProblem('io', `${path}: something else than a lock file lies there`, {
      where: path,
      hint: `remove ${path} while no vpsguard runs`,
      cause: error,
    })
  }
}

function pidOf(folder: string): string {
  try {
    const written = readFileSync(join(folder, DAEMON_PID), 'utf8').trim()
    return /^\d{1,10}$/.test(written) ? `process ${written}` : 'another process'
  } catch {
    return 'another process'
  }
}

/**
 * Makes this process the one daemon of a state folder, which must exist.
 * @throws Problem that names the daemon's process where there is one already
 */
export function lockDaemon(folder: string): DaemonLock {
  const path = join(folder, DAEMON_LOCK)
  let file: DatabaseSync
  try {
    file = take(path, 0)
  } catch (error) {
    if (!(error instanceof StoreProblem) || error.trouble !== 'locked') throw error
    throw new Problem(EXIT.usage, `vpsguard already watches with the state in ${folder}: ${pidOf(folder)}`, {
      where: path,
      hint: 'stop that one first, or give this one a state folder of its own (VPSGUARD_STATE)',
      cause: error,
    })
  }
  const pidFile = join(folder, DAEMON_PID)
  try {
    writeFileSync(`${pidFile}.tmp`, `${process.pid}\n`, { mode: 0o600 })
    renameSync(`${pidFile}.tmp`, pidFile)
  } catch (error) {
    file.close()
    throw explainTrouble(error, pidFile)
  }
  ours.set(resolve(folder), file)
  return {
    release() {
      if (!file.isOpen) return
      ours.delete(resolve(folder))
      rmSync(pidFile, { force: true })
      file.close()
    },
  }
}

/** Says whether a daemon other than this process works with the folder. */
export function hasOtherDaemon(folder: string): boolean {
  if (ours.has(resolve(folder))) return false
  try {
    take(join(folder, DAEMON_LOCK), 0).close()
    return false
  } catch (error) {
    if (error instanceof StoreProblem && error.trouble === 'locked') return true
    throw error
  }
}

/** Runs `work` while no other process opens, migrates or sets aside the folder's database. @throws StoreProblem */
export function whileOpening<T>(folder: string, work: () => T): T {
  const file = take(join(folder, OPEN_LOCK), OPEN_PATIENCE)
  try {
    return work()
  } finally {
    file.close()
  }
}
