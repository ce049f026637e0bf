/** How the daemon does, from its lock, its last sign of life and what it has recorded. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../core/errors.ts'
import type { Severity } from '../core/finding.ts'
import { DAY } from '../core/time.ts'
import type { ModeState } from '../sinks/policy/mode.ts'
import { hasMemory, openStore, type Store } from '../store/index.ts'
import { isDaemonAlive } from './blocks.ts'
import { modesIn } from './response.ts'

export interface Status {
  running: boolean
  folder: string
  pid: number | undefined
  /** Milliseconds; undefined where it never ran. */
  started: number | undefined
  lastSign: number | undefined
  lastCheckpoint: number | undefined
  mode: ModeState | undefined
  backend: string | undefined
  logs: string[]
  events: number | undefined
  caughtUp: boolean | undefined
  learning: boolean | undefined
  /** Sentences. */
  trouble: string[]
  blocks: { active: number; observed: number } | undefined
  /** Of the last day. */
  findings: Record<Severity, number> | undefined
  maintenanceUntil: number | undefined
}

const MOST = 10_000

/**
 * What is wrong with the memory is trouble that it tells.
 * @throws Problem (exit 5) where this user may not look into the folder: then it cannot say whether anything runs
 */
export function readStatus(folder: string, now: () => number): Status {
  const status: Status = {
    running: isDaemonAlive(folder),
    folder,
    pid: undefined,
    started: undefined,
    lastSign: undefined,
    lastCheckpoint: undefined,
    mode: undefined,
    backend: undefined,
    logs: [],
    events: undefined,
    caughtUp: undefined,
    learning: undefined,
    trouble: [],
    blocks: undefined,
    findings: undefined,
    maintenanceUntil: undefined,
  }
  if (status.running) status.pid = daemonPid(folder)
  if (!hasMemory(folder)) return status
  try {
    const { store } = openStore(folder, { readOnly: true, now })
    try {
      readMemory(store, status, now())
    } finally {
      store.close()
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    status.trouble.push(`the memory cannot be read: ${error.message}`)
  }
  return status
}

function readMemory(store: Store, status: Status, now: number): void {
  status.mode = modesIn(store, () => now).read()
  status.blocks = { active: store.blocks.activeBlocks().length, observed: store.blocks.counts().observed }
  const findings: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
  for (const { finding } of store.findings.list({ since: now - DAY, status: 'open', limit: MOST }))
    findings[finding.severity]++
  status.findings = findings
  status.lastCheckpoint = store.checkpoints.load('live')?.at
  const windows = store.maintenance.at(now)
  if (windows.length > 0) status.maintenanceUntil = Math.max(...windows.map(({ end }) => end))
  const beat = store.status.last()
  if (beat === undefined) return
  status.started = beat.started
  status.lastSign = beat.at
  const body: unknown = beat.body
  if (typeof body !== 'object' || body === null) return
  const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter(one => typeof one === 'string') : [])
  const { mode, backend, logs, events, caught_up, learning, trouble } = body as Readonly<Record<string, unknown>>
  if (mode === 'observe' || mode === 'enforce') status.mode ??= { mode, confirmBy: null }
  if (typeof backend === 'string') status.backend = backend
  if (typeof events === 'number') status.events = events
  if (typeof caught_up === 'boolean') status.caughtUp = caught_up
  if (typeof learning === 'boolean') status.learning = learning
  status.logs = texts(logs)
  // What troubled a daemon that has ended says nothing of now.
  if (status.running) status.trouble.push(...texts(trouble))
}

/** The running daemon's process; undefined where its file cannot be read. */
export function daemonPid(folder: string): number | undefined {
  try {
    const text = readFileSync(join(folder, 'daemon.pid'), 'utf8').trim()
    const pid = /^\d{1,10}$/.test(text) ? Number(text) : 0
    return pid > 1 ? pid : undefined
  } catch {
    return undefined
  }
}
