/**
 * What a rule sees of an event: a cursor over a batch. It is one object that moves; a rule takes what it needs and
 * never keeps the view itself (`ref` may be kept).
 */
import type { AddressTable } from './addresses.ts'
import type { Batch, Columns } from './batch.ts'
import { NAME_TAG } from './batch.ts'
import type { EventKind, EventRef } from './event.ts'
import { EVENT_KINDS, FLAG } from './event.ts'
import { formatAddress } from './ip.ts'

const decoder = new TextDecoder()
/** Bytes of a proving line that are kept in memory: as many characters as are ever shown (src/app/evidence.ts), at four bytes each. */
const MOST_KEPT = 8000

/** The first of its three bytes. */
const BYTE_ORDER_MARK = 0xef

/** No id of a source, and not the one of none. */
const UNRESOLVED = -2

/** How a log names a source: a host name, or an address's four words. */
export type SourceName = string | readonly number[]

/** A batch with its run-wide look-ups: which input it is of, and its dictionary entries' strings and source ids, filled in on demand. */
export class OpenBatch {
  readonly batch: Batch
  readonly input: number
  /** Number of lines of the input before this batch. */
  readonly firstLine: number
  /** Set by whoever keeps it longer than its events are observed: its memory is then not used again. */
  kept = false
  readonly #addresses: AddressTable
  readonly #bytes: Buffer
  readonly #strings: (string | undefined)[]
  readonly #sourceIds: Int32Array
  /** Sources of events whose own lines name none, told by others. */
  readonly #lent: SourceName[] = []
  /** Addresses that were asked for as text: most stand in many lines. */
  readonly #addressTexts = new Map<number, string>()

  constructor(batch: Batch, input: number, firstLine: number, addresses: AddressTable) {
    this.batch = batch
    this.input = input
    this.firstLine = firstLine
    this.#addresses = addresses
    const { buffer, byteOffset, byteLength } = batch.textBytes
    this.#bytes = Buffer.from(buffer, byteOffset, byteLength)
    this.#strings = new Array(batch.textEnds.length)
    this.#sourceIds = new Int32Array(batch.addresses.length / 4).fill(-1)
  }

  text(index: number): string | undefined {
    if (index < 0) return undefined
    const known = this.#strings[index]
    if (known !== undefined) return known
    const { textEnds, textBytes } = this.batch
    const start = index === 0 ? 0 : textEnds[index - 1]
    const end = textEnds[index]
    // A Buffer decodes in half the time; but it keeps a byte order mark, and that is no letter of a name.
    const text =
      textBytes[start] === BYTE_ORDER_MARK
        ? decoder.decode(textBytes.subarray(start, end))
        : this.#bytes.toString('utf8', start, end)
    this.#strings[index] = text
    return text
  }

  /** The source's id in the run's table, -1 for none. Resolved in event order, so that ids do not depend on batch boundaries. */
  sourceId(index: number): number {
    if (index < 0) return -1
    if (index >= this.#sourceIds.length) return this.#idOf(this.#lent[index - this.#sourceIds.length])
    const known = this.#sourceIds[index]
    if (known >= 0) return known
    const id = this.#idOf(this.nameOf(index))
    this.#sourceIds[index] = id
    return id
  }

  #idOf(name: SourceName): number {
    return typeof name === 'string' ? this.#addresses.idOfName(name) : this.#addresses.idOf(name)
  }

  /** What the line has for its source; `index` is none of -1. The answer may be kept. */
  nameOf(index: number): SourceName {
    if (index >= this.#sourceIds.length) return this.#lent[index - this.#sourceIds.length]
    const { addresses } = this.batch
    const at = index * 4
    if (addresses[at] === NAME_TAG) return this.text(addresses[at + 3]) ?? ''
    // A list of four is made in a tenth of the time of a view into the typed array.
    return [addresses[at], addresses[at + 1], addresses[at + 2], addresses[at + 3]]
  }

  /** Whether the source at the index is the address of the four words that stand in the column from `from` on. */
  hasWords(index: number, words: Uint32Array, from: number): boolean {
    if (index >= this.#sourceIds.length) return sameName(this.nameOf(index), [...words.subarray(from, from + 4)])
    const { addresses } = this.batch
    const at = index * 4
    return (
      addresses[at] !== NAME_TAG &&
      addresses[at] === words[from] &&
      addresses[at + 1] === words[from + 1] &&
      addresses[at + 2] === words[from + 2] &&
      addresses[at + 3] === words[from + 3]
    )
  }

  /** Writes the four words of the address at the index into the column from `to` on; false where it is a host name, or lent. */
  copyWords(index: number, words: Uint32Array, to: number): boolean {
    const { addresses } = this.batch
    const at = index * 4
    if (index >= this.#sourceIds.length || addresses[at] === NAME_TAG) return false
    for (let i = 0; i < 4; i++) words[to + i] = addresses[at + i]
    return true
  }

  /** Index for a source that no line of this batch need name. */
  lend(name: SourceName): number {
    const known = this.#lent.findIndex(one => sameName(one, name))
    return this.#sourceIds.length + (known >= 0 ? known : this.#lent.push(name) - 1)
  }

  /** The exact address or host name the line has. */
  address(index: number): string | undefined {
    if (index < 0) return undefined
    const known = this.#addressTexts.get(index)
    if (known !== undefined) return known
    const name = this.nameOf(index)
    const text = typeof name === 'string' ? name : formatAddress(name)
    this.#addressTexts.set(index, text)
    return text
  }
}

function sameName(a: SourceName, b: SourceName): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3]
}

export class EventView {
  open: OpenBatch
  row = 0
  /** The batch's columns, at hand: every rule asks for several of them at every event. */
  #columns: Columns
  #source = UNRESOLVED
  #ref: EventRef | undefined

