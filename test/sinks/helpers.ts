import type { Report } from '../../src/core/report.ts'
import type { ReportContext } from '../../src/kit/define-report.ts'
import { REPORTS } from '../../src/sinks/reports/index.ts'
import { context } from '../fixtures/reports/build.ts'

export function render(id: string, report: Report, how: ReportContext = context()): string {
  const declaration = REPORTS.find(each => each.id === id)
  if (declaration === undefined) throw new Error(`no report ${id}`)
  return [...declaration.render(report, how)].join('')
}

/** A tag of a page, read strictly: what this does not understand is a failure of the page. */
export interface Tag {
  name: string
  end: boolean
  /** Has no content: a void element, or closed by itself. */
  empty: boolean
  attributes: Map<string, string>
}

const decode = (text: string): string =>
  text.replace(
    /&(amp|lt|gt|quot|#39|#96);/g,
    (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#96': '`' })[name] ?? '',
  )

/** Reads a page into tags and text; style and script are raw text, as in a browser. */
export function parsePage(page: string): { tags: Tag[]; text: string; raw: Map<string, string[]> } {
  const tags: Tag[] = []
  const raw = new Map<string, string[]>()
  let text = ''
  let i = page.indexOf('<html')
  while (i < page.length) {
    if (page[i] !== '<') {
      const next = page.indexOf('<', i)
      const end = next < 0 ? page.length : next
      text += decode(page.slice(i, end))
      i = end
      continue
    }
    const match = /^<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z][a-z0-9:-]*(?:="[^"<>]*")?)*)\s*(\/?)>/i.exec(
      page.slice(i, i + 20000),
    )
    if (match === null) throw new Error(`not a tag: ${page.slice(i, i + 80)}`)
    const [whole, slash, name, attributes, closed] = match
    tags.push({
      name,
      end: slash === '/',
      empty: closed === '/' || /^(?:meta|input|br)$/.test(name),
      attributes: new Map(
        [...attributes.matchAll(/([a-z][a-z0-9:-]*)(?:="([^"]*)")?/gi)].map(([, key, value = '']) => [
          key,
          decode(value),
        ]),
      ),
    })
    i += whole.length
    if (slash === '' && (name === 'style' || name === 'script')) {
      const end = page.indexOf(`</${name}`, i)
      raw.set(name, [...(raw.get(name) ?? []), page.slice(i, end)])
      i = end
    }
    text += ' '
  }
  return { tags, text, raw }
}

/** RFC 4180. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows[rows.length - 1].push(quoted === undefined ? bare : quoted.replaceAll('""', '"'))
    if (end === '\r\n') rows.push([])
    if (end === '') break
  }
  return rows.filter(row => row.length > 1)
}
