/** The window detector: streaming rows, judged when asked. */
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
import { ROW_LIMIT } from './activity.ts'
import { driftBaselineOf, driftLines } from './drift.ts'
import { explanationsOf } from './explained.ts'
import { FEATURES, type FeatureSpec, SCALES, type Surface, tellNumber } from './feature-spec.ts'
import { FED_KINDS, type SurfaceFeed, WindowFeed } from './window-feed.ts'
import {
  alarmsOf,
  alphaOf,
  beyondDoubt,
  type Calibration,
  calibrationOf,
  isCold,
  type Judged,
  type Judgement,
  judgeByModel,
  judgeBySelf,
  type Strictness,
  strictnessOf,
} from './window-judge.ts'
import {
  memoryOf,
  periodOf,
  restoreWindowModel,
  type SurfaceModel,
  type WindowModel,
  windowModelBody,
} from './window-model.ts'
import { periodsOf } from './window-period.ts'
import { type Series, seriesOf, withoutWindows } from './window-series.ts'
import { mergeFeed, restoreFeed, snapshotFeed } from './window-snapshot.ts'
import { tellPeriod } from './window-tell.ts'
import { fitYardstick, LEAST_WINDOWS, type Usual } from './yardstick.ts'

const BUDGET_SHARE = 0.25

/** Everything that one look at the log gives. */
interface Look {
  series: Series[]
  judgement: Judgement
  alarms: Judged[]
  calibration: Calibration
  strictness: Strictness
  log10Alpha: number
  /** Hours of the log that taught. */
  hours: number
  excluded: number
  events: number
}

class WindowAnomaly implements Analyzer {
  readonly #context: AnalyzerContext
  readonly #feed: WindowFeed
  readonly #model: WindowModel | undefined
  #look: Look | undefined

  constructor(context: AnalyzerContext, rows: number) {
    this.#context = context
    this.#model = context.model === undefined ? undefined : restoreWindowModel(context.model)
    const memories = Object.fromEntries((this.#model?.surfaces ?? []).map(({ surface, memory }) => [surface, memory]))
    this.#feed = new WindowFeed(context.addresses, memories, rows)
  }

  observe(event: EventView): void {
    this.#feed.observe(event)
  }

  get #feeds(): SurfaceFeed[] {
    return [this.#feed.ssh, this.#feed.web].filter(({ activity }) => activity.rows > 0)
  }

  get #budget(): number {
    return this.#context.budgetPerWeek * BUDGET_SHARE
  }

  #modelOf(surface: Surface): SurfaceModel | undefined {
    return this.#model?.surfaces.find(one => one.surface === surface)
  }

