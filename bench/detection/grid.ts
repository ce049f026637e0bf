/**
 * Which campaigns are played: the usual grid is the published one; the short one runs within minutes, on every change;
 * the full one has every size and length, and takes hours.
 */
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import type { CampaignPlan } from './campaign.ts'
import { SCHEDULES, STRATEGIES } from './campaign.ts'

export type Sweep = 'core' | 'schedule' | 'breach' | 'stealth-visits' | 'stealth-duration' | 'poison'

export interface Cell {
  readonly sweep: Sweep
  /** First-seen strangers a day in the background. */
  readonly noise: number
  readonly plan: CampaignPlan
  /** Share of the training part's attempts that are such a campaign's already. */
  readonly poison: number
}

export interface Grid {
  readonly cells: readonly Cell[]
  readonly noises: readonly number[]
  readonly budgets: readonly number[]
  readonly seeds: number
}

const PLAIN: CampaignPlan = {
  sources: 100,
  visits: 1,
  duration: DAY,
  strategy: 'root',
  schedule: 'poisson',
  outcome: 'none',
}
/** The noise of the pictures and side sweeps. */
export const USUAL_NOISE = 20

function cross(sweep: Sweep, noises: readonly number[], plans: readonly CampaignPlan[], poison = 0): Cell[] {
  return noises.flatMap(noise => plans.map(plan => ({ sweep, noise, plan, poison })))
}

function plansOf(sources: readonly number[], visits: readonly number[], durations: readonly number[]): CampaignPlan[] {
  return sources.flatMap(n =>
    visits.flatMap(k =>
      durations.flatMap(duration =>
        STRATEGIES.map(strategy => ({ ...PLAIN, sources: n, visits: k, duration, strategy })),
      ),
    ),
  )
}

function sideSweeps(visits: readonly number[], durations: readonly number[], shares: readonly number[]): Cell[] {
  const noises = [USUAL_NOISE]
  return [
    ...cross(
      'schedule',
      noises,
      SCHEDULES.map(schedule => ({ ...PLAIN, sources: 30, strategy: 'top-10-spray', schedule })),
    ),
    ...cross(
      'breach',
      noises,
      STRATEGIES.map(strategy => ({ ...PLAIN, sources: 30, strategy, duration: 6 * HOUR, outcome: 'success' })),
    ),
    ...cross(
      'stealth-visits',
      noises,
      visits.map(k => ({ ...PLAIN, visits: k })),
    ),
    ...cross(
      'stealth-duration',
      noises,
      durations.map(duration => ({ ...PLAIN, duration })),
    ),
    ...shares.flatMap(share =>
      cross(
        'poison',
        noises,
        [
          { ...PLAIN, strategy: 'root' },
          { ...PLAIN, strategy: 'top-10-spray' },
        ],
        share,
      ),
    ),
  ]
}

const DURATIONS = [5 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY]

/** The grid that CI runs. */
export function shortGrid(seeds = 2): Grid {
  return {
    cells: [
      ...cross('core', [5, 100], plansOf([30, 100], [1], [HOUR, DAY])),
      ...sideSweeps([1, 3, 10, 30, 100], [5 * MINUTE, HOUR, DAY, 7 * DAY, 30 * DAY], [0, 0.05, 0.2]),
    ],
    noises: [5, USUAL_NOISE, 100],
    budgets: [1],
    seeds,
  }
}

/** The published grid. */
export function usualGrid(seeds = 20): Grid {
  const durations = [HOUR, 6 * HOUR, DAY, 7 * DAY]
  return {
    cells: [
      ...cross('core', [5, USUAL_NOISE, 100], plansOf([10, 30, 100], [1], durations)),
      ...cross('core', [5, USUAL_NOISE, 100], plansOf([100], [2], [5 * MINUTE, DAY])),
      ...sideSweeps([1, 3, 10, 30, 100], [5 * MINUTE, HOUR, DAY, 7 * DAY, 30 * DAY], [0, 0.05, 0.2]),
    ],
    noises: [5, USUAL_NOISE, 100],
    budgets: [0.25, 1, 7],
    seeds,
  }
}

/** Every size and length. */
export function fullGrid(seeds = 20): Grid {
  return {
    cells: [
      ...cross(
        'core',
        [5, USUAL_NOISE, 100],
        [...plansOf([5, 10, 30, 100, 300, 1000], [1], DURATIONS), ...plansOf([30, 100], [3, 10], DURATIONS)],
      ),
      ...cross('core', [1000], plansOf([100, 300, 1000], [1], [HOUR, DAY, 7 * DAY])),
      ...sideSweeps([1, 2, 3, 5, 10, 20, 30, 50, 100], DURATIONS, [0, 0.05, 0.2]),
    ],
    noises: [5, USUAL_NOISE, 100, 1000],
    budgets: [0.25, 1, 7],
    seeds,
  }
}
