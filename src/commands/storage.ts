/** `vpsguard storage stats | prune | vacuum | clear` and `vpsguard verify`. */
import { isDaemonAlive } from '../app/blocks.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { escapeTerminal } from '../core/text.ts'
import { DAY } from '../core/time.ts'
import { nearest } from '../kit/nearest.ts'
import { table } from '../sinks/reports/terminal/finding.ts'
import { formatNumber, plural } from '../sinks/reports/words.ts'
import { type Clearable, HOARDS, type PruneReport, type Retention, type StoreStats } from '../store/index.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { writeStream } from './output.ts'
import { folderInForce, type JsonFlag, openPage, reading, writeJson, writing } from './remembered.ts'
import { parseMoment } from './times.ts'

export interface StorageFlags extends CommonFlags, JsonFlag {
  yes?: boolean
  before?: string
  head?: string
}

const CLEARABLE: readonly Clearable[] = [...HOARDS, 'checkpoints', 'settings']
const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const
const KEEP_ALL: Retention = {
  findings: Number.POSITIVE_INFINITY,
  notices: Number.POSITIVE_INFINITY,
  blocks: Number.POSITIVE_INFINITY,
  runs: Number.POSITIVE_INFINITY,
  labels: Number.POSITIVE_INFINITY,
}

/** 1536 -> `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  const unit = Math.min(UNITS.length - 1, bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** unit
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

/**
 * `prune` removes what is older than the config keeps; `vacuum` only gets under the size cap and gives room back to
 * the disk; `clear` empties the part that `what` names.
 * @throws Problem for a part that is none, and where the store cannot be read or written
 */
export async function storageCommand(
  verb: 'stats' | 'prune' | 'vacuum' | 'clear',
  what: string | undefined,
  flags: StorageFlags,
  env: CommandEnvironment,
): Promise<number> {
  if (verb === 'clear') return await clear(what ?? '', flags, env)
  if (verb === 'stats') {
    return await reading(env, async store => {
      const stats = store.stats()
      if (flags.json === true) await writeJson(env, stats)
      else await writeStream(env.stdout, tellStats(stats, flags, env), env.signal)
      return EXIT.ok
    })
  }
  await reading(env, () => undefined)
  return await writing(env, flags, async (store, config) => {
    const days = config.storage.retention_days
    const age = days * DAY
    const retention = { findings: age, notices: age, blocks: age, runs: age, labels: age }
    const report = store.prune(verb === 'prune' ? retention : KEEP_ALL)
    if (flags.json === true) await writeJson(env, report)
    else await writeStream(env.stdout, tellPrune(report, verb, days), env.signal)
    return EXIT.ok
  })
}

function* tellStats(
  { path, tables, files, free, cap }: StoreStats,
  flags: StorageFlags,
  env: CommandEnvironment,
): Iterable<string> {
  const page = openPage(env, flags)
  const whole = files.database + files.wal + files.shm
  yield `${escapeTerminal(path)}: ${formatBytes(whole)} of at most ${formatBytes(cap)}, ${formatBytes(free)} of it free\n`
  yield* table(
    ['Table', 'Rows', 'Size'],
    [false, true, true],
    tables.map(({ name, rows, bytes }) => [name, formatNumber(rows), formatBytes(bytes)]),
    page,
    2,
  )
}

function* tellPrune(
  { removed, before, after, notes }: PruneReport,
  verb: 'prune' | 'vacuum',
  days: number,
): Iterable<string> {
  const what = Object.entries(removed).map(([name, count]) => `${formatNumber(count)} of ${name}`)
  if (verb === 'prune')
    yield what.length === 0 ? `Nothing is older than ${days} days.\n` : `Removed: ${what.join(', ')}.\n`
  else if (what.length > 0) yield `Over its size, so the oldest went: ${what.join(', ')}.\n`
  yield `${formatBytes(before)} before, ${formatBytes(after)} after.\n`
  for (const note of notes) yield `${escapeTerminal(note)}\n`
}

async function clear(what: string, flags: StorageFlags, env: CommandEnvironment): Promise<number> {
  const part = CLEARABLE.find(one => one === what)
  if (part === undefined) {
    const close = nearest(what, CLEARABLE)
    throw new Problem(EXIT.usage, `${what}: no such part of the memory`, {
      expected: CLEARABLE.join(', '),
      ...(close === undefined ? {} : { hint: `vpsguard storage clear ${close}` }),
    })
  }
  const before = flags.before === undefined ? undefined : parseMoment('--before', flags.before, env.now())
  if (flags.yes !== true) {
    throw new Problem(EXIT.usage, `what is cleared of ${part} is gone for good; --yes says that it is meant`, {
      hint: `vpsguard storage clear ${part} --yes`,
    })
  }
  if ((part === 'checkpoints' || part === 'settings') && isDaemonAlive(folderInForce(env))) {
    throw new Problem(EXIT.usage, `the daemon is running and would write the ${part} again`, {
      hint: 'stop it first: systemctl stop vpsguard',
    })
  }
  await reading(env, () => undefined)
  return await writing(env, flags, async store => {
    const count = store.clear(part, before)
    if (flags.json === true) await writeJson(env, { cleared: part, rows: count })
    else {
      await writeStream(env.stdout, [
        `${plural(count, 'row')} of ${part} ${count === 1 ? 'is' : 'are'} gone.\n`,
        ...(part === 'blocks' ? ['Active blocks stay: vpsguard blocks remove-all --yes ends them.\n'] : []),
      ])
    }
    return EXIT.ok
  })
}

/** Exit 1 where the chain of findings does not hold. */
export async function verifyCommand(flags: StorageFlags, env: CommandEnvironment): Promise<number> {
  const told = flags.head === undefined ? undefined : readHead(flags.head)
  return await reading(env, async store => {
    const report = store.verify(told)
    if (flags.json === true) {
      const { brokenAt, ...rest } = report
      await writeJson(env, { ...rest, broken_at: brokenAt ?? null })
    } else {
      const { intact, entries, findings, from, head, faults } = report
      const lines = [
        intact
          ? `The chain holds: ${plural(findings, 'finding')}, ${plural(entries, 'entry', 'entries')}${from > 1 ? ` from entry ${from} on (earlier ones were pruned)` : ''}.`
          : `The chain does not hold: what is remembered is not what was recorded.`,
        ...faults.map(
          ({ sequence, finding, what }) =>
            `  entry ${sequence}${finding === undefined ? '' : `, finding ${finding}`}: ${what}`,
        ),
        ...(head.sequence === 0 ? [] : [`Head: ${head.sequence}:${head.hash}`]),
        ...(told === undefined && intact && head.sequence > 0
          ? ['Keep the head elsewhere: vpsguard verify --head HEAD then tells a chain that was written anew as well.']
          : []),
      ]
      await writeStream(
        env.stdout,
        lines.map(line => `${escapeTerminal(line)}\n`),
        env.signal,
      )
    }
    return report.intact ? EXIT.ok : EXIT.findings
  })
}

/** `41:ab12...`, as verify writes it, or the hash alone. @throws Problem (exit 2) */
function readHead(text: string): { sequence?: number; hash: string } {
  const match = /^(?:(\d{1,15}):)?([0-9a-f]{64})$/i.exec(text.trim())
  if (match === null) {
    throw new Problem(EXIT.usage, `--head ${text}: not the head of a chain`, {
      expected: '64 hexadecimal digits, or a number, a colon and these, as vpsguard verify writes them',
    })
  }
  const hash = match[2].toLowerCase()
  return match[1] === undefined ? { hash } : { sequence: Number(match[1]), hash }
}
