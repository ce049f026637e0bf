/**
 * A model of the tests' own: how far out in the sorted training values each feature lies (-ln of the empirical tail
 * probability, as ECOD sums them). It shows that a kind of model is one file and nothing else has to know of it.
 */
import type { AnomalyModel, Explanation, FittedModel, SavedModel } from '../../../src/anomaly/models/model.ts'
import { checkMatrix, checkRow, scoreEach } from '../../../src/anomaly/models/model.ts'
import { readSaved } from '../../../src/anomaly/models/saved.ts'

const ID = 'tails'

class Tails implements FittedModel {
  readonly model = ID
  readonly dimensions: number
  /** Training values by feature, ascending, one after another. */
  readonly #columns: Float64Array
  readonly #rows: number

  constructor(columns: Float64Array, rows: number) {
    this.#columns = columns
    this.#rows = rows
    this.dimensions = columns.length / rows
  }

  #tail(j: number, value: number): number {
    let below = 0
    let above = 0
    for (let i = 0; i < this.#rows; i++) {
      const seen = this.#columns[j * this.#rows + i]
      if (seen <= value) below++
      if (seen >= value) above++
    }
    return -Math.log((Math.min(below, above) + 1) / (this.#rows + 1))
  }

  score(row: ArrayLike<number>): number {
    return this.explain(row).total
  }

  scoreAll(rows: Float64Array, n: number): Float64Array {
    return scoreEach(this, rows, n)
  }

  explain(row: ArrayLike<number>): Explanation {
    checkRow(row, this.dimensions)
    const contributions = Float64Array.from(row, (value, j) => this.#tail(j, value))
    return { contributions, total: contributions.reduce((sum, part) => sum + part, 0) }
  }

  toJSON(): SavedModel {
    return { model: ID, version: 1, rows: this.#rows, columns: [...this.#columns] }
  }
}

export const tailModel: AnomalyModel = {
  id: ID,
  title: 'Empirical tails',
  leastRows: 2,
  fit: (rows, n, d) => {
    checkMatrix(rows, n, d, 2)
    const columns = Array.from({ length: d }, (_, j) =>
      Float64Array.from({ length: n }, (_, i) => rows[i * d + j]).sort(),
    )
    return new Tails(Float64Array.from(columns.flatMap(column => [...column])), n)
  },
  fromJSON: saved => {
    const parts = readSaved(saved, ID, 1)
    const rows = parts.integer('rows', 2)
    return new Tails(parts.numbers('columns'), rows)
  },
}
