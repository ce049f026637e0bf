/** Evidence pointers in snapshots. */
import type { EventRef } from '../../core/event.ts'
import { asArray, asNumber, type Json } from './primitive.ts'

export function refToJson(ref: EventRef): Json {
  const place = [ref.input, ref.line, ref.offset, ref.length]
  return ref.text === undefined ? place : [...place, ref.text]
}

export function refFromJson(json: Json): EventRef {
  const parts = asArray(json, 'an evidence pointer')
  const [input, line, offset, length] = parts.slice(0, 4).map(part => asNumber(part, 'an evidence pointer'))
  const text = parts[4]
  return { input, line, offset, length, ...(typeof text === 'string' ? { text } : {}) }
}
