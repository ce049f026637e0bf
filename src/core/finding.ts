/** Findings: what the program tells a person, with the proof. The JSON form is a public contract (docs/report.schema.json). */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const
export type Severity = (typeof SEVERITIES)[number]

export const FINDING_KINDS = ['rule', 'anomaly', 'campaign', 'rate', 'host'] as const
export type FindingKind = (typeof FINDING_KINDS)[number]

/** One plain reason; where it rests on a figure, `observed` and `expected` carry it for machines. */
export interface Reason {
  text: string
  feature?: string
  observed?: number | string
  expected?: number | string
}

/** A proving line, as it stands in the log (unescaped: every way out escapes it). */
export interface Evidence {
  path: string
  line: number
  offset: number
  text: string
}

export interface Finding {
  /** Stable over runs: a digest of rule, identity and the story's first moment. */
  id: string
  rule: string
  kind: FindingKind
  title: string
  severity: Severity
  /** 0 to 1. */
  confidence: number
  /** 0 to 100. */
  risk: number
  /** RFC 3339, UTC. */
  first_seen: string
  last_seen: string
  count: number
  /** Every address the finding accuses. An IPv6 /64 of which several addresses took part is written as that prefix. */
  sources: string[]
  users: string[]
  hosts: string[]
  reasons: Reason[]
  evidence: Evidence[]
  techniques: string[]
  recommendations: string[]
  /** What a kind of finding has beyond the common part: a campaign's participants, interval, prefixes ... */
  details?: Record<string, unknown>
}

/** Orders severities: a smaller rank is worse. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity)
}
