/** Writes what a web log line says as one event. */
import type { BatchWriter } from '../../core/batch.ts'
import { KIND } from '../../core/event.ts'
import type { Line } from '../../core/line.ts'
import type { FormatContext } from '../../kit/define-parser.ts'
import { DEFAULT_WEB_OPTIONS } from '../../kit/define-parser.ts'
import { ClientFinder } from './client.ts'
import type { WebFields } from './fields.ts'
import { isAbsent, isNobody } from './fields.ts'
import { knownRequests, knownTails } from './known.ts'
import { TraitFinder } from './traits.ts'

const WEB_REQUEST = KIND['web.request']

/** Turns filled fields into rows. One a thread. */
export class RequestWriter {
  readonly #client: ClientFinder
  readonly #traits = new TraitFinder()

  constructor(context: Partial<Pick<FormatContext, 'web'>>) {
    this.#client = new ClientFinder(context.web ?? DEFAULT_WEB_OPTIONS)
  }

  /** Adds an event of the kind (a web request where none is named); answers its row. */
  write(fields: WebFields, line: Line, out: BatchWriter, kind: number = WEB_REQUEST): number {
    const { bytes } = fields
    const row = out.add(kind, fields.time, fields.flags | (line.flags & ~0xc))
    const { columns } = out
    this.#writeClient(fields, out, row)
    columns.status[row] = fields.status
    columns.size[row] = fields.size
    this.#writeRequest(fields, out, row)
    if (!isAbsent(bytes, fields.userStart, fields.userEnd))
      columns.user[row] = out.text(bytes, fields.userStart, fields.userEnd)
    this.#writeTail(fields, out, row)
    columns.traits[row] = this.#traits.find(fields, out, row)
    if (!isAbsent(bytes, fields.vhostStart, fields.vhostEnd))
      columns.target[row] = out.text(bytes, fields.vhostStart, fields.vhostEnd)
    if (fields.detailText !== '') columns.detail[row] = out.string(fields.detailText)
    else if (fields.detailEnd > fields.detailStart)
      columns.detail[row] = out.text(bytes, fields.detailStart, fields.detailEnd)
    if (fields.service !== '') columns.service[row] = out.string(fields.service)
    if (line.host >= 0) columns.host[row] = line.host
    else if (line.hostEnd > line.hostStart) columns.host[row] = out.text(line.bytes, line.hostStart, line.hostEnd)
    return row
  }

  /** Method, target and, where it is an odd one, protocol. */
  #writeRequest(fields: WebFields, out: BatchWriter, row: number): void {
    const { bytes, request } = fields
    if (request >= 0 && knownRequests.write(request, out, row)) return
    const { columns } = out
    if (fields.methodEnd > fields.methodStart)
      columns.method[row] = out.text(bytes, fields.methodStart, fields.methodEnd)
    this.#writeTarget(fields, out, row)
    if (isOddProtocol(bytes, fields.protocolStart, fields.protocolEnd))
      columns.detail[row] = out.text(bytes, fields.protocolStart, fields.protocolEnd)
    if (request >= 0) knownRequests.written(request, out, row)
  }

  #writeTail(fields: WebFields, out: BatchWriter, row: number): void {
    const { bytes, tail } = fields
    if (tail >= 0 && knownTails.write(tail, out, row)) return
    const { columns } = out
    if (!isAbsent(bytes, fields.referrerStart, fields.referrerEnd))
      columns.referrer[row] = out.text(bytes, fields.referrerStart, fields.referrerEnd)
    if (!isAbsent(bytes, fields.agentStart, fields.agentEnd))
      columns.agent[row] = out.text(bytes, fields.agentStart, fields.agentEnd)
    if (tail >= 0) knownTails.written(tail, out, row)
  }

  #writeClient(fields: WebFields, out: BatchWriter, row: number): void {
    const client = this.#client
    client.find(fields)
    const { columns } = out
    if (client.found) {
      columns.source[row] = out.addressWords(client.words)
      columns.port[row] = client.port === 0 ? fields.port : client.port
      columns.flags[row] |= client.flags
    } else if (!isNobody(fields.bytes, fields.peerStart, fields.peerEnd)) {
      columns.source[row] = out.hostName(fields.bytes, fields.peerStart, fields.peerEnd)
    }
  }

  #writeTarget(fields: WebFields, out: BatchWriter, row: number): void {
    const { bytes, targetStart: start, targetEnd: end, queryMark } = fields
    if (isAbsent(bytes, start, end)) return
    if (queryMark < 0) {
      out.columns.path[row] = out.text(bytes, start, end)
      if (fields.queryEnd > fields.queryStart)
        out.columns.query[row] = out.text(bytes, fields.queryStart, fields.queryEnd)
      return
    }
    out.columns.path[row] = out.text(bytes, start, queryMark)
    if (queryMark + 1 < end) out.columns.query[row] = out.text(bytes, queryMark + 1, end)
  }
}

/** Anything but HTTP/1.0, 1.1, 2.0, 3.0 is worth telling. */
function isOddProtocol(bytes: Uint8Array, start: number, end: number): boolean {
  const size = end - start
  if (size === 0) return false
  if (bytes[start] !== 72 || bytes[start + 1] !== 84 || size > 8 || size < 6) return true
  const major = bytes[start + 5] - 48
  if (size === 6) return major < 2 || major > 3
  const minor = bytes[start + 7] - 48
  return (
    size !== 8 ||
    bytes[start + 6] !== 46 ||
    (major === 1 ? minor !== 0 && minor !== 1 : minor !== 0 || major < 2 || major > 3)
  )
}
