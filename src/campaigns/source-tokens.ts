/**
 * What a source shows of its program besides names: the words with which it left, its method, key and port, its
 * user agent, the names in its queries and the pages it began with. One number a kind, the first that was seen; a
 * column of numbers is made only where the log has the kind: seven bytes a source over SSH (nine with keys), eight on the web.
 */
import { hashLabel } from '../core/random.ts'

/** Kinds of tokens whose texts are kept. */
export const TEXT_KINDS = ['farewell', 'method', 'key', 'agent', 'query'] as const
export type TextKind = (typeof TEXT_KINDS)[number]

/** Texts of one kind that can be told apart; an attacker who makes up more of them shows none. */
const MOST_TEXTS = 4095
const LONGEST = 160

type Column = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

/** A column by source that grows when it is written to. */
class BySource<Values extends Column> {
  values: Values
  readonly #make: (size: number) => Values

  constructor(make: (size: number) => Values) {
    this.#make = make
    this.values = make(0)
  }

  at(source: number): number {
    return source < this.values.length ? this.values[source] : 0
  }

  set(source: number, value: number): void {
    if (source >= this.values.length) {
      let size = Math.max(1024, this.values.length)
      while (size <= source) size *= 2
      const grown = this.#make(size)
      grown.set(this.values)
      this.values = grown
    }
    this.values[source] = value
  }
}

/** Texts of a kind as numbers from 1. */
class TextKindTable {
  readonly #ids = new Map<string, number>()
  readonly #texts: string[] = ['']
  readonly column = new BySource(size => new Uint16Array(size))

  /** 0 where there is no room for another one. */
  idOf(text: string): number {
    const kept = text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}~${hashLabel(text).toString(16)}`
    const known = this.#ids.get(kept)
    if (known !== undefined) return known
    if (this.#texts.length > MOST_TEXTS) return 0
    this.#ids.set(kept, this.#texts.length)
    return this.#texts.push(kept) - 1
  }

  text(id: number): string {
    return this.#texts[id]
  }

  texts(): string[] {
    return [...this.#texts]
  }
}

/** By source id and kind; texts as numbers of a bounded table of each kind, of which 0 means none. */
export class SourceTokens {
  readonly #texts: Readonly<Record<TextKind, TextKindTable>> = {
    farewell: new TextKindTable(),
    method: new TextKindTable(),
    key: new TextKindTable(),
    agent: new TextKindTable(),
    query: new TextKindTable(),
  }
  readonly #port = new BySource(size => new Uint16Array(size))
  readonly #connections = new BySource(size => new Uint8Array(size))
  readonly #way = new BySource(size => new Uint32Array(size))

  /** The number of a text, for whoever remembers it for many sources; 0 where there is no room. */
  idOf(kind: TextKind, text: string): number {
    return this.#texts[kind].idOf(text)
  }

  /** Notes what the source showed, where it is the first of the kind. */
  note(kind: TextKind, source: number, id: number): void {
    const { column } = this.#texts[kind]
    if (id > 0 && column.at(source) === 0) column.set(source, id)
  }

  /** Whether the source has shown one of the kind. */
  has(kind: TextKind, source: number): boolean {
    return this.#texts[kind].column.at(source) > 0
  }

  /** Notes a line of a connection from `port`: another port is another connection. */
  connect(source: number, port: number): void {
    if (port === 0 || this.#port.at(source) === port) return
    this.#port.set(source, port)
    const connections = this.#connections.at(source)
    if (connections < 255) this.#connections.set(source, connections + 1)
  }

  /** Adds a page (by the hash of its path) to the way that the source took. */
  walk(source: number, page: number): void {
    this.#way.set(source, Math.imul(this.#way.at(source) ^ page, 0x01000193) >>> 0 || 1)
  }

  /** The number of the source's text of a kind; 0 where it showed none. */
  textId(kind: TextKind, source: number): number {
    return this.#texts[kind].column.at(source)
  }

  text(kind: TextKind, id: number): string {
    return this.#texts[kind].text(id)
  }

  /** The port of its last connection; 0 where the log has none. */
  portOf(source: number): number {
    return this.#port.at(source)
  }

  /** Connections it made, 255 at most; 0 where the log has no ports. */
  connectionsOf(source: number): number {
    return this.#connections.at(source)
  }

  /** A digest of its first pages in their order; 0 where there were none. */
  wayOf(source: number): number {
    return this.#way.at(source)
  }

  /** What the sources of which `keeps` is true have shown. */
  snapshot(keeps: (source: number) => boolean = () => true): SavedTokens {
    const columns = [...TEXT_KINDS.map(kind => this.#texts[kind].column), this.#port, this.#connections, this.#way]
    const sources = Math.max(...columns.map(({ values }) => values.length))
    const rows: number[][] = []
    for (let source = 0; source < sources; source++) {
      if (!keeps(source)) continue
      const row = columns.map(column => column.at(source))
      if (row.some(value => value > 0)) rows.push([source, ...row])
    }
    return { texts: TEXT_KINDS.map(kind => this.#texts[kind].texts()), rows }
  }

  /** Adds what a snapshot has; what a source has shown already stays. */
  restore({ texts, rows }: SavedTokens, sourceOf: (id: number) => number): void {
    const ids = TEXT_KINDS.map((kind, k) => texts[k].map((text, id) => (id === 0 ? 0 : this.idOf(kind, text))))
    for (const [saved, ...values] of rows) {
      const source = sourceOf(saved)
      for (const [k, kind] of TEXT_KINDS.entries()) this.note(kind, source, ids[k][values[k]] ?? 0)
      const [port, connections, way] = values.slice(TEXT_KINDS.length)
      if (port > 0) this.#port.set(source, port)
      if (connections > 0) this.#connections.set(source, Math.min(255, this.#connections.at(source) + connections))
      if (way > 0 && this.#way.at(source) === 0) this.#way.set(source, way)
    }
  }
}

/** The tokens of all sources: texts by kind, and for each source its id, a text's number of each kind, port, connections, way. */
export interface SavedTokens {
  texts: string[][]
  rows: number[][]
}
