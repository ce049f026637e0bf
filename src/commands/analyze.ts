/** `vpsguard analyze`. */
import { extname } from 'node:path'
import { analyze, hasFindingAt } from '../app/analyze.ts'
import { hostFacts, isOwnLog } from '../app/host-facts.ts'
import { modelInForce } from '../app/model-store.ts'
import { startPool } from '../app/parse-pool.ts'
import { openServices } from '../app/services.ts'
import { detectorOptionsOf, loadConfigInForce, ruleOptionsOf } from '../app/setup.ts'
import { EXIT, Problem } from '../core/errors.ts'
import type { Severity } from '../core/finding.ts'
import type { Report } from '../core/report.ts'
import { escapeTerminal } from '../core/text.ts'
import type { ReportDeclaration } from '../kit/define-report.ts'
import { nearest } from '../kit/nearest.ts'
import type { HostFacts } from '../kit/services.ts'
import { REPORTS } from '../sinks/reports/index.ts'
import { redact } from '../sinks/reports/redact.ts'
import type { Source } from '../sources/source.ts'
import { readBudget } from './budget.ts'
import { type CommandEnvironment, type CommonFlags, whose } from './command.ts'
import { terminalContext } from './context.ts'
import { numberFlag } from './flags.ts'
import { type InputFlags, readInputFlags } from './input-flags.ts'
import { openInputs } from './open-inputs.ts'
import { checkWritable, writeFileWhole, writeStream } from './output.ts'
import { createProgress } from './progress.ts'
import { VERSION } from './version.ts'

export interface AnalyzeFlags extends CommonFlags, InputFlags {
  format?: string
  json?: boolean
  output?: string
  verbose?: number
  redact?: boolean
  minSeverity?: Severity
  failOn?: Severity
  rulesOnly?: boolean
  mlOnly?: boolean
  budget?: string
  model?: string
  seed?: string
  geoip?: string[]
}

/**
 * Answers the exit code: 0; that of --fail-on; that of the first log that could not be read, where others could; or
 * that of a detector that broke, whose findings alone are missing.
 * @throws Problem for flags, a config or a model that cannot be used, and where no log can be read
 */
export async function analyzeCommand(logs: string[], flags: AnalyzeFlags, env: CommandEnvironment): Promise<number> {
  if (flags.rulesOnly === true && flags.mlOnly === true) {
    throw new Problem(EXIT.usage, '--rules-only and --ml-only exclude each other', {
      expected: 'one of them, or neither',
    })
  }
  const { config } = loadConfigInForce(flags.config, env)
  const now = env.now()
  const declaration = chooseReport(flags, config.output.format)
  const budgetPerWeek = readBudget(flags.budget ?? config.detection.budget)
  const detects = flags.rulesOnly !== true && config.detection.enabled
  // Before any line is read: a model that cannot be used must not cost the reading of a log.
  const model = detects ? modelInForce(flags.model ?? config.detection.model, whose(env)) : undefined
  const choice = readInputFlags(logs, flags, config, now)
  checkWritable(flags.output)
  const { sources, problems, failed } = await openInputs(choice.request, flags, env)
  const pool = startPool(choice.settings, sources)
  const progress = createProgress(env, flags.quiet === true, sources)
  let broken = ''
  try {
    const { services, classify } = openServices(config, flags.geoip ?? [], factsFor(sources, env))
    const report = await analyze({
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
      classify,
      services,
      ruleOptions: ruleOptionsOf(config),
      rules: flags.mlOnly !== true,
      detection: {
        enabled: detects,
        budgetPerWeek,
        seed: numberFlag('--seed', flags.seed, 0, Number.MAX_SAFE_INTEGER) ?? config.detection.seed,
        options: detectorOptionsOf(config),
        model,
      },
      evidenceLines: config.input.evidence_lines,
      minSeverity: flags.minSeverity ?? config.output.min_severity,
      version: VERSION,
      notes: problems.map(problem => problem.message),
      onFailure: failed,
      onDetectorFailure: (id, error) => {
        broken += `${id}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`
      },
    })
    progress.end()
    const told = flags.redact === true ? redact(report) : report
    const context = terminalContext(env, flags, config.output.verbosity + (flags.verbose ?? 0), config.output.color)
    const seen = flags.output === undefined && declaration.id === 'terminal'
    if (!seen && flags.quiet !== true) env.stderr.write(inputWarnings(report))
    if (flags.output === undefined || flags.output === '-')
      await writeStream(env.stdout, declaration.render(told, context), env.signal)
    else {
      writeFileWhole(flags.output, declaration.render(told, { ...context, color: false }))
      if (flags.quiet !== true) env.stderr.write(`${escapeTerminal(`Report written to ${flags.output}`)}\n`)
    }
    if (broken !== '') {
      env.stderr.write(
        `vpsguard: an error of its own, please report it:\n${broken.split('\n').map(escapeTerminal).join('\n')}`,
      )
      return EXIT.internal
    }
    if (flags.failOn !== undefined && hasFindingAt(report, flags.failOn)) return EXIT.findings
    return problems[0]?.exitCode ?? EXIT.ok
  } finally {
    progress.end()
    await pool?.stop()
  }
}

/** Endings that promise no more than text: whatever the config asks for may stand there. */
const ANY_TEXT: ReadonlySet<string> = new Set(['.log', '.text', '.out'])

/** --format, else --json, else what the output file's ending says, else the config. @throws Problem (exit 2) */
export function chooseReport(
  flags: Pick<AnalyzeFlags, 'format' | 'json' | 'output'>,
  configured: string,
): ReportDeclaration {
  const ending = extname(flags.output ?? '')
  const byEnding = REPORTS.find(report => `.${report.extension}` === ending)?.id
  if (
    ending !== '' &&
    !ANY_TEXT.has(ending) &&
    byEnding === undefined &&
    flags.format === undefined &&
    flags.json !== true
  ) {
    throw new Problem(EXIT.usage, `--output ${flags.output}: no report format has the ending ${ending}`, {
      expected: `one of ${REPORTS.map(report => `.${report.extension}`).join(', ')}, or the format with --format`,
    })
  }
  const id = flags.format ?? (flags.json === true ? 'json' : (byEnding ?? configured))
  const report = REPORTS.find(one => one.id === id)
  if (report !== undefined) return report
  const ids = REPORTS.map(one => one.id)
  const close = nearest(id, ids)
  throw new Problem(EXIT.usage, `--format ${id}: no such report format`, {
    expected: `one of ${ids.join(', ')}`,
    ...(close === undefined ? {} : { hint: `--format ${close}` }),
  })
}

/** What the person must know of the reading who does not see the report itself. */
function inputWarnings(report: Report): string {
  return report.inputs
    .flatMap(({ path, notes = [], samples = [] }) => [
      ...notes.map(note => `${path}: ${note}`),
      ...(notes.length === 0 ? [] : samples.map(sample => `  > ${sample}`)),
    ])
    .map(line => `${escapeTerminal(line)}\n`)
    .join('')
}

/** Advice fits this host only where the logs are its own. */
function factsFor(sources: readonly Source[], env: CommandEnvironment): HostFacts {
  if (!sources.some(source => isOwnLog(source.path))) return {}
  return hostFacts('/', `${env.environment.PATH ?? ''}:/usr/sbin:/sbin`)
}
