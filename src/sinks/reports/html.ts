import { severityRank } from '../../core/finding.ts'
import { escapeHtml } from '../../core/text.ts'
import { defineReport } from '../../kit/define-report.ts'
import { createHash } from '../hashing.ts'
import { findingCard } from './html/finding.ts'
import { SCRIPT } from './html/script.ts'
import { filter, lede, reading, sourcesSection } from './html/sections.ts'
import { storyCard } from './html/story.ts'
import { STYLE } from './html/style.ts'
import { timelineSection } from './html/timeline.ts'
import json from './json.ts'
import { entriesOf } from './stories.ts'
import { headline, sortFindings } from './words.ts'

/** Entries that stand open at first: one shows what is behind a line, more would hide the list. */
const OPEN = 1

const digest = (text: string): string => createHash('sha256').update(text).digest('base64')

/** Only the style and the script of this very file may run: nothing is loaded, sent, framed or posted. */
const policy = (): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${digest(STYLE)}'`,
    `script-src 'sha256-${digest(SCRIPT)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')

/** One file, offline: all content is in the HTML, the script only filters, sorts and copies. */
export default defineReport({
  id: 'html',
  title: 'One HTML file, offline',
  mediaType: 'text/html; charset=utf-8',
  extension: 'html',
  *render(report, context) {
    const { localTime } = context
    const findings = sortFindings(report.findings)
    const title = escapeHtml(headline(report))
    const written = escapeHtml(`${report.tool.name} ${report.tool.version}, ${localTime(report.generated_at)}`)
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n' +
      `<meta http-equiv="Content-Security-Policy" content="${policy()}">\n` +
      '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n' +
      `<meta name="robots" content="noindex">\n<title>${title} · VPSGuard</title>\n<style>${STYLE}</style>\n</head>\n<body>\n`
    yield '<a class="skip" href="#findings">To the findings</a>\n' +
      '<header><div class="top"><span><span class="name">VPSGuard</span> <span class="soft">report</span></span>' +
      '<button class="theme quiet" type="button">Light or dark</button></div>\n'
    yield* lede(report, localTime)
    yield '</header>\n<main>\n'
    yield* timelineSection({ ...report, findings }, localTime)
    if (findings.length > 0) {
      yield '<h2 id="findings">Findings</h2>\n'
      const entries = entriesOf(report)
      yield* filter(findings, entries)
      for (const [index, { worst, story }] of entries.entries()) {
        const open = index < OPEN && severityRank(worst.severity) <= severityRank('high')
        yield* story === undefined ? findingCard(worst, open, localTime) : storyCard(story, worst, open, localTime)
      }
      yield '<button class="more" type="button" hidden>Show more</button>\n'
    }
    yield* sourcesSection(report.sources ?? [], findings, localTime)
    yield* reading(report, localTime)
    const hash = createHash('sha256')
    for (const piece of json.render(report, context)) hash.update(piece)
    yield `</main>\n<footer><p>Written by ${written}. Nothing in this page loads from or sends to anywhere.</p>\n` +
      `<p>SHA-256 of the same report as JSON: <span class="mono">${hash.digest('hex')}</span></p></footer>\n` +
      `<script>${SCRIPT}</script>\n</body>\n</html>\n`
  },
})
