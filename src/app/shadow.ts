/**
 * A model in waiting: trained beside the one in force, it says what it would have told of the same log, and takes over
 * after a week in which it alarmed no more than it may. Never while a campaign is open: what is under way
 * must not become usual by way of a new model.
 */
import { existsSync, rmSync } from 'node:fs'
import { extname } from 'node:path'
import { AddressTable } from '../core/addresses.ts'
import { DAY, formatTime, WEEK } from '../core/time.ts'
import { Engine } from '../engine/engine.ts'
import type { FindingDraft } from '../kit/define-rule.ts'
import { criticalCount } from '../kit/math/tails.ts'
import { RULES } from '../rules/index.ts'
import { openAnalyzers } from './detection.ts'
import { DETECTORS } from './detectors.ts'
import { loadModel, type ModelContent, printModel } from './model-file.ts'
import { type ModelInForce, saveModel } from './model-store.ts'
import { runPipeline } from './pipeline.ts'
import type { TrainOptions } from './train.ts'

/** How long a model waits, in days of log. */
export const SHADOW_DAYS = 7
/** A campaign that ended so shortly before the log did may go on. */
const OPEN = DAY
/** Chance of more alarms than the band's upper end gives. */
const BEYOND_LOG10 = Math.log10(0.025)
const TOLD = 5

/** What both models made of the same days of log. */
export interface Comparison {
  /** Days of log after the waiting model's period. */
  days: number
  /** Alarms of the model in force, and of the one in waiting. */
  alarms: { inForce: number; waiting: number }
  /** Upper end of the alarms a week that the waiting model can promise; its budget where it is uncalibrated. */
  mostPerWeek: number
  /** Whether a campaign was under way when the log ended. */
  open: boolean
}

export interface Verdict {
  verdict: 'wait' | 'keep' | 'take-over'
  /** A plain sentence. */
  reason: string
}

/** What becomes of the waiting model. It may alarm as often as the one in force, or as its own band allows. */
export function judgeShadow({ days, alarms, mostPerWeek, open }: Comparison): Verdict {
  const told = `${alarms.waiting} ${alarms.waiting === 1 ? 'alarm' : 'alarms'} in ${days.toFixed(1)} days, where the model in force raised ${alarms.inForce}`
  if (days < SHADOW_DAYS) {
    const left = (SHADOW_DAYS - days).toFixed(1)
    return { verdict: 'wait', reason: `${told}; it takes over after ${SHADOW_DAYS} days of log, ${left} from now` }
  }
  if (open) return { verdict: 'wait', reason: `${told}; no model is changed while a campaign is under way` }
  const allowed = criticalCount((mostPerWeek * days * DAY) / WEEK, Infinity, BEYOND_LOG10) - 1
  if (alarms.waiting <= Math.max(alarms.inForce, allowed)) return { verdict: 'take-over', reason: told }
  return { verdict: 'keep', reason: `${told}, and ${allowed} are the most that its band allows: train it on more log` }
}

/** model.json waits as model.next.json. */
export function waitingPath(path: string): string {
  const ending = extname(path)
  return `${path.slice(0, path.length - ending.length)}.next${ending}`
}

/** The model that waits beside the one in force, if there is one. @throws Problem where it cannot be used */
export function modelInWaiting(path: string): ModelInForce | undefined {
  const next = waitingPath(path)
  return existsSync(next) ? { path: next, model: loadModel(next) } : undefined
}

/** Makes the waiting model the one in force; the old one is kept as the generation before. @throws Problem */
export function takeOver(path: string, { path: next, model }: ModelInForce): void {
  const { format, schema_version, ...content } = model
  saveModel(path, printModel(content))
  rmSync(next)
}

/** Judges the log after the waiting model's period by both models, in one pass; and what only one of them tells. */
export async function compareModels(
  options: TrainOptions,
  inForce: ModelInForce,
  waiting: ModelInForce,
): Promise<Verdict & { comparison: Comparison; lines: string[] }> {
  const addresses = new AddressTable(options.classify)
  const engines = [inForce, waiting].map(
    model =>
      new Engine({
        rules: RULES,
        ruleOptions: options.ruleOptions,
        analyzers: openAnalyzers({ ...options.detection, model }, addresses, options.services),
        addresses,
        services: options.services,
      }),
  )
  const since = Date.parse(waiting.model.period.last)
  let first = Number.NaN
  let last = Number.NaN
  const observe: Parameters<typeof runPipeline>[1] = event => {
    const { time } = event
    // What the waiting model has learned from proves nothing about it.
    if (!(time > since)) return
    if (!(time >= first)) first = time
    if (!(time <= last)) last = time
    for (const engine of engines) engine.observe(event)
  }
  await runPipeline(options, observe, addresses)
  const [old, next] = engines.map(engine => engine.findings().filter(isBudgeted))
  const comparison = {
    days: Number.isNaN(first) ? 0 : (last - first) / DAY,
    alarms: { inForce: old.length, waiting: next.length },
    mostPerWeek: mostPerWeek(waiting.model),
    open: [...old, ...next].some(({ kind, last: end }) => kind === 'campaign' && last - end < OPEN),
  }
  return {
    ...judgeShadow(comparison),
    comparison,
    lines: [...onlyIn(next, old, 'only the new one tells'), ...onlyIn(old, next, 'only the one in force tells')],
  }
}

const BUDGETED: ReadonlySet<string> = new Set(DETECTORS.filter(unit => unit.budgetShare > 0).map(({ id }) => id))

const isBudgeted = ({ rule }: FindingDraft): boolean => BUDGETED.has(rule)

function mostPerWeek({
  sections,
  budget_per_week: budget,
}: Pick<ModelContent, 'sections' | 'budget_per_week'>): number {
  const bands = Object.values(sections).map(({ band }) => band?.[1])
  return bands.every(upper => upper !== undefined) ? bands.reduce((sum, upper) => sum + upper, 0) : budget
}

/** Alarms that have no like among the others: of the same detector, at an overlapping time. */
function onlyIn(some: readonly FindingDraft[], others: readonly FindingDraft[], who: string): string[] {
  const alone = some.filter(
    one => !others.some(other => other.rule === one.rule && other.first <= one.last && one.first <= other.last),
  )
  const shown = alone.slice(0, TOLD).map(({ first, title }) => `${who}, ${formatTime(first)}: ${title}`)
  return alone.length > TOLD ? [...shown, `${who} ${alone.length - TOLD} more`] : shown
}
