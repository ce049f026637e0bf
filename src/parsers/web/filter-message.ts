/** Messages of request filters: ModSecurity (Apache and nginx) and NAXSI. */
import type { WebFields } from './fields.ts'
import { bytesOf, find, findLast, startsWith, until } from './text.ts'

const MODSECURITY = bytesOf('ModSecurity: ')
const AUDIT = bytesOf('Audit log: ')
const NAXSI = bytesOf('NAXSI_')
const FILE = bytesOf('[file "')
const ID = bytesOf('[id "')
const MESSAGE = bytesOf('[msg "')
const HOST = bytesOf('[hostname "')
const URI = bytesOf('[uri "')
/** ModSecurity's own word stands at the front, behind `[client ...]`; what a client sent stands further on. */
const HEAD = 160

const decoder = new TextDecoder()

/** Whether a request filter speaks. */
export function isFilterMessage(bytes: Uint8Array, start: number, end: number): boolean {
  const at = find(bytes, start, Math.min(end, start + HEAD), MODSECURITY)
  // What it says of its own audit log accuses nobody.
  if (at >= 0 && startsWith(bytes, at + MODSECURITY.length, end, AUDIT)) return false
  return (at >= 0 && (at === start || bytes[start] === 91)) || startsWith(bytes, start, end, NAXSI)
}

/** Takes the rule's number and message as the detail, and the path where the line has no request of its own. */
export function readFilterMessage(fields: WebFields, start: number, end: number): void {
  const { bytes } = fields
  const file = find(bytes, start, end, FILE)
  const id = file < 0 ? -1 : find(bytes, file, end, ID)
  if (id >= 0) {
    const message = find(bytes, id, end, MESSAGE)
    composeDetail(fields, id + ID.length, message < 0 ? -1 : message + MESSAGE.length, end)
  }
  if (fields.targetEnd > fields.targetStart) return
  // The last ones are the filter's own: what a client sent can only stand in front of them.
  const uri = findLast(bytes, start, end, URI)
  if (uri >= 0) {
    fields.targetStart = uri + URI.length
    fields.targetEnd = until(bytes, fields.targetStart, end, 34)
  }
  const host = findLast(bytes, start, end, HOST)
  if (host >= 0) {
    fields.vhostStart = host + HOST.length
    fields.vhostEnd = until(bytes, fields.vhostStart, end, 34)
  }
}

/** `949110 Inbound Anomaly Score Exceeded`. */
function composeDetail(fields: WebFields, id: number, message: number, end: number): void {
  const number = textAt(fields.bytes, id, Math.min(end, id + 20))
  fields.detailText = message < 0 ? number : `${number} ${textAt(fields.bytes, message, Math.min(end, message + 200))}`
}

/** The text from `start` to the closing quote. */
function textAt(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, until(bytes, start, end, 34)))
}
