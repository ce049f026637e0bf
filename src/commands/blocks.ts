/** `vpsguard blocks list | why | export`: looking at blocks. */
import { isDaemonAlive, listBlocks, modeInForce, openForCommand } from '../app/blocks.ts'
import { loadConfigInForce } from '../app/setup.ts'
import { BLOCK_STATES, type Block, type BlockState } from '../core/decision.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { escapeTerminal } from '../core/text.ts'
import { formatSpan } from '../core/time.ts'
import { nearest } from '../kit/nearest.ts'
import { EXPORT_FORMATS, type ExportFormat, exportBlocks } from '../sinks/policy/export.ts'
import type { ModeState } from '../sinks/policy/mode.ts'
import { type Page, table } from '../sinks/reports/terminal/finding.ts'
import { plural } from '../sinks/reports/words.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { numberFlag } from './flags.ts'
import { writeFileWhole, writeStream } from './output.ts'
import {
  canonicalSource,
  folderInForce,
  type JsonFlag,
  localTime,
  openPage,
  reading,
  stampOf,
  writeJson,
} from './remembered.ts'
import { parseMoment } from './times.ts'

export interface BlocksFlags extends CommonFlags, JsonFlag {
  state?: string
  since?: string
  limit?: string
  format?: string
  output?: string
}

const LISTED = 200
const MOST_LISTED = 1_000_000
const PAST = 10

/**
 * Newest first; without --limit a few on a page and all as JSON. Writes nothing into the store.
 * @throws Problem for flags that say nothing, and where the store cannot be read
 */
export async function blocksListCommand(flags: BlocksFlags, env: CommandEnvironment): Promise<number> {
  const now = env.now()
  const state = stateFlag(flags.state)
  const since = flags.since === undefined ? undefined : parseMoment('--since', flags.since, now)
  const limit = numberFlag('--limit', flags.limit, 1, MOST_LISTED) ?? (flags.json === true ? MOST_LISTED : LISTED)
  const { config } = loadConfigInForce(flags.config, env)
  return await reading(env, async store => {
    const blocks = listBlocks(store, { state, since, limit: limit + 1 }, now)
    const listed = blocks.slice(0, limit)
    const mode = modeInForce(store, config, env.now)
    if (flags.json === true) {
      await writeJson(env, {
        mode: mode.mode,
        confirm_by: stampOf(mode.confirmBy),
        counts: store.blocks.counts(),
        blocks: listed.map(blockJson),
      })
      return EXIT.ok
    }
    const page = openPage(env, flags)
    const alive = isDaemonAlive(folderInForce(env))
    const pieces = [
      `${modeSentence(mode, now)}${alive ? '' : ' No daemon is running.'}\n`,
      ...(listed.length === 0 ? ['No such block is on record.\n'] : blockTable(listed, page, now)),
      ...(blocks.length > limit ? ['There are more: --limit, --since or --json\n'] : []),
    ]
    await writeStream(env.stdout, pieces, env.signal)
    return EXIT.ok
  })
}

/** What the mode means, for people. */
export function modeSentence({ mode, confirmBy }: ModeState, now: number): string {
  if (mode === 'observe') return 'Observing: what would be blocked is written down, and nothing is blocked by itself.'
  if (confirmBy === null) return 'Enforcing: blocks are written to the firewall.'
  return confirmBy > now
    ? `Enforcing for another ${formatSpan(confirmBy - now)}, unless it is confirmed: vpsguard enforce --confirm`
    : 'Enforcement was not confirmed in time: it is undone, or will be as soon as the daemon runs.'
}

function blockTable(blocks: readonly Block[], page: Page, now: number): string[] {
  const until = (block: Block): string => {
    if (block.ended !== null) return `ended ${localTime(page, block.ended).slice(5, 16)}`
    if (block.expires === null) return 'for good'
    return block.expires > now ? `${formatSpan(block.expires - now)} left` : 'over'
  }
  return [
    ...table(
      ['Address', 'State', 'Since', 'Until', 'Finding', 'Why'],
      [false, false, false, false, false, false],
      blocks.map(block => [
        block.prefix,
        block.state === 'observed' ? 'would block' : block.state,
        localTime(page, block.created).slice(5, 16),
        until(block),
        block.finding?.slice(0, page.idLength) ?? block.origin,
        block.reason,
      ]),
      page,
      0,
    ),
  ]
}

