/** `vpsguard blocks add | remove | remove-all | verify | cleanup`: what touches the firewall. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isDaemonAlive, openForCommand } from '../app/blocks.ts'
import type { Block } from '../core/decision.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { escapeTerminal } from '../core/text.ts'
import { formatSpan, MINUTE, SECOND } from '../core/time.ts'
import { plural } from '../sinks/reports/words.ts'
import { clearFirewalls } from '../sinks/responders/index.ts'
import { runCommand } from '../sinks/responders/run-command.ts'
import { openStore } from '../store/index.ts'
import { blockJson } from './blocks.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { numberFlag } from './flags.ts'
import { writeStream } from './output.ts'
import { folderInForce, type JsonFlag, localTime, openPage, writeJson, writing } from './remembered.ts'

export interface BlockChangeFlags extends CommonFlags, JsonFlag {
  minutes?: string
  permanent?: boolean
  reason?: string
  yes?: boolean
}

const YEAR_MINUTES = 366 * 24 * 60
const TOLD = 20

/**
 * Blocks by hand, also while the mode is only to observe; --minutes counts up to a year.
 * @throws Problem for what is no address or is protected, and where the firewall or the store refuses: what was
 * blocked before it stays so
 */
export async function blocksAddCommand(
  addresses: readonly string[],
  flags: BlockChangeFlags,
  env: CommandEnvironment,
): Promise<number> {
  const asked = numberFlag('--minutes', flags.minutes, 1, YEAR_MINUTES)
  if (asked !== undefined && flags.permanent === true) {
    throw new Problem(EXIT.usage, '--minutes and --permanent exclude each other', {
      expected: 'one of them, or neither',
    })
  }
  const blocks = await writing(env, flags, async (store, config) => {
    const { enforcer } = await openForCommand(store, config, env)
    const seconds = flags.permanent === true ? null : ((asked ?? config.response.ttl_minutes) * MINUTE) / SECOND
    const reason = flags.reason ?? 'blocked by hand'
    const made: Block[] = []
    for (const prefix of addresses) made.push(await enforcer.add({ prefix, seconds, reason }, env.now()))
    return made
  })
  if (flags.json === true) await writeJson(env, { blocks: blocks.map(blockJson) })
  else
    await writeStream(
      env.stdout,
      [...blocks.map(block => `${saidOf(block, env.now())}\n`), ...withoutDaemon(env)],
      env.signal,
    )
  return EXIT.ok
}

const saidOf = ({ prefix, expires }: Block, now: number): string =>
  `${prefix} is blocked ${expires === null ? 'until you remove it' : `for ${formatSpan(expires - now)}`}.`

function withoutDaemon(env: CommandEnvironment): string[] {
  if (isDaemonAlive(folderInForce(env))) return []
  return ['No daemon is running: the firewall ends it in time by itself, but does not keep it over a restart.\n']
}

/**
 * Ends the active blocks of exactly each address or network, in the ledger and then in the firewall.
 * @throws Problem for what is no address or is not blocked, and where the firewall or the store refuses
 */
export async function blocksRemoveCommand(
  addresses: readonly string[],
  flags: BlockChangeFlags,
  env: CommandEnvironment,
): Promise<number> {
  const ended = await writing(env, flags, async (store, config) => {
    const { enforcer } = await openForCommand(store, config, env)
    const blocks: Block[] = []
    for (const address of addresses) blocks.push(...(await enforcer.remove(address, env.now())))
    return blocks
  })
  if (flags.json === true) await writeJson(env, { removed: ended.map(blockJson) })
  else
    await writeStream(
      env.stdout,
      ended.map(({ prefix }) => `${prefix} is no longer blocked.\n`),
      env.signal,
    )
  return EXIT.ok
}

/**
 * The way out for who is locked out: needs neither daemon nor database nor config. What is ours in every firewall goes
 * first; then the ledger is told, where it can be.
 */
export async function blocksRemoveAllCommand(flags: BlockChangeFlags, env: CommandEnvironment): Promise<number> {
  if (flags.yes !== true) {
    throw new Problem(EXIT.usage, 'this lets everybody in again who is blocked; --yes says that it is meant', {
      hint: 'vpsguard blocks remove-all --yes',
    })
  }
  let results = await clearFirewalls(runCommand)
  const ledger = endInLedger(env)
  // A daemon may have put back in between what the ledger still had.
  if (ledger.ended > 0) results = await clearFirewalls(runCommand)
  const cleared = results.filter(result => result.cleared)
  const failed = results.filter(result => !result.cleared)
  const absent = failed.length > 0 && failed.every(({ reason = '' }) => /not installed/.test(reason))
  if (flags.json === true)
    await writeJson(env, { firewalls: results, blocks_ended: ledger.ended, ledger: ledger.trouble ?? 'ok' })
  else {
    const lines = [
      ...cleared.map(({ id }) => `${id}: nothing of VPSGuard is in it any more.`),
      ...failed.map(({ id, reason }) => `${id}: ${reason ?? 'could not be cleared'}`),
      ...(ledger.trouble === undefined
        ? [`${plural(ledger.ended, 'block')} ended.`]
        : [`The memory could not be told (${ledger.trouble}): a running daemon may block again; stop it first.`]),
      ...(ledger.enforcing ? ['Enforcing goes on with what comes now; vpsguard observe ends that.'] : []),
    ]
    await writeStream(
      env.stdout,
      lines.map(line => `${escapeTerminal(line)}\n`),
      env.signal,
    )
  }
  if (cleared.length > 0 || absent) return EXIT.ok
  return failed.some(({ reason = '' }) => /permit|permission|root/i.test(reason)) ? EXIT.permission : EXIT.internal
}

