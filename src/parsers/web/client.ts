/** Who the client is: the peer, or, behind proxies that are trusted, the nearest hop that is none of them. */

import { FLAG } from '../../core/event.ts'
import type { AddressScratch } from '../../core/ip.ts'
import { createScratch, isInternal, isV4, parseAddressBytes } from '../../core/ip.ts'
import { LastText } from '../../core/last-text.ts'
import type { WebOptions } from '../../kit/define-parser.ts'
import type { WebFields } from './fields.ts'
import { isAbsent, isNobody } from './fields.ts'

/** Looks up of one address cost more than reading a line, and few peers write most lines: answers are kept, so many. */
const KEPT_ANSWERS = 4096

const COMMA = 44
const COLON = 58
const SPACE = 32

/** What a hop is: an end, a proxy that the options name, or one only because its address is private. */
const STRANGER = 0
const TRUSTED = 1
const INTERNAL = 2

/** Finds the client of a request. One a thread. */
export class ClientFinder {
  /** The client's address, where one was found. */
  readonly words = new Uint32Array(4)
  found = false
  /** FLAG bits that the way of finding the client adds. */
  flags = 0
  /** The client's port, where the log has it behind the address. */
  port = 0
  /** The address read last, and how it was written, where it can be used again. */
  readonly #scratch: AddressScratch = createScratch()
  readonly #last = new LastText()
  readonly #options: WebOptions
  readonly #kinds = new Map<number, number>()

  constructor(options: WebOptions) {
    this.#options = options
  }

  /**
   * The rightmost hop that is no trusted proxy. What stands left of it was written by that hop itself and is never
   * believed. A private peer that no option names is taken for a proxy where the request was forwarded, since no
   * outsider can connect from there; the client found so is marked as claimed.
   */
  find(fields: WebFields): void {
    const { bytes, peerStart, peerEnd, forwardedStart, forwardedEnd, clientStart, clientEnd } = fields
    this.flags = 0
    this.port = 0
    this.found = this.#read(bytes, peerStart, peerEnd)
    const forwarded = !isAbsent(bytes, forwardedStart, forwardedEnd)
    if (!forwarded && clientEnd === clientStart) return
    if (this.found) {
      if (this.#passes()) return
    } else if (!isNobody(bytes, peerStart, peerEnd) || !this.#options.internalProxies) return
    // A peer that the log leaves out (a Unix socket, a `-`) can only be a neighbour on the same host.
    else this.flags = FLAG.CLAIMED
    const { flags } = this
    const hopFound = forwarded
      ? this.#walk(bytes, forwardedStart, forwardedEnd)
      : this.#read(bytes, clientStart, clientEnd)
    if (hopFound) this.found = true
    else this.flags = this.found ? 0 : flags
  }

  /** Walks a forwarded list from its right end to the first hop that is no proxy. */
  #walk(bytes: Uint8Array, start: number, end: number): boolean {
    let any = false
    for (let right = end; right > start; ) {
      let left = right
      while (left > start && bytes[left - 1] !== COMMA) left--
      let from = left
      let to = right
      while (from < to && bytes[from] === SPACE) from++
      while (to > from && bytes[to - 1] === SPACE) to--
      // `unknown`, an obfuscated hop or rubbish ends the walk: whoever wrote it also wrote what stands left of it.
      if (!this.#read(bytes, from, to)) return any
      any = true
      if (this.#passes()) return true
      right = left - 1
    }
    return any
  }

  /** Whether the hop read last is the client; a proxy that is one only by its private address makes the rest a claim. */
  #passes(): boolean {
    const kind = this.#kind()
    if (kind === INTERNAL) this.flags = FLAG.CLAIMED
    return kind === STRANGER
  }

  #kind(): number {
    const { words } = this
    if (!isV4(words)) return this.#judge()
    let kind = this.#kinds.get(words[3])
    if (kind === undefined) {
      if (this.#kinds.size >= KEPT_ANSWERS) this.#kinds.clear()
      kind = this.#judge()
      this.#kinds.set(words[3], kind)
    }
    return kind
  }

  #judge(): number {
    if (this.#options.trustedProxies.has(this.words)) return TRUSTED
    return this.#options.internalProxies && isInternal(this.words) ? INTERNAL : STRANGER
  }

  /** Reads an address and, where there is one, keeps it as the client so far. */
  #read(bytes: Uint8Array, start: number, end: number): boolean {
    const { words } = this.#scratch
    // A page's requests follow one another.
    if (this.#last.is(bytes, start, end)) this.port = 0
    else {
      // What fails may have written into the words.
      this.#last.clear()
      if (!this.#readHop(bytes, start, end)) return false
      if (this.port === 0) this.#last.keep(bytes, start, end)
    }
    this.words[0] = words[0]
    this.words[1] = words[1]
    this.words[2] = words[2]
    this.words[3] = words[3]
    return true
  }

  /** Reads an address with what logs put around it: brackets, quotes, a port. */
  #readHop(bytes: Uint8Array, start: number, end: number): boolean {
    this.port = 0
    if (parseAddressBytes(bytes, start, end, this.#scratch)) return true
    let from = start
    let to = end
    if (to - from >= 2 && bytes[from] === 34 && bytes[to - 1] === 34) {
      from++
      to--
    }
    if (bytes[from] === 91) {
      let close = from + 1
      while (close < to && bytes[close] !== 93) close++
      if (close === to || !parseAddressBytes(bytes, from + 1, close, this.#scratch)) return false
      this.port = bytes[close + 1] === COLON ? readPort(bytes, close + 2, to) : 0
      return true
    }
    let colon = to - 1
    while (colon > from && bytes[colon] !== COLON) colon--
    if (colon <= from) return to - from !== end - start && parseAddressBytes(bytes, from, to, this.#scratch)
    if (!parseAddressBytes(bytes, from, colon, this.#scratch)) return false
    this.port = readPort(bytes, colon + 1, to)
    return true
  }
}

function readPort(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > 5) return 0
  let port = 0
  for (let i = start; i < end; i++) {
    const digit = bytes[i] - 48
    if (digit < 0 || digit > 9) return 0
    port = port * 10 + digit
  }
  return port > 65_535 ? 0 : port
}
