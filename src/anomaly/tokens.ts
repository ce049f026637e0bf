/**
 * Names and paths as numbers: 32-bit hashes taken from a batch's bytes, once per text and batch, so that no string is
 * made for an event. Two names share a hash once in 4 billion pairs; a count of distinct ones then is one too low.
 */
import type { EventView, OpenBatch } from '../core/view.ts'

/** Where the line names nobody. */
export const NO_TOKEN = 1
/** All styles, scripts and pictures that were found: what a browser fetches with a page says nothing of its visitor. */
export const ASSET_TOKEN = 2

const DIGIT_RUN = 0x23
const ASSET_ENDINGS: ReadonlySet<string> = new Set(
  'avif bmp css eot gif ico jpeg jpg js map mp4 otf png svg ttf webm webp woff woff2'.split(' '),
)
/** What is not looked up yet; no hash is 0. */
const UNKNOWN = 0

interface BatchTokens {
  texts: Uint32Array
  templates: Uint32Array
  /** 1 an asset's path, 2 another; 0 not looked at. */
  assets: Uint8Array
}

/** Hashes depend on the batch alone, so all readers share them. */
const BATCHES = new WeakMap<OpenBatch, BatchTokens>()

/** Hashes of the texts of the batches that pass. */
export class TokenReader {
  #open: OpenBatch | undefined
  #tokens: BatchTokens | undefined

  /** The hash of a user's or agent's text. `text` is the index in the batch, -1 for none. */
  text(event: EventView, text: number): number {
    if (text < 0) return NO_TOKEN
    const { texts } = this.#of(event.open)
    if (texts[text] === UNKNOWN) texts[text] = hashBytes(event.open, text, false)
    return texts[text]
  }

  /** The hash of a path with every run of digits taken as one sign: /post/17 and /post/18 are one template. */
  template(event: EventView, text: number): number {
    if (text < 0) return NO_TOKEN
    const { templates } = this.#of(event.open)
    if (templates[text] === UNKNOWN) templates[text] = hashBytes(event.open, text, true)
    return templates[text]
  }

  isAsset(event: EventView, text: number): boolean {
    if (text < 0) return false
    const { assets } = this.#of(event.open)
    if (assets[text] === 0) assets[text] = hasAssetEnding(event.open, text) ? 1 : 2
    return assets[text] === 1
  }

  #of(open: OpenBatch): BatchTokens {
    if (this.#open === open && this.#tokens !== undefined) return this.#tokens
    let tokens = BATCHES.get(open)
    if (tokens === undefined) {
      const size = open.batch.textEnds.length
      tokens = { texts: new Uint32Array(size), templates: new Uint32Array(size), assets: new Uint8Array(size) }
      BATCHES.set(open, tokens)
    }
    this.#open = open
    this.#tokens = tokens
    return tokens
  }
}

/** FNV-1a with a final mix; never 0, NO_TOKEN or ASSET_TOKEN. */
function hashBytes({ batch }: OpenBatch, text: number, template: boolean): number {
  const { textBytes, textEnds } = batch
  const end = textEnds[text]
  let hash = 0x811c9dc5
  let inDigits = false
  for (let at = text === 0 ? 0 : textEnds[text - 1]; at < end; at++) {
    const byte = textBytes[at]
    const digit = template && byte >= 0x30 && byte <= 0x39
    if (!(digit && inDigits)) hash = Math.imul(hash ^ (digit ? DIGIT_RUN : byte), 0x01000193)
    inDigits = digit
  }
  return spread(hash)
}

/** The same hash of a text that is at hand as a string. */
export function tokenOfText(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return spread(hash)
}

function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  const token = (mixed ^ (mixed >>> 13)) >>> 0
  return token > ASSET_TOKEN ? token : token + 3
}

function hasAssetEnding({ batch }: OpenBatch, text: number): boolean {
  const { textBytes, textEnds } = batch
  const end = textEnds[text]
  const start = Math.max(text === 0 ? 0 : textEnds[text - 1], end - 6)
  for (let at = end - 1; at >= start; at--) {
    if (textBytes[at] !== 0x2e) continue
    return ASSET_ENDINGS.has(String.fromCharCode(...textBytes.subarray(at + 1, end)).toLowerCase())
  }
  return false
}
