/**
 * k-means: behaviour groups of sources for the overview. It names groups; it takes no part in alarms.
 * Seeding k-means++ (Arthur & Vassilvitskii 2007), then Lloyd's iterations.
 */
import type { Random } from '../../core/random.ts'
import type { AnomalyModel, Explanation, FittedModel, SavedModel } from './model.ts'
import { checkMatrix, checkRow, drawWithoutReplacement, scoreEach } from './model.ts'
import { readSaved } from './saved.ts'

const ID = 'kmeans'
const VERSION = 1
/** Rows learned from at most; centres hardly move with more. */
const MAX_ROWS = 2048
const MAX_ROUNDS = 50
const STARTS = 3
/** Kaufman & Rousseeuw (1990): an average silhouette of 0.25 or less means that no substantial structure was found. */
const LEAST_SILHOUETTE = 0.25

export interface KMeansOptions {
  /** Groups at most; 8 by default. */
  mostGroups?: number
}

interface Clustering {
  centres: Float64Array
  /** Group of each row. */
  groups: Int32Array
  /** Sum of squared distances. */
  inertia: number
}

/**
 * score = distance to the nearest centre; the explanation's squared differences over the score sum to it. Scale first.
 */
export class KMeans implements FittedModel {
  readonly model = ID
  readonly dimensions: number
  /** Share of the training rows in each group; groups are numbered from the largest down. */
  readonly shares: readonly number[]
  /** Mean simplified silhouette of the chosen grouping; 0 for a single group. */
  readonly silhouette: number
  readonly #centres: Float64Array

  constructor(centres: Float64Array, dimensions: number, shares: readonly number[], silhouette: number) {
    this.dimensions = dimensions
    this.shares = shares
    this.silhouette = silhouette
    this.#centres = centres
  }

  /** The number of groups. */
  get groups(): number {
    return this.shares.length
  }

  /** The middle of a group. */
  centre(group: number): Float64Array {
    if (!(group in this.shares)) throw new RangeError(`group is ${group}; expected 0 to ${this.groups - 1}`)
    return this.#centres.slice(group * this.dimensions, (group + 1) * this.dimensions)
  }

