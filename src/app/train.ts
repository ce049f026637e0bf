/** `train`: the same run as `analyze`, with another end: what every detector has learned goes into one model file. */
import { AddressTable } from '../core/addresses.ts'
import { canonical } from '../core/canonical.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { DAY, formatSpan, formatTime } from '../core/time.ts'
import { Engine } from '../engine/engine.ts'
import type { Concluding } from '../kit/define-detector.ts'
import type { FindingDraft } from '../kit/define-rule.ts'
import type { Services } from '../kit/services.ts'
import { RULES } from '../rules/index.ts'
import { type DetectionSettings, openAnalyzers } from './detection.ts'
import { DETECTORS } from './detectors.ts'
import { HostNames } from './host-names.ts'
import { digest, type ModelContent, type ModelSection } from './model-file.ts'
import { modelNotes } from './model-notes.ts'
import type { ModelInForce } from './model-store.ts'
import { Overview } from './overview.ts'
import { type PipelineInput, type PipelineOptions, type PipelineRun, runPipeline } from './pipeline.ts'

export interface TrainOptions extends PipelineOptions {
  ruleOptions: Readonly<Record<string, Record<string, unknown>>>
  detection: DetectionSettings
  services: Services
  version: string
}

export interface TrainResult {
  model: Omit<ModelContent, 'format' | 'schema_version'>
  /** Plain sentences: what was too little, what was under way. */
  warnings: string[]
}

/** A log that is shorter teaches the hours of one night. */
const LEAST_SPAN = DAY
/** Below, no budget can be promised: the band needs clean days. */
const GOOD_SPAN = 28 * DAY

interface Run {
  engine: Engine
  overview: Overview
  hosts: string[]
  run: PipelineRun
}

async function read(options: TrainOptions): Promise<Run> {
  const addresses = new AddressTable(options.classify)
  const engine = new Engine({
    rules: RULES,
    ruleOptions: options.ruleOptions,
    analyzers: openAnalyzers(options.detection, addresses, options.services),
    addresses,
    services: options.services,
  })
  const overview = new Overview(addresses)
  const hosts = new HostNames()
  const observe: Parameters<typeof runPipeline>[1] = event => {
    overview.observe(event)
    hosts.observe(event)
    engine.observe(event)
  }
  const run = await runPipeline(options, observe, addresses)
  return { engine, overview, hosts: hosts.list(), run }
}

/** Learns from the sources. @throws Problem (exit 6) where there is nothing to learn */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { engine, overview, hosts, run } = await read(options)
  const span = overview.last - overview.first
  if (!(span >= LEAST_SPAN)) throw tooShort(span)
  const warnings = run.inputs.flatMap(({ source, notes }) => notes.map(note => `${source.path}: ${note}`))
  if (span < GOOD_SPAN) {
    warnings.push(
      `${formatSpan(span)} are short: every weekday should come several times; four weeks or more keep the budget`,
    )
  }
  // Concluded first, so that campaigns and unusual hours stay out of what is learned, as what rules flagged does.
  const findings = engine.findings()
  warnings.push(...underWay(findings, overview.last))
  const context: Concluding = { flagged: engine.exclusions(), findings }
  const sections: Record<string, ModelSection> = {}
  for (const { id, analyzer } of engine.analyzers) {
    const unit = DETECTORS.find(one => one.id === id)
    // What has no part in the budget compares the sources of one log with each other: there is nothing to keep.
    if (unit === undefined || unit.budgetShare === 0) continue
    try {
      const { body, summary } = analyzer.train(context)
      const { calibrated, band, notes } = analyzer.status()
      sections[id] = {
        version: unit.modelVersion,
        summary,
        calibrated,
        ...(band === undefined ? {} : { band }),
        notes,
        body,
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      warnings.push(error.expected === undefined ? error.message : `${error.message} (${error.expected})`)
    }
  }
  if (Object.keys(sections).length === 0) {
    throw new Problem(EXIT.model, `nothing can be learned from this: ${warnings.join('; ')}`)
  }
  const model = {
    tool_version: options.version,
    created: formatTime(options.now),
    seed: options.detection.seed,
    budget_per_week: options.detection.budgetPerWeek,
    period: { first: formatTime(overview.first), last: formatTime(overview.last) },
    hosts,
    inputs: run.inputs.map(inputOf),
    events: engine.totals.events,
    sources: overview.sources,
    excluded: excludedBy(findings, context),
    rule_config: digest(canonical({ rules: RULES.map(({ id }) => id), options: options.ruleOptions })),
    sections,
  }
  return { model, warnings }
}

function inputOf({ source, stream }: PipelineInput): ModelContent['inputs'][number] {
  const { formats, lines, events } = stream.totals
  const [format = 'unknown'] = Object.keys(formats).sort((a, b) => formats[b] - formats[a])
  return { path: source.path, format, lines, events }
}

function tooShort(span: number): Problem {
  const message = Number.isNaN(span)
    ? 'there is no event to learn from: not one line says anything of security'
    : `${formatSpan(span)} of log are too short to learn what is usual`
  return new Problem(EXIT.model, message, {
    expected: 'a log of at least a day; four weeks or more are good',
    hint: 'vpsguard train /var/log/auth.log --rotated reads the rotated parts too',
  })
}

/** An attack that had not ended when the log did goes on in what comes next. */
function underWay(findings: readonly FindingDraft[], last: number): string[] {
  const open = findings.filter(({ kind, last: end }) => kind === 'campaign' && last - end < DAY)
  return open.map(({ title }) => `an attack was under way when the log ended and is left out: ${title}`)
}

function excludedBy(findings: readonly FindingDraft[], { flagged }: Concluding): ModelContent['excluded'] {
  const cleaning = new Set(RULES.filter(rule => rule.cleansTraining).map(rule => rule.id))
  const sources = new Map<string, Set<string>>()
  const all = new Set<string>()
  for (const { kind, rule, sources: accused } of findings) {
    if (kind === 'anomaly' || (kind === 'rule' && !cleaning.has(rule))) continue
    const known = sources.get(rule) ?? new Set<string>()
    sources.set(rule, known)
    for (const source of accused) {
      known.add(source)
      all.add(source)
    }
  }
  const byRule = [...sources].map(([rule, { size }]) => [rule, size] as const).sort(([a], [b]) => (a < b ? -1 : 1))
  return { sources: Math.max(all.size, flagged.size), by_rule: Object.fromEntries(byRule) }
}

/** What a later log says of a model: notes on their periods and hosts, and drift. Empty where the model still fits. */
export async function checkDrift(options: TrainOptions, model: ModelInForce): Promise<string[]> {
  const { engine, overview, hosts } = await read({ ...options, detection: { ...options.detection, model } })
  if (Number.isNaN(overview.first)) return ['this log holds no event: nothing can be said of drift']
  engine.findings()
  const judged = { first: overview.first, last: overview.last, hosts, now: options.now }
  return [...modelNotes(model, judged).slice(1), ...engine.analyzers.flatMap(({ analyzer }) => analyzer.drift())]
}
