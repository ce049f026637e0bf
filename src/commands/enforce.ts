/** `vpsguard enforce` and `vpsguard observe`: from saying to doing, and back. */
import { setTimeout as delay } from 'node:timers/promises'
import { answerable, isDaemonAlive, modeInForce, openForCommand, previewBlocks } from '../app/blocks.ts'
import type { Response } from '../app/response.ts'
import type { Config } from '../app/setup.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { escapeTerminal } from '../core/text.ts'
import { formatSpan, SECOND } from '../core/time.ts'
import type { Decision } from '../sinks/policy/decide.ts'
import { plural } from '../sinks/reports/words.ts'
import type { Store } from '../store/index.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { folderInForce, type JsonFlag, stampOf, writeJson, writing } from './remembered.ts'

export interface EnforceFlags extends CommonFlags, JsonFlag {
  confirm?: boolean
  observe?: boolean
  dryRun?: boolean
}

/** Told by name; the rest is counted. */
const TOLD = 10
/** How often a wait without a daemon looks whether somebody has confirmed. */
const LOOK = SECOND / 2

interface Parts {
  store: Store
  config: Config
  response: Response
}

/**
 * Begins to enforce, confirms that it may go on, or (--observe) ends it; the mode stands in the store, where the
 * daemon sees it.
 * @throws Problem where the firewall cannot be used: then nothing has been switched
 */
export async function enforceCommand(flags: EnforceFlags, env: CommandEnvironment): Promise<number> {
  if (flags.confirm === true && flags.observe === true) {
    throw new Problem(EXIT.usage, '--confirm and --observe exclude each other', { expected: 'one of them, or neither' })
  }
  if (flags.observe === true) return await observeCommand(flags, env)
  return await writing(env, flags, async (store, config) => {
    // Nothing is switched before it is known that the firewall can be used: this throws where it cannot.
    const response = await openForCommand(store, config, env)
    const parts = { store, config, response }
    return flags.confirm === true ? await confirm(parts, flags, env) : await begin(parts, flags, env)
  })
}

async function confirm({ response }: Parts, flags: EnforceFlags, env: CommandEnvironment): Promise<number> {
  await response.enforcer.confirm(env.now())
  const alive = isDaemonAlive(folderInForce(env))
  if (flags.json === true) await writeJson(env, { mode: 'enforce', confirm_by: null, daemon: alive })
  else {
    env.stdout.write(`Confirmed: blocks are written to ${response.backend} from now on. vpsguard observe goes back.\n`)
    if (!alive) env.stdout.write('No daemon is running: nothing more is blocked until vpsguard watch runs.\n')
  }
  return EXIT.ok
}

async function begin(parts: Parts, flags: EnforceFlags, env: CommandEnvironment): Promise<number> {
  const { store, config, response } = parts
  const before = modeInForce(store, config, env.now)
  const now = env.now()
  const alive = isDaemonAlive(folderInForce(env))
  const { blocks, refused } = await previewBlocks(parts, now)
  const isOn = before.mode === 'enforce' && before.confirmBy === null
  const seconds = config.response.confirm_seconds
  const switches = !isOn && flags.dryRun !== true
  const confirmBy = switches ? now + seconds * SECOND : before.confirmBy
  if (flags.json !== true) {
    for (const line of preview(response.backend, blocks, refused)) env.stdout.write(`${escapeTerminal(line)}\n`)
  }
  if (switches) {
    await response.enforcer.setMode('enforce', now, confirmBy)
    const outcomes = await response.enforcer.answer(answerable(store, config, now), now)
    const failed = outcomes.find(({ state }) => state === 'failed')
    if (failed !== undefined) {
      await response.enforcer.setMode('observe', env.now())
      throw new Problem(
        EXIT.internal,
        `the firewall refused a block, so it only observes again: ${failed.error ?? ''}`,
        {
          hint: 'vpsguard doctor says what is missing',
        },
      )
    }
  }
  if (flags.json === true) {
    await writeJson(env, {
      mode: switches ? 'enforce' : before.mode,
      confirm_by: stampOf(confirmBy),
      backend: response.backend,
      daemon: alive,
      would_block: blocks.map(({ prefix, seconds: length, reason, rule }) => ({
        prefix,
        seconds: length,
        reason,
        rule,
      })),
      protected: refused.map(({ prefix, refused: why }) => ({ prefix, why })),
    })
  } else if (isOn) env.stdout.write('It is enforcing already, and confirmed.\n')
  else if (flags.dryRun === true) env.stdout.write('Nothing was switched (--dry-run).\n')
  else env.stdout.write(howToConfirm(seconds, alive))
  if (!switches || alive || confirmBy === null) return EXIT.ok
  return await waitWithoutDaemon(parts, confirmBy, flags, env)
}

