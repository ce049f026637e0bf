/** The rotated set of a log: `auth.log` with `auth.log.1`, `auth.log.2.gz`, `auth.log-20260101.xz` and so on. */
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pathProblem } from './problems.ts'

const PACKED = String.raw`(?:\.(?:gz|zst|xz|bz2))?`
const DATE = String.raw`(?<date>\d{4}-?\d{2}-?\d{2}(?:[-T_]?\d{2,10})?)`

/** What the name of a file says of its place in a rotated set. */
export interface Member {
  path: string
  /** The log itself, not a rotation of it. */
  live: boolean
  /** Rotations before the present one; 0 for the log itself. */
  number: number
  /** Digits of the date in the name, empty where there is none. */
  date: string
  packed: boolean
}

const escapeText = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Reads what a name says of its place in the set of `base`; undefined for a name that is not of the set. */
export function memberOf(base: string, name: string, path: string): Member | undefined {
  if (name === base) return { path, live: true, number: 0, date: '', packed: false }
  const dot = base.lastIndexOf('.')
  // logrotate's `extension` keeps `.log` at the end: auth-20260101.log, auth.1.log.
  const stems =
    dot > 0
      ? [
          [base, ''],
          [base.slice(0, dot), base.slice(dot)],
        ]
      : [[base, '']]
  for (const [stem, extension] of stems) {
    const match = new RegExp(
      `^${escapeText(stem)}(?:[.-]${DATE}|\\.(?<number>\\d{1,4}))${escapeText(extension)}(?<packed>${PACKED})$`,
    ).exec(name)
    if (match?.groups === undefined) continue
    const { date = '', number = '0', packed } = match.groups
    return { path, live: false, number: Number(number), date: date.replace(/\D/g, ''), packed: packed !== '' }
  }
  return undefined
}

/** The names that the log may have of which a file of this name is a rotation; none for what is no rotation by its name. */
export function baseOf(name: string): string[] {
  const match = new RegExp(`^(?<stem>.+?)(?:[.-]${DATE}|\\.\\d{1,4})(?<extension>\\.[^.]*)?${PACKED}$`).exec(name)
  if (match?.groups === undefined) return []
  const { stem, extension = '' } = match.groups
  return extension === '' ? [stem] : [`${stem}${extension}`]
}

/** Oldest first: dated ones by their date, then the numbered ones from the highest down, the log itself last. */
export function byTime(a: Member, b: Member): number {
  if (a.live !== b.live) return a.live ? 1 : -1
  if (a.date !== '' && b.date !== '')
    return a.date < b.date ? -1 : a.date > b.date ? 1 : Number(a.packed) - Number(b.packed)
  if (a.date !== '' || b.date !== '') return a.date !== '' ? -1 : 1
  return b.number - a.number || Number(a.packed) - Number(b.packed)
}

/**
 * Paths of the log's rotated set, oldest first. Nothing is in it twice: neither a file under two names (hard or symbolic
 * link), nor a rotation both plain and packed, as a rotation that broke off leaves it.
 * @throws Problem where the folder cannot be read
 */
export async function rotatedSet(path: string): Promise<string[]> {
  const folder = dirname(path)
  const base = basename(path)
  const names = await readdir(folder).catch((cause: unknown) => {
    throw pathProblem(folder, cause)
  })
  const members = names
    .map(name => memberOf(base, name, name === base ? path : join(folder, name)))
    .filter(member => member !== undefined)
    .sort(byTime)
  const files = new Set<string>()
  const rotations = new Set<string>()
  const paths: string[] = []
  for (const { path: member, live, number, date } of members) {
    // newsyslog counts from .0, which is not the log itself.
    const rotation = live ? '' : `${date}.${number}`
    const info = await stat(member).catch(() => undefined)
    const identity = info === undefined ? member : `${info.dev}:${info.ino}`
    if (rotations.has(rotation) || files.has(identity)) continue
    rotations.add(rotation)
    files.add(identity)
    paths.push(member)
  }
  return paths
}
