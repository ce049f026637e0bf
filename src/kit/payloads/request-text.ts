/** A request's text taken apart and decoded: what the families look at. */
import { decodeText } from './decode.ts'
import type { PayloadTarget, PayloadValue } from './define-payload.ts'

/** No family needs more of a request than this; attackers pad. */
const LONGEST = 16_384
const MOST_PARAMETERS = 200

/** Makes the value that families look at. */
export function payloadValue(place: PayloadValue['place'], name: string, text: string): PayloadValue {
  return { place, name, text, lower: text.toLowerCase() }
}

/** The target's whole, and its parts: the path, each parameter's value, and names that are no plain words. */
export function readTarget(method: string, target: string): { whole: PayloadTarget; values: PayloadValue[] } {
  const raw = target.length > LONGEST ? target.slice(0, LONGEST) : target
  const mark = raw.indexOf('?')
  const rawPath = mark < 0 ? raw : raw.slice(0, mark)
  const rawQuery = mark < 0 ? '' : raw.slice(mark + 1)
  const path = decodeText(rawPath, false).text
  const lowerPath = path.toLowerCase()
  const segments = lowerPath
    .split(/[\\/]+/)
    .map(nameOf)
    .filter(segment => segment !== '')
  const whole: PayloadTarget = {
    method,
    raw: raw.toLowerCase(),
    path: lowerPath,
    segments,
    last: segments.at(-1) ?? '',
    query: rawQuery === '' ? '' : decodeText(rawQuery, true).text.toLowerCase(),
  }
  return { whole, values: [payloadValue('path', '', path), ...readQuery(rawQuery)] }
}

/** A segment without what servers read over behind its name: `.env;.js`, `.env%20`, `.env%00.png`. */
function nameOf(segment: string): string {
  const end = segment.search(/[;\0]/)
  return (end > 0 ? segment.slice(0, end) : segment).trimEnd()
}

function readQuery(query: string): PayloadValue[] {
  const values: PayloadValue[] = []
  if (query === '') return values
  for (const part of query.split('&', MOST_PARAMETERS)) {
    const equals = part.indexOf('=')
    const name = equals < 0 ? '' : decodeText(part.slice(0, equals), true).text.toLowerCase()
    const value = decodeText(equals < 0 ? part : part.slice(equals + 1), true).text
    if (value !== '') values.push(payloadValue('parameter', name, value))
    // A name is a place for a payload too: ?class.module.classLoader...=, ?vars[0]=
    if (/[^\w[\]-]/.test(name)) values.push(payloadValue('parameter', '', name))
  }
  return values
}
