/** Copies of single events. */
import type { AddressTable } from '../core/addresses.ts'
import { type Batch, BatchWriter, TEXT_COLUMNS } from '../core/batch.ts'
import { EventView, OpenBatch, type SourceName } from '../core/view.ts'
import { asArray, asNumber, type Json } from '../kit/state/primitive.ts'

/**
 * A batch of one event that repeats `source`'s row at the time and place of another line (`at`), with that line's count.
 */
export function copyRow(
  source: OpenBatch,
  row: number,
  at: { batch: OpenBatch; row: number },
  addresses: AddressTable,
): OpenBatch {
  const from = source.batch
  const place = at.batch.batch.columns
  const writer = new BatchWriter()
  const copy = writer.add(
    from.columns.kind[row],
    place.time[at.row],
    (from.columns.flags[row] & 0b1111_0011) | place.flags[at.row],
  )
  const { columns } = writer
  columns.port[copy] = from.columns.port[row]
  columns.status[copy] = from.columns.status[row]
  columns.size[copy] = from.columns.size[row]
  columns.pid[copy] = from.columns.pid[row]
  columns.traits[copy] = from.columns.traits[row]
  columns.count[copy] = place.count[at.row]
  columns.line[copy] = place.line[at.row]
  columns.offset[copy] = place.offset[at.row]
  columns.length[copy] = place.length[at.row]
  for (const column of TEXT_COLUMNS) columns[column][copy] = copyText(from.columns[column][row])
  columns.source[copy] = copyAddress(from.columns.source[row])
  return new OpenBatch(writer.take(undefined, at.batch.batch.raw), at.batch.input, at.batch.firstLine, addresses)

  function copyText(index: number): number {
    if (index < 0) return -1
    return writer.text(from.textBytes, index === 0 ? 0 : from.textEnds[index - 1], from.textEnds[index])
  }

  function copyAddress(index: number): number {
    if (index < 0) return -1
    return writeName(writer, source.nameOf(index))
  }
}

function writeName(writer: BatchWriter, name: SourceName): number {
  if (typeof name !== 'string') return writer.addressWords(name)
  const bytes = new TextEncoder().encode(name)
  return writer.hostName(bytes, 0, bytes.length)
}

/** The columns that a saved row keeps as numbers, in this order. */
const SAVED = [
  'time',
  'size',
  'offset',
  'pid',
  'traits',
  'length',
  'port',
  'count',
  'attempts',
  'status',
  'kind',
  'flags',
] as const

/** An event as JSON, for the checkpoint: it waits to be decided or merged, and its line will not be read again. */
export function saveRow(open: OpenBatch, row: number): Json {
  const { columns } = open.batch
  const view = new EventView(open).at(open, row)
  const source = columns.source[row]
  const name = source < 0 ? null : open.nameOf(source)
  return {
    numbers: SAVED.map(name => columns[name][row]),
    texts: TEXT_COLUMNS.map(name => open.text(columns[name][row]) ?? null),
    source: name === null || typeof name === 'string' ? name : Array.from(name),
    input: open.input,
    line: view.ref.line,
    raw: view.ref.text ?? null,
  }
}

/** A saved event as a batch of its own. @throws TypeError where the JSON is none */
export function loadRow(json: Json, addresses: AddressTable): OpenBatch {
  const what = 'a saved event'
  if (json === null || typeof json !== 'object' || Array.isArray(json))
    throw new TypeError(`snapshot of ${what}: expected an object`)
  // An array was refused above; what is left is a table of JSON values.
  const saved = json as { readonly [key: string]: Json }
  const numbers = asArray(saved.numbers, what).map(value => asNumber(value, what))
  const writer = new BatchWriter()
  const row = writer.add(
    numbers[SAVED.indexOf('kind')],
    numbers[SAVED.indexOf('time')],
    numbers[SAVED.indexOf('flags')],
  )
  for (const [index, name] of SAVED.entries()) writer.columns[name][row] = numbers[index]
  for (const [index, text] of asArray(saved.texts, what).entries()) {
    if (typeof text === 'string') writer.columns[TEXT_COLUMNS[index]][row] = writer.string(text)
  }
  const { source } = saved
  if (source !== null) {
    const name = typeof source === 'string' ? source : asArray(source, what).map(word => asNumber(word, what))
    writer.columns.source[row] = writeName(writer, name)
  }
  let raw: Batch['raw']
  if (typeof saved.raw === 'string') {
    const bytes = new TextEncoder().encode(saved.raw)
    raw = { bytes, offset: writer.columns.offset[row] }
    writer.columns.length[row] = bytes.length
  }
  return new OpenBatch(
    writer.take(undefined, raw),
    asNumber(saved.input, what),
    asNumber(saved.line, what) - 1,
    addresses,
  )
}
