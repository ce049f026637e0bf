import type { Finding } from '../../../core/finding.ts'
import { escapeHtml } from '../../../core/text.ts'
import type { Story } from '../stories.ts'
import { formatPeriod, plural } from '../words.ts'
import { findingCard } from './finding.ts'
import { severityWord, storyAnchor } from './markup.ts'

const FEW_LINKS = 6

/** A story: a line to scan with the chain of its stages, and behind it its findings in order of time. */
export function* storyCard(
  { incident, findings }: Story,
  worst: Finding,
  open: boolean,
  localTime: (rfc3339: string) => string,
): Iterable<string> {
  const { id, title, risk, first_seen, last_seen, links, stages } = incident
  const brief = [plural(findings.length, 'finding'), formatPeriod(first_seen, last_seen, localTime)].join(' · ')
  const chain = stages.map(stage => `<b>${escapeHtml(stage)}</b>`).join('<i>→</i>')
  yield `<details class="story ${worst.severity}" id="${escapeHtml(storyAnchor(id))}"${open ? ' open' : ''}>\n` +
    `<summary>${severityWord(worst.severity)}<span class="title">${escapeHtml(title)}</span>` +
    `<span class="risk">risk ${Math.round(risk)}</span><span class="brief">${escapeHtml(brief)}</span>` +
    `${stages.length < 2 ? '' : `<span class="chain">${chain}</span>`}</summary>\n<div class="parts">\n`
  if (links.length > 0) {
    const rest = links.length - FEW_LINKS
    const told = `${links.slice(0, FEW_LINKS).join('; ')}${rest > 0 ? ` and ${plural(rest, 'more reason')}` : ''}`
    yield `<p class="soft">Together because of: ${escapeHtml(told)}</p>\n`
  }
  for (const finding of findings) yield* findingCard(finding, false, localTime)
  yield '</div>\n</details>\n'
}
