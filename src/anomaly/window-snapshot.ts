/** A surface's rows and memory as JSON and back, for checkpoints. */
import type { Json } from '../kit/state/primitive.ts'
import type { ActivitySnapshot } from './activity.ts'
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
