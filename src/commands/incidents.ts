/** `vpsguard incidents list | show | timeline`: findings that belong to one story. */
import { type Grouped, groupStored, recordIncidents } from '../app/incidents.ts'
import { EXIT, Problem } from '../core/errors.ts'
import type { Finding, Severity } from '../core/finding.ts'
import { severityRank } from '../core/finding.ts'
import type { Incident } from '../core/incident.ts'
import { columns, escapeTerminal, padColumns, truncate, wrap } from '../core/text.ts'
import { formatTime } from '../core/time.ts'
import { nearest } from '../kit/nearest.ts'
import type { Page } from '../sinks/reports/terminal/finding.ts'
import { SEVERITY_MARKS } from '../sinks/reports/terminal/ink.ts'
import { field } from '../sinks/reports/terminal/layout.ts'
import { formatNumber, formatPeriod, plural } from '../sinks/reports/words.ts'
import type { Store } from '../store/index.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { findingRow } from './findings.ts'
import { numberFlag } from './flags.ts'
import { writeStream } from './output.ts'
import { type JsonFlag, openPage, reading, writeJson, writing } from './remembered.ts'
import { parseMoment } from './times.ts'

export interface IncidentsFlags extends CommonFlags, JsonFlag {
  since?: string
  severity?: Severity
  limit?: string
}

const LISTED = 30
const MOST_LISTED = 100_000
const NAMED = 8
const MOST_BLOCKS = 10_000

/**
 * Groups the remembered findings as it is asked; `id` is an incident's, or the beginning of only one, and `list`
 * needs none.
 * @throws Problem where there is no such incident or several, and where the store cannot be read
 */
export async function incidentsCommand(
  verb: 'list' | 'show' | 'timeline',
  id: string | undefined,
  flags: IncidentsFlags,
  env: CommandEnvironment,
): Promise<number> {
  const limit = numberFlag('--limit', flags.limit, 1, MOST_LISTED) ?? (flags.json === true ? MOST_LISTED : LISTED)
  const since = flags.since === undefined ? undefined : parseMoment('--since', flags.since, env.now())
  return await grouping(flags, env, async (store, grouped) => {
    const page = openPage(env, flags)
    if (verb === 'list') {
      const passing = grouped.incidents.filter(
        ({ severity, last_seen }) =>
          (flags.severity === undefined || severityRank(severity) <= severityRank(flags.severity)) &&
          (since === undefined || Date.parse(last_seen) >= since),
      )
      if (flags.json === true) await writeJson(env, { incidents: passing.slice(0, limit) })
      else await writeStream(env.stdout, list(passing, limit, page), env.signal)
      return EXIT.ok
    }
    const incident = findIncident(grouped.incidents, id ?? '')
    const findings = incident.findings.flatMap(one => grouped.findings.get(one) ?? [])
    const steps = timelineOf(findings, store)
    if (flags.json === true)
      await writeJson(env, verb === 'show' ? { ...incident, stories: findings } : { ...incident, timeline: steps })
    else
      await writeStream(
        env.stdout,
        verb === 'show' ? show(incident, findings, page) : timeline(incident, steps, page),
        env.signal,
      )
    return EXIT.ok
  })
}

/** Who may write the memory keeps the incidents in it; who may only read sees them all the same. */
async function grouping(
  flags: CommonFlags,
  env: CommandEnvironment,
  work: (store: Store, grouped: Grouped) => Promise<number>,
): Promise<number> {
  // Says that there is no memory before one would be made.
  await reading(env, () => undefined)
  let begun = false
  try {
    return await writing(env, flags, store => {
      begun = true
      const grouped = groupStored(store, env.now())
      recordIncidents(store, grouped, env.now())
      return work(store, grouped)
    })
  } catch (error) {
    if (begun || !(error instanceof Problem) || error.exitCode !== EXIT.permission) throw error
  }
  return await reading(env, store => work(store, groupStored(store, env.now())))
}

function findIncident(incidents: readonly Incident[], id: string): Incident {
  const exact = incidents.find(one => one.id === id)
  const begin = id === '' ? [] : incidents.filter(one => one.id.startsWith(id))
  if (exact !== undefined || begin.length === 1) return exact ?? begin[0]
  const near = nearest(
    id,
    incidents.map(one => one.id),
  )
  throw new Problem(
    EXIT.usage,
    begin.length > 1
      ? `${escapeTerminal(id)} is the beginning of ${begin.length} incidents' ids`
      : `no incident of the last 30 days has the id ${escapeTerminal(id)}`,
    {
      expected: 'the id of an incident, or its beginning',
      hint: near === undefined || begin.length > 1 ? 'vpsguard incidents list' : `did you mean ${near}?`,
    },
  )
}

function* list(incidents: readonly Incident[], limit: number, page: Page): Iterable<string> {
  if (incidents.length === 0) {
    yield 'No such incident in the last 30 days.\n'
    return
  }
  for (const incident of incidents.slice(0, limit)) yield row(incident, page)
  const rest = incidents.length - limit
  yield page.ink.quiet(
    `${plural(incidents.length, 'incident')}, worst first${rest > 0 ? `; ${rest} not shown: --limit or --json` : ''}\n`,
  )
}

