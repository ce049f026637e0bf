/** Lines through the real parsers, stream and engine, without files: what rule samples and engine tests run on. */
import { AddressTable, SOURCE_CLASS } from '../../src/core/addresses.ts'
import { BatchWriter } from '../../src/core/batch.ts'
import type { EventJson } from '../../src/core/event-json.ts'
import { eventToJson } from '../../src/core/event-json.ts'
import { type Prefix, PrefixSet, parsePrefix } from '../../src/core/ip.ts'
import { EventView, OpenBatch } from '../../src/core/view.ts'
import { Clock } from '../../src/engine/clock.ts'
import { Engine } from '../../src/engine/engine.ts'
import { Merge } from '../../src/engine/order.ts'
import { InputStream } from '../../src/engine/stream.ts'
import type { FindingDraft, Rule } from '../../src/kit/define-rule.ts'
import { createZone } from '../../src/kit/options.ts'
import type { Services } from '../../src/kit/services.ts'
import { ChunkParser } from '../../src/parsers/chunk.ts'

export interface LinesOptions {
  rules?: readonly Rule[]
  ruleOptions?: Record<string, Record<string, unknown>>
  services?: Partial<Services>
  /** Year of stamps without one. */
  year?: number
  zone?: string
  whitelist?: string[]
  blacklist?: string[]
}

const set = (texts: string[] = []): PrefixSet =>
  new PrefixSet(texts.map(parsePrefix).filter((prefix): prefix is Prefix => prefix !== undefined))

/** Runs several inputs (lists of lines) and calls `observe` with every event in merged order. */
export function runLines(
  inputs: readonly (readonly string[])[],
  options: LinesOptions,
  addresses: AddressTable,
  observe: (event: EventView) => void,
): void {
  const zone = { name: options.zone ?? 'UTC', offset: createZone(options.zone ?? 'UTC') }
  const view = new EventView(new OpenBatch(new BatchWriter().take(), 0, 0, addresses))
  const merge = new Merge(inputs.length, (open, row) => observe(view.at(open, row)))
  for (const [index, lines] of inputs.entries()) {
    const clock = new Clock({
      zone,
      year: options.year ?? 2026,
      reference: Date.UTC((options.year ?? 2026) + 1, 11, 31),
    })
    const stream = new InputStream(index, clock, addresses, (open, row) => merge.push(index, open, row))
    const parser = new ChunkParser({ keepRaw: true })
    const bytes = Buffer.from(`${lines.join('\n')}\n`)
    for (const batch of [...parser.push(bytes, 0), ...parser.end()]) stream.push(batch)
    stream.flush()
    merge.end(index)
  }
  merge.drain()
}

/** The findings of some lines of one log. */
export function analyzeLines(lines: readonly string[], options: LinesOptions = {}): FindingDraft[] {
  return analyzeInputs([lines], options)
}

/** The findings of several logs, merged in time. */
export function analyzeInputs(inputs: readonly (readonly string[])[], options: LinesOptions = {}): FindingDraft[] {
  const whitelist = set(options.whitelist)
  const blacklist = set(options.blacklist)
  const addresses = new AddressTable((words, name) =>
    name === undefined
      ? (whitelist.has(words) ? SOURCE_CLASS.whitelisted : 0) | (blacklist.has(words) ? SOURCE_CLASS.blacklisted : 0)
      : 0,
  )
  const engine = new Engine({
    rules: options.rules ?? [],
    ruleOptions: options.ruleOptions ?? {},
    analyzers: [],
    addresses,
    services: { host: {}, ...options.services },
  })
  runLines(inputs, options, addresses, event => engine.observe(event))
  return engine.findings()
}

/** The events of some lines, as `vpsguard parse` would print them. */
export function eventsOf(lines: readonly string[], options: LinesOptions = {}): EventJson[] {
  const events: EventJson[] = []
  runLines([lines], options, new AddressTable(), event => events.push(eventToJson(event, 'test.log')))
  return events
}
