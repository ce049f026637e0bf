/** Cutting: never longer than the limit, never inside a character or a mark of the markup, most important first. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  fitLine,
  fitText,
  HTML,
  inBytes,
  inCharacters,
  inJsonBytes,
  MARKDOWN,
  PLAIN,
  piecesOf,
  titlePiece,
} from '../../../src/sinks/notifiers/support/layout.ts'
import { HOSTILE, makeMessage } from '../notify/make.ts'

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(...HOSTILE),
  fc.constantFrom('长', '😀', '&', '<', '`', '"', '\\').map(character => character.repeat(120)),
)
const message = fc
  .record({
    title: text,
    lines: fc.array(text, { maxLength: 6 }),
    evidence: fc.array(text, { maxLength: 4 }),
    recommendations: fc.array(text, { maxLength: 3 }),
  })
  .map(parts => makeMessage(parts))
const measure = fc.constantFrom(inCharacters, inBytes, inJsonBytes)
const limit = fc.integer({ min: 10, max: 3000 })

describe('a message that is cut', () => {
  it.each([
    ['plain', PLAIN],
    ['markdown', MARKDOWN],
    ['html', HTML],
  ])('%s keeps its limit and stays well formed', (_, markup) => {
    fc.assert(
      fc.property(message, measure, limit, (told, size, most) => {
        const cut = fitText([titlePiece(told, markup), ...piecesOf(told, markup, 'en')], most, size)
        expect(size(cut)).toBeLessThanOrEqual(most)
        expect(cut.isWellFormed()).toBe(true)
        if (markup !== HTML) return
        expect(cut.replace(/<\/?(?:b|pre)>/g, '')).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot|#39|#96);)/)
        for (const tag of ['b', 'pre']) expect(cut.split(`<${tag}>`).length).toBe(cut.split(`</${tag}>`).length)
      }),
    )
  })

  it('has a mark exactly where something is missing, and what it keeps is the beginning', () => {
    fc.assert(
      fc.property(message, limit, (told, most) => {
        const pieces = piecesOf(told, PLAIN, 'en')
        const whole = fitText(pieces, Number.MAX_SAFE_INTEGER, inCharacters)
        const cut = fitText(pieces, most, inCharacters)
        if (whole.length <= most) {
          // A text that fits to the last character may lose its last pieces to the room kept for the mark, never silently.
          expect(cut === whole || cut.endsWith('…')).toBe(true)
          return
        }
        expect(cut.endsWith('…')).toBe(true)
        const kept = cut.slice(0, -1).trimEnd()
        expect(whole.startsWith(kept.slice(0, kept.lastIndexOf('\n') + 1))).toBe(true)
      }),
    )
  })

  it('a line is one line within its limit', () => {
    fc.assert(
      fc.property(text, measure, fc.integer({ min: 4, max: 300 }), (line, size, most) => {
        const cut = fitLine(line, most, size)
        expect(size(cut)).toBeLessThanOrEqual(most)
        expect(cut).not.toMatch(/[\r\n]/)
        expect(cut.isWellFormed()).toBe(true)
      }),
    )
  })
})