/** Ends the blocks that the memory has; whatever is wrong with it is said, never thrown. */
function endInLedger(env: CommandEnvironment): { ended: number; enforcing: boolean; trouble?: string } {
  try {
    const folder = folderInForce(env)
    if (!existsSync(join(folder, 'vpsguard.db'))) return { ended: 0, enforcing: false }
    const { store } = openStore(folder, { now: env.now })
    try {
      const ended = store.blocks.exclusively(() => {
        const active = store.blocks.activeBlocks()
        for (const { id } of active) store.blocks.endBlock(id, 'removed', env.now())
        return active.length
      })
      const mode = store.settings.get('response.mode')
      const enforcing = typeof mode === 'object' && mode !== null && 'mode' in mode && mode.mode === 'enforce'
      return { ended, enforcing }
    } finally {
      store.close()
    }
  } catch (error) {
    return { ended: 0, enforcing: false, trouble: error instanceof Error ? error.message : String(error) }
  }
}

/** Exit 1 where firewall and ledger differ. */
export async function blocksVerifyCommand(flags: BlockChangeFlags, env: CommandEnvironment): Promise<number> {
  return await writing(env, flags, async (store, config) => {
    const { enforcer, backend } = await openForCommand(store, config, env)
    const { missing, stray, wrongTime, protected: covered, packets } = await enforcer.verify(env.now())
    const right = missing.length + stray.length + wrongTime.length + covered.length === 0
    const stopped = [...packets.values()].reduce((sum, count) => sum + count, 0)
    if (flags.json === true) {
      await writeJson(env, {
        backend,
        intact: right,
        missing: missing.map(({ prefix }) => prefix),
        stray,
        wrong_time: wrongTime.map(({ prefix }) => prefix),
        protected: covered.map(({ block, why }) => ({ prefix: block.prefix, why })),
        packets: Object.fromEntries(packets),
      })
      return right ? EXIT.ok : EXIT.findings
    }
    const active = store.blocks.activeBlocks().length
    const some = (prefixes: readonly string[]): string =>
      `${prefixes.slice(0, TOLD).join(', ')}${prefixes.length > TOLD ? ` and ${prefixes.length - TOLD} more` : ''}`
    const lines = [
      right
        ? `${backend} holds exactly ${plural(active, 'active block')}.`
        : `${backend} does not hold what the ledger says; vpsguard blocks cleanup sets it right.`,
      ...(missing.length > 0 ? [`Not in the firewall: ${some(missing.map(({ prefix }) => prefix))}`] : []),
      ...(stray.length > 0 ? [`In the firewall, but not decided: ${some(stray)}`] : []),
      ...(wrongTime.length > 0 ? [`With another time: ${some(wrongTime.map(({ prefix }) => prefix))}`] : []),
      ...covered.map(({ block, why }) => `${block.prefix} must not be blocked: ${why}`),
      ...(packets.size > 0 ? [`Stopped so far: ${plural(stopped, 'packet')}.`] : []),
    ]
    await writeStream(
      env.stdout,
      lines.map(line => `${escapeTerminal(line)}\n`),
      env.signal,
    )
    return right ? EXIT.ok : EXIT.findings
  })
}

/**
 * One tick of the enforcer, for where no daemon runs: ends what has run out and makes the firewall equal to the
 * ledger.
 * @throws Problem where the firewall or the store refuses
 */
export async function blocksCleanupCommand(flags: BlockChangeFlags, env: CommandEnvironment): Promise<number> {
  return await writing(env, flags, async (store, config) => {
    const { enforcer } = await openForCommand(store, config, env)
    const report = await enforcer.tick(env.now())
    if (report.error !== undefined) {
      throw new Problem(EXIT.internal, `the firewall could not be set right: ${report.error}`, {
        hint: 'vpsguard doctor says what is missing',
      })
    }
    const { expired, lifted, repaired, strays, undone } = report
    if (flags.json === true) {
      await writeJson(env, {
        expired: expired.map(({ prefix }) => prefix),
        lifted: lifted.map(({ block, why }) => ({ prefix: block.prefix, why })),
        repaired,
        strays,
        undone,
      })
      return EXIT.ok
    }
    const page = openPage(env, flags)
    const lines = [
      ...expired.map(
        ({ prefix, expires }) => `${prefix}: its time was over ${expires === null ? '' : localTime(page, expires)}`,
      ),
      ...lifted.map(({ block, why }) => `${block.prefix} lifted: ${why}`),
      ...repaired.map(prefix => `${prefix} was missing in the firewall: it is back`),
      ...strays.map(prefix => `${prefix} was in the firewall without a decision: it is gone`),
      ...(undone ? ['Enforcement was not confirmed in time: observing again.'] : []),
    ]
    const said = lines.length === 0 ? ['Nothing to set right: the firewall holds what the ledger says.'] : lines
    await writeStream(
      env.stdout,
      said.map(line => `${escapeTerminal(line)}\n`),
      env.signal,
    )
    return EXIT.ok
  })
}
