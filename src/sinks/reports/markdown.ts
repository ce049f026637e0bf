import type { Finding } from '../../core/finding.ts'
import { SEVERITIES } from '../../core/finding.ts'
import type { Report } from '../../core/report.ts'
import { escapeMarkdown, markdownBlock, markdownCode } from '../../core/text.ts'
import type { ReportContext } from '../../kit/define-report.ts'
import { defineReport } from '../../kit/define-report.ts'
import type { DetailBlock } from './details.ts'
import { detailBlocks } from './details.ts'
import { type Entry, entriesOf, stagesText } from './stories.ts'
import {
  detectionFacts,
  formatNumber,
  formatPeriod,
  formatShare,
  headline,
  inputFacts,
  leftOut,
  lookedAt,
  plural,
  shortIdLength,
  sortFindings,
} from './words.ts'

/** Findings told in full; the rest is a table, so that an issue or a mail stays readable. */
const IN_FULL = 50
const ROWS_OF_A_TABLE = 60
const LINES_OF_A_STORY = 12

/** For issues, wikis and mails. All log text stands in code, so that nothing in it can be markup. */
export default defineReport({
  id: 'markdown',
  title: 'Markdown',
  mediaType: 'text/markdown; charset=utf-8',
  extension: 'md',
  *render(report, context) {
    const { localTime } = context
    const findings = sortFindings(report.findings)
    const full =
      context.verbosity === 2
        ? findings
        : findings.filter(({ severity }) => severity !== 'info' && severity !== 'low').slice(0, IN_FULL)
    const idLength = shortIdLength(findings)
    yield `# VPSGuard: ${escapeMarkdown(headline(report))}\n\n`
    for (const text of lookedAt(report, localTime)) yield `${escapeMarkdown(text)}  \n`
    if (findings.length > 0) {
      const counts = SEVERITIES.map(severity => formatNumber(report.summary.by_severity[severity]))
      yield `\n| ${SEVERITIES.join(' | ')} |\n|${' --: |'.repeat(SEVERITIES.length)}\n| ${counts.join(' | ')} |\n`
    }
    yield* stories(entriesOf(report), idLength, context)
    for (const finding of full) yield* inFull(finding, context)
    yield* overview(
      findings.filter(finding => !full.includes(finding)),
      idLength,
    )
    yield* reading(report, context)
  },
})

/** What belongs together: the worse stories as lists, the others as a table. */
function* stories(
  entries: readonly Entry[],
  idLength: number,
  { localTime, verbosity }: ReportContext,
): Iterable<string> {
  const all = entries.flatMap(({ worst, story }) =>
    story === undefined ? [] : [{ ...story, severity: worst.severity }],
  )
  if (all.length === 0) return
  yield '\n## Stories: findings that belong together\n'
  const told = all.filter(({ severity }) => verbosity === 2 || (severity !== 'info' && severity !== 'low'))
  for (const { incident, findings, severity } of told) {
    yield `\n### ${severity.toUpperCase()}: ${escapeMarkdown(incident.title)}\n\n`
    const period = formatPeriod(incident.first_seen, incident.last_seen, localTime)
    const facts = [plural(findings.length, 'finding'), period, stagesText(incident)].filter(text => text !== '')
    yield `${escapeMarkdown(facts.join('; '))}\n\n`
    const shown = verbosity === 2 ? findings : findings.slice(0, LINES_OF_A_STORY)
    for (const { first_seen, severity: own, title, id } of shown) {
      yield `1. ${escapeMarkdown(`${localTime(first_seen)}, ${own}: ${title}`)} (${markdownCode(id.slice(0, idLength))})\n`
    }
    if (shown.length < findings.length) yield `\n… and ${plural(findings.length - shown.length, 'more finding')}\n`
  }
  const rest = all.filter(story => !told.includes(story))
  if (rest.length === 0) return
  yield '\n| Severity | Story | Findings |\n| --- | --- | --: |\n'
  for (const { incident, findings, severity } of rest)
    yield `| ${severity} | ${escapeMarkdown(incident.title)} | ${formatNumber(findings.length)} |\n`
}

