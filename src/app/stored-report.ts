/** A report of what is remembered, for the formats that reports have. */
import { type Finding, type Severity, severityRank } from '../core/finding.ts'
import { REPORT_SCHEMA_VERSION, type Report } from '../core/report.ts'
import { formatTime } from '../core/time.ts'
import { groupIncidents } from '../engine/incidents.ts'

export interface StoredReportOptions {
  /** The moments between which it tells, milliseconds. */
  since: number
  until: number
  now: number
  version: string
  /** Lesser findings are counted, not listed. */
  minSeverity: Severity
  notes: readonly string[]
}

/**
 * The findings as a report without inputs: how many lines and logins there were is not remembered, so those figures
 * are 0 and a note says so.
 */
export function storedReport(all: readonly Finding[], options: StoredReportOptions): Report {
  const findings = all.filter(({ severity }) => severityRank(severity) <= severityRank(options.minSeverity))
  const bySeverity: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
  for (const { severity } of findings) bySeverity[severity]++
  return {
    schema_version: REPORT_SCHEMA_VERSION,
    tool: { name: 'vpsguard', version: options.version },
    generated_at: formatTime(options.now),
    inputs: [],
    summary: {
      findings: findings.length,
      by_severity: bySeverity,
      lines: 0,
      events: 0,
      sources: new Set(findings.flatMap(({ sources }) => sources)).size,
      failed_logins: 0,
      accepted_logins: 0,
      web_requests: 0,
      whitelisted_events: 0,
      omitted_findings: all.length - findings.length,
      first: formatTime(options.since),
      last: formatTime(options.until),
    },
    findings,
    incidents: groupIncidents(findings),
    notes: [
      'From the memory of `vpsguard watch`: findings are remembered; lines, logins and requests are not counted in it.',
      ...options.notes,
    ],
  }
}
