/** `vpsguard findings list | show | explain`: what is remembered of attacks. */
import { storedReport } from '../app/stored-report.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { SEVERITIES, type Severity } from '../core/finding.ts'
import { columns, escapeTerminal } from '../core/text.ts'
import { nearest } from '../kit/nearest.ts'
import { explainFinding } from '../sinks/reports/explain.ts'
import { findingBlock, findingLine, type Page } from '../sinks/reports/terminal/finding.ts'
import { field } from '../sinks/reports/terminal/layout.ts'
import { plural } from '../sinks/reports/words.ts'
import type { Label, Store, StoredFinding } from '../store/index.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { numberFlag } from './flags.ts'
import { writeStream } from './output.ts'
import { canonicalSource, type JsonFlag, localTime, openPage, reading, stampOf, writeJson } from './remembered.ts'
import { parseMoment } from './times.ts'
import { VERSION } from './version.ts'

export interface FindingsFlags extends CommonFlags, JsonFlag {
  since?: string
  until?: string
  severity?: Severity
  rule?: string
  source?: string
  all?: boolean
  limit?: string
}

/** Listed where nobody says otherwise; JSON has them all. */
const LISTED = 50
const MOST_LISTED = 1_000_000
/** Findings among which relatives are looked for. */
const AMONG = 10_000

/**
 * `id` is an id or the beginning of only one; `list` needs none. Writes nothing into the store.
 * @throws Problem where there is no such finding or several, and where the store cannot be read
 */
export async function findingsCommand(
  verb: 'list' | 'show' | 'explain',
  id: string | undefined,
  flags: FindingsFlags,
  env: CommandEnvironment,
): Promise<number> {
  if (verb === 'list') return await list(flags, env)
  return await reading(env, async store => {
    const stored = findStored(store, id ?? '')
    const page = openPage(env, flags)
    if (flags.json === true) await writeJson(env, findingJson(stored, store.labels.get(stored.finding.id)))
    else if (verb === 'show') await writeStream(env.stdout, show(stored, store, page), env.signal)
    else {
      const among = store.findings.list({ limit: AMONG }).map(({ finding }) => finding)
      const now = env.now()
      const report = storedReport(
        among.some(one => one.id === stored.finding.id) ? among : [stored.finding, ...among],
        {
          since: now,
          until: now,
          now,
          version: VERSION,
          minSeverity: 'info',
          notes: [],
        },
      )
      await writeStream(env.stdout, explainFinding(report, stored.finding.id, page.context), env.signal)
    }
    return EXIT.ok
  })
}

/** The finding that is meant. @throws Problem (exit 2) where none or several begin so; it names the nearest */
export function findStored(store: Store, id: string): StoredFinding {
  const stored = store.findings.get(id)
  if (stored !== undefined) return stored
  const ids = store.findings.list({ limit: AMONG }).map(({ finding }) => finding.id)
  const near = ids.includes(id) ? undefined : nearest(id, ids)
  throw new Problem(EXIT.usage, `no finding has the id ${escapeTerminal(id)}`, {
    expected: ids.length === 0 ? 'a memory with findings' : 'the id of a finding, or its beginning',
    hint: near === undefined ? 'vpsguard findings list --all' : `did you mean ${near}?`,
  })
}

