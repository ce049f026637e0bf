/** The files that a log is spread over: rotated ones, in the order of their time, and the log itself. */
import type { BigIntStats } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Member } from '../rotated.ts'
import { byTime, memberOf } from '../rotated.ts'

export interface Entry {
  path: string
  device: string
  inode: string
  size: number
  /** Milliseconds. */
  mtime: number
  /** What the followed path leads to now. */
  live: boolean
  /** Its name says that it is compressed. */
  packed: boolean
}

/** Rotated files that are looked at; the oldest beyond are left alone. */
const MOST_MEMBERS = 1000
const MOST_FOLDERS = 64
const MOST_LOOSE = 10_000
const MOST_LOOKS = 20

const sameFile = (a: Entry, b: Entry): boolean => a.device === b.device && a.inode === b.inode

/**
 * The family of a log, oldest first, the log itself last (absent where the path leads to no file). Looked at until two
 * looks agree, because a rotation that is under way moves files past a single one.
 * @param previous where a symbolic link led before, whose rotated files belong to the log as well
 */
export async function familyOf(path: string, previous?: string): Promise<Entry[]> {
  let before = await lookAt(path, previous)
  for (let looks = 1; looks < MOST_LOOKS; looks++) {
    const now = await lookAt(path, previous)
    if (signatureOf(before) === signatureOf(now)) return now
    before = now
  }
  return before
}

/** Equal for two looks at a family that found the same files under the same names. */
export const signatureOf = (entries: readonly Entry[]): string =>
  entries.map(entry => `${entry.path}\n${entry.device}:${entry.inode}`).join('\n')

async function lookAt(path: string, previous: string | undefined): Promise<Entry[]> {
  const real = await realpath(path).catch(() => undefined)
  const bases = new Set([previous, path, real].filter(base => base !== undefined))
  const entries: Entry[] = []
  for (const base of bases) {
    entries.push(...(await membersOf(base)))
    // What a link led to before is the newest of its own family.
    if (base === previous && base !== real && base !== path) {
      const entry = await entryOf(base)
      if (entry !== undefined) entries.push(entry)
    }
  }
  const live = await entryOf(path)
  if (live !== undefined) entries.push({ ...live, live: true, packed: false })
  return entries.filter((entry, index) => !entries.slice(index + 1).some(later => sameFile(entry, later)))
}

/** The rotated files of one path, oldest first, wherever they are kept. */
async function membersOf(base: string): Promise<Entry[]> {
  const folder = dirname(base)
  const name = basename(base)
  const dot = name.lastIndexOf('.')
  const stem = dot > 0 ? name.slice(0, dot) : name
  const members: Member[] = []
  for (const place of [folder, ...(await trustedFolders(folder))])
    for (const other of await readdir(place).catch(() => [])) {
      if (!other.startsWith(stem)) continue
      const member = memberOf(name, other, join(place, other))
      if (member !== undefined && !member.live) members.push(member)
    }
  members.sort(byTime)
  const rotations = new Set<string>()
  const dated: Entry[] = []
  const numbered: Entry[] = []
  const newest = members.slice(-MOST_MEMBERS)
  const found = await Promise.all(newest.map(member => entryOf(member.path)))
  for (const [index, member] of newest.entries()) {
    // While a file is compressed it is there twice, and the compressed one is not whole.
    const rotation = `${dirname(member.path)}\n${member.date}.${member.number}`
    if (rotations.has(rotation)) continue
    const entry = found[index]
    if (entry === undefined) continue
    rotations.add(rotation)
    ;(member.date === '' ? numbered : dated).push({ ...entry, packed: member.packed })
  }
  return merged(dated, numbered)
}

/** Two ways of naming, each in its own order, as after a change of the rotation's settings: joined by when they were written. */
function merged(a: readonly Entry[], b: readonly Entry[]): Entry[] {
  const all: Entry[] = []
  let next = 0
  for (const entry of a) {
    while (next < b.length && b[next].mtime < entry.mtime) all.push(b[next++])
    all.push(entry)
  }
  return [...all, ...b.slice(next)]
}

/**
 * The folders below a log's folder in which its rotated files may be kept (logrotate's `olddir`). Only those in which
 * nobody can put a file who could not put it beside the log: a rotated file is believed.
 */
async function trustedFolders(folder: string): Promise<string[]> {
  const own = await stat(folder).catch(() => undefined)
  if (own === undefined) return []
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const trusted: string[] = []
  for (const entry of entries.filter(candidate => candidate.isDirectory()).slice(0, MOST_FOLDERS)) {
    const path = join(folder, entry.name)
    const info = await stat(path).catch(() => undefined)
    if (info?.isDirectory() === true && info.uid === own.uid && (info.mode & 0o022 & ~own.mode) === 0)
      trusted.push(path)
  }
  return trusted
}

/** Files of other names in the log's folder that may be the one with this inode, or a copy of it by its name. */
export async function looseFiles(path: string, inode: string, known: readonly Entry[]): Promise<Entry[]> {
  const folder = dirname(path)
  const stem = basename(path).replace(/\.[^.]*$/, '')
  const loose: Entry[] = []
  const names = await readdir(folder).catch(() => [])
  for (const name of names.slice(0, MOST_LOOSE)) {
    const entry = await entryOf(join(folder, name))
    if (entry === undefined || known.some(other => sameFile(other, entry))) continue
    if (entry.inode === inode || name.includes(stem))
      loose.push({ ...entry, packed: /\.(?:gz|zst|xz|bz2)$/.test(name) })
  }
  return loose.sort((a, b) => Number(b.inode === inode) - Number(a.inode === inode))
}

/** What a path leads to, if it is a regular file. */
export async function entryOf(path: string): Promise<Entry | undefined> {
  const info = await stat(path, { bigint: true }).catch(() => undefined)
  return info?.isFile() === true ? toEntry(path, info) : undefined
}

function toEntry(path: string, info: BigIntStats): Entry {
  return {
    path,
    device: String(info.dev),
    inode: String(info.ino),
    size: Number(info.size),
    mtime: Number(info.mtimeNs / 1_000_000n),
    live: false,
    packed: false,
  }
}
