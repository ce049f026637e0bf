/** All that a daemon needs, made from the config and the command line: again at every reload. */
import { hostname } from 'node:os'
import { parseBudget } from '../../config/schema.ts'
import { DAY } from '../../core/time.ts'
import type { EventView } from '../../core/view.ts'
import { parsePolicy } from '../../sinks/notify/config.ts'
import { openChannels } from '../../sinks/notify/open.ts'
import type { Follower } from '../../sources/follower.ts'
import type { Retention } from '../../store/index.ts'
import { hostFacts } from '../host-facts.ts'
import { modelInForce } from '../model-store.ts'
import { openParsing, parserSettings } from '../parser-settings.ts'
import { openServices } from '../services.ts'
import { type Config, detectorOptionsOf, ruleOptionsOf } from '../setup.ts'
import type { DaemonLog } from './daemon-log.ts'
import { chooseLogs, openLiveInputs, WantedLogs } from './inputs.ts'
import type { Lane } from './lane.ts'
import type { Memory } from './memory.ts'
import type { Metrics } from './metrics.ts'
import { type LiveInput, LiveSession, type SessionOptions, type SessionSnapshot } from './session.ts'
import type { ServiceManager } from './systemd.ts'
import { Teller } from './teller.ts'

/** What the command line says; it goes over the config, also after a reload. */
export interface LiveFlags {
  paths: readonly string[]
  journal: boolean
  units: readonly string[]
  from: 'start' | 'end' | undefined
  inputFormat: string | undefined
  timeZone: string | undefined
  year: number | undefined
  rulesOnly: boolean
  budget: string | undefined
  model: string | undefined
  seed: number | undefined
  geoip: readonly string[]
}

/** What stays the same through reloads. */
export interface LiveWorld {
  folder: string
  memory: Memory
  log: DaemonLog
  manager: ServiceManager
  metrics: Metrics | undefined
  environment: Readonly<Record<string, string | undefined>>
  /** Wall clock, milliseconds, and a steady one of any beginning. */
  now: () => number
  steady: () => number
  uid: number | undefined
  /** When the daemon was started, wall clock. */
  started: number
  stdin: () => Follower
}

export interface LiveSetup extends LiveWorld {
  config: Config
  retention: Retention
  /** @param before the one of another config, closed; this one goes on for it */
  openTeller(before?: Teller): Teller
  /** A session of the logs that are wanted now; followers that are open already are taken over. @throws Problem */
  openSession(
    saved: SessionSnapshot | undefined,
    onEvent: (event: EventView) => void,
    kept?: ReadonlyMap<string, Lane>,
  ): Promise<LiveSession>
  /** Looks what the patterns match now; answers whether a session of the logs of now would be another. */
  logsChanged(): Promise<boolean>
}

const DEFAULT_BUDGET = 1

/** @throws Problem where the config does not hold, a list or model cannot be used, or there is no log to watch */
export async function prepareLive(config: Config, flags: LiveFlags, world: LiveWorld): Promise<LiveSetup> {
  const wanted = await chooseLogs({
    paths: flags.paths.length > 0 ? flags.paths : config.watch.paths,
    journal: flags.journal ? 'on' : config.watch.journal,
    units: flags.units.length > 0 ? flags.units : config.watch.units,
  })
  const settings = parserSettings(config, flags.inputFormat)
  const parsing = openParsing(settings)
  const { services, classify } = openServices(config, flags.geoip, hostFacts('/', world.environment.PATH ?? ''))
  const detects = !flags.rulesOnly && config.detection.enabled
  const model = detects
    ? modelInForce(flags.model ?? config.detection.model, { environment: world.environment, uid: world.uid })
    : undefined
  const channels = openChannels(config.notify)
  const policy = parsePolicy(config.notify)
  const retention = config.storage.retention_days * DAY
  const year = flags.year ?? config.input.year
  const from = flags.from ?? config.watch.from
  const logs = new WantedLogs(wanted, from, world.stdin)
  return {
    ...world,
    config,
    retention: { findings: retention, notices: retention, blocks: retention, runs: retention, labels: retention },
    openTeller: before =>
      new Teller(
        {
          memory: world.memory,
          channels,
          policy,
          host: policy.host_name ?? hostname(),
          now: world.now,
          seed: world.started,
          onSent: (channel, result) => world.metrics?.sent(channel, result),
          onError: error => world.log.error(`a message: ${error instanceof Error ? error.message : String(error)}`),
        },
        before,
      ),
    async openSession(saved, onEvent, kept = new Map()) {
      const inputs = await openLiveInputs({
        wanted: await logs.paths(saved),
        saved,
        from,
        parsing,
        year,
        now: world.now(),
        open: (path, position) => logs.open(path, position),
        kept,
      })
      const options: SessionOptions = {
        parsing,
        timeZone: flags.timeZone ?? config.input.timezone,
        classify,
        services,
        ruleOptions: ruleOptionsOf(config),
        detection: {
          enabled: detects,
          budgetPerWeek: parseBudget(flags.budget ?? config.detection.budget) ?? DEFAULT_BUDGET,
          seed: flags.seed ?? config.detection.seed,
          options: detectorOptionsOf(config),
          model,
        },
        evidenceLines: config.input.evidence_lines,
        onEvent,
      }
      return saved === undefined ? new LiveSession(inputs, options) : resume(inputs, options, saved, world.log)
    },
    logsChanged: () => logs.look(),
  }
}

/** What is remembered of other options cannot always be gone on with: then the logs are read on, and what was known is learnt anew. */
function resume(
  inputs: readonly LiveInput[],
  options: SessionOptions,
  saved: SessionSnapshot,
  log: DaemonLog,
): LiveSession {
  const session = new LiveSession(inputs, options)
  try {
    session.restore(saved)
    return session
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error
    log.warn(`what was remembered does not fit the config of now (${error.message}): counting begins anew`)
    // A part of it has been restored: nothing of that may stay.
    return new LiveSession(inputs, options)
  }
}
