/** What `doctor` finds in the state folder. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Problem } from '../core/errors.ts'
import { MINUTE } from '../core/time.ts'
import { openStore } from '../store/index.ts'
import { readStatus, type Status } from './status.ts'

export interface Check {
  /** Stable, for machines: `node`, `config`, `log`, `firewall` ... */
  id: string
  /** missing: something that is wanted is not there, and the rest works; broken: what should work does not. */
  state: 'ok' | 'missing' | 'broken'
  /** What was found. */
  text: string
  /** What to do about it. */
  hint?: string
}

export interface StateOptions {
  /** The state folder; undefined for a user without a home. */
  folder: string | undefined
  now: () => number
  uid: number | undefined
}

const LEAST_FREE_BYTES = 100 * 1024 * 1024
const LEAST_FREE_SHARE = 0.02
const SILENT = 2 * MINUTE

/** What a Problem says, as a check. @throws whatever is no Problem */
export const problemCheck = (id: string, error: unknown, state: Check['state'] = 'broken'): Check => {
  if (!(error instanceof Problem)) throw error
  return { id, state, text: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) }
}

/** The state folder, the memory in it, the daemon that works with it, the disk below. */
export function stateChecks({ folder, now, uid }: StateOptions): Check[] {
  if (folder === undefined) {
    return [{ id: 'state', state: 'broken', text: 'no state folder', hint: 'set VPSGUARD_STATE to a folder' }]
  }
  return [...folderChecks(folder, uid), memoryCheck(folder, now), daemonCheck(folder, now), diskCheck(folder)]
}

function folderChecks(folder: string, uid: number | undefined): Check[] {
  const existing = nearestFolder(folder)
  try {
    accessSync(existing, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    const text = `${folder}: may not be written`
    return [
      { id: 'state', state: 'broken', text, hint: 'run it as root, or set VPSGUARD_STATE to a folder of your own' },
    ]
  }
  if (existing !== folder) return [{ id: 'state', state: 'ok', text: `${folder}: will be made at the first watch` }]
  const { uid: owner, mode } = statSync(folder)
  if (uid === 0 && (owner !== 0 || (mode & 0o022) !== 0)) {
    const text = `${folder}: others may write it, so root does not use it`
    return [{ id: 'state', state: 'broken', text, hint: `chown root ${folder} && chmod go-w ${folder}` }]
  }
  return [{ id: 'state', state: 'ok', text: `${folder}: can be written` }]
}

function nearestFolder(path: string): string {
  const above = dirname(path)
  return existsSync(path) || above === path ? path : nearestFolder(above)
}

function memoryCheck(folder: string, now: () => number): Check {
  try {
    const { store } = openStore(folder, { readOnly: true, now })
    try {
      const { intact, findings } = store.verify()
      return intact
        ? { id: 'memory', state: 'ok', text: `${findings} findings are remembered, and their chain holds` }
        : { id: 'memory', state: 'broken', text: 'the chain of findings does not hold', hint: 'vpsguard verify' }
    } finally {
      store.close()
    }
  } catch (error) {
    const isAbsent = error instanceof Problem && /no memory yet/.test(error.message)
    return problemCheck('memory', error, isAbsent ? 'missing' : 'broken')
  }
}

function daemonCheck(folder: string, now: () => number): Check {
  let status: Status
  try {
    status = readStatus(folder, now)
  } catch (error) {
    return problemCheck('daemon', error)
  }
  const { running, lastSign, trouble } = status
  if (!running) {
    const text = 'the daemon is not running: nothing is watched now'
    return { id: 'daemon', state: 'missing', text, hint: 'systemctl enable --now vpsguard, or vpsguard watch' }
  }
  if (lastSign !== undefined && now() - lastSign > SILENT) {
    const text = 'the daemon gives no sign of life'
    return { id: 'daemon', state: 'broken', text, hint: 'systemctl restart vpsguard' }
  }
  return trouble.length === 0
    ? { id: 'daemon', state: 'ok', text: 'the daemon is running' }
    : { id: 'daemon', state: 'broken', text: `the daemon is running, with trouble: ${trouble.join('; ')}` }
}

function diskCheck(folder: string): Check {
  const { bavail, blocks, bsize } = statfsSync(nearestFolder(folder))
  const free = bavail * bsize
  const text = `${Math.floor(free / 1024 / 1024)} MiB of disk are free for the state folder`
  return free < LEAST_FREE_BYTES || bavail < blocks * LEAST_FREE_SHARE
    ? { id: 'disk', state: 'broken', text, hint: 'make room: a full disk keeps findings from being written' }
    : { id: 'disk', state: 'ok', text }
}
