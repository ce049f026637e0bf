import { escapeJson } from '../../core/text.ts'
import { defineReport } from '../../kit/define-report.ts'
import { incidentIds } from './stories.ts'

/** For pipes: the report without its findings on the first line, then one finding a line, with the id of its incident. */
export default defineReport({
  id: 'jsonl',
  title: 'JSON Lines: a header, then one finding a line',
  mediaType: 'application/jsonl',
  extension: 'jsonl',
  *render(report) {
    const { findings, incidents: _, ...header } = report
    const { schema_version } = report
    yield `${escapeJson(JSON.stringify({ type: 'report', ...header }))}\n`
    const ids = incidentIds(report)
    for (const finding of findings) {
      const incident = ids.get(finding.id)
      yield `${escapeJson(JSON.stringify({ type: 'finding', schema_version, ...finding, ...(incident === undefined ? {} : { incident }) }))}\n`
    }
  },
})
