/** A surface's rows and memory as JSON and back, for checkpoints and for other nodes. */
import type { Json } from '../kit/state/primitive.ts'
import type { Translation } from '../kit/state/translation.ts'
import type { ActivitySnapshot } from './activity.ts'
import { ROW } from './activity-columns.ts'
import { joinActivities } from './activity-merge.ts'
import type { SurfaceFeed } from './window-feed.ts'

interface FeedSnapshot {
  activity: ActivitySnapshot
  sources: [number, number][]
  tokens: [number, number, string | null][]
  networks: number[]
}

/** All that a surface has counted, as plain JSON. */
export function snapshotFeed(feed: SurfaceFeed): Json {
  const { columns, hours, ...rest } = feed.activity.snapshot()
  return {
    activity: { columns, hours: hours.map(hour => ({ ...hour })), ...rest },
    sources: [...feed.sources.entries()],
    tokens: [...feed.tokens.entries()].map(([token, hour, text]) => [token, hour, text ?? null]),
    networks: [...feed.networks],
  }
}

/** Fills a fresh feed. The checkpoint's own checksum and version vouch for the shape. */
export function restoreFeed(feed: SurfaceFeed, snapshot: Json): void {
  const saved = snapshot as unknown as FeedSnapshot
  feed.activity.restore(saved.activity)
  for (const [source, hour] of saved.sources) feed.sources.set(source, hour)
  for (const [token, hour, text] of saved.tokens) feed.tokens.meet(token, hour, () => text ?? undefined)
  for (const network of saved.networks) feed.networks.add(network)
}

/**
 * Adds another node's surface. What was new when is found anew from both nodes' first hours, so that rows are as one
 * feed that had seen both nodes' events has them, save for what `joinActivities` says. The engine's snapshot vouches for
 * the shape.
 */
export function mergeFeed(feed: SurfaceFeed, snapshot: Json, from: Translation): void {
  const saved = snapshot as unknown as FeedSnapshot
  const { activity, sources, tokens, networks } = feed
  const theirs = translated(saved.activity, from)
  const mine = activity.snapshot()
  const settled = new Set([
    ...settledNetworks(feed, mine, [...networks]),
    ...settledNetworks(
      feed,
      theirs,
      saved.networks.map(network => from.network(network)),
    ),
  ])
  for (const [source, hour] of saved.sources) sources.meetAt(from.source(source), hour)
  for (const [token, hour, text] of saved.tokens) tokens.meetAt(token, hour, text ?? undefined)
  activity.restore(joinActivities(mine, theirs, activity))
  markNew(feed, settled)
}

function translated(
  { columns, hours, forgotten, texts, passing }: ActivitySnapshot,
  from: Translation,
): ActivitySnapshot {
  return {
    columns: {
      ...columns,
      source: columns.source.map(source => from.source(source)),
      input: columns.input.map(input => from.input(input)),
    },
    hours,
    forgotten,
    texts,
    passing: passing.map(input => from.input(input)),
  }
}

/**
 * Networks that were known on a node before any login that its rows still have: those of the model, and those of hours
 * that were forgotten. A node's first network is new to nobody and carries no mark of its own.
 */
function settledNetworks(
  feed: SurfaceFeed,
  { columns, forgotten }: ActivitySnapshot,
  networks: readonly number[],
): number[] {
  const marked = new Map<number, boolean>()
  for (const [row, bits] of columns.bits.entries()) {
    const source = columns.source[row]
    if ((bits & ROW.ACCEPTED) === 0 || source < 0) continue
    const network = feed.networkOf(source)
    if (!marked.has(network)) marked.set(network, (bits & ROW.NEW_NETWORK) !== 0)
  }
  return networks.filter((network, i) => {
    const isFirst = i === 0 && forgotten === 0 && !feed.remembers(network)
    return marked.get(network) !== true && !(isFirst && marked.has(network))
  })
}

/** Marks what is new in the rows, by the hours at which either node first met it. */
function markNew({ activity, sources, tokens, networks, networkOf }: SurfaceFeed, settled: ReadonlySet<number>): void {
  const { columns } = activity
  networks.clear()
  for (const network of settled) networks.add(network)
  for (const { hour, from, to } of activity.hours) {
    for (let row = from; row < to; row++) {
      const source = columns.source[row]
      // Rows shared for want of room say how much, not who.
      if (source < 0) continue
      let bits = columns.bits[row] & ROW.ACCEPTED
      if (sources.hourOf(source) === hour) bits |= ROW.NEW_SOURCE
      if (tokens.hourOf(columns.token[row]) === hour) bits |= ROW.NEW_TOKEN
      if (bits & ROW.ACCEPTED && !networks.has(networkOf(source))) {
        if (networks.size > 0) bits |= ROW.NEW_NETWORK
        networks.add(networkOf(source))
      }
      columns.bits[row] = bits
    }
  }
}
