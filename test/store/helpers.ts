/** Folders and stores for the tests of the memory. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { type OpenedStore, type OpenOptions, openStore, type Store } from '../../src/store/index.ts'
import { NOW } from './records.ts'

const made: string[] = []
const mounted: string[] = []
const opened: Store[] = []
afterEach(() => {
  for (const store of opened.splice(0)) store.close()
  for (const folder of mounted.splice(0)) spawnSync('umount', ['-l', folder])
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
})

export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vpsguard-store-'))
  made.push(folder)
  return folder
}

/** Opens a store that is closed after the test. */
export function open(folder: string, options: Partial<OpenOptions> = {}): OpenedStore {
  const result = openStore(folder, { now: () => NOW, ...options })
  opened.push(result.store)
  return result
}

/** Whether this machine lets the tests mount file systems: root in a container may not. */
export const MAY_MOUNT =
  process.getuid?.() === 0 && spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0

/** A folder that is a file system of its own, of the given size (`3m`). */
export function mountFolder(size: string): string {
  const folder = makeFolder()
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', folder])
  if (status !== 0) throw new Error(`${stderr}`)
  mounted.push(folder)
  return folder
}

/** Mounts it anew with other options (`ro`). */
export function remount(folder: string, options: string): void {
  const { status, stderr } = spawnSync('mount', ['-o', `remount,${options}`, folder])
  if (status !== 0) throw new Error(`${stderr}`)
}
