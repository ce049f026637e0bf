/** JSON access logs: how the values of their keys are read. */
import type { WebFields } from './fields.ts'
import type { JsonField, KeyMap } from './json-keys.ts'
import { JSON_FIELDS } from './json-keys.ts'
import { markQuery, splitRequest } from './request.ts'
import { readClfStamp, readIsoStamp, readSlashStamp, stamp } from './stamp.ts'
import { until } from './text.ts'
import { splitHost } from './words.ts'

export type JsonValues = Partial<Record<JsonField, string | number>>

interface Place {
  field: JsonField
  rank: number
}

/** Objects within objects are looked into this deep: request.headers.name is three. */
const DEEPEST = 4
const MOST_KEYS = 400

/** Collects the fields of a parsed JSON object. */
export class JsonReader {
  readonly #places = new Map<string, Place[]>()
  readonly #ranks: Partial<Record<JsonField, number>> = {}
  #left = 0

  constructor(keys: KeyMap) {
    for (const field of JSON_FIELDS) {
      for (const [rank, key] of (keys[field] ?? []).entries()) {
        this.#places.set(key, [...(this.#places.get(key) ?? []), { field, rank }])
      }
    }
  }

  read(object: object): JsonValues {
    const values: JsonValues = {}
    for (const field of JSON_FIELDS) this.#ranks[field] = Number.POSITIVE_INFINITY
    this.#left = MOST_KEYS
    this.#collect(object, '', 1, values)
    return values
  }

  #collect(object: object, prefix: string, depth: number, values: JsonValues): void {
    for (const [key, value] of Object.entries(object)) {
      if (--this.#left < 0) return
      const name = prefix + key.toLowerCase().replaceAll('-', '_')
      // A header is a list in Caddy's log; its values stand in the order received.
      const single: unknown =
        Array.isArray(value) && value.every(part => typeof part === 'string') ? value.join(', ') : value
      if (typeof single === 'object' && single !== null) {
        if (depth < DEEPEST && !Array.isArray(single)) this.#collect(single, `${name}.`, depth + 1, values)
      } else if (typeof single === 'string' || typeof single === 'number') this.#keep(name, single, values)
    }
  }

  #keep(name: string, value: string | number, values: JsonValues): void {
    for (const { field, rank } of this.#places.get(name) ?? []) {
      if (rank >= (this.#ranks[field] ?? 0) || value === '') continue
      this.#ranks[field] = rank
      values[field] = value
    }
  }
}

const encoder = new TextEncoder()

/** Puts values into web fields: they are encoded into a buffer of their own. */
export class JsonFiller {
  #bytes = new Uint8Array(16_384)
  #used = 0

  fill(values: JsonValues, fields: WebFields): void {
    let most = 0
    for (const field of JSON_FIELDS) most += String(values[field] ?? '').length * 3
    if (most > this.#bytes.length) this.#bytes = new Uint8Array(most * 2)
    this.#used = 0
    fields.reset(this.#bytes)
    ;[fields.peerStart, fields.peerEnd] = this.#put(values.peer)
    ;[fields.forwardedStart, fields.forwardedEnd] = this.#put(
      values.forwarded === values.peer ? undefined : values.forwarded,
    )
    ;[fields.clientStart, fields.clientEnd] = this.#put(values.client)
    ;[fields.userStart, fields.userEnd] = this.#put(values.user)
    ;[fields.referrerStart, fields.referrerEnd] = this.#put(values.referrer)
    ;[fields.agentStart, fields.agentEnd] = this.#put(values.agent)
    ;[fields.vhostStart, fields.vhostEnd] = this.#put(values.vhost)
    ;[fields.protocolStart, fields.protocolEnd] = this.#put(values.protocol)
    this.#fillRequest(values, fields)
    fields.status = number(values.status, 999)
    fields.size = number(values.size, Number.MAX_SAFE_INTEGER)
    this.#fillTime(values.time, fields)
  }

  #fillRequest(values: JsonValues, fields: WebFields): void {
    const { method, request } = values
    const asked = values.target ?? values.address
    if (request !== undefined && (method === undefined || asked === undefined)) {
      ;[fields.requestStart, fields.requestEnd] = this.#put(request)
      splitRequest(fields)
      return
    }
    ;[fields.methodStart, fields.methodEnd] = this.#put(method)
    const target = String(asked ?? '')
    const query = values.query === undefined || target.includes('?') ? '' : `?${values.query}`
    ;[fields.targetStart, fields.targetEnd] = this.#put(target + query)
    markQuery(fields)
    if (values.target !== undefined) return
    const { vhostStart, vhostEnd } = fields
    splitHost(fields)
    if (vhostEnd === vhostStart) return
    fields.vhostStart = vhostStart
    fields.vhostEnd = vhostEnd
  }

  #fillTime(value: string | number | undefined, fields: WebFields): void {
    if (value === undefined) return
    const epoch =
      typeof value === 'number' ? value : /^\d{9,19}(?:\.\d{1,9})?$/.test(value) ? Number(value) : Number.NaN
    if (!Number.isNaN(epoch)) {
      fields.time = fromEpoch(epoch)
      return
    }
    const [start, end] = this.#put(value)
    const bytes = this.#bytes
    if (readIsoStamp(bytes, start, end) || readClfStamp(bytes, start, end) || readSlashStamp(bytes, start, end)) {
      fields.time = stamp.time
      fields.flags = stamp.flags
    } else if (bytes[start] === 91 && readClfStamp(bytes, start + 1, until(bytes, start, end, 93))) {
      fields.time = stamp.time
      fields.flags = stamp.flags
    }
  }

  #put(value: string | number | undefined): [number, number] {
    if (value === undefined) return [0, 0]
    const start = this.#used
    this.#used += encoder.encodeInto(String(value), this.#bytes.subarray(start)).written
    return [start, this.#used]
  }
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970: told by their size (all of 1990 to 2200). */
function fromEpoch(value: number): number {
  if (value < 1e11) return Math.round(value * 1000)
  if (value < 1e14) return Math.round(value)
  return Math.round(value < 1e17 ? value / 1e3 : value / 1e6)
}

function number(value: string | number | undefined, most: number): number {
  const found = typeof value === 'string' ? Number.parseInt(value, 10) : (value ?? 0)
  return Number.isFinite(found) && found >= 0 && found <= most ? Math.floor(found) : 0
}
