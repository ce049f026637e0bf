/** Stories: findings of one incident, told as one. */
import type { Finding } from '../../../core/finding.ts'
import { columns, escapeTerminal, padColumns, truncate, wrap } from '../../../core/text.ts'
import type { Story } from '../stories.ts'
import { leadOf, stagesText } from '../stories.ts'
import { formatPeriod, plural, sortFindings } from '../words.ts'
import { advice, findingBlock, heading, type Page, proof, shortId, titleLine, who, why } from './finding.ts'
import { SEVERITY_MARKS } from './ink.ts'
import { field, LABEL } from './layout.ts'

/** Findings of a story that get a line where not all is asked for: the worst of it. */
const LINES = 6
/** `10-09 11:14`. */
const STAMP = 11
const BAR = '│ '

/** One story on one line. */
export function storyLine({ incident, findings }: Story, worst: Finding, page: Page): string {
  return titleLine({ ...incident, severity: worst.severity }, plural(findings.length, 'finding'), page)
}

/**
 * A story as a block: what, who, what happened one after the other, and the proof of what matters most in it; at verbosity 2 every
 * finding of it in full, marked at the edge.
 */
export function* storyBlock(story: Story, worst: Finding, page: Page): Iterable<string> {
  const { incident, findings } = story
  const { ink, width, context } = page
  yield* heading({ ...incident, severity: worst.severity }, page)
  const facts = [
    `risk ${Math.round(incident.risk)} of 100`,
    plural(findings.length, 'finding'),
    shortId(incident, page),
    stagesText(incident),
  ]
  const meta = facts.filter(text => text !== '').map(escapeTerminal)
  for (const line of wrap(meta.join(' · '), width - 2)) yield `  ${ink.quiet(line)}\n`
  yield* field('when', [formatPeriod(incident.first_seen, incident.last_seen, context.localTime)], width, ink)
  const hosts = [...new Set(findings.flatMap(finding => finding.hosts))]
  const accused = who({ ...incident, hosts }, false)
  if (accused !== '') yield* field('who', [accused], width, ink)
  if (context.verbosity === 2) {
    yield* field('together', incident.links.map(escapeTerminal), width, ink)
    for (const finding of findings) yield* beside(findingBlock(finding, { ...page, width: width - BAR.length }), page)
    return
  }
  const lead = leadOf(story)
  yield* happened(story, lead, page)
  yield* why(lead, page)
  yield* proof(lead, page)
  yield* advice(lead, page)
}

/** One line a finding, in order of time; of many, the worst. */
function* happened({ incident, findings }: Story, lead: Finding, page: Page): Iterable<string> {
  const { ink, width, context } = page
  const room = width - LABEL - 2
  const shown = new Set([lead, ...sortFindings(findings)].slice(0, LINES + 1))
  if (shown.size > LINES) shown.delete([...shown][LINES])
  let label = 'what'
  for (const finding of findings.filter(each => shown.has(each))) {
    const time = padColumns(truncate(context.localTime(finding.first_seen).slice(5, 5 + STAMP), STAMP), STAMP)
    const id = shortId(finding, page)
    const wide = Math.max(16, room - STAMP - columns(id) - 6)
    const title = padColumns(truncate(escapeTerminal(withoutSource(finding.title, incident.sources)), wide), wide)
    const mark = ink.severity[finding.severity](SEVERITY_MARKS[finding.severity])
    yield `  ${ink.quiet(label.padEnd(LABEL))}${ink.quiet(time)}  ${mark} ${title}  ${ink.quiet(id)}\n`
    label = ''
  }
  const rest = findings.length - shown.size
  if (rest > 0) yield* field('', [ink.quiet(`${plural(rest, 'lesser finding')} of it with -vv`)], Infinity, ink)
}

/** Where one address did it all, it is named once, above. */
function withoutSource(title: string, sources: readonly string[]): string {
  const [only = ''] = sources
  if (sources.length !== 1 || only === '') return title
  return title.startsWith(`${only} `) ? title.slice(only.length + 1) : title.replace(` from ${only}`, '')
}

/** The block with a bar at its edge, so that one sees where the story ends. */
function* beside(block: Iterable<string>, { ink }: Page): Iterable<string> {
  for (const piece of block) {
    for (const line of piece.split('\n').slice(0, -1)) yield `${ink.quiet((BAR + line).trimEnd())}\n`
  }
}
