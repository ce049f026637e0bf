/** Access logs of a layout that the config describes: a format string, or the keys of a JSON log. */
import type { BatchWriter } from '../../core/batch.ts'
import { EXIT, Problem } from '../../core/errors.ts'
import type { Line, Verdict } from '../../core/line.ts'
import { VERDICT } from '../../core/line.ts'
import type { FormatContext, FormatDeclaration } from '../../kit/define-parser.ts'
import { defineFormat } from '../../kit/define-parser.ts'
import type { Part } from './custom-compile.ts'
import { compileFormat } from './custom-compile.ts'
import type { Slot } from './custom-variables.ts'
import { SLOT_SAMPLES } from './custom-variables.ts'
import { isAbsent, WebFields } from './fields.ts'
import { openJson } from './json.ts'
import type { JsonField } from './json-keys.ts'
import { JSON_FIELDS, KNOWN_KEYS } from './json-keys.ts'
import { markQuery, splitRequest } from './request.ts'
import { readClfStamp, readIsoStamp, stamp } from './stamp.ts'
import { bytesOf, digits, find, startsWith } from './text.ts'
import { RequestWriter } from './writer.ts'

const QUOTE = 34
const BACKSLASH = 92

interface Step {
  slot: Slot
  behind: Uint8Array
  /** Stands in quotes, so that an escaped quote does not end it. */
  quoted: boolean
}

/**
 * A format of the config: `$remote_addr - $remote_user [$time_local] "$request" $status ...` as nginx's `log_format`
 * has it, or `%h %l %u %t "%r" %>s %b` as Apache's LogFormat.
 * @throws Problem (config) that names the unknown variable and the nearest known one.
 */
export function createCustomWebFormat(format: string, id = 'web-custom'): FormatDeclaration {
  const { lead, parts } = compileFormat(format, id)
  const sample = lead + parts.map(part => SLOT_SAMPLES[part.slot] + part.behind).join('')
  return defineFormat({
    id,
    title: `Access log of the format ${format}`,
    family: 'web',
    open: context => openCustom(lead, parts, context),
    samples: [{ line: sample, is: [{ kind: 'web.request', time: '2025-05-17T10:05:03Z' }] }],
  })
}

/**
 * JSON access lines with the config's own keys (dotted where nested); fields that it does not name keep the usual ones.
 * @throws Problem (config) where it names a field that there is not.
 */
export function createJsonWebFormat(keys: Readonly<Record<string, string>>, id = 'web-json-custom'): FormatDeclaration {
  const known: readonly string[] = JSON_FIELDS
  for (const field of Object.keys(keys)) {
    if (!known.includes(field))
      throw new Problem(EXIT.config, `unknown field "${field}" of a JSON log`, {
        where: id,
        expected: `one of ${known.join(', ')}`,
      })
  }
  const own = Object.entries(keys).map(([field, key]) => [field, [key.toLowerCase().replaceAll('-', '_')]])
  const map = { ...KNOWN_KEYS, ...Object.fromEntries(own) }
  const sample: Record<string, unknown> = {}
  const set = (field: JsonField, usual: string, value: string | number): void => {
    sample[keys[field] ?? usual] = value
  }
  set('time', 'time_iso8601', '2025-05-17T10:05:03Z')
  set('peer', 'remote_addr', '192.0.2.1')
  set('method', 'request_method', 'GET')
  set('target', 'request_uri', '/a')
  set('status', 'status', 200)
  return defineFormat({
    id,
    title: 'Access log as JSON lines with keys of its own',
    family: 'web',
    startsWith: '{',
    open: openJson(map),
    samples: [
      {
        line: JSON.stringify(nest(sample)),
        is: [{ kind: 'web.request', source: '192.0.2.1', path: '/a', status: 200 }],
      },
    ],
  })
}

/** `a.b` as an object in an object. */
function nest(flat: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const nested: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(flat)) {
    const names = key.split('.')
    let at = nested
    for (const name of names.slice(0, -1)) {
      const inner: Record<string, unknown> = {}
      const known = at[name]
      at[name] = typeof known === 'object' && known !== null ? Object.assign(inner, known) : inner
      at = inner
    }
    at[names[names.length - 1]] = value
  }
  return nested
}

