/** The detectors beyond the rules: which run, with what budget and model, and what the report says of them. */
import type { AddressTable } from '../core/addresses.ts'
import { EXIT, Problem } from '../core/errors.ts'
import type { DetectionReport } from '../core/report.ts'
import { DAY, formatTime } from '../core/time.ts'
import type { Engine } from '../engine/engine.ts'
import type { AnalyzerStatus, AnalyzerUnit, RunningAnalyzer, SourceRank } from '../kit/define-detector.ts'
import type { Services } from '../kit/services.ts'
import { DETECTORS } from './detectors.ts'
import { modelNotes } from './model-notes.ts'
import type { ModelInForce } from './model-store.ts'

export interface DetectionSettings {
  enabled: boolean
  budgetPerWeek: number
  seed: number
  /** Option tables by detector id. */
  options: Readonly<Record<string, Record<string, unknown>>>
  /** What `train` has learned; without it the log itself teaches. */
  model: ModelInForce | undefined
}

/** Opens the detectors that the config has not switched off. @throws Problem (exit 6) where the model is of other features */
export function openAnalyzers(
  settings: DetectionSettings,
  addresses: AddressTable,
  services: Services,
): RunningAnalyzer[] {
  if (!settings.enabled) return []
  const { budgetPerWeek, seed, model } = settings
  return DETECTORS.flatMap(unit => {
    const body = model === undefined ? undefined : bodyFor(unit, model)
    const context = { addresses, services, budgetPerWeek, seed, ...(body === undefined ? {} : { model: body }) }
    const analyzer = unit.open(settings.options[unit.id] ?? {}, context)
    return analyzer === undefined ? [] : [{ id: unit.id, on: unit.on, analyzer }]
  })
}

function bodyFor(unit: AnalyzerUnit, { path, model }: ModelInForce) {
  const section = model.sections[unit.id]
  if (section === undefined || section.version === unit.modelVersion) return section?.body
  throw new Problem(
    EXIT.model,
    `${path}: the model was made of other features of ${unit.id} (version ${section.version}; this program has ${unit.modelVersion})`,
    { where: path, hint: 'vpsguard train LOG... writes a new one' },
  )
}

/** What the log that was judged is, for comparison with the model's. */
export interface Judged {
  /** Milliseconds; NaN where there was no event. */
  first: number
  last: number
  hosts: readonly string[]
  now: number
}

/** The report's `detection` part; asked after `engine.findings`. `onFailure` is told of a detector that throws meanwhile. */
export function describeDetection(
  settings: DetectionSettings,
  engine: Engine,
  judged: Judged,
  onFailure: (id: string, error: unknown) => void,
): DetectionReport {
  const { budgetPerWeek, model } = settings
  if (!settings.enabled) {
    return { mode: 'rules-only', calibrated: false, budget_per_week: budgetPerWeek, notes: [] }
  }
  const statuses = engine.analyzers.map(({ analyzer }) => analyzer.status())
  const budgeted = engine.analyzers.flatMap(({ id }, i) => (hasBudget(id) ? [statuses[i]] : []))
  const trained = trainedOn(statuses)
  const band = addBands(budgeted)
  return {
    mode: model === undefined ? 'self' : 'model',
    calibrated: budgeted.length > 0 && budgeted.every(status => status.calibrated),
    budget_per_week: budgetPerWeek,
    ...(band === undefined ? {} : { band }),
    ...(trained === undefined ? {} : { trained }),
    notes: [
      ...(model === undefined ? [] : modelNotes(model, judged)),
      ...statuses.flatMap(status => status.notes),
      ...(model === undefined ? [] : engine.analyzers.flatMap(running => driftOf(running, onFailure))),
    ],
  }
}

function driftOf({ id, analyzer }: RunningAnalyzer, onFailure: (id: string, error: unknown) => void): string[] {
  try {
    return analyzer.drift()
  } catch (error) {
    if (error instanceof Problem) throw error
    onFailure(id, error)
    return []
  }
}

const hasBudget = (id: string): boolean => DETECTORS.some(unit => unit.id === id && unit.budgetShare > 0)

/** The detectors' rates add up; the sum of the ends is a little wider than the band of the sum, which errs on the honest side. */
function addBands(statuses: readonly AnalyzerStatus[]): [number, number] | undefined {
  const bands = statuses.flatMap(({ band }) => (band === undefined ? [] : [band]))
  if (bands.length === 0 || bands.length < statuses.length) return undefined
  return [bands.reduce((sum, [lower]) => sum + lower, 0), bands.reduce((sum, [, upper]) => sum + upper, 0)]
}

function trainedOn(statuses: readonly AnalyzerStatus[]): DetectionReport['trained'] {
  const all = statuses.flatMap(({ trained }) => (trained === undefined ? [] : [trained]))
  if (all.length === 0) return undefined
  const first = Math.min(...all.map(one => one.first))
  const last = Math.max(...all.map(one => one.last))
  return {
    first: formatTime(first),
    last: formatTime(last),
    days: Math.round(((last - first) / DAY) * 10) / 10,
    events: Math.max(...all.map(one => one.events)),
    excluded: Math.max(...all.map(one => one.excluded)),
  }
}

/** Every source's rank by the analyzers that rank; asked after `engine.findings`. */
export function rankSources(engine: Engine): ReadonlyMap<number, SourceRank> {
  const ranks = new Map<number, SourceRank>()
  for (const { analyzer } of engine.analyzers) {
    for (const [source, rank] of analyzer.rankSources?.() ?? []) ranks.set(source, rank)
  }
  return ranks
}
