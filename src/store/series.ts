/** Rates over time, coarser the older they are: seconds for an hour, minutes for two days, hours for 400 days. */
import { DAY, HOUR, MINUTE, SECOND } from '../core/time.ts'
import type { Database } from './database.ts'
import { number, text } from './row.ts'

/** Widths of the buckets and how long each is kept, milliseconds; the finest first. */
const STEPS = [
  { step: SECOND, keep: HOUR },
  { step: MINUTE, keep: 2 * DAY },
  { step: HOUR, keep: 400 * DAY },
] as const
const MAX_SERIES = 128
const MAX_NAME = 200
/** A log's clock may run ahead; what lies beyond is a wrong clock and would never grow old. */
const MAX_AHEAD = DAY

/** One amount that belongs to a moment: requests, failures, lines. Those of one second add up. */
export interface Point {
  name: string
  /** Milliseconds. */
  time: number
  value: number
}

export interface SeriesBucket {
  /** Begin of the bucket, milliseconds. */
  time: number
  sum: number
  /** The greatest one-second total in it. */
  max: number
}

export interface SeriesView {
  /** Width of every bucket, milliseconds; a bucket without points is left out. */
  step: number
  buckets: SeriesBucket[]
}

const UPSERT = `INSERT INTO points (series, step, bucket, sum, max) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET sum = sum + excluded.sum, max = max(max, excluded.max)`
/** Of seconds the sum is the total, and the total is the greatest. */
const UPSERT_SECOND = `INSERT INTO points (series, step, bucket, sum, max) VALUES (?1, ?2, ?3, ?4, ?4)
  ON CONFLICT DO UPDATE SET sum = sum + excluded.sum, max = sum + excluded.sum RETURNING sum`

/**
 * Values added under a name and a time (milliseconds), read back in buckets, coarser the older they are. `now` is
 * the clock that says what is old. Every call throws a StoreProblem where the database has trouble.
 */
export class SeriesTable {
  readonly #database: Database
  readonly #now: () => number

  constructor(database: Database, now: () => number) {
    this.#database = database
    this.#now = now
  }

  /**
   * Adds points; those of a time beyond what is kept are left out.
   * @returns how many were left out: too old, in the future, no number, or of a name beyond the `MAX_SERIES`th
   */
  append(points: readonly Point[]): number {
    const now = this.#now()
    let refused = 0
    const seconds = new Map<string, Map<number, number>>()
    for (const { name, time, value } of points) {
      const age = now - time
      if (!Number.isFinite(value) || !(age < STEPS[2].keep && age > -MAX_AHEAD) || name.length > MAX_NAME) {
        refused++
        continue
      }
      const totals = seconds.get(name) ?? new Map<number, number>()
      seconds.set(name, totals)
      const second = Math.floor(time / SECOND)
      totals.set(second, (totals.get(second) ?? 0) + value)
    }
    return this.#database.transaction(() => {
      for (const [name, totals] of seconds) {
        const id = this.#idOf(name)
        if (id === undefined) refused += totals.size
        else this.#add(id, totals, now)
      }
      return refused
    })
  }

  /**
   * A series between two moments, as fine as it is still kept and at most `maxPoints` buckets.
   * @param from,to milliseconds; `to` is not included
   */
  read(name: string, from: number, to: number, maxPoints = 600): SeriesView {
    const age = this.#now() - from
    const wanted = Math.max(1, (to - from) / Math.max(1, maxPoints))
    const kept = STEPS.find(({ keep }) => age <= keep) ?? STEPS[2]
    // The coarsest of the kept ones that is still fine enough needs the fewest rows.
    const { step } = STEPS.findLast(each => each.step >= kept.step && each.step <= wanted) ?? kept
    const factor = Math.max(1, Math.ceil(wanted / step))
    const width = step * factor
    const rows = this.#database.all(
      // A number of JavaScript is bound as REAL, and the division must be one of integers.
      `SELECT bucket / CAST(?1 AS INTEGER) AS wide, sum(sum) AS sum, max(max) AS max FROM points
      WHERE series = (SELECT id FROM series WHERE name = ?2) AND step = ?3 AND bucket >= ?4 AND bucket < ?5
      GROUP BY wide ORDER BY wide LIMIT ?6`,
      factor,
      name,
      step,
      Math.floor(from / step),
      Math.ceil(to / step),
      maxPoints + 1,
    )
    return {
      step: width,
      buckets: rows.map(row => ({
        time: number(row, 'wide') * width,
        sum: number(row, 'sum'),
        max: number(row, 'max'),
      })),
    }
  }

  names(): string[] {
    return this.#database.all('SELECT name FROM series ORDER BY name').map(row => text(row, 'name'))
  }

  /** Takes away the buckets that are too old for their width, and names without any. @returns how many buckets */
  prune(): number {
    return this.#database.transaction(() => {
      const now = this.#now()
      let removed = 0
      for (const { step, keep } of STEPS) {
        removed += this.#database.run(
          'DELETE FROM points WHERE step = ? AND bucket < ?',
          step,
          Math.floor((now - keep) / step),
        ).changes
      }
      this.#database.run('DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM points WHERE points.series = series.id)')
      return removed
    })
  }

  #idOf(name: string): number | undefined {
    const row = this.#database.get('SELECT id FROM series WHERE name = ?', name)
    if (row !== undefined) return number(row, 'id')
    if (this.#database.figure('SELECT count(*) FROM series') >= MAX_SERIES) return undefined
    return this.#database.run('INSERT INTO series (name) VALUES (?)', name).id
  }

  #add(series: number, totals: ReadonlyMap<number, number>, now: number): void {
    const coarser = STEPS.slice(1).map(each => ({ ...each, buckets: new Map<number, { sum: number; max: number }>() }))
    for (const [second, value] of totals) {
      const age = now - second * SECOND
      const stays = age < STEPS[0].keep
      const row = stays ? this.#database.get(UPSERT_SECOND, series, SECOND, second, value) : undefined
      const total = row === undefined ? value : number(row, 'sum')
      for (const { step, keep, buckets } of coarser) {
        if (age >= keep) continue
        const bucket = Math.floor((second * SECOND) / step)
        const so = buckets.get(bucket)
        buckets.set(bucket, { sum: (so?.sum ?? 0) + value, max: Math.max(so?.max ?? total, total) })
      }
    }
    for (const { step, buckets } of coarser) {
      for (const [bucket, { sum, max }] of buckets) this.#database.run(UPSERT, series, step, bucket, sum, max)
    }
  }
}
