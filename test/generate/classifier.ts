/** Simple classifiers, by which the leak tests ask whether a single event tells which kind it is. */
import type { Random } from '../../src/core/random.ts'

/** What can be seen of one event, and which kind it is. */
export interface Sample {
  readonly features: readonly number[]
  readonly injected: boolean
}

export type Scorer = (features: readonly number[]) => number

function standardised(samples: readonly Sample[]): { scale: (features: readonly number[]) => number[] } {
  const width = samples[0].features.length
  const mean = Array.from(
    { length: width },
    (_, f) => samples.reduce((sum, one) => sum + one.features[f], 0) / samples.length,
  )
  const spread = mean.map(
    (m, f) => Math.sqrt(samples.reduce((sum, one) => sum + (one.features[f] - m) ** 2, 0) / samples.length) || 1,
  )
  return { scale: features => features.map((value, f) => (value - mean[f]) / spread[f]) }
}

/** Logistic regression by gradient descent. */
export function logistic(train: readonly Sample[]): Scorer {
  const { scale } = standardised(train)
  const rows = train.map(one => ({ x: scale(one.features), y: one.injected ? 1 : 0 }))
  const weights = rows[0].x.map(() => 0)
  let bias = 0
  for (let round = 0; round < 200; round++) {
    const slope = weights.map(() => 0)
    let biasSlope = 0
    for (const { x, y } of rows) {
      const error = 1 / (1 + Math.exp(-(bias + x.reduce((sum, value, f) => sum + value * weights[f], 0)))) - y
      for (const [f, value] of x.entries()) slope[f] += error * value
      biasSlope += error
    }
    for (const [f, value] of slope.entries()) weights[f] -= (0.5 * value) / rows.length
    bias -= (0.5 * biasSlope) / rows.length
  }
  return features => scale(features).reduce((sum, value, f) => sum + value * weights[f], bias)
}

/** The share of injected ones among the k nearest. */
export function neighbours(train: readonly Sample[], k: number): Scorer {
  const { scale } = standardised(train)
  const rows = train.map(one => ({ x: scale(one.features), injected: one.injected }))
  return features => {
    const point = scale(features)
    const near = rows.map(row => ({
      d: row.x.reduce((sum, value, f) => sum + (value - point[f]) ** 2, 0),
      injected: row.injected,
    }))
    return near
      .toSorted((a, b) => a.d - b.d)
      .slice(0, k)
      .filter(one => one.injected).length
  }
}

/** Area under the ROC curve: the chance that an injected sample scores above a background one; ties count half. */
export function auroc(score: Scorer, samples: readonly Sample[]): number {
  const scored = samples.map(one => ({ s: score(one.features), injected: one.injected })).toSorted((a, b) => a.s - b.s)
  let wins = 0
  let below = 0
  for (let i = 0; i < scored.length; ) {
    let j = i
    while (j < scored.length && scored[j].s === scored[i].s) j++
    const tied = scored.slice(i, j)
    const positives = tied.filter(one => one.injected).length
    wins += positives * (below + (tied.length - positives) / 2)
    below += tied.length - positives
    i = j
  }
  return wins / (below * (scored.length - below))
}

/** At most `most` samples of each kind, drawn by chance. */
export function balance(samples: readonly Sample[], most: number, random: Random): Sample[] {
  const drawn = samples
    .map(one => ({ one, at: random.next() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ one }) => one)
  return [...drawn.filter(one => one.injected).slice(0, most), ...drawn.filter(one => !one.injected).slice(0, most)]
}
