/** `vpsguard history` and `vpsguard report`: what came and went over days and weeks. */

import { hasFindingAt } from '../app/analyze.ts'
import { loadConfigInForce } from '../app/setup.ts'
import { storedReport } from '../app/stored-report.ts'
import { inForce, isSuppressed } from '../app/suppressions.ts'
import { EXIT, Problem } from '../core/errors.ts'
import { type Finding, SEVERITIES, type Severity } from '../core/finding.ts'
import { escapeTerminal } from '../core/text.ts'
import { DAY, HOUR, WEEK } from '../core/time.ts'
import { redact } from '../sinks/reports/redact.ts'
import { type Page, table } from '../sinks/reports/terminal/finding.ts'
import { rule } from '../sinks/reports/terminal/layout.ts'
import { formatNumber, plural } from '../sinks/reports/words.ts'
import type { Run, Store, StoredFinding, WeekComparison } from '../store/index.ts'
import { chooseReport } from './analyze.ts'
import type { CommandEnvironment, CommonFlags } from './command.ts'
import { terminalContext } from './context.ts'
import { writeFileWhole, writeStream } from './output.ts'
import { type JsonFlag, localTime, openPage, reading, stampOf, writeJson } from './remembered.ts'
import { VERSION } from './version.ts'

export interface HistoryFlags extends CommonFlags, JsonFlag {}

export interface ReportFlags extends CommonFlags, JsonFlag {
  period?: string
  format?: string
  output?: string
  verbose?: number
  redact?: boolean
  minSeverity?: Severity
  failOn?: Severity
}

const DAYS = 14
const MOVED = 8
const RUNS = 10
const MOST = 50_000

/**
 * This week's findings against last week's, the days, and the last runs, from what the store remembers.
 * @throws Problem where the store cannot be read
 */
export async function historyCommand(flags: HistoryFlags, env: CommandEnvironment): Promise<number> {
  return await reading(env, async store => {
    const now = env.now()
    const weeks = store.runs.compareWeeks(now)
    const runs = store.runs.list({ limit: RUNS })
    const days = byDay(store, now)
    if (flags.json === true) {
      const { from, split, until, fresh, gone, growing, byRule } = weeks
      await writeJson(env, {
        last_week: { from: stampOf(from), until: stampOf(split) },
        this_week: { from: stampOf(split), until: stampOf(until) },
        new: fresh,
        gone,
        growing,
        rules: byRule.map(one => ({ rule: one.rule, last_week: one.lastWeek, this_week: one.thisWeek })),
        days: days.map(({ start, counts }) => ({ date: stampOf(start), ...counts })),
        runs: runs.map(run => ({ ...run, started: stampOf(run.started), finished: stampOf(run.finished) })),
      })
      return EXIT.ok
    }
    await writeStream(env.stdout, history(weeks, days, runs, store, openPage(env, flags)), env.signal)
    return EXIT.ok
  })
}

interface DayCount {
  start: number
  counts: Record<Severity, number>
}

/** Findings that began on each of the last days, in this machine's zone. */
function byDay(store: Store, now: number): DayCount[] {
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  const days = Array.from({ length: DAYS }, (_, i): DayCount => {
    // Midday steps over a change of the clock.
    const start = new Date(midnight + 12 * HOUR - (DAYS - 1 - i) * DAY).setHours(0, 0, 0, 0)
    return { start, counts: { critical: 0, high: 0, medium: 0, low: 0, info: 0 } }
  })
  for (const { finding } of store.findings.list({ since: days[0].start, limit: MOST })) {
    const first = Date.parse(finding.first_seen)
    const day = days.findLast(({ start }) => start <= first)
    if (day !== undefined && first < now + DAY) day.counts[finding.severity]++
  }
  return days
}

