/** The same inputs, delivered in any way: whole, cut anywhere, line by line, interleaved, with a restart in between. */
import { AddressTable } from '../../src/core/addresses.ts'
import { BatchWriter } from '../../src/core/batch.ts'
import type { Random } from '../../src/core/random.ts'
import { EventView, OpenBatch } from '../../src/core/view.ts'
import { type Run, restoreCheckpoint, takeCheckpoint } from '../../src/engine/checkpoint.ts'
import { Clock } from '../../src/engine/clock.ts'
import { Engine } from '../../src/engine/engine.ts'
import { Merge } from '../../src/engine/order.ts'
import { InputStream } from '../../src/engine/stream.ts'
import type { AnalyzerUnit } from '../../src/kit/define-detector.ts'
import type { FindingDraft } from '../../src/kit/define-rule.ts'
import { createZone } from '../../src/kit/options.ts'
import { ChunkParser } from '../../src/parsers/chunk.ts'
import { RULES } from '../../src/rules/index.ts'

export interface Delivery {
  /** Length of the next piece of an input in bytes. */
  piece: () => number
  /** Which of the inputs that still have bytes delivers next (below `count`). */
  turn: (count: number) => number
  /** Whether batches are asked for after every piece, as a live run does. */
  live: boolean
  /** Restart after this many pieces. */
  restartAfter?: number
}

export const WHOLE: Delivery = { piece: () => Number.MAX_SAFE_INTEGER, turn: () => 0, live: false }

export function randomDelivery(random: Random, longest: number, live: boolean, restartAfter?: number): Delivery {
  return {
    piece: () => 1 + random.below(longest),
    turn: count => random.below(count),
    live,
    ...(restartAfter === undefined ? {} : { restartAfter }),
  }
}

const ZONE = { name: 'Europe/Paris', offset: createZone('Europe/Paris') }

function openRun(inputs: number, year: number, units: readonly AnalyzerUnit[]): Run {
  const addresses = new AddressTable()
  const services = { host: {} }
  const analyzers = units.flatMap(unit => {
    const analyzer = unit.open({}, { addresses, services, budgetPerWeek: 1, seed: 1 })
    return analyzer === undefined ? [] : [{ id: unit.id, on: unit.on, analyzer }]
  })
  const engine = new Engine({ rules: RULES, ruleOptions: {}, analyzers, addresses, services })
  const view = new EventView(new OpenBatch(new BatchWriter().take(), 0, 0, addresses))
  const merge = new Merge(inputs, (open, row) => engine.observe(view.at(open, row)))
  const streams = Array.from({ length: inputs }, (_, index) => {
    const clock = new Clock({ zone: ZONE, year, reference: Date.UTC(year + 1, 11, 31) })
    return new InputStream(index, clock, addresses, (open, row) => merge.push(index, open, row))
  })
  return { engine, streams, merge, addresses }
}

/** Runs the inputs through parsers, streams, merge, all rules and the given analyzers in the manner of the delivery. */
export function replay(
  inputs: readonly string[],
  delivery: Delivery,
  year = 2026,
  units: readonly AnalyzerUnit[] = [],
): FindingDraft[] {
  let run = openRun(inputs.length, year, units)
  const bytes = inputs.map(text => Buffer.from(text))
  const at = inputs.map(() => 0)
  const parsers = inputs.map(() => new ChunkParser({ keepRaw: true }))
  const take = (index: number, batches: ReturnType<ChunkParser['push']>): void => {
    for (const batch of batches) run.streams[index].push(batch)
  }
  const open = inputs.map((_, index) => index)
  for (let pieces = 1; open.length > 0; pieces++) {
    const index = open[delivery.turn(open.length)]
    const to = Math.min(bytes[index].length, at[index] + delivery.piece())
    take(index, parsers[index].push(bytes[index].subarray(at[index], to), at[index]))
    at[index] = to
    if (delivery.live) take(index, parsers[index].flush())
    if (to === bytes[index].length) {
      take(index, parsers[index].end())
      run.streams[index].flush()
      run.merge.end(index)
      open.splice(open.indexOf(index), 1)
    }
    run.merge.drain()
    if (pieces === delivery.restartAfter) {
      const checkpoint = takeCheckpoint(run)
      run = openRun(inputs.length, year, units)
      restoreCheckpoint(checkpoint, run)
    }
  }
  return run.engine.findings()
}
