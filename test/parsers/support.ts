/** What the parser tests share: lines in, events as their public JSON out. */
import { AddressTable } from '../../src/core/addresses.ts'
import type { Batch, LineCounts } from '../../src/core/batch.ts'
import type { EventJson } from '../../src/core/event-json.ts'
import { eventToJson } from '../../src/core/event-json.ts'
import { EventView, OpenBatch } from '../../src/core/view.ts'
import type { ChunkOptions } from '../../src/parsers/chunk.ts'
import { ChunkParser } from '../../src/parsers/chunk.ts'

export const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

export function eventsOf(batches: readonly Batch[]): EventJson[] {
  const addresses = new AddressTable()
  const events: EventJson[] = []
  let firstLine = 0
  for (const batch of batches) {
    const open = new OpenBatch(batch, 0, firstLine, addresses)
    const view = new EventView(open)
    for (let row = 0; row < batch.length; row++) events.push(eventToJson(view.at(open, row), 'test.log'))
    firstLine += batch.counts.lines
  }
  return events
}

export function countsOf(batches: readonly Batch[]): LineCounts {
  const sum: LineCounts = { lines: 0, irrelevant: 0, unknown: 0, malformed: 0 }
  for (const { counts } of batches) {
    sum.lines += counts.lines
    sum.irrelevant += counts.irrelevant
    sum.unknown += counts.unknown
    sum.malformed += counts.malformed
  }
  return sum
}

/** Parses a whole input pushed at once. */
export function parseAll(input: string | Uint8Array, options: ChunkOptions = {}): Batch[] {
  const parser = new ChunkParser(options)
  return [...parser.push(typeof input === 'string' ? encode(input) : input, 0), ...parser.end()]
}

/** Events of a text's lines. */
export const parseText = (text: string, options: ChunkOptions = {}): EventJson[] => eventsOf(parseAll(text, options))
