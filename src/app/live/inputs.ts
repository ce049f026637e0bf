/** Which logs a live run follows, and from where. */
import type { Problem } from '../../core/errors.ts'
import type { ChunkOptions } from '../../parsers/chunk.ts'
import { openFile } from '../../sources/file.ts'
import { followFile } from '../../sources/follow/file.ts'
import { FollowGlobs } from '../../sources/follow-globs.ts'
import { followJournal } from '../../sources/follow-journal.ts'
import type { Follower, FollowPosition } from '../../sources/follower.ts'
import { hostLogs } from '../../sources/host-logs.ts'
import { firstYear } from '../years.ts'
import type { Lane } from './lane.ts'
import type { LiveInput, SessionSnapshot } from './session.ts'

/** What is to be followed. */
export interface Wanted {
  /** Files, in the order in which they were named or found. */
  paths: readonly string[]
  journal: boolean
  units: readonly string[]
  stdin: boolean
  /** Sentences about the choice. */
  notes: readonly string[]
  /** What there is and may not be read. */
  problems: readonly Problem[]
}

export interface WatchSettings {
  paths: readonly string[]
  journal: 'auto' | 'on' | 'off'
  units: readonly string[]
}

/** This host's own logs where none is named: the journal where there is one, else the files; the web servers' files. */
export async function chooseLogs({ paths, journal, units }: WatchSettings): Promise<Wanted> {
  if (paths.length > 0 || journal === 'on') {
    return {
      paths: paths.filter(path => path !== '-'),
      stdin: paths.includes('-'),
      journal: journal === 'on',
      units,
      notes: [],
      problems: [],
    }
  }
  const own = await hostLogs()
  const useJournal = journal === 'auto' && own.journal !== undefined
  const files = useJournal ? own.web : [...own.system, ...own.web]
  return {
    paths: files,
    journal: useJournal,
    units,
    stdin: false,
    notes: [
      ...(useJournal ? [`following this host's journal (${own.journal})`] : []),
      ...(files.length > 0 ? [`following this host's logs: ${files.join(', ')}`] : []),
    ],
    problems: own.problems,
  }
}

export const STDIN = '-'
const JOURNAL = 'journalctl'
const isPattern = (path: string): boolean => /[*?[{]/.test(path)

/** The logs that are wanted, and what follows them: those that are named, and those that patterns match as time goes on. */
export class WantedLogs {
  readonly #wanted: Wanted
  readonly #from: 'start' | 'end'
  readonly #stdin: () => Follower
  #globs: FollowGlobs | undefined
  /** Followers of what patterns matched, that no session has taken yet. */
  readonly #found = new Map<string, Follower>()
  readonly #matched = new Set<string>()

  constructor(wanted: Wanted, from: 'start' | 'end', stdin: () => Follower) {
    this.#wanted = wanted
    this.#from = from
    this.#stdin = stdin
  }

  /** Paths to follow now. `saved` tells where an earlier session was in what patterns match. */
  async paths(saved: SessionSnapshot | undefined): Promise<string[]> {
    const { paths, stdin, journal } = this.#wanted
    const patterns = paths.filter(isPattern)
    if (this.#globs === undefined && patterns.length > 0) {
      const positions = new Map(saved?.lanes.map(({ path, position }) => [path, position]))
      // After a restart, what is there and was not followed before is new.
      this.#globs = new FollowGlobs(patterns, { first: saved === undefined ? this.#from : 'start', positions })
      await this.look()
    }
    const named = paths.filter(path => !isPattern(path))
    return [...new Set([...(stdin ? [STDIN] : []), ...(journal ? [JOURNAL] : []), ...named, ...this.#matched])]
  }

  /** Looks what the patterns match now; answers whether that has changed. */
  async look(): Promise<boolean> {
    if (this.#globs === undefined) return false
    const { added, dropped } = await this.#globs.look()
    for (const follower of added) {
      this.#found.set(follower.path, follower)
      this.#matched.add(follower.path)
    }
    for (const { path } of dropped) this.#matched.delete(path)
    return added.length + dropped.length > 0
  }

  /** Opens what follows a path, from where it was left. */
  async open(path: string, position: FollowPosition | undefined): Promise<Follower> {
    const from = position ?? this.#from
    if (path === STDIN) return this.#stdin()
    if (path === JOURNAL) return await followJournal({ from, units: this.#wanted.units })
    const found = this.#found.get(path)
    this.#found.delete(path)
    return found ?? (await followFile(path, { from }))
  }
}

export interface InputPlan {
  /** Paths to follow now. */
  wanted: readonly string[]
  saved: SessionSnapshot | undefined
  /** Where logs begin of which nothing is saved. */
  from: 'start' | 'end'
  parsing: ChunkOptions
  year: number | undefined
  now: number
  open: (path: string, position: FollowPosition | undefined) => Promise<Follower>
  /** Lanes of the session before this one that go on as they are: their followers have read on. */
  kept: ReadonlyMap<string, Lane>
}

/** The inputs of a session: those of the saved one keep their numbers, new ones follow. */
export async function openLiveInputs(plan: InputPlan): Promise<LiveInput[]> {
  const { wanted, saved, kept, open } = plan
  const before = saved?.paths ?? []
  const paths = [...before, ...wanted.filter(path => !before.includes(path))]
  const inputs: LiveInput[] = []
  for (const path of paths) {
    const year = await yearOf(path, plan)
    if (!wanted.includes(path)) {
      inputs.push({ path, follower: undefined, year })
      continue
    }
    const lane = kept.get(path)
    const position = saved?.lanes.find(one => one.path === path)?.position
    const follower = lane?.follower ?? (await open(path, position))
    inputs.push({ path, follower, year, ...(lane === undefined ? {} : { parser: lane.parser }) })
  }
  return inputs
}

/** The year of a log's first stamp; of one that cannot be looked into, this year. */
async function yearOf(path: string, { year, from, parsing, now }: InputPlan): Promise<number> {
  if (year !== undefined) return year
  if (from === 'end') return new Date(now).getUTCFullYear()
  try {
    const source = await openFile(path)
    return await firstYear(source, parsing, Math.min(now, source.mtime ?? now))
  } catch {
    // It is no file, is absent for now, or may not be read: its follower says so.
    return new Date(now).getUTCFullYear()
  }
}
