/** The response as commands use it, beside a daemon or without one. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Block, BlockState } from '../core/decision.ts'
import type { Finding } from '../core/finding.ts'
import { resolvePolicy } from '../sinks/policy/config.ts'
import { type Decision, decide } from '../sinks/policy/decide.ts'
import type { KeyLoginSnapshot } from '../sinks/policy/key-logins.ts'
import { viewOf } from '../sinks/policy/ledger-view.ts'
import type { ModeState } from '../sinks/policy/mode.ts'
import { hasOtherDaemon, isStoreTrouble, type Store } from '../store/index.ts'
import { modesIn, openResponse, type Response } from './response.ts'
import type { Config } from './setup.ts'
import { inForce, isSuppressed } from './suppressions.ts'

export interface ResponseWorld {
  environment: Readonly<Record<string, string | undefined>>
  now: () => number
}

/** Findings that a switch to enforcing looks at. */
const MOST = 10_000

/**
 * Opens the response with what the daemon knows of logins by key, which protect their addresses here too. `dry` opens no
 * firewall: for what only looks. @throws Problem where the firewall that is asked for cannot be used
 */
export async function openForCommand(
  store: Store,
  config: Config,
  { environment, now }: ResponseWorld,
  dry = false,
): Promise<Response> {
  const used = dry ? { ...config, response: { ...config.response, backend: 'dry' as const } } : config
  const response = await openResponse({ config: used, ledger: store.blocks, modes: modesIn(store, now), environment })
  response.guards.keyLogins.restore(keyLoginsIn(store))
  return response
}

/** The mode in force: what was switched to, else the config's. */
export function modeInForce(store: Store, config: Config, now: () => number): ModeState {
  return modesIn(store, now).read() ?? { mode: config.response.mode, confirmBy: null }
}

/** The logins by key of the daemon's last checkpoint; none where it cannot be read. */
function keyLoginsIn(store: Store): KeyLoginSnapshot {
  const body = store.checkpoints.load('live')?.body
  if (body === undefined) return []
  try {
    const saved: unknown = JSON.parse(Buffer.from(body).toString())
    const list = typeof saved === 'object' && saved !== null && 'keyLogins' in saved ? saved.keyLogins : []
    if (!Array.isArray(list)) return []
    return list.flatMap((one: unknown) =>
      Array.isArray(one) && typeof one[0] === 'string' && typeof one[1] === 'number' ? [[one[0], one[1]] as const] : [],
    )
  } catch {
    return []
  }
}

/** Whether a daemon works with the folder. */
export function isDaemonAlive(folder: string): boolean {
  if (!existsSync(join(folder, 'daemon.lock'))) return false
  try {
    return hasOtherDaemon(folder)
  } catch (error) {
    if (!isStoreTrouble(error)) throw error
    // Whose lock may not be opened cannot be told from outside; the sign of life in the database says more.
    return false
  }
}

/** Open findings so young that a block for them would still hold, without those that people have called false alarms. */
export function answerable(store: Store, config: Config, now: number): Finding[] {
  const { maxTtl } = resolvePolicy(config.response)
  const suppressions = inForce(store, now)
  const wrong = new Set(store.labels.list({ verdict: 'fp', limit: MOST }).map(label => label.finding))
  return store.findings
    .list({ since: now - maxTtl, status: 'open', limit: MOST })
    .map(({ finding }) => finding)
    .filter(finding => !wrong.has(finding.id) && !isSuppressed(finding, suppressions))
}

/** What enforcing would block at this moment, and what it would leave alone and why. Writes nothing. */
export async function previewBlocks(
  { store, config, response }: { store: Store; config: Config; response: Response },
  now: number,
): Promise<{ blocks: Decision[]; refused: Decision[] }> {
  const policy = resolvePolicy(config.response)
  const protection = await response.guards.protection(now)
  const ledger = viewOf(store.blocks, policy)
  const decisions = answerable(store, config, now).flatMap(finding =>
    decide({ finding, now, mode: 'enforce', policy, ledger, protection }),
  )
  const once = (list: readonly Decision[]): Decision[] => [
    ...new Map(list.map(decision => [decision.prefix, decision])).values(),
  ]
  return {
    blocks: once(decisions.filter(({ action }) => action === 'block' || action === 'permanent')),
    refused: once(decisions.filter(({ refused }) => refused !== undefined)),
  }
}

/** Blocks as lists show them: those that hold where no state is asked for. */
export function listBlocks(
  store: Store,
  { state, since, limit }: { state: BlockState | 'all' | undefined; since: number | undefined; limit: number },
  now: number,
): Block[] {
  const period = since === undefined ? {} : { since }
  if (state === 'all') return store.blocks.blocks({ ...period, limit })
  if (state !== undefined) return store.blocks.blocks({ ...period, state, limit })
  const current = [
    ...store.blocks.blocks({ ...period, state: 'active', limit }),
    ...store.blocks.blocks({ ...period, state: 'observed', limit }),
  ]
  return current.filter(({ expires }) => expires === null || expires > now).sort((a, b) => b.created - a.created)
}
