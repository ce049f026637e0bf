/** The page's other parts: head, filter, table of sources, what was read, how it was judged. */
import type { Finding } from '../../../core/finding.ts'
import { FINDING_KINDS, SEVERITIES } from '../../../core/finding.ts'
import type { Report, SourceSummary } from '../../../core/report.ts'
import { escapeHtml, truncate } from '../../../core/text.ts'
import type { Entry } from '../stories.ts'
import { detectionFacts, formatNumber, formatShare, headline, inputFacts, leftOut, lookedAt, plural } from '../words.ts'
import { anchorOf, severityWord, storyAnchor, table } from './markup.ts'

type LocalTime = (rfc3339: string) => string

const MOST_SOURCES = 1000
const LINKED_FINDINGS = 2
/** Stories that can be chosen from a list; the worst. */
const MOST_STORIES = 100
const WIDEST_OPTION = 90

/**
 * The head of the page: the headline, what was looked at, findings by severity, and remarks on inputs and on what
 * was left out.
 */
export function* lede(report: Report, localTime: LocalTime): Iterable<string> {
  yield `<div class="lede"><h1>${escapeHtml(headline(report))}</h1>\n`
  for (const text of lookedAt(report, localTime)) yield `<p>${escapeHtml(text)}</p>\n`
  yield '</div>\n'
  if (report.findings.length > 0) {
    yield '<ul class="counts">'
    for (const severity of SEVERITIES) {
      const count = report.summary.by_severity[severity]
      yield `<li class="${severity}${count === 0 ? ' none' : ''}"><b>${formatNumber(count)}</b>${severityWord(severity)}</li>`
    }
    yield '</ul>\n'
  }
  const remarks = [
    ...report.inputs.flatMap(({ path, notes = [] }) => notes.map(note => `${path}: ${note}`)),
    ...leftOut(report),
    ...(report.notes ?? []),
  ]
  if (remarks.length > 0)
    yield `<ul class="remarks">${remarks.map(text => `<li>${escapeHtml(text)}</li>`).join('')}</ul>\n`
}

/** The filter: shown by the script, since without it there is nothing to filter with. */
export function* filter(findings: readonly Finding[], entries: readonly Entry[]): Iterable<string> {
  const option = (value: string, text = value): string =>
    `<option value="${escapeHtml(value)}">${escapeHtml(truncate(text, WIDEST_OPTION))}</option>`
  const kinds = FINDING_KINDS.filter(kind => findings.some(finding => finding.kind === kind))
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort()
  yield '<form class="filter" role="search" aria-label="Filter the findings">'
  yield '<input type="search" name="text" placeholder="Search ( / )" aria-label="Search in everything a finding says" autocomplete="off">'
  yield '<input type="search" name="source" size="15" placeholder="Address" aria-label="Address, or its beginning" autocomplete="off">'
  yield `<select name="kind" aria-label="Kind"><option value="">Any kind</option>${kinds.map(kind => option(kind)).join('')}</select>`
  yield `<select name="rule" aria-label="Rule"><option value="">Any rule</option>${rules.map(rule => option(rule)).join('')}</select>`
  const stories = entries.flatMap(({ story }) => (story === undefined ? [] : [story.incident])).slice(0, MOST_STORIES)
  if (stories.length > 0) {
    const options = stories.map(({ id, title }) => option(storyAnchor(id), title)).join('')
    yield `<select name="story" aria-label="Story"><option value="">Any story</option>${options}</select>`
  }
  yield '<fieldset class="pick" aria-label="Severity">'
  for (const severity of SEVERITIES.filter(each => findings.some(finding => finding.severity === each))) {
    yield `<label class="${severity}"><input type="checkbox" name="severity" value="${severity}" checked>${severityWord(severity)}</label>`
  }
  yield '</fieldset><button class="reset" type="reset" hidden>Show all</button><span class="status" role="status"></span></form>\n'
}

/**
 * The table of sources, those with the most findings first, at most MOST_SOURCES; columns that no row fills are left
 * out, and the section where there are no sources.
 */
