import { escapeJson } from '../../core/text.ts'
import { defineReport } from '../../kit/define-report.ts'

/** The contract: the report object as docs/report.schema.json describes it. */
export default defineReport({
  id: 'json',
  title: 'JSON, one object (docs/report.schema.json)',
  mediaType: 'application/json',
  extension: 'json',
  *render(report) {
    const { findings, ...rest } = report
    // The findings are written one by one, so that a report with many of them is never one string.
    const head = JSON.stringify(rest, null, 2)
    yield escapeJson(head.slice(0, head.lastIndexOf('\n}')))
    yield ',\n  "findings": ['
    let separator = '\n    '
    for (const finding of findings) {
      yield separator + escapeJson(JSON.stringify(finding, null, 2).replaceAll('\n', '\n    '))
      separator = ',\n    '
    }
    yield findings.length === 0 ? ']\n}\n' : '\n  ]\n}\n'
  },
})
