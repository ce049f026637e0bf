/** The parts that answer attacks, put together from the config: for the daemon, and for the commands about blocks. */
import type { BlockLedger } from '../core/decision.ts'
import { entriesIn } from '../intel/lists.ts'
import { type ResponseConfig, resolvePolicy } from '../sinks/policy/config.ts'
import { Enforcer } from '../sinks/policy/enforcer.ts'
import { HostGuards } from '../sinks/policy/host-guards.ts'
import type { ModeState, ModeStore } from '../sinks/policy/mode.ts'
import { openResponder } from '../sinks/responders/index.ts'
import { runCommand } from '../sinks/responders/run-command.ts'
import type { Store } from '../store/index.ts'
import type { Config } from './setup.ts'

const MODE_KEY = 'response.mode'

/** The mode in the store's settings, where the daemon and the commands both see it. */
export function modesIn(store: Store, now: () => number): ModeStore {
  return {
    read() {
      const saved = store.settings.get(MODE_KEY)
      if (saved === null || typeof saved !== 'object' || !('mode' in saved)) return undefined
      const { mode, confirmBy } = saved
      if (mode !== 'observe' && mode !== 'enforce') return undefined
      return { mode, confirmBy: typeof confirmBy === 'number' ? confirmBy : null }
    },
    write({ mode, confirmBy }: ModeState) {
      store.settings.set(MODE_KEY, { mode, confirmBy }, now())
    },
  }
}

export interface Response {
  enforcer: Enforcer
  guards: HostGuards
  /** The firewall that blocks are written to. */
  backend: string
}

export interface ResponseParts {
  config: Config
  ledger: BlockLedger
  modes: ModeStore
  environment: Readonly<Record<string, string | undefined>>
}

/** @throws Problem where no firewall can be used and the config asks for one */
export async function openResponse({ config, ledger, modes, environment }: ResponseParts): Promise<Response> {
  const response: ResponseConfig = config.response
  const guards = new HostGuards({
    config: response,
    whitelist: [...config.whitelist.ips, ...[...entriesIn(config.whitelist.files)].map(({ text }) => text)],
    trustedProxies: config.web.trusted_proxies,
    sshConnection: environment.SSH_CONNECTION,
  })
  const responder = await openResponder(response.backend, runCommand)
  const enforcer = new Enforcer({
    ledger,
    responder,
    protection: now => guards.protection(now),
    standing: () => guards.standing(),
    policy: resolvePolicy(response),
    modes,
    defaultMode: response.mode,
  })
  return { enforcer, guards, backend: responder.id }
}
