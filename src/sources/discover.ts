/** From what a person names (files, folders, globs, stdin) to inputs, with a Problem for each thing that is none. */
import { glob, readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EXIT, hasCode, Problem } from '../core/errors.ts'
import { kindOf } from '../kit/whole-file.ts'
import { openCompressed, packingOf } from './compressed.ts'
import { openFile } from './file.ts'
import { emptyFile, notAFile, pathProblem } from './problems.ts'
import { rotatedSet } from './rotated.ts'
import type { Source } from './source.ts'
import { openStdin } from './stdin.ts'

export interface DiscoverOptions {
  /** Take each file's rotated set with it. */
  rotated?: boolean
  /** What `-` reads; absent: the process's stdin. */
  stdin?: AsyncIterable<Uint8Array>
  /** Ends the wait for stdin's first bytes. */
  signal?: AbortSignal | undefined
}

export interface Discovery {
  sources: Source[]
  /** One for each named thing that is no input; the others are still read. */
  problems: Problem[]
}

const GLOB = /[*?[{]/
const DEEPEST = 4
/** Files of log folders that are no text. */
export const NO_TEXT = /^(?:wtmp|btmp|lastlog|faillog|utmp)(?:$|[.-])|\.(?:journal~?|pid|lock|db|sqlite|tar|tgz|zip)$/
const NO_TEXT_FOLDERS = new Set(['journal', 'sa', 'sysstat'])

/** Opens a log file, packed or not. @throws Problem */
export async function openSource(path: string): Promise<Source> {
  const packing = await packingOf(path)
  return packing === undefined ? await openFile(path) : await openCompressed(path, packing)
}

/** Expands the inputs, in the order given; nothing is taken twice. What is wrong is in `problems`. @throws DOMException AbortError when the signal fires */
export async function discover(inputs: readonly string[], options: DiscoverOptions = {}): Promise<Discovery> {
  const found: Discovery = { sources: [], problems: [] }
  const seen = new Set<string>()
  for (const input of inputs) {
    try {
      if (input === '') {
        throw new Problem(EXIT.input, 'an empty path is named: ""', {
          expected: 'a log file, a folder of logs, or - for stdin',
          hint: 'is a variable of the script empty?',
        })
      }
      if (input === '-') {
        if (!seen.has('-')) found.sources.push(await openStdin(options.stdin, options.signal))
        seen.add('-')
      } else for (const place of await expand(input)) await take(place, options, seen, found)
    } catch (cause) {
      options.signal?.throwIfAborted()
      found.problems.push(pathProblem(input, cause))
    }
  }
  return found
}

interface Place {
  path: string
  /** Named by itself: an empty file is then worth a word. */
  named: boolean
}

/** The files that an input names. */
async function expand(input: string): Promise<Place[]> {
  const info = await stat(input).catch((cause: unknown) => {
    if (GLOB.test(input)) return undefined
    throw pathProblem(input, cause)
  })
  if (info?.isDirectory() === true) return await filesOf(input)
  if (info !== undefined) return [{ path: input, named: true }]
  const matches: string[] = []
  for await (const match of glob(input)) matches.push(match)
  if (matches.length === 0) await refuseClosed(input)
  if (matches.length === 0)
    throw new Problem(EXIT.input, `nothing matches ${input}`, { where: input, hint: 'try the pattern with ls' })
  const places: Place[] = []
  for (const match of matches.sort()) {
    const kind = await stat(match).catch(() => undefined)
    if (kind?.isDirectory() !== true) places.push({ path: match, named: false })
  }
  return places
}

/** A glob does not tell that it could not look into its folder. @throws Problem where it could not */
async function refuseClosed(pattern: string): Promise<void> {
  const folder = dirname(`${pattern.slice(0, pattern.search(GLOB))}x`)
  await readdir(folder).catch((cause: unknown) => {
    if (hasCode(cause, 'EACCES', 'EPERM')) throw pathProblem(folder, cause)
  })
}

/** Files that the kernel makes up as they are read: their size is a fiction, and none is a log that stands still. */
const KERNEL_FILE = /^\/(?:proc|sys)\//

/** The log files below a folder. Folders behind symbolic links are left out, so a loop of links has no end to miss. */
async function filesOf(folder: string): Promise<Place[]> {
  const places: Place[] = []
  const walk = async (path: string, depth: number): Promise<void> => {
    const entries = await readdir(path, { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const child = join(path, entry.name)
      if (entry.name.startsWith('.') || NO_TEXT.test(entry.name)) continue
      if (entry.isDirectory()) {
        if (depth < DEEPEST && !NO_TEXT_FOLDERS.has(entry.name)) await walk(child, depth + 1).catch(() => undefined)
      } else if (entry.isFile()) places.push({ path: child, named: false })
    }
  }
  await walk(folder, 1).catch((cause: unknown) => {
    throw pathProblem(folder, cause)
  })
  if (places.length === 0) {
    throw new Problem(EXIT.input, `${folder} is a folder without log files`, {
      where: folder,
      expected: 'a log file, or a folder that has some',
    })
  }
  return places
}

async function take(
  { path, named }: Place,
  options: DiscoverOptions,
  seen: Set<string>,
  found: Discovery,
): Promise<void> {
  const paths = options.rotated === true ? await rotatedSet(path) : [path]
  for (const member of paths.length === 0 ? [path] : paths) {
    try {
      const info = await stat(member)
      if (!info.isFile()) throw notAFile(member, kindOf(info))
      if (KERNEL_FILE.test(await realpath(member))) throw notAFile(member, 'a file of the kernel')
      const identity = `${info.dev}:${info.ino}`
      if (seen.has(identity)) continue
      seen.add(identity)
      if (info.size > 0) found.sources.push(await openSource(member))
      else if (named && paths.length < 2) found.problems.push(emptyFile(member))
    } catch (cause) {
      found.problems.push(pathProblem(member, cause))
    }
  }
}
