/** The columns that the rows of `Activity` are kept in, about 45 bytes a row. */

/** Bits of a row. */
export const ROW = {
  /** A login that succeeded, not a failure. */
  ACCEPTED: 1,
  /** The source was first met in this hour. */
  NEW_SOURCE: 2,
  /** The name or path was first met in this hour. */
  NEW_TOKEN: 4,
  /** A login from a network from which nobody had logged in. */
  NEW_NETWORK: 8,
} as const

/** One place a row in each; `Activity.rows` says how many are in use. */
export interface RowColumns {
  source: Int32Array
  token: Uint32Array
  /** Attempts, requests or logins. */
  count: Uint32Array
  /** SSH: attempts on accounts that exist. Web: requests refused or not found, of what is no asset. */
  marked: Uint32Array
  /** SSH: connections. Web: POSTs. */
  part: Uint32Array
  /** Web: bytes sent. */
  bytes: Float64Array
  /** Web: hash of the first user agent. SSH: port or process of the latest connection. */
  tag: Uint32Array
  /** Second of the hour at which the row began. */
  second: Uint16Array
  bits: Uint8Array
  input: Uint16Array
  line: Uint32Array
  offset: Float64Array
  length: Uint32Array
}

/** Columns with room for `size` rows. */
export function makeColumns(size: number): RowColumns {
  return {
    source: new Int32Array(size),
    token: new Uint32Array(size),
    count: new Uint32Array(size),
    marked: new Uint32Array(size),
    part: new Uint32Array(size),
    bytes: new Float64Array(size),
    tag: new Uint32Array(size),
    second: new Uint16Array(size),
    bits: new Uint8Array(size),
    input: new Uint16Array(size),
    line: new Uint32Array(size),
    offset: new Float64Array(size),
    length: new Uint32Array(size),
  }
}

export const COLUMN_NAMES: readonly (keyof RowColumns)[] = [
  'source',
  'token',
  'count',
  'marked',
  'part',
  'bytes',
  'tag',
  'second',
  'bits',
  'input',
  'line',
  'offset',
  'length',
]

/** Whether a row counts logins that succeeded. */
export function isAccepted(columns: RowColumns, row: number): boolean {
  return (columns.bits[row] & ROW.ACCEPTED) !== 0
}
