/** The trained baseline of the campaign detector: rates, names, dispersion, logins and the clean days' largest scores. */
import { z } from 'zod'
import { EXIT, Problem } from '../core/errors.ts'
import { DAY, formatTime } from '../core/time.ts'
import { HOURS_OF_WEEK } from '../kit/math/seasonal.ts'
import { negativeBinomialTail, poissonTail } from '../kit/math/tails.ts'
import type { Json } from '../kit/state/primitive.ts'
import { type CampaignModel, type DetectOptions, detect } from './detect.ts'
import type { AttemptStore } from './store.ts'
import { doorOf, isScanned, SURFACES } from './surfaces.ts'
import { cut, figure } from './words.ts'

const count = z.number().nonnegative()
const surface = z.object({
  sources: count,
  pairs: count,
  groups: z.array(count),
  days: z.number().positive(),
  dispersion: z.number().positive(),
  names: z.record(z.string(), count),
  from: z.number(),
  until: z.number(),
  season: z.array(z.number().positive()).max(HOURS_OF_WEEK).default([]),
})
const body = z.object({
  surfaces: z.partialRecord(z.enum(SURFACES), surface),
  maxima: z.array(count),
  logins: z.record(
    z.string(),
    z.object({
      count,
      passwords: count,
      networks: z.array(z.number()),
      providers: z.array(z.number()).default([]),
      countries: z.array(z.string()).default([]),
    }),
  ),
  excluded: count,
})

/** A model whose D1 state says nothing is worth less than none. */
const LEAST_TRAINING = 3 * DAY
/** Chance below which a newer log's rate is said to have drifted. */
const DRIFT_LOG10 = -4
const DRIFT_FACTOR = 2

/** Reads a model's body. @throws Problem (exit 6) where it is of another shape. */
export function modelOf(json: Json): CampaignModel {
  const parsed = body.safeParse(json)
  if (parsed.success) return parsed.data
  throw new Problem(EXIT.model, 'The model of the campaign detector is not one that this version can read.', {
    where: parsed.error.issues[0]?.path.join('.') ?? '',
    hint: 'Train it again with `vpsguard train`.',
  })
}

/** Learns the baseline from a store; campaigns found in it are left out. @throws Problem (exit 6) where the log is too short. */
export function trainBaseline(store: AttemptStore, options: DetectOptions): CampaignModel {
  const span = store.lastTime - store.firstTime
  if (!(span >= LEAST_TRAINING)) {
    throw new Problem(EXIT.model, 'The log is too short to learn from.', {
      expected: 'at least 3 days; 6 weeks are better',
      hint: 'Without a model `vpsguard analyze` judges each log by itself.',
    })
  }
  const found = detect(store, options)
  const surfaces: CampaignModel['surfaces'] = Object.fromEntries(
    [...found.baselines].map(([id, baseline]) => [SURFACES[id], baseline.toModel(store.firstTime, store.lastTime)]),
  )
  return {
    surfaces,
    maxima: found.scores.map(({ score }) => score),
    logins: found.residents.toModel(),
    excluded: found.campaigns.reduce((sum, { membership }) => sum + membership.members.length, 0),
  }
}

/** The model as JSON. */
export function bodyOf({ surfaces, maxima, logins, excluded }: CampaignModel): Json {
  return {
    surfaces: Object.fromEntries(Object.entries(surfaces).map(([name, model]) => [name, { ...model }])),
    maxima,
    logins: Object.fromEntries(Object.entries(logins).map(([key, known]) => [key, { ...known }])),
    excluded,
  }
}

/** What a person wants to know of a model. */
export function summaryOf(model: CampaignModel): string[] {
  const lines = Object.entries(model.surfaces).map(([name, { sources, days, dispersion, names }]) => {
    const top = Object.entries(names)
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .slice(0, 3)
      .map(([text]) => cut(text))
    return `${name}: ${figure(sources / days)} new addresses a day over ${figure(days)} days (dispersion ${figure(dispersion)})${top.length === 0 ? '' : `; most tried: ${top.join(', ')}`}`
  })
  return [
    ...lines,
    `${figure(model.maxima.length)} days calibrate the campaigns; ${figure(model.excluded)} participants of campaigns were left out`,
  ]
}

/** Where a newer log's rates are no longer the model's: at least double or half, and no chance. */
export function driftOf(store: AttemptStore, model: CampaignModel, options: DetectOptions): string[] {
  const { baselines } = detect(store, { ...options, model: undefined })
  const lines: string[] = []
  for (const [id, baseline] of baselines) {
    const old = model.surfaces[SURFACES[id]]
    const now = baseline.toModel(store.firstTime, store.lastTime)
    if (now.days < 3) continue
    if (old === undefined) {
      if (!isScanned(id))
        lines.push(`${doorOf(id)}: new since the model was trained; train again so that it has a baseline`)
      continue
    }
    const expected = (old.sources * now.days) / old.days
    const ratio = now.sources / Math.max(0.5, expected)
    const shape = 1 / (1 / Math.max(1, old.sources) + old.dispersion)
    const up = ratio >= DRIFT_FACTOR && negativeBinomialTail(now.sources, expected, shape) < DRIFT_LOG10
    const down =
      ratio <= 1 / DRIFT_FACTOR && poissonTail(Math.round(expected), Math.max(0.5, now.sources)) < DRIFT_LOG10
    if (up || down) {
      lines.push(
        `${doorOf(id)}: ${figure(now.sources / now.days)} new addresses a day, ${figure(old.sources / old.days)} when the model was trained ` +
          `(until ${formatTime(old.until)}); train again once no campaign is open`,
      )
    }
  }
  return [...new Set(lines)]
}
