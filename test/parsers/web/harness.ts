/** Reads lines with one format, as the line loop does. */
import { AddressTable } from '../../../src/core/addresses.ts'
import { BatchWriter } from '../../../src/core/batch.ts'
import type { EventJson } from '../../../src/core/event-json.ts'
import { eventToJson } from '../../../src/core/event-json.ts'
import type { Line, Verdict } from '../../../src/core/line.ts'
import { createLine, VERDICT } from '../../../src/core/line.ts'
import { EventView, OpenBatch } from '../../../src/core/view.ts'
import type { FormatContext, FormatDeclaration } from '../../../src/kit/define-parser.ts'
import { familiesOf } from '../../../src/kit/payloads/index.ts'

export interface Reading {
  verdict: Verdict
  events: EventJson[]
  flags: number[]
}

const encoder = new TextEncoder()

export function readBytes(bytes: Uint8Array, parse: (line: Line, out: BatchWriter) => Verdict): Reading {
  const line = createLine()
  // Bytes around the line belong to its neighbours: no parser may look at them.
  line.bytes = new Uint8Array(bytes.length + 64).fill(0x22)
  line.bytes.set(bytes, 32)
  line.start = 32
  line.end = 32 + bytes.length
  const out = new BatchWriter()
  out.lineLength = bytes.length
  const verdict = parse(line, out)
  const open = new OpenBatch(out.take(), 0, 0, new AddressTable())
  const events: EventJson[] = []
  const flags: number[] = []
  for (let row = 0; row < open.batch.length; row++) {
    const view = new EventView(open).at(open, row)
    events.push(eventToJson(view, 'test.log', familiesOf(view.traits)))
    flags.push(view.flags)
  }
  return { verdict, events, flags }
}

/** Reads one line with a freshly opened format. */
export function read(format: FormatDeclaration, text: string, web?: FormatContext['web']): Reading {
  const context: FormatContext = { parseMessage: () => VERDICT.unknownMessage, ...(web === undefined ? {} : { web }) }
  return readBytes(encoder.encode(text), format.open(context))
}
