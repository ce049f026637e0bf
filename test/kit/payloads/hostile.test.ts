/** Texts that are made to make a matcher slow, and the properties of decoding. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeText } from '../../../src/kit/payloads/decode.ts'
import {
  classifyHeader,
  classifyTarget,
  classifyTargetBytes,
  classifyText,
  traitsOf,
} from '../../../src/kit/payloads/index.ts'

const PIECES = [
  "'",
  '"',
  '(',
  ')',
  '<',
  '<a ',
  '$'.concat('{'),
  '../',
  './',
  '/',
  ';',
  '; ',
  '| ',
  '`',
  'and ',
  'or 1=',
  'select ',
  'union ',
  '(select ',
  'a',
  ' ',
  '\n',
  '\\',
  '\\n',
  '%25',
  '&',
  '/*',
  '/**/',
  '--',
  '1',
  ',',
  'x(',
  'o:1:',
  '{{',
  'data:',
  'cat ',
  'bin/',
  ' on',
  '\t',
  'wget ',
  '.',
  '..',
  '+',
  '; echo x',
  'etc/./',
  'a=b;',
  'document.',
  'data:image/svg+xml,',
  '\xbcscript ',
  "w'",
  'adw- ',
  '; /?',
  '$' + '{?',
]
const LENGTH = 65_536

/** A pattern that walks 64 KB in two ways takes minutes; the limit is no measure, it only ends such a test. */
const LIMIT = 20_000

describe('a text of 64 KB', () => {
  test.each(PIECES.map((piece, index) => [piece, index] as const))(
    'of %j and others is read through once',
    (piece, index) => {
      for (const other of PIECES.filter((_, at) => (at + index) % 9 === 0)) {
        const text = (piece + other).repeat(LENGTH).slice(0, LENGTH)
        expect(classifyText(text).every(family => typeof family === 'string')).toBe(true)
        expect(classifyTarget('GET', `/${text}?a=${text}`)).toBeGreaterThanOrEqual(0)
        expect(classifyHeader(text)).toBeGreaterThanOrEqual(0)
      }
    },
    LIMIT,
  )
})

describe('decoding', () => {
  test('what it has decoded to the end it leaves alone', () => {
    const text = fc
      .array(fc.constantFrom('%', '2', '5', 'e', 'f', '%2e', '%252e', '%c0%af', '%u002e', 'a', '/', '+'), {
        maxLength: 20,
      })
      .map(parts => parts.join(''))
    fc.assert(
      fc.property(text, raw => {
        const once = decodeText(raw, false)
        if (once.rounds < 3) expect(decodeText(once.text, false).text).toBe(once.text)
      }),
    )
  })

  test('any text is decoded and judged without an exception', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.boolean(), (text, plus) => {
        expect(decodeText(text, plus).rounds).toBeLessThanOrEqual(3)
        expect(classifyText(text)).toEqual(classifyText(text))
      }),
    )
  })

  test.each([
    ['%2e%2e%2f', '../', 1],
    ['%252e%252e%252f', '../', 2],
    ['%c0%ae%c0%ae%c0%af', '../', 1],
    ['%u002e%u002e/', '../', 1],
    ['%uff0e%uff0e/', '../', 1],
    ['\\x3cscript\\x3e', '<script>', 0],
    ['&lt;script&#x3e;', '<script>', 0],
    ['100%', '100%', 0],
  ] as const)('%s is %s', (raw, text, rounds) => {
    expect(decodeText(raw, false)).toEqual({ text, rounds })
  })
})

describe('the first pass', () => {
  /** An attack must not slip through because the pass over bytes saw nothing in it. */
  test('lets through whatever a family would fire on', () => {
    const encoder = new TextEncoder()
    const word = fc.constantFrom(
      '/.env',
      '/.git/',
      '/wp-admin/',
      '/a',
      '?id=',
      '1',
      "'",
      ' or ',
      '1=1',
      '+and+',
      'union+select+1',
      '--',
      '../',
      '%2e%2e%2f',
      '/etc/passwd',
      '<script>',
      '%3c',
      '=',
      '&',
      'cat+/x',
      ';',
      '|',
      'id',
      '`',
      '/actuator/env',
      '/phpmyadmin',
      'shell.php',
      '.bak',
      '/boaform/',
      '/HNAP1',
      '{{7*7}}',
      'php://input',
      '/cgi-bin/',
      '#',
    )
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), words => {
        const target = `/${words.join('')}`
        const bytes = encoder.encode(target)
        expect(classifyTargetBytes(bytes, 0, bytes.length, false)).toBe(classifyTarget('', target))
      }),
      { numRuns: 2000 },
    )
  })

  test('names of families and bits belong together', () => {
    expect(traitsOf('sql_injection')).toBe(1)
    expect(() => traitsOf('nonsense')).toThrow(TypeError)
  })
})
