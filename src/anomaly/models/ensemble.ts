/**
 * Several models, one opinion: the mean of the ranks their scores take among calibration scores. The trio of isolation
 * forest, LODA and nearest neighbours is the most robust against attacks hidden in the training, and near the best
 * without.
 */
import { countAtLeast, sortScores } from '../../kit/math/conformal.ts'
import { isolationForest } from './isolation-forest.ts'
import { nearestNeighbours } from './knn.ts'
import { loda } from './loda.ts'
import type { AnomalyModel, Explanation, FittedModel, SavedModel } from './model.ts'
import { checkMatrix, checkRow } from './model.ts'
import { readSaved } from './saved.ts'

const ID = 'ensemble'
const VERSION = 1

/** A fitted member and its scores on rows it has not learned from, ascending. */
interface Member {
  fitted: FittedModel
  calibration: Float64Array
}

/**
 * score = mean over members of the share of calibration scores below the row's. Beyond the largest calibration score a
 * rank goes on growing, slowly (with the log of the excess), so that "stranger than everything" still has an order.
 *
 * The explanation's total is the score: each member's rank is shared among the features that raised its own score.
 */
export class Ensemble implements FittedModel {
  readonly model = ID
  readonly dimensions: number
  readonly #members: readonly Member[]

  constructor(members: readonly Member[], dimensions: number) {
    this.dimensions = dimensions
    this.#members = members
  }

  /** Ids of the members with the rank each gives the row. */
  ranks(row: ArrayLike<number>): { model: string; score: number; rank: number }[] {
    checkRow(row, this.dimensions)
    return this.#members.map(({ fitted, calibration }) => {
      const score = fitted.score(row)
      return { model: fitted.model, score, rank: rankAmong(calibration, score) }
    })
  }

  score(row: ArrayLike<number>): number {
    let sum = 0
    for (const { rank } of this.ranks(row)) sum += rank
    return sum / this.#members.length
  }

  scoreAll(rows: Float64Array, n: number): Float64Array {
    const sums = new Float64Array(n)
    for (const { fitted, calibration } of this.#members) {
      const scores = fitted.scoreAll(rows, n)
      for (let i = 0; i < n; i++) sums[i] += rankAmong(calibration, scores[i])
    }
    // Divided at the end, as in `score`, so that both give the same bits.
    for (let i = 0; i < n; i++) sums[i] /= this.#members.length
    return sums
  }

  explain(row: ArrayLike<number>): Explanation {
    const contributions = new Float64Array(this.dimensions)
    let total = 0
    for (const [m, { rank }] of this.ranks(row).entries()) {
      const amount = rank / this.#members.length
      const raising = this.#members[m].fitted.explain(row).contributions.map(value => Math.max(0, value))
      const raised = raising.reduce((sum, value) => sum + value, 0)
      total += amount
      for (let j = 0; j < this.dimensions; j++) {
        contributions[j] += amount * (raised > 0 ? raising[j] / raised : 1 / this.dimensions)
      }
    }
    return { contributions, total }
  }

  /** The same members ranked against other rows (n >= 1), none of which they have learned from. */
  recalibrated(rows: Float64Array, n: number): Ensemble {
    checkMatrix(rows, n, this.dimensions, 1)
    const members = this.#members.map(({ fitted }) => ({ fitted, calibration: sortScores(fitted.scoreAll(rows, n)) }))
    return new Ensemble(members, this.dimensions)
  }

  toJSON(): SavedModel {
    const members = this.#members.map(({ fitted, calibration }) => ({
      fitted: fitted.toJSON(),
      calibration: [...calibration],
    }))
    return { model: ID, version: VERSION, dimensions: this.dimensions, members }
  }
}

/** Share of the calibration scores below `score`; above 1 beyond the largest, by less than the log of the excess. */
function rankAmong(calibration: Float64Array, score: number): number {
  const n = calibration.length
  const largest = calibration[n - 1]
  if (score <= largest) return (n - countAtLeast(calibration, score)) / n
  const spread = largest - calibration[n >> 1] || Math.abs(largest) || 1
  return 1 + Math.log1p((score - largest) / spread) / (n + 1)
}

/** Isolation forest of 200 trees, LODA of 100 projections, 5 neighbours among 1,024. */
export const TRIO: readonly AnomalyModel[] = [isolationForest(), loda(), nearestNeighbours()]

/**
 * An ensemble as a kind of model. `fit` learns from the first two thirds of the rows and ranks against the last: give
 * the rows in order of time, so that calibration never looks into the past of what was learned.
 */
export function ensemble(kinds: readonly AnomalyModel[] = TRIO): AnomalyModel<Ensemble> {
  if (kinds.length === 0) throw new RangeError('the ensemble has no members; expected at least 1')
  const leastLearned = Math.max(...kinds.map(kind => kind.leastRows))
  const leastRows = Math.ceil((leastLearned * 3) / 2) + 1
  return {
    id: ID,
    title: `Mean rank of ${kinds.map(kind => kind.title).join(', ')}`,
    leastRows,
    fit: (rows, n, d, random) => {
      checkMatrix(rows, n, d, leastRows)
      const learned = Math.floor((2 * n) / 3)
      const training = rows.subarray(0, learned * d)
      const rest = rows.subarray(learned * d)
      const members = kinds.map(kind => {
        const fitted = kind.fit(training, learned, d, random.fork(kind.id))
        return { fitted, calibration: sortScores(fitted.scoreAll(rest, n - learned)) }
      })
      return new Ensemble(members, d)
    },
    fromJSON: saved => {
      const parts = readSaved(saved, ID, VERSION)
      const dimensions = parts.integer('dimensions', 1)
      const savedMembers = parts.objects('members')
      if (savedMembers.length !== kinds.length) {
        throw new RangeError(`the saved ensemble has ${savedMembers.length} members; expected ${kinds.length}`)
      }
      const members = savedMembers.map((member, i) => {
        const fitted = kinds[i].fromJSON(member.any('fitted'))
        const calibration = member.numbers('calibration').sort()
        if (fitted.dimensions !== dimensions || calibration.length === 0) {
          throw new RangeError(
            `member ${i} of the saved ensemble does not fit; expected ${dimensions} features, calibrated`,
          )
        }
        return { fitted, calibration }
      })
      return new Ensemble(members, dimensions)
    },
  }
}
