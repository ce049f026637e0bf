import { describe, expect, it } from 'vitest'
import { explainFinding } from '../../src/sinks/reports/explain.ts'
import { REPORTS } from '../../src/sinks/reports/index.ts'
import { redact } from '../../src/sinks/reports/redact.ts'
import { context } from '../fixtures/reports/build.ts'
import { hostileReport } from '../fixtures/reports/hostile.ts'
import { parseCsv, parsePage, render } from './helpers.ts'

/** Anything that steers a terminal, hides or reorders text; line ends are the report's own. */
const UNSEEN = /(?![\n\r])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u{e0000}-\u{e0fff}]/u

describe('hostile log text', () => {
  for (const { id } of REPORTS) {
    it.each([0, 1, 2] as const)(`stays visible and inert in ${id} at verbosity %i`, verbosity => {
      const text = render(id, hostileReport, context(verbosity))
      expect(UNSEEN.exec(text)?.index).toBeUndefined()
      expect(id.startsWith('json') || !/\p{M}{5}/u.test(text)).toBe(true)
      expect(/(?:^|[^\r])\r(?!\n)/.test(text)).toBe(false)
    })
  }

  it('reaches a terminal with colour only as text', () => {
    const colored = render('terminal', hostileReport, context(2, true))
    // Every escape is one of ours, and without them nothing differs from the plain report.
    const stripped = colored.replace(/\u001b\[[0-9;]*m/g, '')
    expect(stripped).toBe(render('terminal', hostileReport, context(2)))
    expect(stripped).toContain('\\x1b[2J')
  })

  it('makes no element, attribute or script in the page', () => {
    const page = render('html', hostileReport)
    const { tags, text, raw } = parsePage(page)
    expect(raw.get('script')).toHaveLength(1)
    expect(raw.get('style')).toHaveLength(1)
    expect(new Set(tags.map(({ name }) => name)).has('img')).toBe(false)
    for (const { attributes } of tags) {
      for (const [name, value] of attributes) {
        expect(name).not.toMatch(/^on|^style$|^src$/)
        if (name === 'href') expect(value).toMatch(/^#/)
      }
    }
    expect(text).toContain('<script>alert(1)</script>')
    expect(text).toContain('"><img src=x onerror=alert(3)>')
  })

  it('is no markup, link, image, mention or table cell in Markdown', () => {
    for (const verbosity of [1, 2] as const) {
      const text = render('markdown', hostileReport, context(verbosity))
      const prose = withoutCode(text)
      expect(/[<]|\]\(|!\[|@everyone|https?:\/\/|`/.exec(prose)?.[0]).toBeUndefined()
      for (const line of prose.split('\n')) {
        if (line.startsWith('| ') && !line.includes('---')) expect(line.endsWith(' |')).toBe(true)
      }
      const tables = prose.split('\n\n').filter(block => /^\|.*\|\n\|(?: -)/.test(block))
      for (const table of tables) {
        const widths = new Set(
          table
            .trim()
            .split('\n')
            .map(row => row.split('|').length),
        )
        expect(widths.size).toBe(1)
      }
    }
  })

  it('is no formula in CSV, and breaks no row', () => {
    const rows = parseCsv(render('csv', hostileReport))
    expect(rows).toHaveLength(hostileReport.findings.length + 1)
    for (const row of rows) {
      expect(row).toHaveLength(rows[0].length)
      for (const cell of row) expect(cell).not.toMatch(/^\s*[=+\-@＝＋－＠]/)
    }
  })

  it('comes back from JSON as it stands in the log', () => {
    expect(JSON.parse(render('json', hostileReport))).toEqual(JSON.parse(JSON.stringify(hostileReport)))
    const [header, ...lines] = render('jsonl', hostileReport)
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(header).not.toHaveProperty('findings')
    expect(lines.map(({ type, schema_version, ...finding }) => [type, schema_version, finding])).toEqual(
      JSON.parse(JSON.stringify(hostileReport.findings)).map((finding: unknown) => ['finding', 1, finding]),
    )
  })

  it('can be explained and redacted', () => {
    for (const report of [hostileReport, redact(hostileReport)]) {
      for (const { id } of report.findings) {
        const text = [...explainFinding(report, id, context(2))].join('')
        expect(UNSEEN.test(text)).toBe(false)
      }
    }
  })
})

/** Takes fenced blocks, code spans and backslash escapes out of a Markdown text, as CommonMark reads them. */
function withoutCode(text: string): string {
  const lines: string[] = []
  let fence = ''
  for (const line of text.split('\n')) {
    const mark = /^`{3,}/.exec(line)?.[0] ?? ''
    if (fence !== '') {
      if (line === fence) fence = ''
    } else if (mark !== '') {
      fence = mark
    } else {
      lines.push(line.replace(/\\[!-/:-@[-`{-~]/g, '').replace(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/g, 'code'))
    }
  }
  expect(fence).toBe('')
  return lines.join('\n')
}