function row({ id, title, severity, last_seen, findings }: Incident, page: Page): string {
  const { ink, width, context } = page
  const time = context.localTime(last_seen).slice(0, 16)
  const mark = `${SEVERITY_MARKS[severity]} ${severity.toUpperCase().padEnd(8)}`
  const count = plural(findings.length, 'finding')
  const room = Math.max(16, width - time.length - mark.length - page.idLength - 8 - columns(count))
  const text = padColumns(truncate(escapeTerminal(title), room), room)
  return `${ink.quiet(time)}  ${ink.severity[severity](mark)}  ${text}  ${ink.quiet(`${count}  ${id.slice(0, page.idLength)}`)}\n`
}

function* head(incident: Incident, page: Page): Iterable<string> {
  const { ink, width, context } = page
  const { severity, title, stages, links, sources, users } = incident
  const mark = `${SEVERITY_MARKS[severity]} ${severity.toUpperCase()}`
  const [first, ...more] = wrap(escapeTerminal(title), width - mark.length - 2)
  yield `\n${ink.severity[severity](mark)}  ${ink.strong(first)}\n`
  for (const line of more) yield `${' '.repeat(mark.length + 2)}${ink.strong(line)}\n`
  const some = (texts: readonly string[]): string =>
    `${texts.slice(0, NAMED).map(escapeTerminal).join(', ')}${texts.length > NAMED ? ` and ${formatNumber(texts.length - NAMED)} more` : ''}`
  yield* field('when', [formatPeriod(incident.first_seen, incident.last_seen, context.localTime)], width, ink)
  if (sources.length > 0) yield* field('who', [some(sources)], width, ink)
  if (users.length > 0) yield* field('as', [some(users)], width, ink)
  if (stages.length > 0) yield* field('stages', [stages.map(escapeTerminal).join(' > ')], width, ink)
  if (links.length > 0) yield* field('tied by', links.slice(0, NAMED).map(escapeTerminal), width, ink)
  yield '\n'
}

function* show(incident: Incident, findings: readonly Finding[], page: Page): Iterable<string> {
  yield* head(incident, page)
  for (const finding of findings) yield findingRow(finding, page)
  yield page.ink.quiet(
    `\nvpsguard incidents timeline ${incident.id.slice(0, page.idLength)} tells it in order of time\n`,
  )
}

/** Something that happened in the course of an incident. */
interface Step {
  /** RFC 3339, UTC. */
  time: string
  what: 'begins' | 'ends' | 'blocked' | 'block ended'
  finding: string
  severity: Severity
  text: string
}

function timelineOf(findings: readonly Finding[], store: Store): Step[] {
  const ids = new Map(findings.map(finding => [finding.id, finding]))
  const steps: Step[] = findings.flatMap(({ id, severity, title, first_seen, last_seen, count }) => {
    const common = { finding: id, severity }
    const begins: Step = { ...common, time: first_seen, what: 'begins', text: title }
    if (last_seen === first_seen) return [begins]
    return [begins, { ...common, time: last_seen, what: 'ends', text: `${title} (${plural(count, 'event')})` }]
  })
  for (const { finding, prefix, state, created, ended } of store.blocks.blocks({ limit: MOST_BLOCKS })) {
    const answered = finding === undefined ? undefined : ids.get(finding)
    if (answered === undefined) continue
    const common = { finding: answered.id, severity: answered.severity }
    const said = state === 'observed' ? `${prefix} would have been blocked` : `${prefix} was blocked`
    steps.push({
      ...common,
      time: formatTime(created),
      what: 'blocked',
      text: state === 'failed' ? `${prefix} could not be blocked` : said,
    })
    if (ended !== null && state !== 'failed')
      steps.push({
        ...common,
        time: formatTime(ended),
        what: 'block ended',
        text: `the block of ${prefix} ended (${state})`,
      })
  }
  return steps.sort((a, b) => Date.parse(a.time) - Date.parse(b.time))
}

function* timeline(incident: Incident, steps: readonly Step[], page: Page): Iterable<string> {
  const { ink, width, context } = page
  yield* head(incident, page)
  for (const { time, what, finding, severity, text } of steps) {
    const stamp = context.localTime(time)
    const mark = what === 'begins' || what === 'ends' ? SEVERITY_MARKS[severity] : '-'
    const indent = columns(stamp) + 4
    const sentence = `${what === 'ends' ? 'last of: ' : ''}${text} [${finding.slice(0, page.idLength)}]`
    const [first, ...more] = wrap(escapeTerminal(sentence), width - indent)
    yield `${ink.quiet(stamp)}  ${what === 'begins' ? ink.severity[severity](mark) : ink.quiet(mark)} ${first}\n`
    for (const line of more) yield `${' '.repeat(indent)}${line}\n`
  }
}