  constructor(open: OpenBatch) {
    this.open = open
    this.#columns = open.batch.columns
  }

  /** Moves to a row. */
  at(open: OpenBatch, row: number): this {
    // Most rows follow one another in a batch, and a reference that is set anew is told to the collector.
    if (open !== this.open) {
      this.open = open
      this.#columns = open.batch.columns
    }
    this.row = row
    this.#source = UNRESOLVED
    this.#ref = undefined
    return this
  }

  get time(): number {
    return this.#columns.time[this.row]
  }
  get kind(): EventKind {
    return EVENT_KINDS[this.#columns.kind[this.row]]
  }
  /** The kind's number (KIND): for tables that rules look it up in. */
  get kindNumber(): number {
    return this.#columns.kind[this.row]
  }
  get flags(): number {
    return this.#columns.flags[this.row]
  }
  /** The source's id (IPv6 by its /64); -1 where the line names none. */
  get source(): number {
    if (this.#source === UNRESOLVED) this.#source = this.open.sourceId(this.#columns.source[this.row])
    return this.#source
  }
  /** The exact address as the line has it. */
  get address(): string | undefined {
    return this.open.address(this.#columns.source[this.row])
  }
  /** Undefined where the line names no user; empty where it names the empty user. */
  get user(): string | undefined {
    return this.open.text(this.#columns.user[this.row])
  }
  /** true or false where the log says whether the account exists. */
  get userKnown(): boolean | undefined {
    const flags = this.flags
    if ((flags & FLAG.USER_KNOWN) !== 0) return true
    return (flags & FLAG.USER_UNKNOWN) !== 0 ? false : undefined
  }
  get host(): string | undefined {
    return this.open.text(this.#columns.host[this.row])
  }
  /** The program: sshd, sudo, nginx ... */
  get service(): string | undefined {
    return this.open.text(this.#columns.service[this.row])
  }
  /** Authentication method (password, publickey ...) or HTTP method. */
  get method(): string | undefined {
    return this.open.text(this.#columns.method[this.row])
  }
  get path(): string | undefined {
    return this.open.text(this.#columns.path[this.row])
  }
  get query(): string | undefined {
    return this.open.text(this.#columns.query[this.row])
  }
  get referrer(): string | undefined {
    return this.open.text(this.#columns.referrer[this.row])
  }
  get agent(): string | undefined {
    return this.open.text(this.#columns.agent[this.row])
  }
  /** sudo: the user become; useradd: the account; web: the virtual host. */
  get target(): string | undefined {
    return this.open.text(this.#columns.target[this.row])
  }
  /** Key fingerprint, command, group, reason, error text: see the parser's field list. */
  get detail(): string | undefined {
    return this.open.text(this.#columns.detail[this.row])
  }
  /** Whether the event has a user or a referrer, without making a string of it. */
  get hasUser(): boolean {
    return this.#columns.user[this.row] >= 0
  }
  get hasReferrer(): boolean {
    return this.#columns.referrer[this.row] >= 0
  }
  get port(): number {
    return this.#columns.port[this.row]
  }
  /** Occurrences that the line tells. */
  get count(): number {
    return this.#columns.count[this.row]
  }
  /** Login attempts the event stands for (0 on an attempt's further lines). */
  get attempts(): number {
    return this.#columns.attempts[this.row]
  }
  get status(): number {
    return this.#columns.status[this.row]
  }
  get size(): number {
    return this.#columns.size[this.row]
  }
  get pid(): number {
    return this.#columns.pid[this.row]
  }
  get traits(): number {
    return this.#columns.traits[this.row]
  }
  get input(): number {
    return this.open.input
  }

  /** Where the event stands; may be kept. One object per event, shared by all who ask. */
  get ref(): EventRef {
    if (this.#ref !== undefined) return this.#ref
    const { batch, input, firstLine } = this.open
    const columns = this.#columns
    const offset = columns.offset[this.row]
    const length = columns.length[this.row]
    const place = { input, line: firstLine + columns.line[this.row] + 1, offset, length }
    if (batch.raw === undefined) this.#ref = place
    else {
      const start = offset - batch.raw.offset
      this.#ref = {
        ...place,
        text: decoder.decode(batch.raw.bytes.subarray(start, start + Math.min(length, MOST_KEPT))),
      }
    }
    return this.#ref
  }
}
