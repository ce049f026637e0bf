/** `analyze`: sources in, a report out. The composition root of a batch run. */
import { AddressTable } from '../core/addresses.ts'
import { type Finding, SEVERITIES, type Severity, severityRank } from '../core/finding.ts'
import { REPORT_SCHEMA_VERSION, type Report, type ReportSummary } from '../core/report.ts'
import { formatTime } from '../core/time.ts'
import { Engine } from '../engine/engine.ts'
import { findingId } from '../engine/findings.ts'
import { groupIncidents } from '../engine/incidents.ts'
import type { Services } from '../kit/services.ts'
import { RULES } from '../rules/index.ts'
import { type DetectionSettings, describeDetection, openAnalyzers, rankSources } from './detection.ts'
import { EvidenceReader } from './evidence.ts'
import { toFinding } from './finding.ts'
import { HostNames } from './host-names.ts'
import { describeInput } from './input-report.ts'
import { Overview } from './overview.ts'
import { type PipelineOptions, type PipelineRun, runPipeline } from './pipeline.ts'

export interface AnalyzeOptions extends PipelineOptions {
  /** Option tables by rule id. */
  ruleOptions: Readonly<Record<string, Record<string, unknown>>>
  /** Whether the rules' findings are told (they always run: their stories clean the training data). */
  rules: boolean
  detection: DetectionSettings
  services: Services
  evidenceLines: number
  minSeverity: Severity
  version: string
  /** Sentences about the choice of inputs. */
  notes: readonly string[]
  /** Told of a detector that failed by an error of its own; the report is made without it and says so. */
  onDetectorFailure?: ((id: string, error: unknown) => void) | undefined
}

/** Reads and judges everything. @throws Problem for what ends the run; what concerns one input is told in the report. */
export async function analyze(options: AnalyzeOptions): Promise<Report> {
  const addresses = new AddressTable(options.classify)
  const engine = new Engine({
    rules: RULES,
    ruleOptions: options.ruleOptions,
    analyzers: openAnalyzers(options.detection, addresses, options.services),
    addresses,
    services: options.services,
    limits: { evidence: options.evidenceLines },
  })
  const overview = new Overview(addresses)
  const hosts = new HostNames()
  const run = await runPipeline(
    options,
    event => {
      overview.observe(event)
      hosts.observe(event)
      engine.observe(event)
    },
    addresses,
  )
  return await assemble(options, run, engine, overview, hosts.list())
}

async function assemble(
  options: AnalyzeOptions,
  run: PipelineRun,
  engine: Engine,
  overview: Overview,
  hosts: readonly string[],
): Promise<Report> {
  const broken: string[] = []
  const failed =
    (what: string) =>
    (id: string, error: unknown): void => {
      broken.push(`${id} failed, its ${what} missing: ${error instanceof Error ? error.message : String(error)}`)
      options.onDetectorFailure?.(id, error)
    }
  const drafts = engine
    .findings(failed('findings are'))
    .filter(draft => options.rules || draft.kind !== 'rule')
    .map(draft => ({ ...draft, id: findingId(draft) }))
  const told = drafts.filter(draft => severityRank(draft.severity) <= severityRank(options.minSeverity))
  const reader = new EvidenceReader(run.inputs.map(({ source }) => source))
  await reader.prepare(
    told.flatMap(({ evidence }) => evidence),
    options.signal,
  )
  const findings = told.map(draft => toFinding(draft, draft.id, ref => reader.read(ref)))
  reader.close()
  const timeline = overview.timeline()
  return {
    schema_version: REPORT_SCHEMA_VERSION,
    tool: { name: 'vpsguard', version: options.version },
    generated_at: formatTime(options.now),
    inputs: run.inputs.map(input => describeInput(input, run.formats)),
    summary: summarise(findings, drafts.length, engine, overview, run),
    detection: describeDetection(
      options.detection,
      engine,
      { first: overview.first, last: overview.last, hosts, now: options.now },
      failed('comparison with the model is'),
    ),
    findings,
    incidents: groupIncidents(findings),
    sources: overview.table(told, options.services.geo, rankSources(engine)),
    ...(timeline === undefined ? {} : { timeline }),
    notes: [...options.notes, ...broken, ...engine.limitsReached()],
  }
}

function summarise(
  findings: readonly Finding[],
  all: number,
  engine: Engine,
  overview: Overview,
  run: PipelineRun,
): ReportSummary {
  const bySeverity: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
  for (const finding of findings) bySeverity[finding.severity]++
  return {
    findings: findings.length,
    by_severity: bySeverity,
    lines: run.inputs.reduce((sum, { stream }) => sum + stream.totals.lines, 0),
    events: engine.totals.events,
    sources: overview.sources,
    failed_logins: overview.failed,
    accepted_logins: overview.accepted,
    web_requests: overview.web,
    whitelisted_events: engine.totals.whitelisted,
    omitted_findings: all - findings.length,
    first: Number.isNaN(overview.first) ? null : formatTime(overview.first),
    last: Number.isNaN(overview.last) ? null : formatTime(overview.last),
  }
}

/** Whether the report has a finding at or above the level: what --fail-on asks. */
export function hasFindingAt(report: Report, level: Severity): boolean {
  return SEVERITIES.slice(0, severityRank(level) + 1).some(severity => report.summary.by_severity[severity] > 0)
}
