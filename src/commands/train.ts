/** `vpsguard train`. */
import { existsSync } from 'node:fs'
import { type ModelContent, printModel } from '../app/model-file.ts'
import { defaultModelPath, type ModelInForce, modelInForce, saveModel } from '../app/model-store.ts'
import { startPool } from '../app/parse-pool.ts'
import { openServices } from '../app/services.ts'
import { type Config, detectorOptionsOf, loadConfigInForce, ruleOptionsOf } from '../app/setup.ts'
import { compareModels, modelInWaiting, takeOver, waitingPath } from '../app/shadow.ts'
import { checkDrift, type TrainOptions, train } from '../app/train.ts'
import { canonical } from '../core/canonical.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { escapeTerminal, wrap } from '../core/text.ts'
import { DAY, formatSpan } from '../core/time.ts'
import { readBudget } from './budget.ts'
import { type CommandEnvironment, type CommonFlags, whose } from './command.ts'
import { numberFlag } from './flags.ts'
import { type InputFlags, readInputFlags } from './input-flags.ts'
import { openInputs } from './open-inputs.ts'
import { writeStream } from './output.ts'
import { createProgress } from './progress.ts'
import { VERSION } from './version.ts'

export interface TrainFlags extends CommonFlags, InputFlags {
  model?: string
  check?: boolean
  shadow?: boolean
  takeOver?: boolean
  json?: boolean
  budget?: string
  seed?: string
}

/**
 * Learns a model from logs and writes it: into force, or with --shadow beside the one that is. With --check it holds
 * logs against the model in force; --take-over then puts the one in waiting in its place where it did better.
 * @throws Problem for flags that do not go together, a log that cannot be read (half of them are no baseline), logs
 * that teach too little, and a model that cannot be used
 */
export async function trainCommand(logs: string[], flags: TrainFlags, env: CommandEnvironment): Promise<number> {
  const { config } = loadConfigInForce(flags.config, env)
  if (flags.takeOver === true && flags.check !== true) {
    throw new Problem(EXIT.usage, '--take-over goes with --check: a log has to speak for the new model', {
      hint: 'vpsguard train --check LOG... --take-over',
    })
  }
  return flags.check === true ? check(logs, flags, config, env) : learn(logs, flags, config, env)
}

async function learn(logs: string[], flags: TrainFlags, config: Config, env: CommandEnvironment): Promise<number> {
  const path = flags.model ?? config.detection.model ?? defaultModelPath(whose(env))
  if (path === undefined) {
    throw new Problem(EXIT.usage, 'there is no place for the model: this user has no home', {
      hint: 'name one with --model',
    })
  }
  const { model, warnings } = await withRun(logs, flags, config, env, undefined, train)
  // Without a model in force there is nothing to wait for.
  const waits = flags.shadow === true && existsSync(path)
  const place = waits ? waitingPath(path) : path
  saveModel(place, printModel(model), waits ? 0 : undefined)
  const text = flags.json === true ? json(place, model, { warnings }) : describe(place, model, { warnings })
  await writeStream(env.stdout, [text], env.signal)
  return EXIT.ok
}

async function check(logs: string[], flags: TrainFlags, config: Config, env: CommandEnvironment): Promise<number> {
  const inForce = modelInForce(flags.model ?? config.detection.model, whose(env))
  if (inForce === undefined) {
    throw new Problem(EXIT.model, 'there is no model yet', { hint: 'vpsguard train LOG... writes one' })
  }
  const { path, model } = inForce
  const age = env.now() - Date.parse(model.created)
  // Without a log named, the model alone is looked at: this host's own logs are not read unasked.
  const drift =
    logs.length === 0 && flags.journal !== true
      ? undefined
      : await withRun(logs, flags, config, env, inForce, options => checkDrift(options, inForce))
  const waiting = drift === undefined ? undefined : modelInWaiting(path)
  if (flags.takeOver === true && waiting === undefined) {
    throw new Problem(EXIT.model, 'there is no model in waiting to take over', {
      hint: 'vpsguard train LOG... --shadow makes one; --check LOG... --take-over judges it by the log',
    })
  }
  const shadow =
    waiting === undefined
      ? undefined
      : await withRun(logs, flags, config, env, inForce, options => compareModels(options, inForce, waiting))
  if (flags.takeOver === true && waiting !== undefined && shadow?.verdict === 'take-over') takeOver(path, waiting)
  const extra = { age, drift, ...(shadow === undefined ? {} : { shadow }) }
  const text = flags.json === true ? json(path, model, extra) : describe(path, model, extra, flags.takeOver === true)
  await writeStream(env.stdout, [text], env.signal)
  return EXIT.ok
}

