/** The report's contract as a schema: docs/report.schema.json is made from it, and saved reports are read with it. */
import { z } from 'zod'
import { EXIT, Problem } from '../../core/errors.ts'
import { FINDING_KINDS, SEVERITIES } from '../../core/finding.ts'
import type { Report } from '../../core/report.ts'

const count = z.int().min(0)
const moment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/)
  .describe('RFC 3339, UTC.')
const texts = z.array(z.string())

const reason = z.looseObject({
  text: z.string().describe('The reason as a sentence.'),
  feature: z.string().exactOptional().describe('What was measured, for machines.'),
  observed: z.union([z.number(), z.string()]).exactOptional(),
  expected: z.union([z.number(), z.string()]).exactOptional().describe('What would have been normal.'),
})

const evidence = z.looseObject({
  path: z.string(),
  line: count.describe('Line number, from 1.'),
  offset: count.describe('Byte offset of the line in the (unpacked) file.'),
  text: z.string().describe('The line as it stands in the log. Attackers write it: escape it before showing it.'),
})

const findingSchema = z
  .looseObject({
    id: z.string().min(1).describe('Stable over runs of the same log.'),
    rule: z.string().describe('The rule or detector that raised it.'),
    kind: z.enum(FINDING_KINDS),
    title: z.string(),
    severity: z.enum(SEVERITIES),
    confidence: z.number().min(0).max(1),
    risk: z.number().min(0).max(100),
    first_seen: moment,
    last_seen: moment,
    count: count.describe('Events that the story consists of.'),
    sources: texts.describe(
      'Every address the finding accuses; an IPv6 /64 of which several took part, as that prefix.',
    ),
    users: texts,
    hosts: texts,
    reasons: z.array(reason),
    evidence: z.array(evidence),
    techniques: texts.describe('MITRE ATT&CK technique ids.'),
    recommendations: texts.describe('Shell lines that can be pasted.'),
    details: z
      .record(z.string(), z.unknown())
      .exactOptional()
      .describe('What a kind of finding has beyond the common part: participants, interval, prefixes, scores.'),
  })
  .meta({ id: 'Finding' })

const incidentSchema = z
  .looseObject({
    id: z.string().min(1).describe('Stays while later findings join.'),
    title: z.string(),
    severity: z.enum(SEVERITIES).describe("Its worst finding's."),
    risk: z.number().min(0).max(100),
    first_seen: moment,
    last_seen: moment,
    findings: texts.describe('Ids of its findings, in order of their first moment.'),
    links: texts.describe('Why they belong together: a source, a campaign, a user, what followed a login.'),
    sources: texts,
    users: texts,
    stages: texts.describe('Stages of the attack that were seen, in order.'),
  })
  .meta({ id: 'Incident' })

const input = z.looseObject({
  path: z.string(),
  format: z.string().describe("The prevailing format's id, or `unknown`."),
  lines: count,
  events: count,
  unparsed: count.describe('Lines that no parser understood, and lines that were cut or garbled.'),
  first: moment.nullable(),
  last: moment.nullable(),
  bytes: count.exactOptional(),
  formats: z.record(z.string(), count).exactOptional().describe('Lines per format where several are mixed.'),
  irrelevant: count.exactOptional(),
  unknown: count.exactOptional(),
  malformed: count.exactOptional(),
  clock: z
    .looseObject({
      zone: z.string().exactOptional(),
      year: z.string().exactOptional(),
      jumps: count.exactOptional(),
      backsteps: count.exactOptional(),
      late: count.exactOptional(),
    })
    .exactOptional()
    .describe('How stamps without a zone or a year were read.'),
  notes: texts.exactOptional(),
  samples: texts.exactOptional(),
})

const summary = z.looseObject({
  findings: count,
  by_severity: z.record(z.enum(SEVERITIES), count),
  lines: count,
  events: count,
  sources: count,
  failed_logins: count,
  accepted_logins: count,
  web_requests: count,
  whitelisted_events: count,
  omitted_findings: count,
  first: moment.nullable(),
  last: moment.nullable(),
})

const source = z.looseObject({
  source: z.string(),
  country: z.string().exactOptional(),
  asn: z.string().exactOptional(),
  events: count,
  failed_logins: count,
  accepted_logins: count,
  web_requests: count,
  first: moment,
  last: moment,
  findings: texts.describe('Ids of the findings that accuse it.'),
  group: z.string().exactOptional(),
  score: z.number().min(0).max(1).exactOptional(),
  reasons: texts.exactOptional(),
})

const detection = z.looseObject({
  mode: z.enum(['model', 'self', 'rules-only']),
  calibrated: z.boolean(),
  budget_per_week: z.number().min(0),
  band: z.tuple([z.number(), z.number()]).exactOptional().describe('95 % band of the false-alarm rate, per week.'),
  trained: z
    .looseObject({ first: moment, last: moment, days: z.number(), events: count, excluded: count })
    .exactOptional(),
  notes: texts,
})

const timeline = z.looseObject({
  start: moment,
  bucket_minutes: z.number().positive(),
  failed_logins: z.array(count),
  accepted_logins: z.array(count),
  web_requests: z.array(count),
})

const reportSchema = z
  .looseObject({
    schema_version: z.int().min(1).describe('Changes are additive; a reader ignores what it does not know.'),
    tool: z.looseObject({ name: z.string(), version: z.string() }),
    generated_at: moment,
    inputs: z.array(input),
    summary,
    detection: detection.exactOptional(),
    findings: z.array(findingSchema),
    incidents: z
      .array(incidentSchema)
      .exactOptional()
      .describe('Findings by story, worst first: each finding is in exactly one, and most are alone in theirs.'),
    sources: z.array(source).exactOptional(),
    timeline: timeline.exactOptional(),
    notes: texts.exactOptional(),
  })
  .meta({ title: 'VPSGuard report' })

/** The JSON Schema (2020-12) of `--format json`, as docs/report.schema.json holds it. */
export function reportJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(reportSchema, { target: 'draft-2020-12', io: 'input' }), null, 2)}\n`
}

/**
 * Reads a report that `--format json` wrote.
 * @throws Problem (exit 4) that says where the text is no report.
 */
export function parseReport(text: string, path: string): Report {
  const wrong = (message: string, cause?: unknown): Problem =>
    new Problem(EXIT.input, `${path}: ${message}`, {
      where: path,
      hint: 'vpsguard analyze LOG --format json -o report.json writes a report that can be read again',
      cause,
    })
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw wrong('not JSON, or cut off', cause)
  }
  const result = reportSchema.safeParse(json)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw wrong(`not a report: ${issue.path.join('.') || 'the document'}: ${issue.message}`, result.error)
}
