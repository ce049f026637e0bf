import { describe, expect, it } from 'vitest'
import { DAY, formatSpan, HOUR, MINUTE, SECOND } from '../../src/core/time.ts'

describe('a span in words', () => {
  it.each([
    [40 * SECOND, '40 s'],
    [5 * MINUTE, '5 min'],
    [3 * HOUR, '3 h'],
    [3 * HOUR + 47 * MINUTE, '3 h 47 min'],
    [4 * HOUR - SECOND, '4 h'],
    [10 * HOUR - SECOND, '10 h'],
    [2 * DAY - 1, '48 h'],
    [14 * DAY, '14 days'],
  ])('%d ms is %s', (span, words) => {
    expect(formatSpan(span)).toBe(words)
  })
})
