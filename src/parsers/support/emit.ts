/** Writing events: the columns that every line of a program has, and the source it names. */
import type { BatchWriter } from '../../core/batch.ts'
import type { EventKind } from '../../core/event.ts'
import { KIND } from '../../core/event.ts'
import { hasHead, type Line } from '../../core/line.ts'
import { isDigit, literal, startsWith } from './bytes.ts'

/** Opens an event of the line with its host, service and pid. `kind` is the kind's number. */
export function addEvent(line: Line, out: BatchWriter, kind: number, flags = 0): number {
  const row = out.add(kind, line.time, line.flags | flags)
  const columns = out.columns
  const { bytes } = line
  columns.host[row] = hostText(line, out)
  if (hasHead(line)) columns.service[row] = line.headProgramText
  else if (line.programEnd > line.programStart)
    columns.service[row] = out.text(bytes, line.programStart, line.programEnd)
  columns.pid[row] = line.pid
  return row
}

/** Index of the host that the line names; -1 where it names none. */
export function hostText(line: Line, out: BatchWriter): number {
  if (line.host >= 0) return line.host
  if (hasHead(line)) return line.headHostText
  return line.hostEnd > line.hostStart ? out.text(line.bytes, line.hostStart, line.hostEnd) : -1
}

/** The texts of a rare event; what is undefined stays empty. */
export interface EventTexts {
  user?: string | undefined
  target?: string | undefined
  detail?: string | undefined
  method?: string | undefined
  /** Instead of the program's name. */
  service?: string | undefined
  source?: string | undefined
  port?: number | undefined
  count?: number | undefined
  flags?: number
}

const encoder = new TextEncoder()

/** Opens an event from texts (programs off the hot path). */
export function addTextEvent(line: Line, out: BatchWriter, kind: EventKind, texts: EventTexts): number {
  const row = addEvent(line, out, KIND[kind], texts.flags ?? 0)
  const columns = out.columns
  if (texts.user !== undefined) columns.user[row] = out.string(texts.user)
  if (texts.target !== undefined) columns.target[row] = out.string(texts.target)
  if (texts.detail !== undefined) columns.detail[row] = out.string(texts.detail)
  if (texts.method !== undefined) columns.method[row] = out.string(texts.method)
  if (texts.service !== undefined) columns.service[row] = out.string(texts.service)
  if (texts.port !== undefined) columns.port[row] = texts.port
  if (texts.count !== undefined) columns.count[row] = clampCount(texts.count)
  if (texts.source !== undefined) {
    const bytes = encoder.encode(texts.source)
    columns.source[row] = sourceIndex(bytes, 0, bytes.length, out)
  }
  return row
}

/** A count that fits its column. */
export const clampCount = (count: number): number => Math.min(Math.max(count, 1), 65_535)

const MAPPED_PREFIX = literal('::ffff:')

/**
 * Index of the source that bytes[start, end) names: an address (also in brackets, also as `name[address]`), or a host
 * name; -1 where it is neither. The caller has made sure that the text stands where the program writes the peer.
 */
export function sourceIndex(bytes: Uint8Array, start: number, end: number, out: BatchWriter): number {
  if (end <= start) return -1
  if (bytes[end - 1] === 93 /* ] */) {
    let open = end - 2
    while (open >= start && bytes[open] !== 91) open--
    if (open < start) return -1
    return out.address(bytes, open + 1, end - 1)
  }
  const index = out.address(bytes, start, end)
  if (index >= 0) return index
  // A mapped prefix before a host name is tcp wrappers' way of writing it.
  if (startsWith(bytes, start, end, MAPPED_PREFIX)) return sourceIndex(bytes, start + MAPPED_PREFIX.length, end, out)
  return isHostName(bytes, start, end) ? out.hostName(bytes, start, end) : -1
}

const UNKNOWN = literal('unknown')

/** Whether the text can be a host name: an address that is cut (`192.0.2`) is none, and neither is the word UNKNOWN. */
function isHostName(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > 255 || end <= start) return false
  let dots = 0
  let numeric = true
  for (let i = start; i < end; i++) {
    const byte = bytes[i]
    const lower = byte | 32
    if (byte === 46) {
      dots++
      if (i === start || bytes[i - 1] === 46) return false
    } else if (!isDigit(byte)) {
      numeric = false
      // Underscores are against the letter of the law and common in reverse zones.
      if (!((lower >= 97 && lower <= 122) || byte === 45 || byte === 95)) return false
    }
  }
  if (numeric && dots !== 3) return false
  if (end - start === UNKNOWN.length) {
    let same = true
    for (let i = 0; i < UNKNOWN.length && same; i++) same = (bytes[start + i] | 32) === UNKNOWN[i]
    if (same) return false
  }
  return bytes[start] !== 45
}
