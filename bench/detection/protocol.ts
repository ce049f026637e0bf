/**
 * Inject into real (or generated) background: 14 days to learn, 28 to calibrate, 28 to judge, in order and never
 * shuffled; a campaign hidden in the last. Everything follows from the seed.
 */

import type { Random } from '../../src/core/random.ts'
import { createRandom } from '../../src/core/random.ts'
import { DAY, HOUR } from '../../src/core/time.ts'
import type { Attempt } from './attempt.ts'
import { inTimeOrder, within } from './attempt.ts'
import type { Background, RealBlocks } from './background.ts'
import { generated, resample } from './background.ts'
import type { Campaign, CampaignPlan, Ground } from './campaign.ts'
import { playCampaign, topNames } from './campaign.ts'

export const SPLIT = { train: 14, calibrate: 28, test: 28 } as const
const DAYS = SPLIT.train + SPLIT.calibrate + SPLIT.test
/** A Monday, so that weeks of the background are weeks. */
export const START = Date.UTC(2026, 0, 5)
export const TEST_START = START + (SPLIT.train + SPLIT.calibrate) * DAY
export const END = START + DAYS * DAY
export const TEST_WEEKS = SPLIT.test / 7

/** What a connection has on average (`fewTries`). */
const TRIES_A_VISIT = 1.28

/** The three parts of a run. */
export interface Parts {
  readonly train: readonly Attempt[]
  readonly calibrate: readonly Attempt[]
  readonly test: readonly Attempt[]
}

export interface Trial extends Parts {
  readonly campaign: Campaign
  /**
   * Background sources that, within the campaign, tried one of its names: nobody can tell them from participants, so
   * the precision that can be had is N / (N + this).
   */
  readonly lookAlikes: number
}

/** A background for one noise level and seed; real where the log is there. */
export function makeBackground(rate: number, seed: number, real: RealBlocks | undefined): Background {
  const random = createRandom(seed, `background ${rate}`)
  const wanted = { rate, start: START, days: DAYS, random }
  return real === undefined ? generated(wanted) : resample(real, wanted)
}

export function split(attempts: readonly Attempt[]): Parts {
  const calibrate = START + SPLIT.train * DAY
  return {
    train: within(attempts, START, calibrate),
    calibrate: within(attempts, calibrate, TEST_START),
    test: within(attempts, TEST_START, END),
  }
}

function groundOf(background: Background, random: Random): Ground {
  return { random, addresses: background.addresses, users: background.users, topNames: topNames(background.attempts) }
}

/** Hides a campaign in the test part. One that is longer than the part is cut at its end. */
export function inject(background: Background, plan: CampaignPlan, seed: number): Trial {
  const random = createRandom(seed, `campaign ${JSON.stringify(plan)}`)
  const room = Math.max(0, SPLIT.test * DAY - plan.duration - HOUR)
  const whole = playCampaign(plan, TEST_START + random.next() * room, groundOf(background, random))
  const campaign = cut(whole)
  const parts = split(background.attempts)
  return {
    ...parts,
    test: inTimeOrder([...parts.test, ...campaign.attempts]),
    campaign,
    lookAlikes: countLookAlikes(parts.test, campaign),
  }
}

function cut(campaign: Campaign): Campaign {
  if (campaign.last < END) return campaign
  const attempts = campaign.attempts.filter(one => one.time < END)
  const { breach, ...rest } = campaign
  return {
    ...rest,
    attempts,
    sources: new Set(attempts.map(one => one.source)),
    last: attempts[attempts.length - 1].time,
    ...(breach === undefined || breach.time >= END ? {} : { breach }),
  }
}

function countLookAlikes(test: readonly Attempt[], campaign: Campaign): number {
  const names = new Set(campaign.attempts.map(one => one.user))
  const alike = within(test, campaign.first, campaign.last + 1).filter(one => !one.accepted && names.has(one.user))
  return new Set(alike.map(one => one.source)).size
}

/**
 * The poison arm: a campaign of the same kind has been running through the training part, with `share` of its attempts
 * (0, 0.05, 0.2). Whoever learns from it unaware takes the attack for normal.
 */
export function poison(background: Background, trial: Trial, plan: CampaignPlan, share: number, seed: number): Trial {
  if (share === 0) return trial
  const wanted = Math.round((trial.train.length * share) / (1 - share))
  const random = createRandom(seed, `poison ${share} ${JSON.stringify(plan)}`)
  const sources = Math.max(1, Math.round(wanted / (plan.visits * TRIES_A_VISIT)))
  const teacher = playCampaign(
    { ...plan, sources, duration: SPLIT.train * DAY - HOUR, schedule: 'uniform', outcome: 'none' },
    START,
    groundOf(background, random),
  )
  return { ...trial, train: inTimeOrder([...trial.train, ...teacher.attempts]) }
}
