/** The columns of a batch: one typed array a field, all in one buffer. */

/** Columns that hold an index into the batch's texts, -1 where the event has none. */
export const TEXT_COLUMNS = [
  'user',
  'host',
  'service',
  'method',
  'path',
  'query',
  'referrer',
  'agent',
  'target',
  'detail',
] as const
export type TextColumn = (typeof TEXT_COLUMNS)[number]

export type Columns = {
  /** Milliseconds since 1970 UTC (see FLAG.YEARLESS and FLAG.LOCAL for what a parser may leave open). */
  time: Float64Array
  /** Index into EVENT_KINDS. */
  kind: Uint8Array
  flags: Uint8Array
  /** Index into the batch's addresses, -1 where the line names no source. */
  source: Int32Array
  port: Uint16Array
  /** How many occurrences the line tells (`message repeated 4 times`). */
  count: Uint16Array
  /** How many login attempts the event stands for; set by the engine's attempt ledger, 0 on an attempt's further lines. */
  attempts: Uint16Array
  status: Uint16Array
  /** Bytes sent for a web answer; milliseconds for log.gap and log.backstep. */
  size: Float64Array
  pid: Uint32Array
  /** Payload families of a web request (kit/payloads.ts), one bit each. */
  traits: Uint32Array
  /** Line number from the start of the batch's range, from 0. */
  line: Uint32Array
  /** Byte offset in the input. */
  offset: Float64Array
  /** Length of the line in bytes, without its line end. */
  length: Uint32Array
} & Record<TextColumn, Int32Array>

/** Bytes of a row over all columns, and the room that aligning each column to 8 bytes may take. */
const ROW_BYTES = 3 * 8 + 5 * 4 + 4 * 2 + 2 + TEXT_COLUMNS.length * 4
const ALIGNMENT = 8 * (14 + TEXT_COLUMNS.length)

/** Bytes of the buffer that so many rows take. */
export const columnsSize = (capacity: number): number => capacity * ROW_BYTES + ALIGNMENT

/** All columns in one buffer: a batch is then one allocation, and one transfer. */
export function makeColumns(capacity: number, buffer = new ArrayBuffer(columnsSize(capacity))): Columns {
  let at = 0
  const place = (bytes: number): number => {
    const start = at
    at = Math.ceil((at + bytes * capacity) / 8) * 8
    return start
  }
  const f64 = (): Float64Array<ArrayBuffer> => new Float64Array(buffer, place(8), capacity)
  const u32 = (): Uint32Array<ArrayBuffer> => new Uint32Array(buffer, place(4), capacity)
  const i32 = (): Int32Array<ArrayBuffer> => new Int32Array(buffer, place(4), capacity)
  const u16 = (): Uint16Array<ArrayBuffer> => new Uint16Array(buffer, place(2), capacity)
  const u8 = (): Uint8Array<ArrayBuffer> => new Uint8Array(buffer, place(1), capacity)
  return {
    time: f64(),
    size: f64(),
    offset: f64(),
    source: i32(),
    pid: u32(),
    traits: u32(),
    line: u32(),
    length: u32(),
    port: u16(),
    count: u16(),
    attempts: u16(),
    status: u16(),
    kind: u8(),
    flags: u8(),
    user: i32(),
    host: i32(),
    service: i32(),
    method: i32(),
    path: i32(),
    query: i32(),
    referrer: i32(),
    agent: i32(),
    target: i32(),
    detail: i32(),
  }
}

const COLUMN_NAMES: readonly (keyof Columns)[] = [
  'time',
  'kind',
  'flags',
  'source',
  'port',
  'count',
  'attempts',
  'status',
  'size',
  'pid',
  'traits',
  'line',
  'offset',
  'length',
  ...TEXT_COLUMNS,
]

/** The same rows with twice the room. */
export function growColumns(columns: Columns): Columns {
  const grown = makeColumns(columns.time.length * 2)
  for (const name of COLUMN_NAMES) grown[name].set(columns[name])
  return grown
}

/** The first `length` rows, copied into the buffer, which may hold anything. */
export function sliceColumns(columns: Columns, length: number, buffer: ArrayBuffer): Columns {
  const sliced = makeColumns(length, buffer)
  for (const name of COLUMN_NAMES) sliced[name].set(columns[name].subarray(0, length))
  return sliced
}
