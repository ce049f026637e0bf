import type { Severity } from '../../../core/finding.ts'
import { escapeHtml } from '../../../core/text.ts'
import { SEVERITY_MARKS } from '../terminal/ink.ts'

/** `Critical`, with its shape; colour comes from the class around it and only repeats what the word says. */
export function severityWord(severity: Severity): string {
  return `<span class="sev"><i aria-hidden="true">${SEVERITY_MARKS[severity]}</i>${severity[0].toUpperCase()}${severity.slice(1)}</span>`
}

/** Ids are digests, but a report may come from elsewhere. */
const anchor = (id: string): string => encodeURIComponent(id.toWellFormed()).replace(/[!'()*]/g, '')

/** The anchor of a finding. */
export const anchorOf = (id: string): string => `f-${anchor(id)}`

/** The anchor of an incident that is a story. */
export const storyAnchor = (id: string): string => `i-${anchor(id)}`

/** A bar from 0 to 1, drawn by attributes, since the page's policy allows no inline style. */
export function meter(share: number, className = ''): string {
  const width = Math.max(0, Math.min(100, share * 100))
  return `<svg class="meter ${className}" aria-hidden="true"><rect width="${Number(width.toFixed(2))}%" height="6"/></svg>`
}

export interface TableColumn {
  title: string
  numeric: boolean
}

/** A cell that is HTML already; `key` is what it sorts by. */
export interface TableCell {
  html: string
  key?: string | number
}

/** A table in a region that scrolls by itself and can be reached by keyboard. */
export function* table(
  label: string,
  head: readonly TableColumn[],
  rows: Iterable<readonly TableCell[]>,
  sortable: boolean,
): Iterable<string> {
  yield `<div class="scroll" role="region" aria-label="${escapeHtml(label)}" tabindex="0"><table${sortable ? ' class="sortable"' : ''}><thead><tr>`
  for (const { title, numeric } of head)
    yield `<th scope="col"${numeric ? ' class="num"' : ''}>${escapeHtml(title)}</th>`
  yield '</tr></thead><tbody>'
  for (const row of rows) {
    yield '<tr>'
    for (const [index, { html, key }] of row.entries()) {
      const sortKey = key === undefined ? '' : ` data-key="${escapeHtml(String(key))}"`
      yield `<td${head[index].numeric ? ' class="num"' : ''}${sortKey}>${html}</td>`
    }
    yield '</tr>'
  }
  yield '</tbody></table></div>\n'
}