  /** The group a row belongs to. */
  group(row: ArrayLike<number>): number {
    checkRow(row, this.dimensions)
    return nearestCentre(this.#centres, this.dimensions, row, 0).centre
  }

  score(row: ArrayLike<number>): number {
    checkRow(row, this.dimensions)
    return Math.sqrt(nearestCentre(this.#centres, this.dimensions, row, 0).squared)
  }

  scoreAll(rows: Float64Array, n: number): Float64Array {
    return scoreEach(this, rows, n)
  }

  explain(row: ArrayLike<number>): Explanation {
    const total = this.score(row)
    const contributions = this.centre(this.group(row)).map((middle, j) =>
      total > 0 ? (row[j] - middle) ** 2 / total : 0,
    )
    return { contributions, total }
  }

  toJSON(): SavedModel {
    const { dimensions, shares, silhouette } = this
    return { model: ID, version: VERSION, dimensions, shares, silhouette, centres: [...this.#centres] }
  }
}

/**
 * k-means as a kind of model. k is the one of 2 .. mostGroups with the largest mean simplified silhouette (Hruschka et
 * al. 2004: (b - a) / max(a, b), a and b the distances to the own and the next centre), or 1 when none exceeds 0.25.
 */
export function kMeans({ mostGroups = 8 }: KMeansOptions = {}): AnomalyModel<KMeans> {
  if (!Number.isInteger(mostGroups) || mostGroups < 1 || mostGroups > 64) {
    throw new RangeError(`mostGroups is ${mostGroups}; expected a whole number from 1 to 64`)
  }
  return {
    id: ID,
    title: 'Behaviour groups (k-means)',
    leastRows: 1,
    fit: (rows, n, d, random) => fitKMeans(rows, n, d, random, mostGroups),
    fromJSON: saved => {
      const parts = readSaved(saved, ID, VERSION)
      const dimensions = parts.integer('dimensions', 1)
      const shares = [...parts.numbers('shares')]
      if (shares.length === 0) throw new RangeError(`the saved ${ID} has no groups; expected at least 1`)
      const centres = parts.numbers('centres', shares.length * dimensions)
      return new KMeans(centres, dimensions, shares, parts.number('silhouette', -1, 1))
    },
  }
}

function fitKMeans(rows: Float64Array, n: number, d: number, random: Random, mostGroups: number): KMeans {
  checkMatrix(rows, n, d, 1)
  const drawn = drawWithoutReplacement(n, Math.min(n, MAX_ROWS), random).sort()
  const sample = new Float64Array(drawn.length * d)
  for (const [i, row] of drawn.entries()) sample.set(rows.subarray(row * d, (row + 1) * d), i * d)

  let best = cluster(sample, drawn.length, d, 1, random)
  let bestSilhouette = LEAST_SILHOUETTE
  for (let k = 2; k <= Math.min(mostGroups, drawn.length); k++) {
    const clustering = cluster(sample, drawn.length, d, k, random.fork(k))
    const silhouette = simplifiedSilhouette(sample, drawn.length, d, clustering)
    if (silhouette > bestSilhouette) {
      best = clustering
      bestSilhouette = silhouette
    }
  }
  const single = best.centres.length === d
  return numberedBySize(best, d, single ? 0 : bestSilhouette)
}

/** The best of a few starts. */
function cluster(rows: Float64Array, n: number, d: number, k: number, random: Random): Clustering {
  let best = lloyd(rows, n, d, seedCentres(rows, n, d, k, random))
  for (let start = 1; start < STARTS; start++) {
    const clustering = lloyd(rows, n, d, seedCentres(rows, n, d, k, random))
    if (clustering.inertia < best.inertia) best = clustering
  }
  return best
}

/** k-means++: each next centre is a row drawn with probability in proportion to its squared distance to the nearest. */
function seedCentres(rows: Float64Array, n: number, d: number, k: number, random: Random): Float64Array {
  const centres = new Float64Array(k * d)
  const squared = new Float64Array(n).fill(Infinity)
  let chosen = random.below(n)
  for (let c = 0; c < k; c++) {
    centres.set(rows.subarray(chosen * d, (chosen + 1) * d), c * d)
    let total = 0
    for (let i = 0; i < n; i++) {
      squared[i] = Math.min(squared[i], squaredDistance(centres, c * d, rows, i * d, d))
      total += squared[i]
    }
    let rest = random.next() * total
    // With nothing left to draw from (all rows are centres already) the last row is taken.
    chosen = n - 1
    for (let i = 0; i < n; i++) {
      rest -= squared[i]
      if (rest < 0) {
        chosen = i
        break
      }
    }
  }
  return centres
}

/** Lloyd's iterations to a fixed point or 50 rounds. A group that loses all rows keeps its centre. */
function lloyd(rows: Float64Array, n: number, d: number, centres: Float64Array): Clustering {
  const k = centres.length / d
  const groups = new Int32Array(n).fill(-1)
  let inertia = 0
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let moved = false
    inertia = 0
    const sums = new Float64Array(k * d)
    const counts = new Int32Array(k)
    for (let i = 0; i < n; i++) {
      const { centre, squared } = nearestCentre(centres, d, rows, i * d)
      if (groups[i] !== centre) moved = true
      groups[i] = centre
      inertia += squared
      counts[centre]++
      for (let j = 0; j < d; j++) sums[centre * d + j] += rows[i * d + j]
    }
    if (!moved) break
    for (let at = 0; at < centres.length; at++) {
      const count = counts[Math.floor(at / d)]
      if (count > 0) centres[at] = sums[at] / count
    }
  }
  return { centres, groups, inertia }
}

/** The nearest centre, its squared distance, and that of the second nearest (Infinity when there is none). */
function nearestCentre(
  centres: Float64Array,
  d: number,
  rows: ArrayLike<number>,
  at: number,
): { centre: number; squared: number; second: number } {
  let centre = 0
  let squared = Infinity
  let second = Infinity
  for (let c = 0; c * d < centres.length; c++) {
    const distance = squaredDistance(centres, c * d, rows, at, d)
    if (distance < squared) {
      second = squared
      squared = distance
      centre = c
    } else if (distance < second) second = distance
  }
  return { centre, squared, second }
}

function squaredDistance(a: ArrayLike<number>, atA: number, b: ArrayLike<number>, atB: number, d: number): number {
  let sum = 0
  for (let j = 0; j < d; j++) {
    const difference = a[atA + j] - b[atB + j]
    sum += difference * difference
  }
  return sum
}

function simplifiedSilhouette(rows: Float64Array, n: number, d: number, { centres }: Clustering): number {
  let sum = 0
  for (let i = 0; i < n; i++) {
    const { squared, second } = nearestCentre(centres, d, rows, i * d)
    // Two centres on one spot: the row belongs to neither more than to the other.
    if (second > 0) sum += 1 - Math.sqrt(squared / second)
  }
  return sum / n
}

function numberedBySize({ centres, groups }: Clustering, d: number, silhouette: number): KMeans {
  const counts = new Map<number, number>()
  for (const group of groups) counts.set(group, (counts.get(group) ?? 0) + 1)
  const order = [...counts].sort(([a, countA], [b, countB]) => countB - countA || a - b)
  const sorted = new Float64Array(order.length * d)
  for (const [place, [group]] of order.entries()) sorted.set(centres.subarray(group * d, (group + 1) * d), place * d)
  const shares = order.map(([, count]) => count / groups.length)
  return new KMeans(sorted, d, shares, silhouette)
}
