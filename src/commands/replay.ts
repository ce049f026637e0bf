/** `vpsguard replay LOG...`. */
import { modelInForce } from '../app/model-store.ts'
import { startPool } from '../app/parse-pool.ts'
import { type Replayed, replay } from '../app/replay/replay.ts'
import { openServices } from '../app/services.ts'
import { type Config, detectorOptionsOf, loadConfigInForce, ruleOptionsOf } from '../app/setup.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { escapeTerminal } from '../core/text.ts'
import { entriesIn } from '../intel/lists.ts'
import { resolvePolicy } from '../sinks/policy/config.ts'
import { readBudget } from './budget.ts'
import { type CommandEnvironment, type CommonFlags, whose } from './command.ts'
import { numberFlag } from './flags.ts'
import { type InputFlags, readInputFlags } from './input-flags.ts'
import { openInputs } from './open-inputs.ts'
import { writeStream } from './output.ts'
import { createProgress } from './progress.ts'
import { type JsonFlag, openPage, writeJson } from './remembered.ts'
import { replayJson, replayPages } from './replay-tell.ts'

export interface ReplayFlags extends CommonFlags, InputFlags, JsonFlag {
  strategy?: string
  rulesOnly?: boolean
  budget?: string
  model?: string
  seed?: string
  geoip?: string[]
  verbose?: boolean
}

/**
 * Tells what enforcing would have done on these logs; touches neither firewall nor store. Exit codes as of
 * `analyze`, without --fail-on.
 * @throws Problem for flags, a config or a model that cannot be used, and where no log can be read
 */
export async function replayCommand(
  logs: readonly string[],
  flags: ReplayFlags,
  env: CommandEnvironment,
): Promise<number> {
  const { config } = loadConfigInForce(flags.config, env)
  const response = { ...config.response, strategy: strategyOf(flags.strategy) ?? config.response.strategy }
  const now = env.now()
  const budgetPerWeek = readBudget(flags.budget ?? config.detection.budget)
  const detects = flags.rulesOnly !== true && config.detection.enabled
  const model = detects ? modelInForce(flags.model ?? config.detection.model, whose(env)) : undefined
  const choice = readInputFlags(logs, flags, config, now)
  const { sources, problems, failed } = await openInputs(choice.request, flags, env)
  const { services, classify } = openServices(config, flags.geoip ?? [], {})
  const progress = createProgress(env, flags.quiet === true, sources)
  const pool = startPool(choice.settings, sources)
  const broken: string[] = []
  let replayed: Replayed
  try {
    replayed = await replay({
      sources,
      settings: choice.settings,
      timeZone: choice.timeZone,
      year: choice.year,
      since: choice.since,
      until: choice.until,
      now,
      pool,
      signal: env.signal,
      onProgress: progress.update,
      onFailure: failed,
      classify,
      services,
      ruleOptions: ruleOptionsOf(config),
      detection: {
        enabled: detects,
        budgetPerWeek,
        seed: numberFlag('--seed', flags.seed, 0, Number.MAX_SAFE_INTEGER) ?? config.detection.seed,
        options: detectorOptionsOf(config),
        model,
      },
      evidenceLines: config.input.evidence_lines,
      policy: resolvePolicy(response),
      facts: factsOf(config),
      keyLoginDays: response.key_login_days,
      onDetectorFailure: (id, error) => broken.push(`${id}: ${error instanceof Error ? error.message : String(error)}`),
    })
  } finally {
    progress.end()
    await pool?.stop()
  }
  const about = { strategy: response.strategy, names: response.allow_names }
  if (flags.json === true) await writeJson(env, replayJson(replayed, about))
  else
    await writeStream(
      env.stdout,
      replayPages(replayed, about, flags.verbose === true, openPage(env, flags)),
      env.signal,
    )
  if (broken.length > 0) {
    env.stderr.write(`vpsguard: an error of its own, please report it: ${escapeTerminal(broken.join('; '))}\n`)
    return EXIT.internal
  }
  return problems[0]?.exitCode ?? EXIT.ok
}

function strategyOf(text: string | undefined): 'balanced' | 'strict' | undefined {
  if (text === undefined || text === 'balanced' || text === 'strict') return text
  throw new Problem(EXIT.usage, `--strategy ${text}: no such strategy`, { expected: 'balanced or strict' })
}

/** What the config protects; who was logged in when the log was written is told by the log's own logins by key. */
function factsOf(config: Config) {
  const whitelist = [...config.whitelist.ips, ...[...entriesIn(config.whitelist.files)].map(({ text }) => text)]
  return {
    whitelist: whitelist.map(prefix => ({ prefix, why: 'it is on the whitelist' })),
    trustedProxies: config.web.trusted_proxies,
  }
}
