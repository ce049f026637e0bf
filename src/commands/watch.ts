/** `vpsguard watch`: the daemon. */
import { Daemon } from '../app/live/daemon.ts'
import { openDaemonLog } from '../app/live/daemon-log.ts'
import { figuresOf } from '../app/live/figures.ts'
import type { Change } from '../app/live/judge.ts'
import { Memory } from '../app/live/memory.ts'
import type { Metrics } from '../app/live/metrics.ts'
import { type LiveFlags, type LiveWorld, prepareLive } from '../app/live/setup.ts'
import { ServiceManager } from '../app/live/systemd.ts'
import { type Config, loadConfigInForce } from '../app/setup.ts'
import { stateFolder } from '../app/state-folder.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { type Severity, severityRank } from '../core/finding.ts'
import { isTimeZone } from '../kit/options.ts'
import { followStdin } from '../sources/follow-stdin.ts'
import { lockDaemon } from '../store/index.ts'
import { readBudget } from './budget.ts'
import { type CommandEnvironment, type CommonFlags, whose } from './command.ts'
import { useColor } from './context.ts'
import { numberFlag } from './flags.ts'
import { changeLine } from './live-line.ts'
import { durationFlag } from './times.ts'
import { VERSION } from './version.ts'

export interface WatchFlags extends CommonFlags {
  once?: boolean
  interval?: string
  from?: string
  json?: boolean
  logFormat?: string
  inputFormat?: string
  journal?: boolean
  unit?: string[]
  year?: string
  timezone?: string
  rulesOnly?: boolean
  budget?: string
  model?: string
  seed?: string
  geoip?: string[]
  metrics?: string | boolean
  failOn?: Severity
}

/**
 * Runs the daemon until a signal ends it, all streams have ended or (--once) the logs are read; SIGHUP reads the
 * config anew. Answers 0, or EXIT.findings where a finding reached --fail-on.
 * @throws Problem where flags, config or logs cannot be used, where there is no folder for its state, or where
 * another daemon holds it
 */
export async function watchCommand(logs: string[], flags: WatchFlags, env: CommandEnvironment): Promise<number> {
  const live = readFlags(logs, flags)
  const interval = flags.interval === undefined ? undefined : durationFlag('--interval', flags.interval)
  const { config } = loadConfigInForce(flags.config, env)
  const folder = stateFolder(whose(env))
  if (folder === undefined) {
    throw new Problem(EXIT.input, 'there is no place for what watch must remember', {
      hint: 'set VPSGUARD_STATE to a folder',
    })
  }
  const log = openDaemonLog(env.stderr, logFormat(flags, env), flags.quiet === true)
  const megabyte = 1024 * 1024
  const memory = new Memory({ folder, now: env.now, cap: config.storage.max_megabytes * megabyte, log })
  const lock = lockDaemon(folder)
  const worst = { severity: undefined as Severity | undefined }
  try {
    const metrics = await openMetrics(config, flags, memory, env)
    const world: LiveWorld = {
      folder,
      memory,
      log,
      manager: new ServiceManager(env.environment),
      metrics,
      environment: env.environment,
      now: env.now,
      steady: () => performance.now(),
      uid: whose(env).uid,
      started: env.now(),
      stdin: () => followStdin(),
    }
    const setup = await prepareLive(config, live, world)
    const daemon = await Daemon.open(setup, {
      onChanges: changes => tell(changes, flags, env, worst),
      reload: () => prepareLive(loadConfigInForce(flags.config, env).config, live, world),
    })
    const reload = (): void => daemon.requestReload()
    process.on('SIGHUP', reload)
    try {
      if (flags.once === true) await daemon.runOnce(env.signal)
      else await daemon.run(env.signal, interval)
    } finally {
      process.off('SIGHUP', reload)
      await daemon.close()
    }
  } finally {
    lock.release()
  }
  return flags.failOn !== undefined && reaches(worst.severity, flags.failOn) ? EXIT.findings : EXIT.ok
}

/** @throws Problem (exit 2) for a flag that does not hold */
function readFlags(logs: string[], flags: WatchFlags): LiveFlags {
  if (flags.once === true && flags.interval !== undefined) {
    throw new Problem(EXIT.usage, '--once and --interval exclude each other', { expected: 'one of them, or neither' })
  }
  if (flags.from !== undefined && flags.from !== 'start' && flags.from !== 'end') {
    throw new Problem(EXIT.usage, `--from ${flags.from}: no such place`, { expected: 'start or end' })
  }
  if (flags.timezone !== undefined && flags.timezone !== 'local' && !isTimeZone(flags.timezone)) {
    throw new Problem(EXIT.usage, `--timezone ${flags.timezone}: no such time zone`, {
      expected: 'local, UTC, or a name such as Europe/Paris',
    })
  }
  if (flags.budget !== undefined) readBudget(flags.budget)
  return {
    paths: logs,
    journal: flags.journal === true,
    units: flags.unit ?? [],
    from: flags.from,
    inputFormat: flags.inputFormat,
    timeZone: flags.timezone,
    year: numberFlag('--year', flags.year, 1970, 9999),
    rulesOnly: flags.rulesOnly === true,
    budget: flags.budget,
    model: flags.model,
    seed: numberFlag('--seed', flags.seed, 0, Number.MAX_SAFE_INTEGER),
    geoip: flags.geoip ?? [],
  }
}

function logFormat(flags: WatchFlags, env: CommandEnvironment): 'json' | 'text' {
  const { logFormat: asked } = flags
  if (asked === 'json' || asked === 'text') return asked
  if (asked !== undefined)
    throw new Problem(EXIT.usage, `--log-format ${asked}: no such format`, { expected: 'json or text' })
  return env.stderr.isTTY === true ? 'text' : 'json'
}

async function openMetrics(
  config: Config,
  flags: WatchFlags,
  memory: Memory,
  env: CommandEnvironment,
): Promise<Metrics | undefined> {
  const listen = typeof flags.metrics === 'string' ? flags.metrics : config.metrics.listen
  if (flags.metrics === undefined && !config.metrics.enabled) return undefined
  const { Metrics: Figures, serveMetrics } = await import('../app/live/metrics.ts')
  const metrics = new Figures(VERSION, readBudget(flags.budget ?? config.detection.budget), () =>
    figuresOf(memory, env.now()),
  )
  await serveMetrics(metrics, listen)
  return metrics
}

/** Findings as they come: a line each for people, or JSON Lines. */
function tell(
  changes: readonly Change[],
  flags: WatchFlags,
  env: CommandEnvironment,
  worst: { severity: Severity | undefined },
): void {
  const color = useColor(env, flags)
  for (const change of changes) {
    if (change.history) continue
    const { severity } = change.finding
    if (worst.severity === undefined || severityRank(severity) < severityRank(worst.severity)) worst.severity = severity
    if (flags.json === true) env.stdout.write(`${JSON.stringify({ change: change.change, finding: change.finding })}\n`)
    else if (flags.quiet !== true) env.stdout.write(`${changeLine(change, color)}\n`)
  }
}

const reaches = (severity: Severity | undefined, level: Severity): boolean =>
  severity !== undefined && severityRank(severity) <= severityRank(level)
