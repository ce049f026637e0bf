/** Plays a grid: every cell, every seed, every detector. */
import { createRandom } from '../../src/core/random.ts'
import type { Attempt, Detector } from './attempt.ts'
import { inTimeOrder } from './attempt.ts'
import type { Background, RealBlocks } from './background.ts'
import { legitimateChaos } from './chaos.ts'
import type { Cell, Grid } from './grid.ts'
import type { Outcome } from './metrics.ts'
import { judge, mergeAlarms } from './metrics.ts'
import { END, inject, makeBackground, poison, START, split, TEST_START } from './protocol.ts'

/** What one detector did in one cell, seed by seed. `budget` is absent for detectors that have none. */
export interface CellResult {
  readonly detector: string
  readonly budget?: number
  readonly cell: Cell
  readonly outcomes: Outcome[]
}

/** Alarms without a campaign: those of each seed's test part, as a person would count them and one by one. */
export interface NullResult {
  readonly detector: string
  readonly budget?: number
  readonly noise: number
  readonly alarms: number[]
  readonly unmerged: number[]
}

/** Owners at their most suspicious: how many of them were accused, of how many, and in how many alarms. */
interface ChaosResult {
  readonly detector: string
  readonly budget?: number
  readonly accused: number[]
  readonly of: number[]
  readonly alarms: number[]
}

export interface Played {
  readonly cells: CellResult[]
  readonly nulls: NullResult[]
  /** The same with connections that name nobody, for detectors that hear them. */
  readonly knocks: NullResult[]
  readonly chaos: ChaosResult[]
}

interface Run {
  readonly detector: Detector
  readonly budget: number | undefined
}

function runsOf(detector: Detector, budgets: readonly number[]): Run[] {
  return detector.budgeted ? budgets.map(budget => ({ detector, budget })) : [{ detector, budget: undefined }]
}

const key = (...parts: unknown[]): string => JSON.stringify(parts)

/** Plays everything; `tell` hears how far it is. */
export async function playGrid(
  grid: Grid,
  detectors: readonly Detector[],
  real: RealBlocks | undefined,
  tell: (done: number, of: number) => void,
): Promise<Played> {
  const runs = detectors.flatMap(detector => runsOf(detector, grid.budgets))
  const results = {
    cells: new Map<string, CellResult>(),
    nulls: new Map<string, NullResult>(),
    knocks: new Map<string, NullResult>(),
    chaos: new Map<string, ChaosResult>(),
  }
  const of = grid.noises.length * grid.seeds
  let done = 0
  for (const noise of grid.noises) {
    const cells = grid.cells.filter(cell => cell.noise === noise)
    for (let seed = 1; seed <= grid.seeds; seed++) {
      // The background's address pool remembers whom it has given away, so every arm starts from a fresh one.
      const fresh = (): Background => makeBackground(noise, seed, real)
      const quiet = fresh()
      await playNull(quiet.attempts, noise, runs, results.nulls)
      const hearing = runs.filter(run => run.detector.hearsKnocks === true)
      await playNull(inTimeOrder([...quiet.attempts, ...quiet.knocks]), noise, hearing, results.knocks)
      if (noise === grid.noises[0]) await playChaos(fresh(), seed, runs, results.chaos)
      for (const cell of cells) await playCell(fresh, cell, seed, runs, results.cells)
      tell(++done, of)
    }
  }
  return {
    cells: [...results.cells.values()],
    nulls: [...results.nulls.values()],
    knocks: [...results.knocks.values()],
    chaos: [...results.chaos.values()],
  }
}

const named = ({ detector, budget }: Run): { detector: string; budget?: number } =>
  budget === undefined ? { detector: detector.id } : { detector: detector.id, budget }

function entry<T>(map: Map<string, T>, name: string, make: () => T): T {
  const found = map.get(name)
  if (found !== undefined) return found
  const fresh = make()
  map.set(name, fresh)
  return fresh
}

async function playNull(
  attempts: readonly Attempt[],
  noise: number,
  runs: readonly Run[],
  into: Map<string, NullResult>,
): Promise<void> {
  const { train, calibrate, test } = split(attempts)
  for (const run of runs) {
    const alarms = await run.detector.detect(train, calibrate, test, run.budget ?? 1)
    const result = entry(into, key(noise, run.detector.id, run.budget), () => ({
      ...named(run),
      noise,
      alarms: [],
      unmerged: [],
    }))
    result.alarms.push(mergeAlarms(alarms).length)
    result.unmerged.push(alarms.length)
  }
}

async function playChaos(
  background: Background,
  seed: number,
  runs: readonly Run[],
  into: Map<string, ChaosResult>,
): Promise<void> {
  const random = createRandom(seed, 'chaos')
  // Owners are not saints while the program learns, either; but what is judged is what happens after.
  const before = legitimateChaos(background, START, TEST_START, random)
  const chaos = legitimateChaos(background, TEST_START, END, random)
  const { train, calibrate, test } = split(inTimeOrder([...background.attempts, ...before.attempts, ...chaos.attempts]))
  for (const run of runs) {
    const alarms = await run.detector.detect(train, calibrate, test, run.budget ?? 1)
    const accused = new Set(alarms.flatMap(alarm => alarm.sources).filter(source => chaos.sources.has(source)))
    const result = entry(into, key(run.detector.id, run.budget), () => ({
      ...named(run),
      accused: [],
      of: [],
      alarms: [],
    }))
    result.accused.push(accused.size)
    result.of.push(chaos.sources.size)
    result.alarms.push(
      mergeAlarms(alarms.filter(alarm => alarm.sources.some(source => chaos.sources.has(source)))).length,
    )
  }
}

async function playCell(
  fresh: () => Background,
  cell: Cell,
  seed: number,
  runs: readonly Run[],
  into: Map<string, CellResult>,
): Promise<void> {
  const background = fresh()
  const trial = poison(background, inject(background, cell.plan, seed), cell.plan, cell.poison, seed)
  for (const run of runs) {
    const alarms = await run.detector.detect(trial.train, trial.calibrate, trial.test, run.budget ?? 1)
    entry(into, key(cell, run.detector.id, run.budget), () => ({ ...named(run), cell, outcomes: [] })).outcomes.push(
      judge(alarms, trial),
    )
  }
}