function openCustom(
  lead: string,
  parts: readonly Part[],
  context: FormatContext,
): (line: Line, out: BatchWriter) => Verdict {
  const leadBytes = bytesOf(lead)
  const steps: Step[] = parts.map((part, index) => ({
    slot: part.slot,
    behind: bytesOf(part.behind),
    quoted: (index === 0 ? lead : parts[index - 1].behind).endsWith('"') && part.behind.startsWith('"'),
  }))
  const fields = new WebFields()
  const writer = new RequestWriter(context)
  return (line, out) => {
    const { bytes, start, end } = line
    if (!startsWith(bytes, start, end, leadBytes)) return VERDICT.notMine
    fields.reset(bytes)
    const read = readSteps(steps, bytes, start + leadBytes.length, end, fields)
    if (Number.isNaN(fields.time)) return VERDICT.notMine
    if (read < steps.length && fields.targetEnd === 0 && fields.requestEnd === 0) return VERDICT.malformed
    trimQuery(fields)
    writer.write(fields, line, out)
    return VERDICT.event
  }
}

/** Reads step by step; answers how many could be read. */
function readSteps(steps: readonly Step[], bytes: Uint8Array, start: number, end: number, fields: WebFields): number {
  let at = start
  for (let index = 0; index < steps.length; index++) {
    const step = steps[index]
    const stop = valueEnd(steps, index, bytes, at, end)
    if (stop < 0 || !take(step.slot, bytes, at, stop, fields)) return index
    at = stop + step.behind.length
  }
  return steps.length
}

/** Where the value of a step ends: at the literal behind it. -1 where that is not found. */
function valueEnd(steps: readonly Step[], index: number, bytes: Uint8Array, at: number, end: number): number {
  const { slot, behind, quoted } = steps[index]
  if (isTime(slot)) return readTime(slot, bytes, at, end) ? stamp.end : -1
  if (behind.length === 0) return end
  const next = steps.at(index + 1)
  let from = at
  for (;;) {
    const found = quoted ? findUnescaped(bytes, from, end, behind) : find(bytes, from, end, behind)
    // The end of a line is often cut, or its last field's closing text left out.
    if (found < 0) return index === steps.length - 1 ? end : -1
    // A user name may contain the text that should end it; a time right behind is the proof.
    if (next === undefined || !isTime(next.slot) || readTime(next.slot, bytes, found + behind.length, end)) return found
    from = found + 1
  }
}

function findUnescaped(bytes: Uint8Array, start: number, end: number, needle: Uint8Array): number {
  for (let i = start; i < end; i++) {
    if (bytes[i] === BACKSLASH) i++
    else if (bytes[i] === QUOTE && startsWith(bytes, i, end, needle)) return i
  }
  return -1
}

const isTime = (slot: Slot): boolean => slot.endsWith('time')

function readTime(slot: Slot, bytes: Uint8Array, at: number, end: number): boolean {
  if (slot === 'iso-time') return readIsoStamp(bytes, at, end)
  if (slot === 'clf-time') return readClfStamp(bytes, at, end)
  if (bytes[at] !== 91 || !readClfStamp(bytes, at + 1, end) || bytes[stamp.end] !== 93) return false
  stamp.end++
  return true
}

/** Puts a value where it belongs; false where it cannot be one. */
function take(slot: Slot, bytes: Uint8Array, start: number, end: number, fields: WebFields): boolean {
  switch (slot) {
    case 'skip':
      return true
    case 'clf-time':
    case 'bracketed-clf-time':
    case 'iso-time':
      fields.time = stamp.time
      fields.flags = stamp.flags
      return true
    case 'epoch': {
      const seconds = Number(String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 24))))
      if (!Number.isFinite(seconds) || seconds <= 0) return false
      // Seconds, milliseconds or microseconds, told by their size.
      fields.time = Math.round(seconds < 1e11 ? seconds * 1000 : seconds < 1e14 ? seconds : seconds / 1000)
      return true
    }
    case 'status':
      fields.status = end - start === 3 ? digits(bytes, start, end) : 0
      return true
    case 'size':
      fields.size = digits(bytes, start, end)
      return true
    case 'port':
      fields.port = digits(bytes, start, end) & 0xffff
      return true
    case 'request':
      fields.requestStart = start
      fields.requestEnd = end
      splitRequest(fields)
      return true
    case 'path':
    case 'target':
      fields.targetStart = start
      fields.targetEnd = end
      markQuery(fields)
      return true
    default:
      fields[`${slot}Start`] = start
      fields[`${slot}End`] = end
      return true
  }
}

/** A query that the log has apart counts where the path has none of its own. */
function trimQuery(fields: WebFields): void {
  const { bytes, queryStart: start, queryEnd: end } = fields
  if (isAbsent(bytes, start, end) || fields.queryMark >= 0) fields.queryEnd = start
  else if (bytes[start] === 63) fields.queryStart = start + 1
}
