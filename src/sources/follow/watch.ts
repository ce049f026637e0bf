/** Waiting for a file to change: the system's own word where it gives one, and a cheap look now and then in any case. */
import type { FSWatcher } from 'node:fs'
import { watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { Bell } from './bell.ts'

/** Between looks, in milliseconds: where the folder is watched (a watch may be silent, as on a network's disk), and where it is not. */
const LOOK_WATCHED = 1000
const LOOK_ALONE = 250

/** Watches the folders in which names that begin like a path's stand. */
export class PathWatch {
  #watchers: FSWatcher[] = []
  #folders = ''
  readonly #bell = new Bell()

  /** Watches these paths from now on. */
  aim(paths: readonly string[]): void {
    const folders = paths.join('\n')
    if (folders === this.#folders && this.#watchers.length > 0) return
    this.close()
    this.#folders = folders
    for (const path of paths) this.#watch(path)
  }

  #watch(path: string): void {
    const stem = basename(path).replace(/\.[^.]*$/, '')
    try {
      const watcher = watch(dirname(path), (_, name) => {
        if (name === null || name.startsWith(stem)) this.ring()
      })
      // No watch is left, or the folder is gone: the looks go on.
      watcher.on('error', () => {
        watcher.close()
        this.#watchers = this.#watchers.filter(other => other !== watcher)
        this.ring()
      })
      this.#watchers.push(watcher)
    } catch {
      // Too many watches, or no such folder yet: the looks do.
    }
  }

  /** Something may have changed. */
  ring(): void {
    this.#bell.ring()
  }

  /** What rang before is being looked at. */
  clear(): void {
    this.#bell.clear()
  }

  /** Resolves when something rang since `clear`, when `changed` says so at a look, when the signal fires, or after `milliseconds`. */
  wait(milliseconds: number, signal: AbortSignal, changed: () => Promise<boolean>): Promise<void> {
    const every = this.#watchers.length > 0 ? LOOK_WATCHED : LOOK_ALONE
    return this.#bell.wait(milliseconds, signal, { every, changed })
  }

  close(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close()
  }
}
