import { VERDICT } from '../../core/line.ts'
import { defineProgram } from '../../kit/define-parser.ts'
import { parseCef } from '../support/cef.ts'

export default defineProgram({
  id: 'cef',
  title: 'CEF and LEEF behind a header of syslog',
  programs: ['cef', 'leef'],
  // The record's own first word is what syslog takes for the tag.
  parse: (line, out) => {
    const verdict = parseCef(line, out, line.programStart)
    return verdict === VERDICT.notMine ? VERDICT.unknownMessage : verdict
  },
  samples: [
    {
      line: 'Feb 28 08:05:01 fw-1 CEF:0|Vendor|Gateway|1|100|Login failed|5|src=192.0.2.1 suser=root outcome=failure',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: 'root', host: 'fw-1', service: 'Gateway' }],
    },
    {
      line: '<134>Feb 28 08:05:01 fw-1 CEF: 0|Vendor|Gateway|1|100|Login failed|5|rt=1772265901000 src=192.0.2.1 duser=root',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', time: '2026-02-28T08:05:01Z' }],
    },
    {
      line: 'Feb 28 08:05:01 fw-1 LEEF:1.0|Vendor|Gateway|1|Login failed|src=192.0.2.1\tusrName=root',
      is: [{ kind: 'panel.auth.failed', source: '192.0.2.1', user: 'root' }],
    },
    {
      line: 'Feb 28 08:05:01 web-1 app[7]: CEF:0|Vendor|Gateway|1|100|Login failed|5|src=203.0.113.9 suser=root outcome=failure',
      is: 'unknown',
      note: 'what a program says that nobody knows may be what its user typed',
    },
  ],
})
