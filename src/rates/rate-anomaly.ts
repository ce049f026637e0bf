/** The rate detector: counts in the engine's one pass, alarms at the event that proves them, told when asked. */
import { z } from 'zod'
import { EXIT, Problem } from '../core/errors.ts'
import { DAY } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import {
  type Analyzer,
  type AnalyzerContext,
  type AnalyzerStatus,
  type Concluding,
  defineAnalyzer,
  type Trained,
} from '../kit/define-detector.ts'
import type { FindingDraft } from '../kit/define-rule.ts'
import type { Json } from '../kit/state/primitive.ts'
import type { Translation } from '../kit/state/translation.ts'
import { RateBoard } from './board.ts'
import { COUNTED_KINDS, MEASURE_COUNT, MEASURES } from './measures.ts'
import { bodyOf, driftOf, learnFrom, type RateModel, restoreModel } from './model.ts'
import { RateMonitor } from './monitor.ts'
import { mergeMonitor } from './monitor-merge.ts'
import { restoreMonitor, snapshotMonitor } from './monitor-snapshot.ts'
import type { MonitorSettings } from './series.ts'
import { tellEpisode } from './tell.ts'

const BUDGET_SHARE = 0.1
/** Below, a night would be taken for the day. */
const LEAST_SPAN = DAY

/**
 * The engine's analyzer over one monitor, which begins with what the context's model has learned. `train` throws a
 * Problem (exit 6) where there is less than a day of events, the constructor a TypeError for a model that is none.
 */
export class RateAnomaly implements Analyzer {
  /** The present rates, for a page and for metrics. */
  readonly board: RateBoard
  readonly #context: AnalyzerContext
  readonly #monitor: RateMonitor
  readonly #model: RateModel | undefined

