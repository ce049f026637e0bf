import { escapeJson } from '../../core/text.ts'
import { defineReport } from '../../kit/define-report.ts'

/** For pipes: the report without its findings on the first line, then one finding a line. */
export default defineReport({
  id: 'jsonl',
  title: 'JSON Lines: a header, then one finding a line',
  mediaType: 'application/jsonl',
  extension: 'jsonl',
  *render(report) {
    const { findings, ...header } = report
    const { schema_version } = report
    yield `${escapeJson(JSON.stringify({ type: 'report', ...header }))}\n`
    for (const finding of findings) {
      yield `${escapeJson(JSON.stringify({ type: 'finding', schema_version, ...finding }))}\n`
    }
  },
})