export function* sourcesSection(
  sources: readonly SourceSummary[],
  findings: readonly Finding[],
  localTime: LocalTime,
): Iterable<string> {
  if (sources.length === 0) return
  const titles = new Map(findings.map(({ id, title }) => [id, title]))
  const ranked = [...sources]
    .sort((a, b) => b.findings.length - a.findings.length || b.events - a.events)
    .slice(0, MOST_SOURCES)
  const scored = ranked.some(({ score }) => score !== undefined)
  const grouped = ranked.some(({ group }) => group !== undefined)
  const placed = ranked.some(({ country, asn }) => country !== undefined || asn !== undefined)
  const number = (value: number): { html: string; key: number } => ({
    html: value === 0 ? '<span class="soft">0</span>' : formatNumber(value),
    key: value,
  })
  const moment = (text: string): { html: string; key: string } => ({
    html: `<span class="nowrap">${escapeHtml(localTime(text))}</span>`,
    key: text,
  })
  yield '<h2 id="sources">Sources</h2>\n'
  yield* table(
    'Sources',
    [
      { title: 'Address', numeric: false },
      { title: 'Findings', numeric: false },
      ...(placed ? [{ title: 'Where', numeric: false }] : []),
      { title: 'Events', numeric: true },
      { title: 'Failed', numeric: true },
      { title: 'Accepted', numeric: true },
      { title: 'Web', numeric: true },
      ...(scored ? [{ title: 'Unusual', numeric: true }] : []),
      ...(grouped ? [{ title: 'Behaves like', numeric: false }] : []),
      { title: 'First', numeric: false },
      { title: 'Last', numeric: false },
    ],
    ranked.map(row => [
      { html: `<button type="button" class="source-pick">${escapeHtml(row.source)}</button>`, key: row.source },
      { html: links(row.findings, titles), key: row.findings.length },
      ...(placed
        ? [{ html: `<span class="nowrap">${escapeHtml([row.country, row.asn].filter(Boolean).join(' '))}</span>` }]
        : []),
      number(row.events),
      number(row.failed_logins),
      number(row.accepted_logins),
      number(row.web_requests),
      ...(scored ? [{ html: row.score === undefined ? '' : formatShare(row.score), key: row.score ?? 0 }] : []),
      ...(grouped
        ? [
            {
              html: `<span title="${escapeHtml((row.reasons ?? []).join('; '))}">${escapeHtml(row.group ?? '')}</span>`,
            },
          ]
        : []),
      moment(row.first),
      moment(row.last),
    ]),
    true,
  )
  if (sources.length > MOST_SOURCES)
    yield `<p class="soft">${plural(sources.length - MOST_SOURCES, 'more source')} in the JSON report.</p>\n`
}

function links(ids: readonly string[], titles: ReadonlyMap<string, string>): string {
  const shown = ids.filter(id => titles.has(id)).slice(0, LINKED_FINDINGS)
  const rest = ids.length - shown.length
  const link = (id: string): string =>
    `<a class="mono" href="#${encodeURI(anchorOf(id))}" title="${escapeHtml(titles.get(id) ?? '')}">` +
    `${escapeHtml(id.slice(0, 6))}</a>`
  return `<span class="nowrap">${shown.map(link).join(' ')}${rest > 0 ? ` +${formatNumber(rest)}` : ''}</span>`
}

/** What was read, with samples of lines that were not understood, and how it was judged where detectors ran. */
export function* reading(report: Report, localTime: LocalTime): Iterable<string> {
  yield '<h2 id="inputs">What was read</h2>\n<ul class="plain">'
  for (const input of report.inputs) {
    const facts = [input.format, ...inputFacts(input)].join(' · ')
    yield `<li><span class="mono">${escapeHtml(input.path)}</span> <span class="soft">${escapeHtml(facts)}</span>`
    if (input.samples !== undefined && input.samples.length > 0) {
      yield `<details class="fold"><summary>Lines that were not understood</summary><ol class="proof">` +
        `${input.samples.map(sample => `<li><span></span><code>${escapeHtml(sample)}</code></li>`).join('')}</ol></details>`
    }
    yield '</li>\n'
  }
  yield '</ul>\n'
  if (report.detection !== undefined) {
    yield '<h2 id="detection">How it was judged</h2>\n<ul class="plain">'
    for (const fact of detectionFacts(report.detection, localTime)) yield `<li>${escapeHtml(fact)}</li>`
    yield '</ul>\n'
  }
}
