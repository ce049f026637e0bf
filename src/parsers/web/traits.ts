/** The `traits` column: payload families of a request, with the answers for texts that come again kept. */
import type { BatchWriter } from '../../core/batch.ts'
import { classifyHeaderBytes, classifyTargetBytes, mayCarryPayload } from '../../kit/payloads/index.ts'
import type { WebFields } from './fields.ts'
import { knownRequests } from './known.ts'

/** Slots of the memory; a power of two. Attackers choose the texts, so a slot is overwritten, never added. */
const SLOTS = 4096
const LONGEST_KEPT = 512

const CONNECT = [67, 79, 78, 78, 69, 67, 84]

/** Finds a request's payload families. One a thread. */
export class TraitFinder {
  readonly #texts: (Uint8Array | undefined)[] = new Array(SLOTS)
  readonly #traits = new Uint32Array(SLOTS)
  readonly #headers = new HeaderTraits()

  /** The traits of the row whose referrer and agent have been written. */
  find(fields: WebFields, out: BatchWriter, row: number): number {
    const { bytes } = fields
    let traits = this.#request(fields)
    const { referrer, agent } = out.columns
    traits |= this.#headers.find(out, agent[row], bytes, fields.agentStart, fields.agentEnd)
    traits |= this.#headers.find(out, referrer[row], bytes, fields.referrerStart, fields.referrerEnd)
    return traits >>> 0
  }

  /** Those of the request's target; a request that came before is not looked at again. */
  #request(fields: WebFields): number {
    const { bytes, request } = fields
    const known = request < 0 ? undefined : knownRequests.traits(request)
    if (known !== undefined) return known
    if (fields.targetEnd <= fields.targetStart) return 0
    if (fields.methodEnd <= fields.methodStart && bytes[fields.targetStart] !== 47) return 0
    const traits = this.#target(fields)
    if (request >= 0) knownRequests.setTraits(request, traits)
    return traits
  }

  #target(fields: WebFields): number {
    const { bytes, targetStart: start, targetEnd: end } = fields
    const connect = isConnect(fields)
    if (!connect && !mayCarryPayload(bytes, start, end)) return 0
    if (connect || end - start > LONGEST_KEPT) return classifyTargetBytes(bytes, start, end, connect)
    let hash = 0x811c9dc5
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193)
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
    const known = this.#texts[slot]
    if (known !== undefined && equals(known, bytes, start, end)) return this.#traits[slot]
    const traits = classifyTargetBytes(bytes, start, end, false)
    this.#texts[slot] = bytes.slice(start, end)
    this.#traits[slot] = traits
    return traits
  }
}

const UNKNOWN = -1

/** Families of the headers of one batch, by their texts: a batch has a few hundred agents, and each comes again and again. */
class HeaderTraits {
  #batch = UNKNOWN
  #traits = new Float64Array(1024)

  find(out: BatchWriter, text: number, bytes: Uint8Array, start: number, end: number): number {
    if (text < 0) return 0
    if (out.batch !== this.#batch) {
      this.#batch = out.batch
      this.#traits.fill(UNKNOWN)
    }
    if (text >= this.#traits.length) {
      const grown = new Float64Array(text * 2).fill(UNKNOWN)
      grown.set(this.#traits)
      this.#traits = grown
    }
    const known = this.#traits[text]
    if (known !== UNKNOWN) return known
    const traits = classifyHeaderBytes(bytes, start, end)
    this.#traits[text] = traits
    return traits
  }
}

function isConnect({ bytes, methodStart, methodEnd }: WebFields): boolean {
  return methodEnd - methodStart === 7 && CONNECT.every((byte, index) => bytes[methodStart + index] === byte)
}

function equals(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false
  return true
}
