/**
 * D4, the global factor indicator (Javed & Paxson, CCS 2013, stage A): of every 20 attempts on existing accounts, how
 * many fail? Owners fail now and then, each at an own rate, so the count is beta-binomial; guessing on real accounts, however
 * slowly and from however many addresses, lifts it. Counted in attempts, so night and day need no correction.
 */
import { betaBinomialMoments, betaBinomialPmf, fitBetaBinomial } from '../kit/math/beta.ts'
import { Cusum, epochIncrement } from '../kit/math/cusum.ts'
import { epochIncrementLaw, thresholdForRunLength } from '../kit/math/run-length.ts'

/** Attempts an epoch: 20 instead of 100, since a server has tens of logins a day and not thousands. */
const EPOCH = 20
/** Half the smallest shift of interest, 25 points of 100. */
const SLACK = 2.5
/** One failure in ten, spread 1.4 times as wide as a binomial. */
const PRIOR = { a: 1.9, b: 17, epochs: 10 }
const LEAST_PER_WEEK = 20
/** Part of the alarm budget. */
const SHARE = 0.1
const THRESHOLDS = Array.from({ length: 60 }, (_, i) => 2 + i)
const STEP = 0.25

/** One attempt on an existing account: a login or a failure of somebody who is not at home here. */
export interface AccountAttempt {
  time: number
  failed: boolean
}

interface GfiAlarm {
  /** When the sum last left 0, and when it crossed the threshold. */
  since: number
  time: number
  failures: number
  attempts: number
  /** Failures that would have been usual. */
  expected: number
}

interface GfiResult {
  alarms: GfiAlarm[]
  /** Undefined where it ran; else why it did not. */
  off: string | undefined
}

/** Runs the indicator over attempts in time order. `weeks` is the log's length, `budget` false alarms a week in all. */
export function globalFactor(attempts: readonly AccountAttempt[], weeks: number, budget: number): GfiResult {
  // A log without a moment has no length.
  const perWeek = attempts.length === 0 ? 0 : attempts.length / Math.max(1, weeks)
  if (perWeek < LEAST_PER_WEEK) {
    return {
      alarms: [],
      off: `failures on existing accounts were not followed: ${Math.round(perWeek)} attempts a week are too few (${LEAST_PER_WEEK} are needed)`,
    }
  }
  const epochs = epochsOf(attempts)
  const { a, b } = fitBetaBinomial(lowest(epochs.map(({ failures }) => failures)), EPOCH, PRIOR)
  const { mean } = betaBinomialMoments(EPOCH, a, b)
  const atLeast = perWeek / EPOCH / (SHARE * budget)
  const threshold = thresholdForRunLength(
    epochIncrementLaw(betaBinomialPmf(EPOCH, a, b), mean, SLACK),
    THRESHOLDS,
    STEP,
    atLeast,
  )
  if (threshold === undefined)
    return { alarms: [], off: 'failures on existing accounts vary too much here to be followed' }
  const sum = new Cusum(threshold)
  const alarms: GfiAlarm[] = []
  let open: GfiAlarm | undefined
  let failures = 0
  let seen = 0
  for (const epoch of epochs) {
    if (sum.value === 0) {
      failures = 0
      seen = 0
      open = undefined
    }
    failures += epoch.failures
    seen += EPOCH
    const alarmed = sum.step(epochIncrement(epoch.failures, mean, SLACK), epoch.start)
    if (!alarmed) continue
    const alarm: GfiAlarm = {
      since: sum.since ?? epoch.start,
      time: open?.time ?? epoch.end,
      failures,
      attempts: seen,
      expected: (mean * seen) / EPOCH,
    }
    if (open === undefined) alarms.push(alarm)
    else alarms[alarms.length - 1] = alarm
    open = alarm
  }
  return { alarms, off: undefined }
}

interface Epoch {
  start: number
  end: number
  failures: number
}

function epochsOf(attempts: readonly AccountAttempt[]): Epoch[] {
  const epochs: Epoch[] = []
  for (let from = 0; from + EPOCH <= attempts.length; from += EPOCH) {
    const part = attempts.slice(from, from + EPOCH)
    epochs.push({
      start: part[0].time,
      end: part[EPOCH - 1].time,
      failures: part.reduce((sum, { failed }) => sum + (failed ? 1 : 0), 0),
    })
  }
  return epochs
}

/** The quieter four fifths: an attack in the log must not teach what is usual. */
function lowest(counts: readonly number[]): number[] {
  return counts.toSorted((x, y) => x - y).slice(0, Math.ceil(counts.length * 0.8))
}