/** A block as JSON output has it: moments as ISO 8601, null where it has none. */
export function blockJson(block: Block) {
  const { evidenceUntil, created, expires, ended, ...rest } = block
  return {
    ...rest,
    created: stampOf(created),
    expires: stampOf(expires),
    ended: stampOf(ended),
    evidence_until: stampOf(evidenceUntil),
  }
}

/**
 * Says of an address or network whether it is blocked, what protects it, its earlier blocks and the findings that
 * accuse it. Asks the ledger, not the firewall.
 * @throws Problem for what is no address, and where the store cannot be read
 */
export async function blocksWhyCommand(address: string, flags: BlocksFlags, env: CommandEnvironment): Promise<number> {
  const now = env.now()
  const { config } = loadConfigInForce(flags.config, env)
  return await reading(env, async store => {
    const { enforcer } = await openForCommand(store, config, env, true)
    const why = await enforcer.why(address, now)
    const findings = store.findings
      .list({ source: canonicalSource(address), limit: PAST })
      .map(({ finding }) => finding)
    if (flags.json === true) {
      await writeJson(env, {
        prefix: why.prefix,
        blocked: why.active.length > 0,
        protected_by: why.protectedBy ?? null,
        active: why.active.map(blockJson),
        past: why.past.map(blockJson),
        findings: findings.map(({ id, rule, title, severity }) => ({ id, rule, title, severity })),
      })
      return EXIT.ok
    }
    const page = openPage(env, flags)
    const tell = (block: Block): string =>
      `  ${localTime(page, block.created)}  ${block.prefix} ${block.state}: ${escapeTerminal(block.reason)}${block.finding === undefined ? '' : ` [${escapeTerminal(block.finding.slice(0, page.idLength))}]`}\n`
    const pieces = [
      why.active.length > 0 ? `${why.prefix} is blocked.\n` : `${why.prefix} is not blocked.\n`,
      ...why.active.map(tell),
      ...(why.protectedBy === undefined ? [] : [`It is never blocked: ${escapeTerminal(why.protectedBy)}.\n`]),
      ...(why.past.length === 0 ? [] : [`${plural(why.past.length, 'earlier decision')}:\n`]),
      ...why.past.slice(0, PAST).map(tell),
      ...(findings.length === 0 ? ['No finding accuses it.\n'] : ['Findings that accuse it:\n']),
      ...findings.map(
        ({ id, severity, title }) => `  ${id.slice(0, page.idLength)}  ${severity}: ${escapeTerminal(title)}\n`,
      ),
    ]
    await writeStream(env.stdout, pieces, env.signal)
    return EXIT.ok
  })
}

/**
 * Active blocks, or those of --state, as lines of another program's language; to stdout or, whole or not at all, to
 * --output.
 * @throws Problem for flags that say nothing, and where the store cannot be read or the file not written
 */
export async function blocksExportCommand(flags: BlocksFlags, env: CommandEnvironment): Promise<number> {
  const format = formatFlag(flags.format)
  const state = stateFlag(flags.state)
  return await reading(env, async store => {
    const blocks = listBlocks(store, { state: state ?? 'active', since: undefined, limit: MOST_LISTED }, env.now())
    const lines = [...exportBlocks(blocks, format)].map(line => `${line}\n`)
    if (flags.output === undefined || flags.output === '-') await writeStream(env.stdout, lines, env.signal)
    else writeFileWhole(flags.output, lines)
    if (blocks.length === 0 && flags.quiet !== true)
      env.stderr.write('No block is active; --state observed exports what would be blocked\n')
    return EXIT.ok
  })
}

function formatFlag(text: string | undefined): ExportFormat {
  const format = EXPORT_FORMATS.find(one => one === (text ?? 'nft'))
  if (format !== undefined) return format
  const close = nearest(text ?? '', EXPORT_FORMATS)
  throw new Problem(EXIT.usage, `--format ${text}: no such format`, {
    expected: EXPORT_FORMATS.join(', '),
    ...(close === undefined ? {} : { hint: `--format ${close}` }),
  })
}

function stateFlag(text: string | undefined): BlockState | 'all' | undefined {
  if (text === undefined || text === 'all') return text
  const state = BLOCK_STATES.find(one => one === text)
  if (state !== undefined) return state
  throw new Problem(EXIT.usage, `--state ${text}: no such state`, { expected: [...BLOCK_STATES, 'all'].join(', ') })
}