function* inFull(finding: Finding, context: ReportContext): Iterable<string> {
  yield `\n## ${finding.severity.toUpperCase()}: ${escapeMarkdown(finding.title)}\n\n`
  const codes = (texts: readonly string[]): string => texts.map(text => markdownCode(text)).join(', ')
  const rows = [
    [
      'Finding',
      `${markdownCode(finding.id)}, rule ${markdownCode(finding.rule)}${finding.techniques.length > 0 ? `, ${codes(finding.techniques)}` : ''}`,
    ],
    ['Risk', `${Math.round(finding.risk)} of 100, ${formatShare(finding.confidence)} sure`],
    [
      'When',
      `${escapeMarkdown(formatPeriod(finding.first_seen, finding.last_seen, context.localTime))}, ${plural(finding.count, 'event')}`,
    ],
    ['Sources', few(finding.sources, context)],
    ['Users', few(finding.users, context)],
    ['Hosts', few(finding.hosts, context)],
  ]
  for (const [label, value] of rows) if (value !== '') yield `- **${label}:** ${value}\n`
  if (finding.reasons.length > 0) yield '\n**Why**\n\n'
  for (const { text } of finding.reasons) yield `- ${escapeMarkdown(text)}\n`
  for (const block of detailBlocks(finding.details, context.localTime)) yield* details(block)
  if (finding.evidence.length > 0) {
    yield `\n**Proof**\n\n${markdownBlock(finding.evidence.flatMap(({ path, line, text }) => [`${path}:${line}`, `  ${text}`]))}\n`
  }
  if (finding.recommendations.length > 0) {
    yield `\n**What to do**\n\n${markdownBlock(
      finding.recommendations.flatMap(text => text.split('\n')),
      'sh',
    )}\n`
  }
}

function few(texts: readonly string[], { verbosity }: ReportContext): string {
  const shown = verbosity === 2 ? texts : texts.slice(0, 20)
  const rest = texts.length - shown.length
  return shown.map(text => markdownCode(text)).join(', ') + (rest > 0 ? ` and ${formatNumber(rest)} more` : '')
}

function* details(block: DetailBlock): Iterable<string> {
  yield `\n**${escapeMarkdown(block.title)}**\n\n`
  if (block.shape === 'facts') {
    for (const { label, value } of block.facts) yield `- ${escapeMarkdown(label)}: ${escapeMarkdown(value)}\n`
  } else if (block.shape === 'list') {
    yield `${block.items.map(item => markdownCode(item)).join(', ')}\n`
  } else {
    yield `| ${block.columns.map(({ title }) => escapeMarkdown(title)).join(' | ')} |\n`
    yield `|${block.columns.map(({ numeric }) => (numeric ? ' --: |' : ' --- |')).join('')}\n`
    for (const row of block.rows.slice(0, ROWS_OF_A_TABLE)) {
      yield `| ${row.map(({ text }) => (text === '' ? '' : markdownCode(text, true))).join(' | ')} |\n`
    }
    const rest = block.rows.length - ROWS_OF_A_TABLE
    if (rest > 0) yield `\n… and ${plural(rest, 'more row')} in the JSON report.\n`
  }
}

function* overview(findings: readonly Finding[], idLength: number): Iterable<string> {
  if (findings.length === 0) return
  yield '\n## Further findings\n\n| Severity | Rule | Finding | Sources | Id |\n| --- | --- | --- | --- | --- |\n'
  for (const finding of findings) {
    const source =
      finding.sources.length === 1
        ? markdownCode(finding.sources[0], true)
        : finding.sources.length === 0
          ? ''
          : plural(finding.sources.length, 'address', 'addresses')
    yield `| ${finding.severity} | ${markdownCode(finding.rule, true)} | ${escapeMarkdown(finding.title)} | ${source} |` +
      ` ${markdownCode(finding.id.slice(0, idLength), true)} |\n`
  }
}

function* reading(report: Report, { localTime }: ReportContext): Iterable<string> {
  yield '\n## What was read\n\n'
  for (const input of report.inputs) {
    yield `- ${markdownCode(input.path)} (${escapeMarkdown(input.format)}): ${escapeMarkdown(inputFacts(input).join('; '))}\n`
    for (const note of input.notes ?? []) yield `  - ${escapeMarkdown(note)}\n`
    for (const sample of input.samples ?? []) yield `  - not understood: ${markdownCode(sample)}\n`
  }
  for (const note of [...leftOut(report), ...(report.notes ?? [])]) yield `- ${escapeMarkdown(note)}\n`
  if (report.detection !== undefined) {
    yield '\n## How it was judged\n\n'
    for (const fact of detectionFacts(report.detection, localTime)) yield `- ${escapeMarkdown(fact)}\n`
  }
  const written = `${report.tool.name} ${report.tool.version}, ${localTime(report.generated_at)}`
  yield `\nWritten by ${escapeMarkdown(written)}.\n`
}
