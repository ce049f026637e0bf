import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { equalBytes, findByteFar, hashBytes, viewOf } from '../../src/core/words.ts'

/** Few different bytes, so that equal ones stand beside each other, and those that trouble tricks on words. */
const bytes = fc
  .array(fc.constantFrom(0, 1, 34, 127, 128, 129, 255), { maxLength: 40 })
  .map(list => Uint8Array.from(list))
const place = fc.nat({ max: 40 })

describe('findByteFar', () => {
  it('finds what a step a byte finds, in any range', () => {
    fc.assert(
      fc.property(bytes, place, place, fc.constantFrom(0, 1, 34, 128, 255), (text, a, b, byte) => {
        const start = Math.min(a, text.length)
        const end = Math.max(start, Math.min(b, text.length))
        const at = text.subarray(start, end).indexOf(byte)
        expect(findByteFar(text, start, end, byte)).toBe(at < 0 ? end : start + at)
      }),
    )
  })

  it('sees what was written into the same bytes since', () => {
    const text = Uint8Array.from([1, 1, 1, 1, 1, 1])
    expect(findByteFar(text, 0, 6, 34)).toBe(6)
    text[5] = 34
    expect(findByteFar(text, 0, 6, 34)).toBe(5)
  })
})

describe('equalBytes and hashBytes', () => {
  it('take equal bytes for equal wherever they stand', () => {
    fc.assert(
      fc.property(bytes, bytes, place, place, (a, b, before, behind) => {
        const mine = viewOf(a)
        const moved = new Uint8Array(before + b.length + behind)
        moved.set(b, before)
        const theirs = new DataView(moved.buffer)
        const size = Math.min(a.length, b.length)
        const same = Buffer.compare(a.subarray(0, size), b.subarray(0, size)) === 0
        expect(equalBytes(mine, 0, theirs, before, size)).toBe(same)
        expect(hashBytes(theirs, before, before + b.length)).toBe(hashBytes(viewOf(b), 0, b.length))
      }),
    )
  })
})
