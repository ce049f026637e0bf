/** Which logs a live run follows, and from where. */
import type { Problem } from '../../core/errors.ts'
import type { ChunkOptions } from '../../parsers/chunk.ts'
import { openFile } from '../../sources/file.ts'
import { followFile } from '../../sources/follow/file.ts'
import type { Follower, FollowPosition } from '../../sources/follower.ts'
import { hostLogs } from '../../sources/host-logs.ts'
import { firstYear } from '../years.ts'
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

export const JOURNAL = 'journalctl'

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

/** Opens what reads a log from a place on. */
export type OpenFollower = (path: string, from: 'start' | 'end' | FollowPosition) => Promise<Follower>

export const openFileFollower: OpenFollower = (path, from) => followFile(path, { from })

export interface InputPlan {
  /** Paths to follow now. */
  wanted: readonly string[]
  saved: SessionSnapshot | undefined
  /** Where a log begins of which nothing is saved. */
  from: 'start' | 'end'
  parsing: ChunkOptions
  year: number | undefined
  now: number
  open: OpenFollower
  /** Followers that are open already, by path: those of stdin and of a session that goes on. */
  kept: ReadonlyMap<string, Follower>
}

/** The inputs of a session: those of the saved one keep their numbers, new ones follow. */
export async function openLiveInputs(plan: InputPlan): Promise<LiveInput[]> {
  const before = plan.saved?.paths ?? []
  const paths = [...before, ...plan.wanted.filter(path => !before.includes(path))]
  const inputs: LiveInput[] = []
  for (const path of paths) {
    const position = plan.saved?.lanes.find(lane => lane.path === path)?.position
    const follower = !plan.wanted.includes(path)
      ? undefined
      : (plan.kept.get(path) ?? (await plan.open(path, position ?? plan.from)))
    inputs.push({ path, follower, year: await yearOf(path, plan) })
  }
  return inputs
}

/** The year of a log's first stamp; of one that cannot be looked into, this year. */
async function yearOf(path: string, { year, from, parsing, now }: InputPlan): Promise<number> {
  const current = new Date(now).getUTCFullYear()
  if (year !== undefined) return year
  if (from === 'end') return current
  try {
    const source = await openFile(path)
    return await firstYear(source, parsing, Math.min(now, source.mtime ?? now))
  } catch {
    // It is absent for now, no file, or may not be read: its follower says so.
    return current
  }
}
