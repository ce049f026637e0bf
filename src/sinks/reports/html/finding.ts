import type { Evidence, Finding, Reason } from '../../../core/finding.ts'
import { escapeHtml } from '../../../core/text.ts'
import { createAccusedFinder } from '../accused.ts'
import type { DetailBlock } from '../details.ts'
import { detailBlocks } from '../details.ts'
import { formatNumber, formatPeriod, formatShare, plural } from '../words.ts'
import { anchorOf, meter, severityWord, table } from './markup.ts'

type LocalTime = (rfc3339: string) => string

const FEW = 12
const PROOF_IN_SIGHT = 8
/** The page stays usable with a campaign of many thousands; the JSON report has every row. */
const MOST_ROWS = 2000

/** One finding: a line to scan, and behind it who, when, why, the proof and what to do. */
export function* findingCard(finding: Finding, open: boolean, localTime: LocalTime): Iterable<string> {
  const { id, severity, kind, rule, title } = finding
  yield `<details class="finding ${severity}" id="${escapeHtml(anchorOf(id))}" data-severity="${severity}"` +
    ` data-kind="${kind}" data-rule="${escapeHtml(rule)}"${open ? ' open' : ''}>\n` +
    `<summary>${severityWord(severity)}<span class="title">${escapeHtml(title)}</span>` +
    `<span class="risk">risk ${Math.round(finding.risk)}</span>` +
    `<span class="brief">${brief(finding, localTime)}</span></summary>\n<div class="body">\n`
  yield* facts(finding, localTime)
  yield* reasons(finding.reasons)
  yield* proof(finding)
  yield* advice(finding.recommendations)
  for (const block of detailBlocks(finding.details, localTime)) yield* details(block)
  yield '</div>\n</details>\n'
}

function brief(finding: Finding, localTime: LocalTime): string {
  const { title, sources, hosts, rule, first_seen, last_seen } = finding
  const named = sources[0] ?? hosts[0] ?? ''
  const who = sources.length > 1 ? plural(sources.length, 'address', 'addresses') : title.includes(named) ? '' : named
  return [who, formatPeriod(first_seen, last_seen, localTime), rule]
    .filter(text => text !== '')
    .map(escapeHtml)
    .join(' · ')
}

function* facts(finding: Finding, localTime: LocalTime): Iterable<string> {
  const { first_seen, last_seen, count, confidence, risk, techniques } = finding
  const rows: [string, string][] = [
    ['When', `${escapeHtml(formatPeriod(first_seen, last_seen, localTime))}, ${plural(count, 'event')}`],
    [finding.sources.length === 1 ? 'Address' : 'Addresses', chips(finding.sources, 'source')],
    [finding.users.length === 1 ? 'User' : 'Users', chips(finding.users)],
    [finding.hosts.length === 1 ? 'Host' : 'Hosts', chips(finding.hosts)],
    [
      'Judged',
      `risk ${Math.round(risk)} of 100, ${escapeHtml(formatShare(confidence))} sure, by ` +
        `<span class="chip">${escapeHtml(finding.rule)}</span>${techniques.length > 0 ? ` (${escapeHtml(techniques.join(', '))})` : ''}`,
    ],
    ['Id', `<span class="chip">${escapeHtml(finding.id)}</span>`],
  ]
  yield '<dl class="facts">'
  for (const [label, html] of rows) if (html !== '') yield `<dt>${label}</dt><dd>${html}</dd>`
  yield '</dl>\n'
}

function chips(texts: readonly string[], className = ''): string {
  if (texts.length === 0) return ''
  const list = (some: readonly string[]): string =>
    `<ul class="chips">${some.map(text => `<li class="chip ${className}">${escapeHtml(text)}</li>`).join('')}</ul>`
  if (texts.length <= FEW) return list(texts)
  const more = `<summary>${formatNumber(texts.length - FEW)} more</summary>${list(texts.slice(FEW))}`
  return `${list(texts.slice(0, FEW))}<details class="fold">${more}</details>`
}

