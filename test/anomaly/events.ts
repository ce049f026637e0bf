/** Events without logs: batches written directly, in batches of any size, for tests that need exact counts. */
import { AddressTable } from '../../src/core/addresses.ts'
import { BatchWriter } from '../../src/core/batch.ts'
import { type EventKind, FLAG, KIND } from '../../src/core/event.ts'
import { EventView, OpenBatch } from '../../src/core/view.ts'
import type { Analyzer, AnalyzerContext, AnalyzerUnit, Concluding } from '../../src/kit/define-detector.ts'

export interface TestEvent {
  time: number
  source: string
  kind?: EventKind
  user?: string
  attempts?: number
  port?: number
  known?: boolean
  method?: string
  path?: string
  status?: number
  size?: number
  agent?: string
  /** Families of attacks in the request. */
  traits?: number
  /** The line itself, of a log that cannot be read again. */
  text?: string
}

const encoder = new TextEncoder()

/** Calls `observe` with every event, `batchSize` of them a batch. */
export function play(
  events: Iterable<TestEvent>,
  addresses: AddressTable,
  observe: (event: EventView) => void,
  batchSize = 1000,
): void {
  const writer = new BatchWriter()
  let firstLine = 0
  let raw = ''
  const flush = (): void => {
    const { length } = writer
    const kept = raw === '' ? undefined : { bytes: encoder.encode(raw), offset: 0 }
    const open = new OpenBatch(writer.take(undefined, kept), 0, firstLine, addresses)
    raw = ''
    firstLine += length
    const view = new EventView(open)
    for (let row = 0; row < length; row++) observe(view.at(open, row))
  }
  for (const event of events) {
    const { kind = 'ssh.auth.failed', port = 0, known } = event
    const row = writer.add(KIND[kind], event.time, known === true ? FLAG.USER_KNOWN : 0)
    const { columns } = writer
    const address = encoder.encode(event.source)
    columns.source[row] = writer.address(address, 0, address.length)
    columns.attempts[row] = event.attempts ?? (kind === 'ssh.auth.failed' ? 1 : 0)
    columns.port[row] = port
    columns.status[row] = event.status ?? 0
    columns.size[row] = event.size ?? 0
    columns.traits[row] = event.traits ?? 0
    columns.line[row] = row
    if (event.text !== undefined) {
      columns.offset[row] = raw.length
      columns.length[row] = event.text.length
      raw += event.text
    }
    if (event.user !== undefined) columns.user[row] = writer.string(event.user)
    if (event.method !== undefined) columns.method[row] = writer.string(event.method)
    if (event.path !== undefined) columns.path[row] = writer.string(event.path)
    if (event.agent !== undefined) columns.agent[row] = writer.string(event.agent)
    if (writer.length === batchSize) flush()
  }
  if (writer.length > 0) flush()
}

export const NOTHING: Concluding = { flagged: new Map(), findings: [] }

export interface Opened {
  analyzer: Analyzer
  addresses: AddressTable
}

/** An analyzer with its options' defaults. */
export function openAnalyzer(
  unit: AnalyzerUnit,
  context: Partial<AnalyzerContext> = {},
  options: Record<string, unknown> = {},
): Opened {
  const addresses = context.addresses ?? new AddressTable()
  const analyzer = unit.open(options, { addresses, services: { host: {} }, budgetPerWeek: 1, seed: 1, ...context })
  if (analyzer === undefined) throw new Error('the analyzer is switched off')
  return { analyzer, addresses }
}

/** The n-th address of a documentation-like block. */
export function address(n: number, block = 10): string {
  return `${block}.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`
}