function* preview(backend: string, blocks: readonly Decision[], refused: readonly Decision[]): Iterable<string> {
  yield `Firewall: ${backend}${backend === 'dry' ? ' ([response] backend = "dry": nothing reaches the kernel)' : ''}`
  yield 'Never blocked: the whitelist, who is logged in by SSH or lately logged in by key, this host, its gateways and name servers, known CDNs.'
  for (const { prefix, refused: why } of refused.slice(0, TOLD)) yield `  left alone: ${prefix}: ${why ?? ''}`
  if (refused.length > TOLD) yield `  and ${refused.length - TOLD} more are left alone`
  yield blocks.length === 0
    ? 'Blocked at once: nobody; what comes from now on is.'
    : `Blocked at once: ${plural(blocks.length, 'address', 'addresses')} or networks.`
  for (const { prefix, seconds, reason } of blocks.slice(0, TOLD))
    yield `  ${prefix} ${seconds === null ? 'for good' : `for ${formatSpan(seconds * SECOND)}`}: ${reason}`
  if (blocks.length > TOLD) yield `  and ${blocks.length - TOLD} more`
}

function howToConfirm(seconds: number, alive: boolean): string {
  const lines = [
    `Enforcing for ${seconds} seconds. Open a second connection to this host; where that works, confirm in time:`,
    '  vpsguard enforce --confirm',
    'Without it everything is undone, and it only observes again.',
    ...(alive
      ? []
      : [
          'No daemon is running: this command waits and undoes it itself. The blocks in the kernel end with the time too.',
        ]),
  ]
  return `${lines.join('\n')}\n`
}

/** What the daemon would do: undo at the deadline unless another process confirms. Ctrl-C undoes at once. */
async function waitWithoutDaemon(
  { store, config, response }: Parts,
  confirmBy: number,
  flags: EnforceFlags,
  env: CommandEnvironment,
): Promise<number> {
  const say = (text: string): void => {
    if (flags.json !== true) env.stdout.write(`${text}\n`)
  }
  while (!env.signal.aborted && env.now() < confirmBy) {
    await delay(Math.min(LOOK, confirmBy - env.now()), undefined, { signal: env.signal }).catch(() => undefined)
    const { mode, confirmBy: left } = modeInForce(store, config, env.now)
    if (mode === 'observe') return EXIT.ok
    if (left === null) {
      say('Confirmed. No daemon is running: nothing more is blocked until vpsguard watch runs.')
      return EXIT.ok
    }
  }
  await response.enforcer.setMode('observe', env.now())
  say('Not confirmed: all blocks are gone, and it only observes again.')
  return env.signal.aborted ? EXIT.interrupted : EXIT.ok
}

/** Works without a firewall too: what is in the ledger ends, and the kernel's own times do the rest. */
export async function observeCommand(flags: EnforceFlags, env: CommandEnvironment): Promise<number> {
  return await writing(env, flags, async (store, config) => {
    const before = modeInForce(store, config, env.now)
    const active = store.blocks.activeBlocks().filter(({ origin }) => origin !== 'manual').length
    const { response, trouble } = await openOrDry(store, config, env)
    await response.enforcer.setMode('observe', env.now())
    const strays = trouble === undefined ? (await response.enforcer.verify(env.now())).stray.length : 0
    if (flags.json === true) {
      await writeJson(env, { mode: 'observe', before: before.mode, ended: active, firewall: trouble ?? 'ok' })
    } else {
      env.stdout.write(
        before.mode === 'observe'
          ? 'It is observing: what would be blocked is written down, and nothing is blocked by itself.\n'
          : `Observing again: ${plural(active, 'block')} ended. What would be blocked is written down.\n`,
      )
    }
    if (trouble !== undefined && (active > 0 || before.mode === 'enforce')) {
      env.stderr.write(`${escapeTerminal(`vpsguard: the firewall could not be asked: ${trouble}`)}\n`)
      env.stderr.write('  try: vpsguard blocks remove-all --yes, as root\n')
      return EXIT.permission
    }
    if (strays > 0) {
      throw new Problem(EXIT.internal, `the firewall still holds ${plural(strays, 'entry', 'entries')}`, {
        hint: 'vpsguard blocks remove-all --yes',
      })
    }
    return EXIT.ok
  })
}

async function openOrDry(
  store: Store,
  config: Config,
  env: CommandEnvironment,
): Promise<{ response: Response; trouble?: string }> {
  try {
    return { response: await openForCommand(store, config, env) }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return {
      response: await openForCommand(store, config, env, true),
      trouble: `${error.message}${error.where === undefined ? '' : ` (${error.where})`}`,
    }
  }
}
