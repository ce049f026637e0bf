/** JSON in pieces, for what is written again and again and would take several times its own memory as a whole. */
import type { Json } from './primitive.ts'

/** Letters of a piece, about. */
const PIECE = 16_384

/** A list. */
export function* listPieces(entries: Iterable<Json>): Generator<string> {
  let piece = '['
  let isFirst = true
  for (const entry of entries) {
    piece += `${isFirst ? '' : ','}${JSON.stringify(entry)}`
    isFirst = false
    if (piece.length < PIECE) continue
    yield piece
    piece = ''
  }
  yield `${piece}]`
}

/** An object, a member after the other. */
export function* objectPieces(members: Iterable<readonly [key: string, value: Iterable<string>]>): Generator<string> {
  yield '{'
  let isFirst = true
  for (const [key, value] of members) {
    yield `${isFirst ? '' : ','}${JSON.stringify(key)}:`
    isFirst = false
    yield* value
  }
  yield '}'
}
