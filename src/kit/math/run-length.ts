/**
 * Average run lengths of a CUSUM: how many steps to a false alarm (ARL0), and to a true one (ARL1). Brook & Evans, "An
 * approach to the probability distribution of CUSUM run length", Biometrika 59 (1972): S as a Markov chain,
 * ARL = (I - Q)^-1 1, where Q holds the transitions among the states that raise no alarm.
 */
import { requireInteger, requireNonNegative, requirePositive, requireSample } from './check.ts'

/** The law of an increment: values and their probabilities (which sum to 1). */
export interface IncrementLaw {
  values: ArrayLike<number>
  probabilities: ArrayLike<number>
}

export interface RunLengthOptions {
  threshold: number
  /**
   * Width of a state. When every increment is a multiple of it, the result is exact; else it is the classical
   * approximation, in which S is rounded to the nearest state, and its error shrinks with the width.
   */
  step: number
}

const MAX_STATES = 1500

/**
 * Mean number of steps until S > threshold, from S = 0. Infinity when no alarm can be reached. Throws RangeError when
 * the law is not one, or when the chain would have more than 1,500 states.
 */
export function averageRunLength(law: IncrementLaw, { threshold, step }: RunLengthOptions): number {
  requireNonNegative('threshold', threshold)
  requirePositive('step', step)
  requireSample('values', law.values)
  if (law.values.length !== law.probabilities.length) {
    throw new RangeError(`${law.values.length} values and ${law.probabilities.length} probabilities; expected as many`)
  }
  // A hair of tolerance: threshold and step are decimal fractions, their ratio may fall just short of a whole number.
  const states = Math.floor(threshold / step + 1e-9) + 1
  requireInteger('number of states', states, 1, MAX_STATES)

  const jumps = new Map<number, number>()
  let total = 0
  for (let i = 0; i < law.values.length; i++) {
    const jump = Math.round(law.values[i] / step)
    const probability = requireNonNegative(`probabilities[${i}]`, law.probabilities[i])
    jumps.set(jump, (jumps.get(jump) ?? 0) + probability)
    total += probability
  }
  if (Math.abs(total - 1) > 1e-6) throw new RangeError(`probabilities sum to ${total}; expected 1`)

  // Row by row: transitions to the states, then the probability of an alarm. Jumps below 0 end in state 0.
  const width = states + 1
  const flow = new Float64Array(states * width)
  for (let from = 0; from < states; from++) {
    for (const [jump, probability] of jumps) {
      const to = Math.min(states, Math.max(0, from + jump))
      flow[from * width + to] += probability / total
    }
  }
  return absorptionTime(flow, states)
}

/**
 * Mean number of steps from state 0 to the alarm: (I - Q)^-1 1 by state reduction (Grassmann, Taksar & Heyman 1985).
 * Each diagonal is taken as the flow out of its state, so nothing is ever subtracted and a run length of 1e15 keeps its
 * digits.
 */
function absorptionTime(flow: Float64Array, states: number): number {
  const width = states + 1
  const time = new Float64Array(states).fill(1)
  for (let gone = states - 1; gone > 0; gone--) {
    const goneRow = gone * width
    let outflow = flow[goneRow + states]
    for (let to = 0; to < gone; to++) outflow += flow[goneRow + to]
    if (outflow === 0) continue
    for (let from = 0; from < gone; from++) {
      const row = from * width
      const share = flow[row + gone] / outflow
      if (share === 0) continue
      for (let to = 0; to < gone; to++) flow[row + to] += share * flow[goneRow + to]
      flow[row + states] += share * flow[goneRow + states]
      time[from] += share * time[gone]
    }
  }
  return flow[states] > 0 ? time[0] / flow[states] : Infinity
}

/**
 * The law of the beta-binomial CUSUM's increment X + shift - mean - k, from the masses of X = 0, 1, ... `shift` is the
 * failures an attack adds to each epoch (0 for ARL0).
 */
export function epochIncrementLaw(masses: ArrayLike<number>, mean: number, k: number, shift = 0): IncrementLaw {
  return { values: Float64Array.from(masses, (_, x) => x + shift - mean - k), probabilities: masses }
}

/**
 * The law of an increment that is a function of a count: the masses of X = 0, 1, ... and the increment of each. Used
 * for the NB-CUSUM, whose increments are no multiples of anything; choose a step well below their spread.
 */
export function countIncrementLaw(masses: ArrayLike<number>, increment: (x: number) => number): IncrementLaw {
  return { values: Float64Array.from(masses, (_, x) => increment(x)), probabilities: masses }
}

/**
 * The smallest threshold among `candidates` (ascending) whose run length is at least `atLeast`; undefined if none is.
 */
export function thresholdForRunLength(
  law: IncrementLaw,
  candidates: readonly number[],
  step: number,
  atLeast: number,
): number | undefined {
  const reaches = (index: number): boolean => averageRunLength(law, { threshold: candidates[index], step }) >= atLeast
  // Run lengths grow with the threshold, and so does what one takes to work out, with its cube: the place is closed in
  // from below.
  let below = -1
  let above = 0
  for (let stride = 1; above < candidates.length && !reaches(above); stride *= 2) {
    below = above
    above = below === candidates.length - 1 ? candidates.length : Math.min(above + stride, candidates.length - 1)
  }
  if (above === candidates.length) return undefined
  while (above - below > 1) {
    const middle = (above + below) >> 1
    if (reaches(middle)) above = middle
    else below = middle
  }
  return candidates[above]
}