/** Opens inputs, services and threads, and runs. @throws Problem */
async function withRun<Result>(
  logs: readonly string[],
  flags: TrainFlags,
  config: Config,
  env: CommandEnvironment,
  model: ModelInForce | undefined,
  run: (options: TrainOptions) => Promise<Result>,
): Promise<Result> {
  const now = env.now()
  const budgetPerWeek = readBudget(flags.budget ?? config.detection.budget)
  const seed = numberFlag('--seed', flags.seed, 0, Number.MAX_SAFE_INTEGER) ?? config.detection.seed
  const { request, ...choice } = readInputFlags(logs, flags, config, now)
  // A baseline of half the logs would call the other half unusual.
  const { sources, failed } = await openInputs(request, flags, env, true)
  const { services, classify } = openServices(config, [], {})
  const progress = createProgress(env, flags.quiet === true, sources)
  const pool = startPool(choice.settings, sources)
  try {
    return await run({
      ...choice,
      sources,
      now,
      pool,
      signal: env.signal,
      onProgress: progress.update,
      onFailure: failed,
      classify,
      services,
      ruleOptions: ruleOptionsOf(config),
      detection: {
        enabled: true,
        budgetPerWeek,
        seed,
        options: detectorOptionsOf(config),
        model,
      },
      version: VERSION,
    })
  } finally {
    progress.end()
    await pool?.stop()
  }
}

interface Extra {
  warnings?: readonly string[]
  /** Milliseconds since it was made. */
  age?: number
  /** Undefined where no log was compared. */
  drift?: readonly string[] | undefined
  /** What the model in waiting would have told. */
  shadow?: Awaited<ReturnType<typeof compareModels>>
}

type Model = Omit<ModelContent, 'format' | 'schema_version'>

/** The model without the bodies: they are for machines. */
function json(path: string, model: Model, { age, ...extra }: Extra): string {
  const sections = Object.entries(model.sections).map(([id, { body, ...section }]) => [
    id,
    { ...section, bytes: canonical(body).length },
  ])
  const days = age === undefined ? {} : { age_days: Math.round((age / DAY) * 10) / 10 }
  return `${JSON.stringify({ path, ...model, sections: Object.fromEntries(sections), ...days, ...extra }, null, 2)}\n`
}

function describe(path: string, model: Model, { warnings = [], age, drift, shadow }: Extra, taken = false): string {
  const { first, last } = model.period
  const lines = [
    `Model ${path}`,
    `  made        ${model.created} by vpsguard ${model.tool_version}, seed ${model.seed}${age === undefined ? '' : `; ${formatSpan(age)} ago`}`,
    `  learned     ${first} to ${last} (${formatSpan(Date.parse(last) - Date.parse(first))})`,
    `  from        ${model.events.toLocaleString('en')} events of ${model.sources.toLocaleString('en')} sources${model.hosts.length === 0 ? '' : ` on ${model.hosts.join(', ')}`}`,
    ...model.inputs.map(
      input => `              ${input.path} (${input.format}, ${input.lines.toLocaleString('en')} lines)`,
    ),
    `  left out    ${leftOut(model.excluded)}`,
    `  budget      ${model.budget_per_week} false alarm${model.budget_per_week === 1 ? '' : 's'} a week`,
  ]
  for (const [id, section] of Object.entries(model.sections)) {
    lines.push('', id)
    lines.push(`  ${section.calibrated ? `calibrated${band(section.band)}` : 'uncalibrated'}`)
    for (const line of [...section.summary, ...section.notes]) lines.push(...indented(line))
  }
  if (warnings.length > 0) lines.push('', 'Mind:', ...warnings.map(warning => `  ${warning}`))
  if (drift !== undefined) {
    lines.push('', drift.length === 0 ? 'No drift: the log is as the model knows it.' : 'Against this log:')
    lines.push(...drift.map(line => `  ${line}`))
  }
  if (shadow !== undefined) lines.push('', ...tellShadow(shadow, taken))
  return `${lines.map(line => escapeTerminal(line)).join('\n')}\n`
}

const VERDICTS = {
  wait: 'waits',
  keep: 'stays where it is',
  'take-over': 'is ready: --take-over puts it in force',
} as const

function tellShadow({ verdict, reason, lines }: NonNullable<Extra['shadow']>, taken: boolean): string[] {
  const what = taken && verdict === 'take-over' ? 'is in force now' : VERDICTS[verdict]
  return [`The model in waiting ${what}: ${reason}`, ...lines.map(line => `  ${line}`)]
}

const WIDTH = 100

/** A long line as several, the later ones set in. */
function indented(line: string): string[] {
  return wrap(escapeTerminal(line), WIDTH).map((part, i) => `${i === 0 ? '  ' : '    '}${part}`)
}

function band(range: readonly [number, number] | undefined): string {
  return range === undefined ? '' : `: ${range[0].toFixed(2)} to ${range[1].toFixed(2)} false alarms a week (95 %)`
}

function leftOut({ sources, by_rule }: ModelContent['excluded']): string {
  const rules = Object.entries(by_rule).map(([rule, count]) => `${rule} ${count}`)
  return sources === 0
    ? 'nothing: no rule and no campaign flagged a source'
    : `${sources} sources, flagged by ${rules.join(', ')}`
}
