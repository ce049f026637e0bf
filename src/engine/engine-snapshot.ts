/** An engine's snapshot: its parts, and how it is written a member at a time. */
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

/** An object as JSON, a member at a time. */
export function* objectJson<T>(
  items: readonly T[],
  member: (item: T) => [key: string, value: Json],
): Generator<string> {
  yield '{'
  for (const [index, item] of items.entries()) {
    const [key, value] = member(item)
    yield `${index === 0 ? '' : ','}${JSON.stringify(key)}:${JSON.stringify(value)}`
  }
  yield '}'
}
