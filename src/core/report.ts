/** The report: what a run of `analyze` found. Its JSON form is a public contract (docs/report.schema.json). */
import type { Finding, Severity } from './finding.ts'
import type { Incident } from './incident.ts'

export const REPORT_SCHEMA_VERSION = 1

/** How an input was read: what the person needs to judge whether the program understood it. */
export interface InputReport {
  path: string
  /** The prevailing format's id, or `unknown`. */
  format: string
  lines: number
  events: number
  /** Lines that no parser understood, and lines that were cut or garbled. */
  unparsed: number
  /** RFC 3339 UTC of the first and last stamped line; null where no line has a stamp. */
  first: string | null
  last: string | null
  bytes?: number
  /** Lines per format where several are mixed. */
  formats?: Record<string, number>
  irrelevant?: number
  unknown?: number
  malformed?: number
  /** How its stamps were read: the zone used for stamps without one, the year given to stamps without one, jumps met. */
  clock?: { zone?: string; year?: string; jumps?: number; backsteps?: number; late?: number }
  /** Plain sentences: what could not be read and why, an understood share under 5 %, a truncated archive ... */
  notes?: string[]
  /** Up to three lines that were not understood, where that matters. */
  samples?: string[]
}

export interface ReportSummary {
  findings: number
  by_severity: Record<Severity, number>
  lines: number
  events: number
  /** Distinct sources with at least one event. */
  sources: number
  /** Failed and accepted login attempts. */
  failed_logins: number
  accepted_logins: number
  web_requests: number
  /** Events of whitelisted sources that were left out. */
  whitelisted_events: number
  /** Findings below --min-severity or over the cap that are not listed. */
  omitted_findings: number
  first: string | null
  last: string | null
}

/** One row of the table of sources: who did what, for the overview. */
export interface SourceSummary {
  source: string
  country?: string
  asn?: string
  events: number
  failed_logins: number
  accepted_logins: number
  web_requests: number
  first: string
  last: string
  findings: string[]
  /** Behaviour group and anomaly score (0 to 1), where the ranking ran. */
  group?: string
  score?: number
  reasons?: string[]
}

/** Events per bucket over the report's period, for the timeline. */
export interface Timeline {
  /** RFC 3339 UTC of the first bucket. */
  start: string
  bucket_minutes: number
  failed_logins: number[]
  accepted_logins: number[]
  web_requests: number[]
}

/** What detection rested on: the model, its age, the budget and the honest band (docs/detection.md). */
export interface DetectionReport {
  mode: 'model' | 'self' | 'rules-only'
  calibrated: boolean
  budget_per_week: number
  /** 95 % band of the false-alarm rate that calibration can promise, per week. */
  band?: [number, number]
  trained?: { first: string; last: string; days: number; events: number; excluded: number }
  notes: string[]
}

export interface Report {
  schema_version: number
  tool: { name: string; version: string }
  generated_at: string
  inputs: InputReport[]
  summary: ReportSummary
  detection?: DetectionReport
  findings: Finding[]
  /** Findings by story, worst first: each of `findings` is in exactly one, and most are alone in theirs. */
  incidents?: Incident[]
  sources?: SourceSummary[]
  timeline?: Timeline
  notes?: string[]
}
