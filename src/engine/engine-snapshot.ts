/** An engine's snapshot: its parts. */
import type { AddressTableSnapshot } from '../core/addresses.ts'
import type { Json } from '../kit/state/primitive.ts'

interface EngineSnapshot {
  addresses: AddressTableSnapshot
  totals: { events: number; whitelisted: number; byKind: number[] }
  rules: Record<string, { state: Record<string, Json>; book: Json }>
  analyzers: Record<string, Json>
}

/** The snapshot's parts. The checkpoint's own checksum and version vouch for the shape; see checkpoint.ts. */
export function engineSnapshotOf(snapshot: Json): EngineSnapshot {
  return snapshot as unknown as EngineSnapshot
}
