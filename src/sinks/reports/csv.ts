import type { Finding } from '../../core/finding.ts'
import { csvCell } from '../../core/text.ts'
import { defineReport } from '../../kit/define-report.ts'
import { incidentIds } from './stories.ts'
import { sortFindings } from './words.ts'

/** Many values in one cell; a campaign's participants are all listed, since a spreadsheet filters by them. */
const list = (texts: readonly string[]): string => csvCell(texts.join('; '))

const COLUMNS: readonly [name: string, cell: (finding: Finding) => string][] = [
  ['id', finding => csvCell(finding.id)],
  ['severity', finding => csvCell(finding.severity)],
  ['risk', finding => String(finding.risk)],
  ['confidence', finding => String(finding.confidence)],
  ['rule', finding => csvCell(finding.rule)],
  ['kind', finding => csvCell(finding.kind)],
  ['title', finding => csvCell(finding.title)],
  ['first_seen', finding => csvCell(finding.first_seen)],
  ['last_seen', finding => csvCell(finding.last_seen)],
  ['count', finding => String(finding.count)],
  ['sources', finding => list(finding.sources)],
  ['users', finding => list(finding.users)],
  ['hosts', finding => list(finding.hosts)],
  ['reasons', finding => list(finding.reasons.map(({ text }) => text))],
  ['techniques', finding => list(finding.techniques)],
  ['evidence_path', finding => csvCell(finding.evidence[0]?.path ?? '')],
  ['evidence_line', finding => String(finding.evidence[0]?.line ?? '')],
  ['evidence_text', finding => csvCell(finding.evidence[0]?.text ?? '')],
]

/** One finding a row, worst first (RFC 4180: quoted text, CRLF). */
export default defineReport({
  id: 'csv',
  title: 'CSV, one finding a row',
  mediaType: 'text/csv; charset=utf-8; header=present',
  extension: 'csv',
  *render(report) {
    const ids = incidentIds(report)
    yield `${COLUMNS.map(([name]) => name).join(',')},incident\r\n`
    for (const finding of sortFindings(report.findings))
      yield `${COLUMNS.map(([, cell]) => cell(finding)).join(',')},${csvCell(ids.get(finding.id) ?? '')}\r\n`
  },
})
