/**
 * What is known of requests and of the ends of access lines that were read before: where their parts stand, which texts of
 * the batch these are, and what the request carries. One memory a thread.
 */
import type { BatchWriter } from '../../core/batch.ts'
import { Recall } from '../support/recall.ts'
import type { WebFields } from './fields.ts'

const BITS = 9
const SLOTS = 1 << BITS
const LONGEST_REQUEST = 256
const LONGEST_TAIL = 512
const UNKNOWN = -2
const SLASH = 47

/** Columns of text indices, which hold for one batch of one writer. */
class TextColumns {
  readonly columns: readonly Int32Array[]
  #out: BatchWriter | undefined
  #batch = -1

  constructor(count: number) {
    this.columns = Array.from({ length: count }, () => new Int32Array(SLOTS).fill(UNKNOWN))
  }

  /** Forgets the texts where they were those of another batch. */
  hold(out: BatchWriter): void {
    if (out === this.#out && out.batch === this.#batch) return
    this.#out = out
    this.#batch = out.batch
    for (const column of this.columns) column.fill(UNKNOWN)
  }
}

/** Requests, `GET /page HTTP/1.1`. */
class KnownRequests {
  readonly #recall = new Recall(BITS, LONGEST_REQUEST)
  readonly #methodEnds = new Int16Array(SLOTS)
  readonly #targetEnds = new Int16Array(SLOTS)
  readonly #queryMarks = new Int16Array(SLOTS)
  readonly #protocols = new Int16Array(SLOTS)
  readonly #traits = new Float64Array(SLOTS).fill(UNKNOWN)
  readonly #texts = new TextColumns(4)

  /** Fills in the parts of the request that the fields have, where it is known. */
  find(fields: WebFields): boolean {
    const { bytes, requestStart: start, requestEnd: end } = fields
    const slot = this.#recall.find(bytes, start, end)
    fields.request = slot
    if (slot < 0) return false
    fields.methodStart = start
    fields.methodEnd = start + this.#methodEnds[slot]
    fields.targetStart = fields.methodEnd + 1
    fields.targetEnd = start + this.#targetEnds[slot]
    fields.queryMark = this.#queryMarks[slot] < 0 ? -1 : start + this.#queryMarks[slot]
    fields.protocolStart = start + this.#protocols[slot]
    fields.protocolEnd = end
    return true
  }

  /** Keeps the request, of which `find` knew nothing, with the parts that the fields have, where it came before and is of the usual form. */
  learn(fields: WebFields): void {
    const { bytes, requestStart: start, requestEnd: end } = fields
    const slot = this.#recall.free
    if (slot < 0) return
    const usual =
      fields.methodStart === start &&
      fields.methodEnd > start &&
      fields.targetStart === fields.methodEnd + 1 &&
      fields.protocolStart > fields.targetEnd &&
      fields.protocolEnd === end &&
      bytes[fields.targetStart] === SLASH
    if (!usual) return
    this.#recall.keep(bytes, start, end)
    this.#methodEnds[slot] = fields.methodEnd - start
    this.#targetEnds[slot] = fields.targetEnd - start
    this.#queryMarks[slot] = fields.queryMark < 0 ? -1 : fields.queryMark - start
    this.#protocols[slot] = fields.protocolStart - start
    this.#traits[slot] = UNKNOWN
    for (const column of this.#texts.columns) column[slot] = UNKNOWN
    fields.request = slot
  }

  /** Writes the texts of a known request into the row; false where they are not known yet. */
  write(slot: number, out: BatchWriter, row: number): boolean {
    this.#texts.hold(out)
    const [method, path, query, detail] = this.#texts.columns
    if (method[slot] === UNKNOWN) return false
    const { columns } = out
    columns.method[row] = method[slot]
    columns.path[row] = path[slot]
    columns.query[row] = query[slot]
    columns.detail[row] = detail[slot]
    return true
  }

  /** Keeps the texts that the row has got. */
  written(slot: number, out: BatchWriter, row: number): void {
    this.#texts.hold(out)
    const [method, path, query, detail] = this.#texts.columns
    const { columns } = out
    method[slot] = columns.method[row]
    path[slot] = columns.path[row]
    query[slot] = columns.query[row]
    detail[slot] = columns.detail[row]
  }

  /** The payload families of a known request's target; undefined where they are not known yet. */
  traits(slot: number): number | undefined {
    const traits = this.#traits[slot]
    return traits === UNKNOWN ? undefined : traits
  }

  setTraits(slot: number, traits: number): void {
    this.#traits[slot] = traits
  }
}

/** Ends of lines behind the size, ` "referrer" "agent"`. */
class KnownTails {
  readonly #recall = new Recall(BITS, LONGEST_TAIL)
  readonly #referrerStarts = new Int16Array(SLOTS)
  readonly #referrerEnds = new Int16Array(SLOTS)
  readonly #agentStarts = new Int16Array(SLOTS)
  readonly #agentEnds = new Int16Array(SLOTS)
  readonly #texts = new TextColumns(2)

  /** Fills in referrer and agent of the line that ends with bytes[start, end), where that end is known. */
  find(fields: WebFields, start: number, end: number): boolean {
    const slot = this.#recall.find(fields.bytes, start, end)
    fields.tail = slot
    if (slot < 0) return false
    fields.referrerStart = start + this.#referrerStarts[slot]
    fields.referrerEnd = start + this.#referrerEnds[slot]
    fields.agentStart = start + this.#agentStarts[slot]
    fields.agentEnd = start + this.#agentEnds[slot]
    return true
  }

  /** Keeps the end of the line, of which `find` knew nothing, where it came before. Nothing but referrer and agent may stand in it. */
  learn(fields: WebFields, start: number, end: number): void {
    const slot = this.#recall.free
    if (slot < 0) return
    this.#recall.keep(fields.bytes, start, end)
    this.#referrerStarts[slot] = fields.referrerStart - start
    this.#referrerEnds[slot] = fields.referrerEnd - start
    this.#agentStarts[slot] = fields.agentStart - start
    this.#agentEnds[slot] = fields.agentEnd - start
    for (const column of this.#texts.columns) column[slot] = UNKNOWN
    fields.tail = slot
  }

  /** Writes the texts of a known end into the row; false where they are not known yet. */
  write(slot: number, out: BatchWriter, row: number): boolean {
    this.#texts.hold(out)
    const [referrer, agent] = this.#texts.columns
    if (agent[slot] === UNKNOWN) return false
    out.columns.referrer[row] = referrer[slot]
    out.columns.agent[row] = agent[slot]
    return true
  }

  /** Keeps the texts that the row has got. */
  written(slot: number, out: BatchWriter, row: number): void {
    this.#texts.hold(out)
    const [referrer, agent] = this.#texts.columns
    referrer[slot] = out.columns.referrer[row]
    agent[slot] = out.columns.agent[row]
  }
}

export const knownRequests = new KnownRequests()
export const knownTails = new KnownTails()
