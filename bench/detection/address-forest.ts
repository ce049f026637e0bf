/**
 * The usual recipe: one row of features for every address, an isolation forest over them, and the twentieth that looks
 * oddest is called anomalous (`contamination=0.05` sets the threshold at that quantile of the learning scores).
 */
import { isolationForest } from '../../src/anomaly/models/isolation-forest.ts'
import { createRandom } from '../../src/core/random.ts'
import { HOUR, MINUTE } from '../../src/core/time.ts'
import type { Alarm, Attempt } from './attempt.ts'

const CONTAMINATION = 0.05
const TREES = 100
/** A pause longer than this begins a new session. */
const SESSION_PAUSE = 10 * MINUTE
const FEATURES = 10

/** An address's row, kept up to date attempt by attempt. */
class AddressRow {
  #attempts = 0
  #sessions = 0
  #known = 0
  #root = 0
  #night = 0
  #accepted = 0
  #first = 0
  #last = 0
  #shortest = Infinity
  readonly #users = new Map<string, number>()

  add({ time, user, known, accepted }: Attempt): void {
    if (this.#attempts === 0) this.#first = time
    else this.#shortest = Math.min(this.#shortest, time - this.#last)
    if (this.#attempts === 0 || time - this.#last > SESSION_PAUSE) this.#sessions++
    this.#last = time
    this.#attempts++
    if (known === true) this.#known++
    if (user === 'root') this.#root++
    if (accepted) this.#accepted++
    if (new Date(time).getUTCHours() < 6) this.#night++
    this.#users.set(user, (this.#users.get(user) ?? 0) + 1)
  }

  get attempts(): number {
    return this.#attempts
  }

  toRow(): number[] {
    const n = this.#attempts
    const span = this.#last - this.#first
    let entropy = 0
    for (const count of this.#users.values()) entropy -= (count / n) * Math.log(count / n)
    return [
      Math.log1p(n),
      Math.log1p(this.#sessions),
      Math.log1p(this.#users.size),
      entropy,
      Math.log1p(span / MINUTE),
      n > 1 ? Math.log1p(this.#shortest / MINUTE) : Math.log1p(24 * 60),
      Math.log1p((n * HOUR) / Math.max(span, HOUR)),
      this.#known / n,
      this.#root / n,
      (this.#accepted + this.#night) / (2 * n),
    ]
  }
}

/** Learns from one row for each address of the history; each address is judged again with every attempt it makes. */
export function addressForest(history: readonly Attempt[], attempts: readonly Attempt[], seed = 1): Alarm[] {
  const past = new Map<string, AddressRow>()
  for (const one of history) rowOf(past, one.source).add(one)
  if (past.size < 10) return []
  const rows = Float64Array.from([...past.values()].flatMap(row => row.toRow()))
  const forest = isolationForest({ trees: TREES }).fit(rows, past.size, FEATURES, createRandom(seed, 'address forest'))
  const scores = forest.scoreAll(rows, past.size).sort()
  const threshold = scores[Math.min(past.size - 1, Math.ceil((1 - CONTAMINATION) * past.size))]
  return judge(forest, threshold, attempts)
}

function rowOf(rows: Map<string, AddressRow>, source: string): AddressRow {
  const known = rows.get(source)
  if (known !== undefined) return known
  const fresh = new AddressRow()
  rows.set(source, fresh)
  return fresh
}

function judge(forest: { score(row: number[]): number }, threshold: number, attempts: readonly Attempt[]): Alarm[] {
  const rows = new Map<string, AddressRow>()
  const told = new Set<string>()
  /** Equal rows score equally, and most addresses have one of a few rows. */
  const memory = new Map<string, number>()
  const alarms: Alarm[] = []
  for (const one of attempts) {
    if (told.has(one.source)) continue
    const row = rowOf(rows, one.source)
    row.add(one)
    // A busy address is judged ever more rarely: at its attempts 1 to 16, then at every doubling.
    if (row.attempts > 16 && !Number.isInteger(Math.log2(row.attempts))) continue
    const features = row.toRow()
    const key = features.join()
    const score = memory.get(key) ?? forest.score(features)
    memory.set(key, score)
    if (score <= threshold) continue
    told.add(one.source)
    alarms.push({ time: one.time, sources: [one.source] })
  }
  return alarms
}
