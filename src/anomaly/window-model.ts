/** What training leaves behind for windows: yardsticks, the maxima of clean days, and who and what was there before. */
import type { AddressTable } from '../core/addresses.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { HOUR } from '../core/time.ts'
import type { Json } from '../kit/state/primitive.ts'
import { type DriftBaseline, restoreDriftBaseline } from './drift.ts'
import { FEATURES, featureSpecHash, SCALES, type Scale, type Surface } from './feature-spec.ts'
import { readSaved, type SavedParts } from './models/saved.ts'
import { tokenOfText } from './tokens.ts'
import type { Memory, SurfaceFeed } from './window-feed.ts'
import { restoreYardstick, type Yardstick } from './yardstick.ts'

const ID = 'window-model'
const VERSION = 1
/** Sources and names remembered, the latest first. */
const MEMORY_LIMIT = 20_000

export interface SurfaceModel {
  surface: Surface
  memory: Memory
  yardsticks: Partial<Record<Scale, Yardstick>>
  drift: DriftBaseline | undefined
}

export interface WindowModel {
  surfaces: SurfaceModel[]
  /** Largest statistic of each clean day. */
  maxima: number[]
  period: { first: number; last: number; events: number; excluded: number }
}

/** The first and last moment of the windows, milliseconds; NaN where there are none. */
export function periodOf(feeds: readonly SurfaceFeed[]): { first: number; last: number } {
  const hours = feeds.flatMap(({ activity }) => activity.hours.map(({ hour }) => hour))
  if (hours.length === 0) return { first: Number.NaN, last: Number.NaN }
  const first = hours.reduce((a, b) => Math.min(a, b))
  const last = hours.reduce((a, b) => Math.max(a, b))
  return { first: first * HOUR, last: (last + 1) * HOUR }
}

/** Who and what a surface has met, the latest first where there is more than a model keeps; sources by a hash of their name. */
export function memoryOf(feed: SurfaceFeed, addresses: AddressTable): Memory {
  const sources = [...feed.sources.entries()].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MEMORY_LIMIT)
  const tokens = [...feed.tokens.entries()].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MEMORY_LIMIT)
  return {
    sources: new Set(sources.map(([source]) => tokenOfText(addresses.identity(source)))),
    tokens: new Set(tokens.map(([token]) => token)),
    networks: new Set([...feed.networks].slice(0, MEMORY_LIMIT)),
  }
}

const ascending = (numbers: ReadonlySet<number>): number[] => [...numbers].sort((a, b) => a - b)

/** The model as JSON. */
export function windowModelBody(model: WindowModel): Json {
  const surfaces = model.surfaces.map(({ surface, memory, yardsticks, drift }) => ({
    surface,
    memory: {
      sources: ascending(memory.sources),
      tokens: ascending(memory.tokens),
      networks: ascending(memory.networks),
    },
    yardsticks: SCALES.flatMap(scale => {
      const yardstick = yardsticks[scale]
      return yardstick === undefined ? [] : [{ scale, yardstick: yardstick.toJSON() }]
    }),
    ...(drift === undefined ? {} : { drift }),
  }))
  const body = {
    model: ID,
    version: VERSION,
    features: featureSpecHash(),
    surfaces,
    maxima: model.maxima,
    period: model.period,
  }
  // Models answer `unknown` parts that are JSON by their contract; a round trip proves it and drops what is undefined.
  const plain: Json = JSON.parse(JSON.stringify(body))
  return plain
}

/** A saved window model. @throws Problem (exit 6) where it is of other features or not whole */
export function restoreWindowModel(saved: Json): WindowModel {
  try {
    const parts = readSaved(saved, ID, VERSION)
    if (parts.any('features') !== featureSpecHash()) throw new RangeError('it was made of other features')
    const period = parts.object('period')
    return {
      surfaces: parts.objects('surfaces').map(restoreSurface),
      maxima: [...parts.numbers('maxima')],
      period: {
        first: period.number('first'),
        last: period.number('last'),
        events: period.number('events'),
        excluded: period.number('excluded'),
      },
    }
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw new Problem(EXIT.model, `the model of window-anomaly cannot be used: ${cause.message}`, {
      hint: 'vpsguard train LOG... writes a new one',
      cause,
    })
  }
}

function restoreSurface(parts: SavedParts): SurfaceModel {
  const surface = parts.any('surface') === 'web' ? 'web' : 'ssh'
  const memory = parts.object('memory')
  const yardsticks: Partial<Record<Scale, Yardstick>> = {}
  for (const one of parts.objects('yardsticks')) {
    const scale = SCALES.find(known => known === one.any('scale'))
    if (scale === undefined) throw new RangeError('a yardstick has a window of another length')
    yardsticks[scale] = restoreYardstick(one.any('yardstick'), FEATURES[surface])
  }
  const drift = parts.any('drift')
  return {
    surface,
    memory: {
      sources: new Set(memory.numbers('sources')),
      tokens: new Set(memory.numbers('tokens')),
      networks: new Set(memory.numbers('networks')),
    },
    yardsticks,
    drift: drift === undefined ? undefined : restoreDriftBaseline(drift, FEATURES[surface]),
  }
}
