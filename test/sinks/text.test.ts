import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  columns,
  csvCell,
  escapeHtml,
  escapeMarkdown,
  escapeTerminal,
  markdownCode,
  padColumns,
  shellWord,
  truncate,
  wrap,
} from '../../src/core/text.ts'
import { HOSTILE } from '../fixtures/reports/hostile.ts'

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.constantFrom(...HOSTILE))

describe('escapeTerminal', () => {
  it('makes visible what cannot be seen', () => {
    expect(escapeTerminal('a\u001b[31mb\u009bc\u007f')).toBe('a\\x1b[31mb\\x9bc\\x7f')
    expect(escapeTerminal('x\u202ey\u200bz\u2028')).toBe('x\\u{202e}y\\u{200b}z\\u{2028}')
    expect(escapeTerminal('half\ud800')).toBe('half\ufffd')
    expect(escapeTerminal('Grüße, 漢字 🦊')).toBe('Grüße, 漢字 🦊')
  })

  it('leaves nothing unseen, and changes nothing the second time', () => {
    fc.assert(
      fc.property(anyText, text => {
        const shown = escapeTerminal(text)
        expect(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(shown)).toBe(false)
        expect(escapeTerminal(shown)).toBe(shown)
      }),
    )
  })
})

it('escapes HTML for text and attributes', () => {
  expect(escapeHtml('<a href="x">\'`&')).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&#96;&amp;')
})

it('escapes Markdown, and fences code longer than what is in it', () => {
  expect(escapeMarkdown('[x](http://e) *b* | <i>')).toBe('\\[x\\](http\\://e) \\*b\\* \\| \\<i\\>')
  expect(escapeMarkdown('1. one')).toBe('1\\. one')
  expect(markdownCode('a`b')).toBe('``a`b``')
  expect(markdownCode('`')).toBe('`` ` ``')
  expect(markdownCode('a|b', true)).toBe('`a\\|b`')
})

it('guards CSV cells', () => {
  expect(csvCell('=1+1')).toBe('"\'=1+1"')
  expect(csvCell('a"b')).toBe('"a""b"')
  expect(csvCell('\t=1')).toBe('"\\x09=1"')
})

describe('shellWord', () => {
  it('quotes what the shell would read', () => {
    expect(shellWord('203.0.113.7')).toBe('203.0.113.7')
    expect(shellWord("it's; rm -rf /")).toBe("'it'\\''s; rm -rf /'")
    expect(shellWord('')).toBe("''")
    expect(shellWord('-rf')).toBe("'-rf'")
  })

  it('is one word that a shell reads as the text, and that shows nothing hidden', () => {
    fc.assert(
      fc.property(anyText, text => {
        const word = shellWord(text)
        expect(escapeTerminal(word)).toBe(word)
        const read = execFileSync('bash', ['-c', `printf %s ${word}`], { encoding: 'utf8' })
        expect(read).toBe(text.toWellFormed().replaceAll('\0', ''))
      }),
      { numRuns: 40 },
    )
  })
})

describe('columns', () => {
  it('counts wide characters twice and marks not at all', () => {
    expect(columns('abc')).toBe(3)
    expect(columns('漢字')).toBe(4)
    expect(columns('🦊')).toBe(2)
    expect(columns('e\u0301')).toBe(1)
    expect(truncate('漢字漢字', 5)).toBe('漢字…')
    expect(padColumns('漢', 4)).toBe('漢  ')
  })

  it('never breaks a line wider than asked for, and loses nothing but spaces', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 90 }), (text, width) => {
        const shown = escapeTerminal(text)
        const lines = wrap(shown, width)
        for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(width)
        expect(lines.join('').replaceAll(' ', '')).toBe(shown.replaceAll(' ', ''))
        expect(columns(truncate(shown, width))).toBeLessThanOrEqual(width)
      }),
    )
  })

  it('wraps a megabyte', () => {
    expect(wrap('x'.repeat(1_000_000), 60)).toHaveLength(16667)
  })
})