  constructor(context: AnalyzerContext, settings: MonitorSettings) {
    this.#context = context
    this.#monitor = new RateMonitor(settings, context.addresses)
    this.board = new RateBoard(this.#monitor, context.addresses)
    if (context.model === undefined) return
    this.#model = restoreModel(context.model)
    learnFrom(this.#monitor, this.#model)
  }

  /** Episodes that are no longer told for want of room. */
  get forgotten(): number {
    return this.#monitor.alarms.forgotten
  }

  observe(event: EventView): void {
    this.#monitor.observe(event)
  }

  conclude(context: Concluding): FindingDraft[] {
    const { addresses, services } = this.#context
    const { budget, settings, alarms } = this.#monitor
    const { calibrated } = budget
    const options = { addresses, host: services.host, settings, calibrated, context }
    return [...alarms.closed, ...alarms.open]
      .flatMap(episode => (episode === undefined ? [] : [tellEpisode(episode, options)]))
      .filter(draft => draft !== undefined)
  }

  status(): AnalyzerStatus {
    const monitor = this.#monitor
    const { budget, settings, sources, events, first, now } = monitor
    if (events === 0 && this.#model === undefined) return { calibrated: false, notes: [] }
    const { band, calibrated, days } = budget
    const notes: string[] = []
    if (settings.mode !== 'nb') {
      notes.push(`rates: judged by the classic setting "${settings.mode}", which keeps no budget of false alarms`)
    } else if (!calibrated) {
      notes.push(
        `rates: uncalibrated, since ${days} clean days are too few (${days + budget.missing} are needed); chances rest on the counts alone`,
      )
    }
    if (sources.evicted > 0)
      notes.push(
        `rates: ${sources.evicted} times a busy source had to give way, since only ${settings.sources} are followed`,
      )
    if (this.forgotten > 0) notes.push(`rates: the oldest ${this.forgotten} episodes are no longer told`)
    const excluded = [...monitor.alarms.closed, ...monitor.alarms.open].reduce(
      (sum, episode) => sum + (episode?.count ?? 0),
      0,
    )
    return {
      calibrated: calibrated && settings.mode === 'nb',
      ...(band === undefined || settings.mode !== 'nb' ? {} : { band }),
      // Where a model judges, this log is no training; what it learned from stands in its file.
      ...(events === 0 || this.#model !== undefined
        ? {}
        : { trained: { first: first * 1000, last: now * 1000, events, excluded } }),
      notes,
    }
  }

  train(): Trained {
    const monitor = this.#monitor
    const span = (monitor.now - monitor.first) * 1000
    if (!(monitor.events > 0 && span >= LEAST_SPAN)) {
      throw new Problem(EXIT.model, 'rates: too little to learn from', { expected: 'a day or more of events' })
    }
    const summary = MEASURES.flatMap((measure, m) =>
      monitor.totals[m] === 0 ? [] : [`${measure}: ${round(monitor.minutes.slow(m))} a minute`],
    )
    const patterned = Array.from({ length: MEASURE_COUNT }, (_, m) => m).filter(m => monitor.season.inUse(m))
    if (patterned.length > 0)
      summary.push(`the hour of the week is used for ${patterned.map(m => MEASURES[m]).join(', ')}`)
    summary.push(`${monitor.budget.days} clean days calibrate the rates`)
    return { body: bodyOf(monitor), summary }
  }

  drift(): string[] {
    return this.#model === undefined ? [] : driftOf(this.#monitor, this.#model)
  }

  snapshot(): Json {
    return snapshotMonitor(this.#monitor)
  }

  restore(snapshot: Json): void {
    restoreMonitor(this.#monitor, snapshot)
  }

  merge(snapshot: Json, from: Translation): void {
    const theirs = new RateMonitor(this.#monitor.settings, this.#context.addresses)
    mergeMonitor(this.#monitor, theirs, snapshot, from)
  }
}

const round = (value: number): number => Math.round(value * 100) / 100

const floor = (fallback: number, what: string) =>
  z.int().min(1).max(1_000_000).default(fallback).describe(`Fewer ${what} in 60 s are never told.`)

export default defineAnalyzer({
  id: 'rate-anomaly',
  kind: 'rate',
  title: 'Rates far above what is usual',
  description: `Counts the last 60 seconds, second by second, for the whole server, each source and each group of paths: requests,
those answered with 4xx or 5xx, failed logins, other events. A count is told when it is too large to be chance (negative
binomial tail) both against the last 30 clean minutes and against what the hour usually has. The classic settings (z > 3, 5 times
the mean) can be had; what each costs in false alarms is measured on the rates page.`,
  techniques: ['T1499.002', 'T1110', 'T1498.001'],
  on: COUNTED_KINDS,
  budgetShare: BUDGET_SHARE,
  modelVersion: 1,
  options: {
    mode: z
      .enum(['nb', 'z', 'ratio'])
      .default('nb')
      .describe(
        'How a count is judged: `nb` by its chance, within the alarm budget; `z` by standard deviations, `ratio` by times the mean of the last 30 minutes (both keep no budget).',
      ),
    z_threshold: z
      .number()
      .positive()
      .max(1000)
      .default(3)
      .describe('Standard deviations above the mean, in mode `z`.'),
    ratio_threshold: z.number().min(1).max(1000).default(5).describe('Times the mean, in mode `ratio`.'),
    least_requests: floor(300, 'requests'),
    least_errors: floor(120, 'requests refused or failed'),
    least_logins: floor(30, 'failed logins'),
    least_others: floor(120, 'other events'),
    sources: z.int().min(64).max(65_536).default(4096).describe('Sources followed at the same time.'),
  },
  open: (options, context) =>
    new RateAnomaly(context, {
      mode: options.mode,
      zThreshold: options.z_threshold,
      ratioThreshold: options.ratio_threshold,
      floors: [options.least_requests, options.least_errors, options.least_logins, options.least_others],
      sources: options.sources,
      budget: context.budgetPerWeek * BUDGET_SHARE,
    }),
})