function* reasons(all: readonly Reason[]): Iterable<string> {
  if (all.length === 0) return
  yield '<h3>Why this is not normal</h3>\n<ul class="why">'
  for (const { text, observed, expected } of all) {
    yield `<li>${escapeHtml(text)}`
    if (typeof observed === 'number' && typeof expected === 'number' && observed >= 0 && expected >= 0) {
      const most = Math.max(observed, expected)
      if (most > 0) {
        yield `<div class="compare"><span>seen</span>${meter(observed / most, 'seen')}<span>${escapeHtml(formatNumber(observed))}</span>` +
          `<span>usual</span>${meter(expected / most)}<span>${escapeHtml(formatNumber(expected))}</span></div>`
      }
    }
    yield '</li>'
  }
  yield '</ul>\n'
}

function* proof(finding: Finding): Iterable<string> {
  const { evidence } = finding
  if (evidence.length === 0) return
  const accused = createAccusedFinder(finding)
  let path: string | undefined
  const line = (item: Evidence): string => {
    const head = item.path === path ? '' : `<span class="path mono">${escapeHtml(item.path)}</span>`
    path = item.path
    const text = accused(item.text)
      .map(part => (part.accused ? `<mark>${escapeHtml(part.text)}</mark>` : escapeHtml(part.text)))
      .join('')
    return `<li><span class="at mono">${item.line}</span><span>${head}<code>${text}</code></span></li>`
  }
  yield `<h3>Proof</h3>\n<ol class="proof">${evidence.slice(0, PROOF_IN_SIGHT).map(line).join('')}</ol>\n`
  const rest = evidence.slice(PROOF_IN_SIGHT)
  if (rest.length > 0) {
    yield `<details class="fold"><summary>${plural(rest.length, 'more line')}</summary>` +
      `<ol class="proof">${rest.map(line).join('')}</ol></details>\n`
  }
}

function* advice(recommendations: readonly string[]): Iterable<string> {
  if (recommendations.length === 0) return
  yield '<h3>What to do</h3>\n'
  for (const text of recommendations) {
    const lines = text.split('\n')
    const shown = lines
      .map(line => (line.startsWith('#') ? `<span class="soft">${escapeHtml(line)}</span>` : escapeHtml(line)))
      .join('\n')
    // Advice without a command is to be read, not pasted.
    const copy = lines.every(line => line.startsWith('#')) ? '' : '<button class="copy" type="button">Copy</button>'
    yield `<div class="command"><pre>${shown}</pre>${copy}</div>\n`
  }
}

function* details(block: DetailBlock): Iterable<string> {
  const size = block.shape === 'table' ? block.rows.length : 0
  yield `<h3>${escapeHtml(block.title)}${size > FEW ? ` (${formatNumber(size)})` : ''}</h3>\n`
  if (block.shape === 'facts') {
    yield '<dl class="facts">'
    for (const { label, value } of block.facts) yield `<dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd>`
    yield '</dl>\n'
  } else if (block.shape === 'list') {
    yield `${chips(block.items)}\n`
  } else {
    const rows = block.rows.slice(0, MOST_ROWS).map(row =>
      row.map(({ text, share }) => ({
        html:
          share === undefined ? short(text) : `<span class="nowrap">${meter(share, 'seen')}${escapeHtml(text)}</span>`,
        ...(share === undefined ? {} : { key: share }),
      })),
    )
    yield* table(block.title, block.columns, rows, block.rows.length > 2)
    if (block.rows.length > MOST_ROWS)
      yield `<p class="soft">${plural(block.rows.length - MOST_ROWS, 'more row')} in the JSON report.</p>\n`
  }
}

/** Addresses, moments and figures are not broken over lines; sentences are. */
function short(text: string): string {
  return text.length > 26 ? escapeHtml(text) : `<span class="nowrap">${escapeHtml(text)}</span>`
}
