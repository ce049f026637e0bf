/** What training keeps of rates: the slow means of the server and of any one source, the week's pattern, clean days' scores. */
import { DAY } from '../core/time.ts'
import { asArray, asNumber, type Json } from '../kit/state/primitive.ts'
import { MEASURE_COUNT, MEASURES } from './measures.ts'
import type { RateMonitor } from './monitor.ts'

/** The server's series and those of any one source: the first of the minutes. */
const TAUGHT = 2 * MEASURE_COUNT
/** A rate that is so many times another has drifted. */
const DRIFTED = 3
const LEAST_EVENTS = 100
const WHAT = 'a model of rates'

export interface RateModel {
  lessons: readonly (readonly number[])[]
  season: Json
  maxima: readonly number[]
  /** Events a minute of the server, by measure. */
  rates: readonly number[]
}

/** What a monitor has learnt, as a model keeps it; `restoreModel` reads it. */
export function bodyOf(monitor: RateMonitor): Json {
  return {
    lessons: Array.from({ length: TAUGHT }, (_, series) => monitor.minutes.lesson(series)),
    season: monitor.season.snapshot(),
    maxima: monitor.budget.lesson(),
    rates: MEASURES.map((_, m) => monitor.minutes.slow(m)),
  }
}

/** Reads a body as `bodyOf` wrote it. @throws TypeError where it is none */
export function restoreModel(body: Json): RateModel {
  const numbers = (json: Json | undefined): number[] => asArray(json, WHAT).map(value => asNumber(value, WHAT))
  // The model file's digest and version vouch for the shape; what is no list or number is refused.
  const saved = body as { readonly [part: string]: Json }
  return {
    lessons: asArray(saved.lessons, WHAT).map(numbers),
    season: saved.season,
    maxima: numbers(saved.maxima),
    rates: numbers(saved.rates),
  }
}

/** Begins a fresh monitor with what a model knows. */
export function learnFrom(monitor: RateMonitor, model: RateModel): void {
  for (const [series, lesson] of model.lessons.slice(0, TAUGHT).entries()) monitor.minutes.learn(series, lesson)
  monitor.season.learn(model.season)
  monitor.budget.learn(model.maxima)
}

/** Sentences about measures of which the server has three times as much as in the model's time, or a third; none within the first day. */
export function driftOf(monitor: RateMonitor, { rates }: RateModel): string[] {
  const minutes = (monitor.now - monitor.first) / 60
  if (!(minutes * 60_000 >= DAY)) return []
  return MEASURES.flatMap((measure, m) => {
    const now = monitor.totals[m] / minutes
    const before = rates[m] ?? 0
    if (Math.max(monitor.totals[m], before * minutes) < LEAST_EVENTS) return []
    const ratio = (now + 1e-9) / (before + 1e-9)
    if (ratio < DRIFTED && ratio > 1 / DRIFTED) return []
    return [`rates: ${measure} were ${figure(before)} a minute when the model was made and are ${figure(now)} now`]
  })
}

const figure = (value: number): string => (value >= 10 ? String(Math.round(value)) : value.toPrecision(2))
