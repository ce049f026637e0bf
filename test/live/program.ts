/** The daemon as its user meets it: a process with a state folder, what it says, what it remembers. */
import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { Block } from '../../src/core/decision.ts'
import { Problem } from '../../src/core/errors.ts'
import type { Finding } from '../../src/core/finding.ts'
import { openStore, type Store } from '../../src/store/index.ts'
import { type Child, start, type Workspace } from '../support/cli.ts'
import { until } from '../support/until.ts'

/** One line of the daemon's own log. */
export interface Said {
  level: number
  msg: string
  [key: string]: unknown
}

export interface Status {
  events: number
  caught_up: boolean
  learning: boolean
  trouble: string[]
  logs: string[]
  mode: string
  backend: string
}

const running = new Set<LiveProgram>()
afterEach(async () => {
  for (const program of running) await program.stop('SIGKILL')
})

/** Looks into a state folder; undefined while there is nothing to look into, or it is being made. */
export function look<T>(folder: string, work: (store: Store) => T): T | undefined {
  if (!existsSync(join(folder, 'vpsguard.db'))) return undefined
  let store: Store | undefined
  try {
    store = openStore(folder, { now: Date.now, readOnly: true }).store
    return work(store)
  } catch (error) {
    // Its tables are being made just now, or somebody holds it.
    if (!(error instanceof Problem || String(error).includes('no such table'))) throw error
    return undefined
  } finally {
    store?.close()
  }
}

export interface LiveOptions {
  env?: Record<string, string>
  /** The user that it runs as; only root may choose. */
  uid?: number
  /** A program and its arguments that start it: `unshare -m` ... */
  within?: readonly string[]
}

export class LiveProgram {
  readonly #child: Child
  readonly #ended: Promise<number | null>
  readonly folder: string
  stdout = ''
  stderr = ''

  /** Follows logs with `vpsguard watch ...` in a workspace. */
  constructor(place: Workspace, args: readonly string[], { env = {}, uid, within }: LiveOptions = {}) {
    this.folder = env.VPSGUARD_STATE ?? join(place.path, '.state')
    const options = { cwd: place.path, env, ...(uid === undefined ? {} : { uid }) }
    this.#child = start(['watch', ...args], options, within)
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
    })
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.#ended = new Promise(done => this.#child.once('close', done))
    running.add(this)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get stdin(): Child['stdin'] {
    return this.#child.stdin
  }

  /** What it has said so far. */
  get log(): Said[] {
    const lines = this.stderr.split('\n').slice(0, -1)
    return lines.filter(line => line.startsWith('{')).map(line => JSON.parse(line) as Said)
  }

  /** Waits until it says something. */
  said(pattern: RegExp): Promise<Said> {
    return until(() => this.log.find(({ msg }) => pattern.test(msg ?? '')))
  }

  /** Its last sign of life. */
  get status(): Status | undefined {
    return look(this.folder, store => store.status.last())?.body as Status | undefined
  }

  /** Waits until it has read everything and counted this many events at least. */
  async read(events: number): Promise<void> {
    await until(() => {
      const { status } = this
      return status?.caught_up === true && status.events >= events ? true : undefined
    })
  }

  /** Waits until what stood in the logs at its first start is learnt. */
  async live(): Promise<void> {
    await until(() => (this.status?.learning === false ? true : undefined))
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves with its exit code. */
  async ended(): Promise<number | null> {
    const code = await this.#ended
    running.delete(this)
    return code
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.signal(signal)
    return this.ended()
  }
}

/** What is on record and stands, by id. */
export function findingsIn(folder: string): Finding[] {
  const list = look(folder, store => store.findings.list({ status: 'open', limit: 100_000 })) ?? []
  return list.map(({ finding }) => finding).sort((a, b) => (a.id < b.id ? -1 : 1))
}

export const blocksIn = (folder: string): Block[] => look(folder, store => store.blocks.blocks()) ?? []

/** Waits for a finding of a rule about a source. */
export function findingOf(folder: string, rule: string, source: string): Promise<Finding> {
  return until(() => findingsIn(folder).find(one => one.rule === rule && one.sources.includes(source)))
}

/** What must not depend on when a log was read. What is recommended may: the daemon knows its host. */
export function essence({ recommendations, ...rest }: Finding): Omit<Finding, 'recommendations'> {
  return rest
}

/**
 * A conclusion without its id and evidence: a daemon keeps the id under which it first told a story whose bounds moved
 * later, so that people hear of one story.
 */
export function storyOf({ rule, title, severity, count, sources, first_seen, last_seen }: Finding) {
  return { rule, title, severity, count, sources: [...sources].sort(), first_seen, last_seen }
}

const SYSLOG = new Intl.DateTimeFormat('en-US', { month: 'short', timeZone: 'UTC' })
const two = (number: number): string => String(number).padStart(2, '0')

/** A moment as syslog writes it, in UTC. */
export function stampOf(moment: number): string {
  const date = new Date(moment)
  const day = String(date.getUTCDate()).padStart(2, ' ')
  return `${SYSLOG.format(date)} ${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
}

/** Guesses of one source, a second apart, the last of them at `end`. */
export function guesses(source: string, count: number, { end = Date.now(), user = 'root', pid = 4000 } = {}): string {
  return Array.from({ length: count }, (_, i) => {
    const stamp = stampOf(end - (count - 1 - i) * 1000)
    return `${stamp} web-1 sshd[${pid + i}]: Failed password for ${user} from ${source} port ${40000 + i} ssh2\n`
  }).join('')
}

/** Appends as a log's writer does. */
export const append = (path: string, text: string): void => appendFileSync(path, text)