async function list(flags: FindingsFlags, env: CommandEnvironment): Promise<number> {
  const { since, until, severity, rule, source } = flags
  const now = env.now()
  const limit = numberFlag('--limit', flags.limit, 1, MOST_LISTED) ?? (flags.json === true ? MOST_LISTED : LISTED)
  const query = {
    ...(since === undefined ? {} : { since: parseMoment('--since', since, now) }),
    ...(until === undefined ? {} : { until: parseMoment('--until', until, now) }),
    ...(severity === undefined ? {} : { severity }),
    ...(rule === undefined ? {} : { rule }),
    ...(source === undefined ? {} : { source: canonicalSource(source) }),
    ...(flags.all === true ? {} : { status: 'open' as const }),
  }
  return await reading(env, async store => {
    const found = store.findings.list({ ...query, limit: limit + 1 })
    const listed = found.slice(0, limit)
    const labels = new Map(store.labels.list({ limit: AMONG }).map(label => [label.finding, label]))
    if (flags.json === true) {
      await writeJson(env, { findings: listed.map(stored => findingJson(stored, labels.get(stored.finding.id))) })
      return EXIT.ok
    }
    const pieces = listing(listed, labels, found.length > limit, openPage(env, flags))
    await writeStream(env.stdout, pieces, env.signal)
    return EXIT.ok
  })
}

function* listing(
  listed: readonly StoredFinding[],
  labels: ReadonlyMap<string, Label>,
  more: boolean,
  page: Page,
): Iterable<string> {
  if (listed.length === 0) {
    yield 'No such finding is remembered.\n'
    return
  }
  for (const { finding, status } of listed) yield findingRow(finding, page, remark(status, labels.get(finding.id)))
  const counts = SEVERITIES.flatMap(severity => {
    const count = listed.filter(({ finding }) => finding.severity === severity).length
    return count === 0 ? [] : [`${count} ${severity}`]
  })
  yield page.ink.quiet(`${plural(listed.length, 'finding')}: ${counts.join(', ')}; last seen first\n`)
  if (more) yield page.ink.quiet('There are more: --limit, --since or --json\n')
}

const remark = (status: StoredFinding['status'], label: Label | undefined): string =>
  [...(status === 'closed' ? ['closed'] : []), ...(label === undefined ? [] : [label.verdict])].join(' ')

/** When it was last seen, and the finding on the rest of the line. */
export function findingRow(finding: StoredFinding['finding'], page: Page, note = ''): string {
  const time = page.context.localTime(finding.last_seen).slice(0, 16)
  const tail = note === '' ? '' : `  ${note}`
  const line = findingLine(finding, { ...page, width: page.width - columns(time) - 2 - columns(tail) })
  return `${page.ink.quiet(time)}  ${line.trimEnd()}${page.ink.quiet(tail)}\n`
}

function* show(stored: StoredFinding, store: Store, page: Page): Iterable<string> {
  const { finding, status, firstRecorded, lastRecorded, sequence } = stored
  const label = store.labels.get(finding.id)
  const blocks = store.blocks.blocks({ limit: AMONG }).filter(block => block.finding === finding.id)
  const incident = store.incidents.list({ limit: AMONG }).find(({ findings }) => findings.includes(finding.id))
  yield* findingBlock(finding, page)
  yield '\n'
  const state = [
    `${status}, recorded ${localTime(page, firstRecorded)}, last ${localTime(page, lastRecorded)} (entry ${sequence} of the chain)`,
    ...(label === undefined
      ? []
      : [`labelled ${label.verdict}${label.note === '' ? '' : `: ${escapeTerminal(label.note)}`}`]),
    ...(incident === undefined ? [] : [`part of the incident ${escapeTerminal(`${incident.id} ${incident.title}`)}`]),
    ...(blocks.length === 0
      ? []
      : [
          `answered with ${plural(blocks.length, 'block')}: ${blocks.map(block => `${block.prefix} ${block.state}`).join(', ')}`,
        ]),
  ]
  yield* field('memory', state, page.width, page.ink)
}

/** A finding as its contract has it, and what is remembered beside it. */
export function findingJson({ finding, status, firstRecorded, lastRecorded, sequence }: StoredFinding, label?: Label) {
  return {
    ...finding,
    status,
    first_recorded: stampOf(firstRecorded),
    last_recorded: stampOf(lastRecorded),
    sequence,
    ...(label === undefined ? {} : { label: { verdict: label.verdict, note: label.note, at: stampOf(label.at) } }),
  }
}
