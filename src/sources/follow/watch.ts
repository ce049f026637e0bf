/** Waiting for a file to change: the system's own word where it gives one, and a cheap look now and then in any case. */
import type { FSWatcher } from 'node:fs'
import { watch } from 'node:fs'
import { Bell } from './bell.ts'

/** Between looks, in milliseconds: where the file is watched (a watch may be silent, as on a network's disk), and where it is not. */
const LOOK_WATCHED = 1000
const LOOK_ALONE = 250

/**
 * Watches a file, and only while somebody waits for it: it is taken off the watch by its first change. A log that gets a
 * hundred lines a second would wake us a hundred times a second otherwise, and one in a busy folder as well.
 */
export class PathWatch {
  readonly #path: string
  #watcher: FSWatcher | undefined
  readonly #bell = new Bell()

  /** Where the path is a link, what it points at is watched; looks notice that it points elsewhere. */
  constructor(path: string) {
    this.#path = path
  }

  #start(): void {
    try {
      const watcher = watch(this.#path, () => {
        this.stop()
        this.ring()
      })
      // The file is gone: the looks go on.
      watcher.on('error', () => {
        this.stop()
        this.ring()
      })
      this.#watcher = watcher
    } catch {
      // Too many watches, or no such file yet: the looks do.
    }
  }

  /** Until somebody waits again; and where the path names another file now. */
  stop(): void {
    this.#watcher?.close()
    this.#watcher = undefined
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
  async wait(milliseconds: number, signal: AbortSignal, changed: () => Promise<boolean>): Promise<void> {
    if (this.#bell.isRung || signal.aborted || milliseconds <= 0) return
    if (this.#watcher === undefined) {
      this.#start()
      // Between the last read and the beginning of the watch nobody looked.
      if (await changed()) return
    }
    const every = this.#watcher === undefined ? LOOK_ALONE : LOOK_WATCHED
    await this.#bell.wait(milliseconds, signal, { every, changed })
  }
}