  conclude(context: Concluding): FindingDraft[] {
    const { addresses } = this.#context
    const look = this.#judge(context)
    this.#look = look
    const { explained } = explanationsOf(context, addresses)
    const { strictness, log10Alpha, calibration } = look
    const { calibrated, days } = calibration
    const compared = this.#model === undefined ? `the ${days} other days` : `the ${days} days learned from`
    const networkOf = (source: number): number => addresses.network(source)
    const drafts = this.#feeds.flatMap(feed => {
      const mine = look.alarms.filter(({ series }) => series.surface === feed.surface)
      const periods = periodsOf(mine, { feed, explained, networkOf, strictness, log10Alpha })
      return periods.map(period => tellPeriod(period, { feed, addresses, calibrated, compared }))
    })
    return drafts.filter(draft => !isTold(draft, context.findings))
  }

  #judge(context: Concluding): Look {
    const { seed } = this.#context
    const series = this.#series(context)
    const hourly = series.filter(({ scale }) => scale === 1)
    const hours = hourly.reduce((most, { windows }) => Math.max(most, windows.length), 0)
    const log10Alpha = alphaOf(series, this.#budget)
    const model = this.#model
    const common = {
      series,
      log10Alpha,
      excluded: hourly.reduce((sum, { excluded }) => sum + excluded, 0),
      events: hourly.reduce((sum, one) => sum + eventsOf(one), 0),
    }
    if (model !== undefined && series.some(({ surface }) => this.#modelOf(surface) !== undefined)) {
      const calibration = calibrationOf(model.maxima.length, this.#budget)
      const taught = (model.period.last - model.period.first) / (DAY / 24)
      const strictness = strictnessOf(taught, calibration.calibrated)
      const yardsticks = series.map(({ surface, scale }) => this.#modelOf(surface)?.yardsticks[scale])
      const judgement = judgeByModel(series, yardsticks, strictness, log10Alpha)
      const alarms = alarmsOf(judgement, this.#budget, model.maxima)
      return { ...common, judgement, alarms, calibration, strictness, hours: taught }
    }
    const days = new Set(hourly.flatMap(({ windows }) => windows.map(({ from }) => Math.floor(from / 24)))).size
    // The day itself and its neighbours are no reference for it.
    const calibration = calibrationOf(Math.max(0, days - 3), this.#budget)
    const strictness = strictnessOf(hours, calibration.calibrated)
    const judgement = judgeBySelf(series, { seed, fallback: isCold(hours), strictness, log10Alpha })
    return { ...common, judgement, alarms: alarmsOf(judgement, this.#budget), calibration, strictness, hours }
  }

  #series(context: Concluding): Series[] {
    const { addresses } = this.#context
    const { explained } = explanationsOf(context, addresses)
    const networkOf = (source: number): number => addresses.network(source)
    return this.#feeds.flatMap(({ surface, activity }) => {
      const remembers = this.#modelOf(surface) !== undefined
      return SCALES.map(scale => seriesOf({ surface, scale, activity, explained, networkOf, remembers }))
    })
  }

  status(): AnalyzerStatus {
    const look = this.#look
    if (look === undefined || look.series.length === 0) return { calibrated: false, notes: [] }
    const { calibration, hours } = look
    const { calibrated, band, days } = calibration
    const notes: string[] = []
    if (hours < LEAST_WINDOWS)
      notes.push(`window anomalies: ${hours} hours are too little history to judge by; none is looked for`)
    else if (isCold(hours))
      notes.push('window anomalies: too little history (less than a week): robust z-scores, uncalibrated')
    else if (!calibrated) {
      notes.push(
        `window anomalies: uncalibrated, since ${days} clean days are too few for ${round(this.#budget)} false alarms a week (${Math.ceil(7 / this.#budget) - 1} are needed)`,
      )
    }
    const forgotten = this.#feeds.reduce((sum, { activity }) => sum + activity.forgotten, 0)
    if (forgotten > 0)
      notes.push(`window anomalies: the oldest ${forgotten} pairs of address and name were forgotten for want of room`)
    const period = this.#model?.period ?? { ...periodOf(this.#feeds), events: look.events, excluded: look.excluded }
    return { calibrated, ...(band === undefined ? {} : { band }), trained: period, notes }
  }

  train(context: Concluding): Trained {
    const { addresses, seed } = this.#context
    const look = this.#judge(context)
    const unusual = [...look.alarms, ...beyondDoubt(look.judgement)]
    const surfaces: SurfaceModel[] = []
    const summary: string[] = []
    for (const feed of this.#feeds) {
      const { surface } = feed
      const yardsticks: SurfaceModel['yardsticks'] = {}
      let drift: SurfaceModel['drift']
      for (const scale of SCALES) {
        const whole = look.series.find(one => one.surface === surface && one.scale === scale)
        if (whole === undefined) continue
        const alarmed = new Set(unusual.filter(({ series }) => series === whole).map(({ index }) => index))
        const clean = withoutWindows(whole, alarmed)
        const n = clean.windows.length
        const specs = FEATURES[surface]
        const fallback = isCold(look.hours)
        const yardstick = fitYardstick({ specs, rows: clean.rows, n, seed, stream: `${surface} ${scale}`, fallback })
        if (yardstick === undefined) continue
        yardsticks[scale] = yardstick
        if (scale === 1) drift = driftBaselineOf(clean, specs, yardstick)
        const left = alarmed.size === 0 ? '' : `, ${alarmed.size} unusual ones left out`
        const told = specs.map((spec, j) => tellUsual(spec, yardstick.usual[j]))
        summary.push(`${surface}, ${n} windows of ${scale} h${left}; usual (1 in 100): ${told.join(', ')}`)
      }
      if (Object.keys(yardsticks).length > 0)
        surfaces.push({ surface, memory: memoryOf(feed, addresses), yardsticks, drift })
    }
    if (surfaces.length === 0) {
      throw new Problem(
        EXIT.model,
        `window anomalies: ${look.hours} hours of SSH or web lines are too little to learn from`,
        {
          expected: `at least ${LEAST_WINDOWS} hours in which something happened; four weeks are good`,
        },
      )
    }
    const alarmedDays = new Set(unusual.map(({ day }) => day))
    const maxima = [...look.judgement.maxima].filter(([day]) => !alarmedDays.has(day)).map(([, maximum]) => maximum)
    maxima.sort((a, b) => a - b)
    const period = { ...periodOf(this.#feeds), events: look.events, excluded: look.excluded }
    const calibration = calibrationOf(maxima.length, this.#budget)
    summary.push(`${maxima.length} clean days calibrate the windows`)
    this.#look = { ...look, calibration }
    return { body: windowModelBody({ surfaces, maxima, period }), summary }
  }

  drift(): string[] {
    const look = this.#look
    if (look === undefined || this.#model === undefined) return []
    const lines = look.series.flatMap(series => {
      const model = this.#modelOf(series.surface)
      if (series.scale !== 1 || model?.drift === undefined) return []
      const specs = FEATURES[series.surface]
      return driftLines(series.surface, series, specs, model.drift, model.yardsticks[1], this.#context.seed)
    })
    if (lines.length > 0) lines.push('once no attack is under way, retrain on recent logs: vpsguard train LOG...')
    return lines
  }

  snapshot(): Json {
    return { ssh: snapshotFeed(this.#feed.ssh), web: snapshotFeed(this.#feed.web) }
  }

  restore(snapshot: Json): void {
    // The checkpoint's own checksum and version vouch for the shape.
    const saved = snapshot as { readonly [part: string]: Json }
    restoreFeed(this.#feed.ssh, saved.ssh)
    restoreFeed(this.#feed.web, saved.web)
  }

  merge(snapshot: Json, from: Translation): void {
    const saved = snapshot as { readonly [part: string]: Json }
    mergeFeed(this.#feed.ssh, saved.ssh, from)
    mergeFeed(this.#feed.web, saved.web, from)
  }
}

const round = (value: number): number => Math.round(value * 100) / 100

function eventsOf({ rows, dimensions, windows }: Series): number {
  return windows.reduce((sum, _, i) => sum + rows[i * dimensions], 0)
}

/** `attempts 0 (18)`. */
function tellUsual(spec: FeatureSpec, { median, high }: Usual): string {
  return `${spec.id.replaceAll('_', ' ')} ${tellNumber(spec, median)} (${tellNumber(spec, high)})`
}

/** Whether other findings of that time already accuse most of its sources. */
function isTold(draft: FindingDraft, findings: readonly FindingDraft[]): boolean {
  const told = new Set(
    findings
      .filter(one => one.first <= draft.last + DAY && one.last >= draft.first - DAY)
      .flatMap(({ sources }) => sources),
  )
  const known = draft.sources.filter(source => told.has(source)).length
  return draft.sources.length > 0 && known * 2 > draft.sources.length
}

export default defineAnalyzer({
  id: 'window-anomaly',
  kind: 'anomaly',
  title: 'Hours unlike any before',
  description: `Cuts SSH and web logs into windows of one and six hours, describes each by fourteen features (addresses,
newcomers, names, fan-in, shares, rhythm ...) and asks three models (isolation forest, LODA, nearest neighbours) how strange
it is, after the events of sources that rules and campaigns explain have been taken out. A finding needs a count far
beyond what is seen and a score beyond what clean days reach; it is a hint, never proof.`,
  techniques: ['T1110', 'T1595'],
  on: FED_KINDS,
  budgetShare: BUDGET_SHARE,
  modelVersion: 1,
  options: {
    rows: z
      .int()
      .min(1024)
      .max(1 << 22)
      .default(ROW_LIMIT)
      .describe(
        'Pairs of address and name (or path) kept for each of SSH and web; the oldest hours are forgotten beyond.',
      ),
  },
  open: ({ rows }, context) => new WindowAnomaly(context, rows),
})
