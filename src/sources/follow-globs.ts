/** Follows what patterns match, now and later: a new virtual host's log, a log with the date in its name. */
import { glob, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { NO_TEXT } from './discover.ts'
import type { FileFollower } from './follow/file.ts'
import { followFile } from './follow/file.ts'
import type { FollowPosition } from './follower.ts'
import { baseOf } from './rotated.ts'

export interface FollowGlobsOptions {
  /** Where files that match at the first look and have no position begin: `start` after a restart, since they are new. */
  first: 'end' | 'start'
  /** Places of an earlier run, by path. */
  positions?: ReadonlyMap<string, FollowPosition>
  /** Files followed at the same time; the ones that are silent longest make room for new ones. */
  most?: number
}

export interface GlobChanges {
  /** To be read from now on, and closed by whoever reads them. */
  added: FileFollower[]
  /** To be read to their end and closed: the file is gone, or has to make room. */
  dropped: FileFollower[]
}

const MOST_FOLLOWED = 200
/** Names that are looked at; a pattern such as `/**` has no end otherwise. */
const MOST_MATCHES = 10_000
/** Places that are remembered of files no longer followed. */
const MOST_PLACES = 1000
/** Looks after which a file that is gone is dropped: a rotation takes it away for a moment. */
const LOOKS_GONE = 3
/** A file written within this time does not make room for another; milliseconds. */
const AWAKE = 3_600_000

interface Followed {
  follower: FileFollower
  looksGone: number
  mtime: number
}

/** Patterns (`/var/log/nginx/*.log`), and the followers of what they match. */
export class FollowGlobs {
  readonly #patterns: readonly string[]
  readonly #first: 'end' | 'start'
  readonly #most: number
  readonly #followed = new Map<string, Followed>()
  /** Where to go on, of files that were followed before. */
  readonly #places: Map<string, FollowPosition>
  /** Files that belong to a log which is followed under its own name, by device and inode. */
  #parts = new Set<string>()
  #looked = false
  #left = 0

  constructor(patterns: readonly string[], options: FollowGlobsOptions) {
    this.#patterns = patterns
    this.#first = options.first
    this.#most = options.most ?? MOST_FOLLOWED
    this.#places = new Map(options.positions)
  }

  /** Matching files that are not followed, because there are too many. */
  get left(): number {
    return this.#left
  }

  /** Looks what matches now. A file that was not there at the first look is read from its start. */
  async look(): Promise<GlobChanges> {
    const changes: GlobChanges = { added: [], dropped: [] }
    const matches = await this.#matches()
    for (const [path, followed] of this.#followed) {
      const match = matches.get(path)
      followed.looksGone = match === undefined ? followed.looksGone + 1 : 0
      followed.mtime = match?.mtime ?? followed.mtime
      if (followed.looksGone >= LOOKS_GONE) this.#drop(path, followed, changes)
    }
    this.#left = 0
    const parts = new Set<string>()
    const unknown = [...matches].filter(([path]) => !this.#followed.has(path))
    // Who writes now is followed before who was silent for long.
    unknown.sort(([, a], [, b]) => b.mtime - a.mtime)
    for (const [path, match] of unknown) {
      if (this.#parts.has(match.key) || (await this.#isPart(path, match.key))) {
        parts.add(match.key)
        continue
      }
      if (this.#followed.size >= this.#most && !this.#makeRoom(match.mtime, changes)) {
        this.#left++
        continue
      }
      const from = this.#places.get(path) ?? (this.#looked ? 'start' : this.#first)
      this.#places.delete(path)
      const follower = await followFile(path, { from })
      this.#followed.set(path, { follower, looksGone: 0, mtime: match.mtime })
      changes.added.push(follower)
    }
    this.#parts = parts
    this.#looked = true
    return changes
  }

  #drop(path: string, { follower }: Followed, changes: GlobChanges): void {
    this.#followed.delete(path)
    if (this.#places.size >= MOST_PLACES) this.#places.delete(this.#places.keys().next().value ?? '')
    this.#places.set(path, follower.position(0))
    changes.dropped.push(follower)
  }

  /** Drops the file that was silent longest, if it has been for a while. */
  #makeRoom(mtime: number, changes: GlobChanges): boolean {
    let silent: [string, Followed] | undefined
    for (const entry of this.#followed) if (silent === undefined || entry[1].mtime < silent[1].mtime) silent = entry
    if (silent === undefined || silent[1].mtime > Math.min(mtime, Date.now() - AWAKE)) return false
    this.#drop(silent[0], silent[1], changes)
    return true
  }

  /** Whether a file is a rotated part of one that is followed, by its inode or its content. */
  async #isPart(path: string, key: string): Promise<boolean> {
    for (const [other, { follower }] of this.#followed) {
      const stem = other.replace(/\.[^./]*$/, '')
      if (follower.reads(key) || (path.startsWith(stem) && (await follower.knows(path)))) return true
    }
    return false
  }

  async #matches(): Promise<Map<string, { key: string; mtime: number }>> {
    const names = new Set<string>()
    for (const pattern of this.#patterns)
      for await (const name of glob(pattern)) {
        if (names.size >= MOST_MATCHES) break
        names.add(resolve(name))
      }
    const matches = new Map<string, { key: string; mtime: number }>()
    for (const path of names) {
      const name = basename(path)
      if (NO_TEXT.test(name) || name.startsWith('.') || /\.(?:gz|zst|xz|bz2)$/.test(name)) continue
      if (await this.#isRotated(path, names)) continue
      const info = await stat(path, { bigint: true }).catch(() => undefined)
      if (info?.isFile() === true)
        matches.set(path, { key: `${info.dev}:${info.ino}`, mtime: Number(info.mtimeNs / 1_000_000n) })
    }
    return matches
  }

  /** Whether a name is that of a rotated file whose log is there, or was followed: `access.log.1`, not `app-2026-11-21.log`. */
  async #isRotated(path: string, names: ReadonlySet<string>): Promise<boolean> {
    const folder = dirname(path)
    // Beside its log, or in a folder for old ones.
    for (const log of baseOf(basename(path)).flatMap(base => [join(folder, base), join(folder, '..', base)])) {
      if (names.has(log) || this.#followed.has(log) || this.#places.has(log)) return true
      if ((await stat(log).catch(() => undefined)) !== undefined) return true
    }
    return false
  }
}
