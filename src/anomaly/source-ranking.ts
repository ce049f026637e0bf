/**
 * Ranks sources for the overview: an isolation forest says how unusual each is among all, k-means what kind it is. It
 * raises no finding: a forest over addresses cannot tell a campaign's one visit from a scanner's.
 */
import { z } from 'zod'
import { EXIT, Problem } from '../core/errors.ts'
import { createRandom } from '../core/random.ts'
import type { EventView } from '../core/view.ts'
import {
  type Analyzer,
  type AnalyzerStatus,
  defineAnalyzer,
  type SourceRank,
  type Trained,
} from '../kit/define-detector.ts'
import { median, quantile } from '../kit/math/summary.ts'
import type { Json } from '../kit/state/primitive.ts'
import type { Translation } from '../kit/state/translation.ts'
import { type FeatureSpec, isPlain, type Surface, tellNumber } from './feature-spec.ts'
import { isolationForest } from './models/isolation-forest.ts'
import { kMeans } from './models/kmeans.ts'
import type { FittedModel } from './models/model.ts'
import { fitScaler } from './models/scaler.ts'
import { zScore } from './models/zscore.ts'
import { SOURCE_FEATURES, SourceFeed } from './source-features.ts'
import { centreOf, groupName } from './source-groups.ts'
import { SOURCE_LIMIT, type SourceTableSnapshot } from './source-table.ts'
import { FED_KINDS } from './window-feed.ts'

/** Sources ranked at most: the busiest. The report lists hundreds. */
const MOST_RANKED = 8192
/** Sources that the models learn from at most, evenly spread over the busiest. */
const MOST_LEARNED = 2048
/** Sources that the groups are made of at most: their middles hardly move with more. */
const MOST_GROUPED = 512
/** Fewer sources make no forest: robust z-scores rank them. */
const LEAST_FOREST = 32
/** Half a score for a z-distance of 3. */
const HALF_Z = 3
/** Distance from a group's middle, features from 0 to 1, within which a source is one of the group. */
const NEAR = 0.4
/** How far beyond its range an extreme source is placed at most. */
const BEYOND = 1
const MOST_REASONS = 3
/** Score from which on a source is explained. */
const LEAST_EXPLAINED = 0.55
const LEAST_SHARE = 0.1

class SourceRanking implements Analyzer {
  readonly #feed: SourceFeed
  readonly #seed: number
  readonly #notes: string[] = []

  constructor(seed: number, limit: number) {
    this.#seed = seed
    this.#feed = new SourceFeed(limit)
  }

  observe(event: EventView): void {
    this.#feed.observe(event)
  }

  conclude(): [] {
    return []
  }

  rankSources(): ReadonlyMap<number, SourceRank> {
    this.#notes.length = 0
    const ranks = new Map<number, SourceRank>()
    for (const surface of ['ssh', 'web'] as const) {
      for (const [source, rank] of this.#rank(surface)) {
        const known = ranks.get(source)
        // A source on both surfaces is what it is where it is more unusual.
        if (known === undefined || rank.score > known.score) ranks.set(source, rank)
      }
    }
    return ranks
  }