function* history(
  weeks: WeekComparison,
  days: readonly DayCount[],
  runs: readonly Run[],
  store: Store,
  page: Page,
): Iterable<string> {
  const { fresh, gone, growing, byRule } = weeks
  const { ink, width } = page
  yield `${ink.strong(`This week against last: ${formatNumber(fresh.length)} new, ${formatNumber(growing.length)} growing, ${formatNumber(gone.length)} gone`)}\n`
  if (byRule.length > 0) {
    yield* rule('By rule', width, ink)
    yield* table(
      ['Rule', 'Last week', 'This week'],
      [false, true, true],
      byRule.map(one => [one.rule, formatNumber(one.lastWeek), formatNumber(one.thisWeek)]),
      page,
      2,
    )
  }
  yield* movement('New', fresh, store, page)
  yield* movement('Growing', growing, store, page)
  yield* movement('Gone', gone, store, page)
  yield* rule('Findings that began, by day', width, ink)
  yield* table(
    ['Day', ...SEVERITIES],
    [false, ...SEVERITIES.map(() => true)],
    days.map(({ start, counts }) => [
      localTime(page, start).slice(0, 10),
      ...SEVERITIES.map(severity => (counts[severity] === 0 ? '-' : formatNumber(counts[severity]))),
    ]),
    page,
    2,
  )
  if (runs.length === 0) return
  yield* rule('Runs', width, ink)
  yield* table(
    ['Began', 'Kind', 'Ended', 'Lines', 'Logs'],
    [false, false, false, true, false],
    runs.map(({ started, kind, finished, result, inputs }) => [
      localTime(page, started).slice(0, 16),
      kind,
      finished === null ? '-' : localTime(page, finished).slice(0, 16),
      result === null ? '-' : formatNumber(result.lines),
      inputs.join(', '),
    ]),
    page,
    2,
  )
}

function* movement(title: string, moved: WeekComparison['fresh'], store: Store, page: Page): Iterable<string> {
  if (moved.length === 0) return
  yield* rule(title, page.width, page.ink)
  yield* table(
    ['Finding', 'Events', 'What'],
    [false, true, false],
    moved
      .slice(0, MOVED)
      .map(({ id, rule: by, count, before }) => [
        id.slice(0, page.idLength),
        before === undefined ? formatNumber(count) : `${formatNumber(before)} > ${formatNumber(count)}`,
        store.findings.get(id)?.finding.title ?? by,
      ]),
    page,
    2,
  )
  if (moved.length > MOVED) yield `  ${page.ink.quiet(`… and ${formatNumber(moved.length - MOVED)} more: --json`)}\n`
}

const PERIODS = ['today', 'last24h', 'week'] as const

/**
 * A report as `analyze` makes it, of the open findings of a period (default: the last 24 hours) without those
 * labelled or suppressed as false. Answers the exit code of --fail-on where a finding reaches it.
 * @throws Problem for flags that say nothing, and where the store cannot be read or the file not written
 */
export async function reportCommand(flags: ReportFlags, env: CommandEnvironment): Promise<number> {
  const { config } = loadConfigInForce(flags.config, env)
  const declaration = chooseReport(flags, config.output.format)
  const now = env.now()
  const since = begin(flags.period ?? 'last24h', now)
  return await reading(env, async store => {
    const { told, notes } = tellable(store, store.findings.list({ since, status: 'open', limit: MOST }), now)
    const report = storedReport(told, {
      since,
      until: now,
      now,
      version: VERSION,
      minSeverity: flags.minSeverity ?? config.output.min_severity,
      notes,
    })
    const shown = flags.redact === true ? redact(report) : report
    const context = terminalContext(env, flags, config.output.verbosity + (flags.verbose ?? 0), config.output.color)
    if (flags.output === undefined || flags.output === '-') {
      await writeStream(env.stdout, declaration.render(shown, context), env.signal)
    } else {
      writeFileWhole(flags.output, declaration.render(shown, { ...context, color: false }))
      if (flags.quiet !== true) env.stderr.write(`${escapeTerminal(`Report written to ${flags.output}`)}\n`)
    }
    return flags.failOn !== undefined && hasFindingAt(report, flags.failOn) ? EXIT.findings : EXIT.ok
  })
}

function begin(period: string, now: number): number {
  if (period === 'today') return new Date(now).setHours(0, 0, 0, 0)
  if (period === 'last24h') return now - DAY
  if (period === 'week') return now - WEEK
  throw new Problem(EXIT.usage, `--period ${period}: no such period`, { expected: PERIODS.join(', ') })
}

/** Without what people have called false alarms. */
function tellable(store: Store, found: readonly StoredFinding[], now: number): { told: Finding[]; notes: string[] } {
  const wrong = new Set(store.labels.list({ verdict: 'fp', limit: MOST }).map(({ finding }) => finding))
  const suppressions = inForce(store, now)
  const told = found
    .map(({ finding }) => finding)
    .filter(finding => !wrong.has(finding.id) && !isSuppressed(finding, suppressions))
  const left = found.length - told.length
  const notes = [
    ...(left > 0 ? [`${plural(left, 'finding')} left out: labelled as false alarms, or suppressed.`] : []),
    ...(found.length === MOST ? [`Only the latest ${formatNumber(MOST)} findings are told.`] : []),
  ]
  return { told, notes }
}
