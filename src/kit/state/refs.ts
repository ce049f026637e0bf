/** Small lists of a state table, and evidence pointers in snapshots. */
import type { EventRef } from '../../core/event.ts'
import { asArray, asNumber, type Json } from './primitive.ts'

/** A pointer to a line as a short list: input, line, offset, length, and the text where it has one. */
export function refToJson(ref: EventRef): Json {
  const place = [ref.input, ref.line, ref.offset, ref.length]
  return ref.text === undefined ? place : [...place, ref.text]
}

/** The pointer that `refToJson` wrote. @throws TypeError for anything else */
export function refFromJson(json: Json): EventRef {
  const parts = asArray(json, 'an evidence pointer')
  const [input, line, offset, length] = parts.slice(0, 4).map(part => asNumber(part, 'an evidence pointer'))
  const text = parts[4]
  return { input, line, offset, length, ...(typeof text === 'string' ? { text } : {}) }
}

/** Lists longer than this grow in place. */
const SMALL = 8

/**
 * The list with one more entry. Most keys of a table stay at a few entries, and a growing array reserves 17 places at
 * once: short lists are copied to their exact size instead, which keeps a table of 10,000 sources small.
 */
export function append<T>(list: T[], value: T): T[] {
  if (list.length >= SMALL) {
    list.push(value)
    return list
  }
  return list.concat([value])
}