  #rank(surface: Surface): Map<number, SourceRank> {
    const ranks = new Map<number, SourceRank>()
    const rows = this.#busiest(surface)
    if (rows.length === 0) return ranks
    const specs = SOURCE_FEATURES[surface]
    const d = specs.length
    const vectors = rows.map(row => this.#feed.vector(surface, row))
    const raw = Float64Array.from(vectors.flat())
    const step = Math.max(1, rows.length / MOST_LEARNED)
    const learned = Array.from({ length: Math.min(rows.length, MOST_LEARNED) }, (_, i) => Math.floor(i * step))
    const sample = Float64Array.from(learned.flatMap(i => vectors[i]))
    const scaler = fitScaler(sample, learned.length, d, { counts: specs.map(({ count }) => count) })
    const usual = specs.map((_, j) => median(vectors.map(vector => vector[j])))
    if (scaler.dimensions === 0) {
      // All alike: a group of one kind, and nobody stands out.
      const group = groupName(surface, usual)
      for (const row of rows) ranks.set(this.#feed.tableOf(surface).source(row), { score: 0, group, reasons: [] })
      return ranks
    }
    const training = scaler.transformAll(sample, learned.length)
    const random = createRandom(this.#seed, `sources ${surface}`)
    const isForest = learned.length >= LEAST_FOREST
    if (!isForest)
      this.#notes.push(`sources (${surface}): ${rows.length} are too few for a forest; ranked by robust z-scores`)
    const model: FittedModel = isForest
      ? isolationForest({ trees: 100 }).fit(training, learned.length, scaler.dimensions, random)
      : zScore.fit(training, learned.length, scaler.dimensions, random)
    const unit = unitScale(specs, sample, learned.length)
    const grouped = Math.min(MOST_GROUPED, learned.length)
    const every = Float64Array.from({ length: grouped }, (_, i) => Math.floor((i * learned.length) / grouped))
    const typical = Float64Array.from([...every].flatMap(i => vectors[learned[i]]))
    const groups = kMeans().fit(unit(typical, grouped), grouped, d, random.fork('groups'))
    const placed = unit(raw, rows.length)
    const members = Array.from({ length: groups.groups }, (): number[][] => [])
    const groupOf = rows.map((_, i) => groups.group(placed.subarray(i * d, (i + 1) * d)))
    for (const [i, group] of groupOf.entries()) members[group].push(vectors[i])
    const names = members.map(vectorsIn =>
      vectorsIn.length === 0 ? '' : groupName(surface, centreOf(surface, vectorsIn)),
    )
    const table = this.#feed.tableOf(surface)
    const { kept } = scaler
    const scoreAt = (place: Float64Array): number => {
      const score = model.score(place)
      return isForest ? score : score / (score + HALF_Z)
    }
    // Thousands are ranked and hundreds told: what a rank says is worked out when it is asked for.
    for (const [i, row] of rows.entries()) {
      const place = (): Float64Array => scaler.transform(vectors[i])
      ranks.set(table.source(row), {
        get score() {
          return Math.round(scoreAt(place()) * 1000) / 1000
        },
        // Who is far from the middle of the nearest group is named by what it does itself.
        get group() {
          const isNear = groups.score(placed.subarray(i * d, (i + 1) * d)) <= NEAR
          return isNear ? names[groupOf[i]] : groupName(surface, vectors[i])
        },
        // The explanation walks every tree; only those above the ordinary need one.
        get reasons() {
          const at = place()
          if (scoreAt(at) < LEAST_EXPLAINED) return []
          return reasonsOf(specs, kept, vectors[i], usual, model.explain(at).contributions)
        },
      })
    }
    return ranks
  }

  #busiest(surface: Surface): number[] {
    const table = this.#feed.tableOf(surface)
    const rows = Array.from({ length: table.size }, (_, row) => row)
    if (rows.length <= MOST_RANKED) return rows
    const weights = rows.map(row => this.#feed.weight(surface, row))
    rows.sort((a, b) => weights[b] - weights[a] || a - b)
    return rows.slice(0, MOST_RANKED)
  }

  status(): AnalyzerStatus {
    const { ssh, web } = this.#feed
    const dropped = ssh.dropped + web.dropped
    const notes = [...this.#notes]
    if (dropped > 0) notes.push(`sources: ${dropped} that came once are not ranked, for want of room`)
    return { calibrated: false, notes }
  }

  /** Sources are ranked among each other, so there is nothing to learn. */
  train(): Trained {
    throw new Problem(EXIT.model, 'source-ranking compares the sources of one log with each other and learns nothing')
  }

  drift(): string[] {
    return []
  }

  snapshot(): Json {
    return { ssh: { ...this.#feed.ssh.snapshot() }, web: { ...this.#feed.web.snapshot() } }
  }

  restore(snapshot: Json): void {
    // The checkpoint's own checksum and version vouch for the shape.
    const saved = snapshot as unknown as Record<Surface, SourceTableSnapshot>
    this.#feed.ssh.restore(saved.ssh)
    this.#feed.web.restore(saved.web)
  }

  merge(snapshot: Json, from: Translation): void {
    this.#feed.merge(snapshot as unknown as Record<Surface, SourceTableSnapshot>, from)
  }
}

/**
 * Every feature from 0 to 1 between its 2 % and 98 % quantiles, a little beyond for the extreme, counts in logarithms: groups must be kinds of behaviour,
 * and with the robust scale one extreme source is so far off that all others are one group.
 */
function unitScale(
  specs: readonly FeatureSpec[],
  sample: Float64Array,
  n: number,
): (rows: Float64Array, count: number) => Float64Array {
  const d = specs.length
  const value = (raw: number, j: number): number => (specs[j].count ? Math.log1p(raw) : raw)
  const ranges = specs.map((_, j) => {
    const column = Float64Array.from({ length: n }, (_, i) => value(sample[i * d + j], j))
    const [low, high] = [quantile(column, 0.02), quantile(column, 0.98)]
    // Where hardly anyone differs, those who do are the range.
    return high > low ? { low, high } : { low: quantile(column, 0), high: quantile(column, 1) }
  })
  return (rows, count) => {
    const scaled = new Float64Array(count * d)
    for (let i = 0; i < scaled.length; i++) {
      const { low, high } = ranges[i % d]
      scaled[i] = high > low ? Math.max(-BEYOND, Math.min(1 + BEYOND, (value(rows[i], i % d) - low) / (high - low))) : 0
    }
    return scaled
  }
}

function reasonsOf(
  specs: readonly FeatureSpec[],
  kept: readonly number[],
  vector: readonly number[],
  usual: readonly number[],
  contributions: Float64Array,
): string[] {
  const total = contributions.reduce((sum, value) => sum + Math.max(0, value), 0)
  return kept
    .map((j, k) => ({ j, share: contributions[k] / total }))
    .filter(({ j, share }) => isPlain(specs[j]) && share >= LEAST_SHARE && vector[j] !== usual[j])
    .sort((a, b) => b.share - a.share || a.j - b.j)
    .slice(0, MOST_REASONS)
    .map(
      ({ j }) =>
        `${tellNumber(specs[j], vector[j])} ${vector[j] === 1 ? specs[j].one : specs[j].many}; ${tellNumber(specs[j], usual[j])} usual`,
    )
}

export default defineAnalyzer({
  id: 'source-ranking',
  kind: 'anomaly',
  title: 'Sources ranked by how unusual they are',
  description: `Describes each source by ten features (SSH: attempts, failure share, names and their entropy, span, rate, rhythm,
night share, share on real accounts, successes) or six (web: requests, error rate, method entropy, path diversity, mean bytes,
burst), scores it with an isolation forest and names its kind by k-means. It ranks and explains; it never raises an alarm.`,
  techniques: [],
  on: FED_KINDS,
  budgetShare: 0,
  modelVersion: 1,
  options: {
    sources: z
      .int()
      .min(256)
      .max(1 << 20)
      .default(SOURCE_LIMIT)
      .describe('Sources kept for each of SSH and web; when there are more, those that came once make room.'),
  },
  open: ({ sources }, context) => new SourceRanking(context.seed, sources),
})
