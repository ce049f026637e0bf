/** What a replay found, for people and for machines. */
import type { LostLogin, LostVisitor } from '../app/replay/collateral.ts'
import type { DryBlock } from '../app/replay/dry-enforcer.ts'
import type { Replayed } from '../app/replay/replay.ts'
import { escapeTerminal, wrap } from '../core/text.ts'
import { formatSpan, formatTime } from '../core/time.ts'
import { type Page, table } from '../sinks/reports/terminal/finding.ts'
import { rule } from '../sinks/reports/terminal/layout.ts'
import { formatNumber, formatPeriod, formatShare, plural } from '../sinks/reports/words.ts'
import { localTime, stampOf } from './remembered.ts'

export interface ReplayAbout {
  strategy: 'balanced' | 'strict'
  /** Names of the whitelist, which cannot be looked up for a time that is past. */
  names: readonly string[]
}

const ROWS = 20

/**
 * The replay for people, in lines that end with a newline; all from logs is escaped. `all` lists every block and
 * loss instead of the first few.
 */
export function* replayPages(replayed: Replayed, about: ReplayAbout, all: boolean, page: Page): Iterable<string> {
  const { run, first, last, blocks } = replayed
  const { ink, width } = page
  const real = blocks.filter(({ block }) => block.state !== 'observed')
  const sources = new Set(real.map(({ block }) => block.prefix)).size
  if (Number.isNaN(first)) {
    yield `Nothing to replay: no event in ${plural(run.inputs.length, 'log')}.\n`
    return
  }
  const lost = replayed.collateral.logins.filter(isUsers).length
  const logins =
    replayed.all.accepted === 0
      ? ''
      : lost === 0
        ? '; no login of a user would have been lost'
        : `; ${plural(lost, "user's login", "users' logins")} would have been lost`
  yield `\n${ink.strong(
    real.length === 0
      ? 'Nobody would have been blocked'
      : `${plural(real.length, 'block')} of ${plural(sources, 'address or network', 'addresses or networks')}${logins}`,
  )}\n`
  yield `${ink.quiet(`${plural(run.inputs.length, 'log')}, ${formatPeriod(formatTime(first), formatTime(last), page.context.localTime)}; strategy ${about.strategy}`)}\n`
  yield* whatWasStopped(replayed, page)
  if (real.length > 0) {
    yield* rule('What would have been blocked', width, ink)
    yield* blockRows(real, all, page)
  }
  if (real.length > 0 && replayed.all.accepted + replayed.all.web > 0) {
    yield* rule('Who would have been shut out', width, ink)
    yield* loginRows(replayed, all, page)
    yield* visitorRows(replayed, all, page)
  }
  yield* remarks(replayed, about, page)
}

/** A login that is likely a user's: its source is none that the finding accuses, or had logged in before. */
const isUsers = ({ accused, before }: LostLogin): boolean => !accused || before > 0

function* whatWasStopped({ all, stopped, blocks }: Replayed, page: Page): Iterable<string> {
  const share = all.failed === 0 ? '' : ` (${formatShare(stopped.failed / all.failed)})`
  const parts = [
    ...(all.failed > 0 ? [`${formatNumber(stopped.failed)} of ${plural(all.failed, 'failed login')}${share}`] : []),
    ...(all.web > 0 ? [`${formatNumber(stopped.web)} of ${plural(all.web, 'web request')}`] : []),
    ...(all.accepted > 0 ? [`${formatNumber(stopped.accepted)} of ${plural(all.accepted, 'accepted login')}`] : []),
  ]
  if (blocks.length > 0) for (const line of wrap(`Kept out: ${parts.join(', ')}`, page.width)) yield `${line}\n`
}

function* blockRows(blocks: readonly DryBlock[], all: boolean, page: Page): Iterable<string> {
  const rules = new Map<string, number>()
  for (const { block } of blocks) rules.set(block.rule ?? '', (rules.get(block.rule ?? '') ?? 0) + 1)
  const counts = [...rules].sort((a, b) => b[1] - a[1]).map(([id, count]) => `${id} ${formatNumber(count)}`)
  for (const line of wrap(escapeTerminal(counts.join(', ')), page.width - 2)) yield `  ${line}\n`
  const shown = all ? blocks : [...blocks].sort((a, b) => kept(b) - kept(a)).slice(0, ROWS)
  yield* table(
    ['When', 'For', 'Address', 'Kept out', 'Rule', 'Why'],
    [false, false, false, true, false, false],
    shown.map(({ block, ...counts }) => [
      localTime(page, block.created).slice(5, 16),
      block.expires === null ? 'for good' : formatSpan(block.expires - block.created),
      block.prefix,
      formatNumber(kept(counts)),
      block.rule ?? '',
      block.reason,
    ]),
    page,
    2,
  )
  const rest = blocks.length - shown.length
  if (rest > 0) yield `  ${page.ink.quiet(`… and ${formatNumber(rest)} that would have kept out less: -v or --json`)}\n`
}

const kept = ({ failed, accepted, web, other }: Omit<DryBlock, 'block' | 'accused'>): number =>
  failed + accepted + web + other

function* loginRows({ collateral, all: { accepted: logged } }: Replayed, all: boolean, page: Page): Iterable<string> {
  if (logged === 0) return
  const logins = [...collateral.logins].sort((a, b) => Number(isUsers(b)) - Number(isUsers(a)) || a.time - b.time)
  if (logins.length === 0) {
    yield '  No accepted login came from a blocked address.\n'
    return
  }
  const shown = all ? logins : logins.slice(0, ROWS)
  yield* table(
    ['Login', 'As', 'From', 'By', 'Whose', 'Blocked for'],
    [false, false, false, false, false, false],
    shown.map(login => [
      localTime(page, login.time).slice(5, 16),
      login.user,
      login.source,
      login.method || login.service,
      !login.accused ? 'a neighbour' : login.before > 0 ? `${formatNumber(login.before)} logins before` : 'first login',
      login.block.block.rule ?? '',
    ]),
    page,
    2,
  )
  if (shown.some(login => !isUsers(login)))
    yield `  ${page.ink.quiet('A first login from a blocked address is a break-in that was stopped, or a user who mistyped.')}\n`
  const rest = logins.length - shown.length + collateral.moreLogins
  if (rest > 0) yield `  ${page.ink.quiet(`… and ${formatNumber(rest)} more: -v or --json`)}\n`
}

function* visitorRows({ all, collateral }: Replayed, verbose: boolean, page: Page): Iterable<string> {
  if (all.web === 0) return
  const { visitors } = collateral
  const neighbours = visitors.filter(({ accused }) => !accused)
  if (visitors.length === 0) {
    yield "  No page went to an ordinary visitor's browser at a blocked address.\n"
    return
  }
  yield `  ${plural(visitors.length, 'visitor')} with a browser's agent and served pages: ${formatNumber(neighbours.length)} of a blocked network without being accused, ${formatNumber(visitors.length - neighbours.length)} accused themselves\n`
  const shown = verbose ? visitors : visitors.slice(0, ROWS)
  yield* table(
    ['Visitor', 'Pages', 'Before', 'Whose', 'Asked for', 'Blocked for'],
    [false, true, true, false, false, false],
    shown.map(visitor => [
      visitor.source,
      formatNumber(visitor.requests),
      formatNumber(visitor.before),
      visitor.accused ? 'accused' : 'a neighbour',
      visitor.paths.join(' '),
      visitor.block.block.rule ?? '',
    ]),
    page,
    2,
  )
  const rest = visitors.length - shown.length + collateral.moreVisitors
  if (rest > 0) yield `  ${page.ink.quiet(`… and ${formatNumber(rest)} more: -v or --json`)}\n`
}

function* remarks({ refused, leftOut, blocks }: Replayed, { names }: ReplayAbout, page: Page): Iterable<string> {
  const observed = blocks.filter(({ block }) => block.state === 'observed').length
  const notes = [
    ...(refused.size > 0
      ? [
          `${plural(refused.size, 'address or network', 'addresses or networks')} would have been left alone, being protected: ${[...refused.keys()].slice(0, 5).join(', ')}${refused.size > 5 ? ' ...' : ''}`,
        ]
      : []),
    ...(leftOut > 0
      ? [`${plural(leftOut, 'block')} would have been left out over the hourly number (max_blocks_per_hour).`]
      : []),
    ...(observed > 0 ? [`${plural(observed, 'block')} would only have been written down (action = "observe").`] : []),
    ...(names.length > 0
      ? [`What ${names.join(', ')} stood for then is not known: their protection is not in this.`]
      : []),
    'What a block keeps out is taken out of the log from there on. An attacker who would have come from elsewhere is not guessed, and who was logged in then is known only as far as the log tells it.',
  ]
  yield '\n'
  for (const note of notes) {
    for (const line of wrap(escapeTerminal(note), page.width)) yield `${page.ink.quiet(line)}\n`
  }
}

/**
 * The replay for machines: moments as ISO 8601 or null, counts by what was stopped, every block, and who would have
 * been shut out.
 */
export function replayJson(
  { run, first, last, all, stopped, blocks, refused, leftOut, collateral }: Replayed,
  about: ReplayAbout,
) {
  const tally = ({ failed, accepted, web, other }: typeof all) => ({
    failed_logins: failed,
    accepted_logins: accepted,
    web_requests: web,
    other,
  })
  const moment = (time: number) => stampOf(Number.isNaN(time) ? null : time)
  const common = ({ source, block, accused, before }: LostLogin | LostVisitor) => ({
    source,
    block: block.block.id,
    accused,
    before,
  })
  return {
    strategy: about.strategy,
    logs: run.inputs.map(({ source }) => source.path),
    first: moment(first),
    last: moment(last),
    all: tally(all),
    stopped: tally(stopped),
    blocks: blocks.map(({ block, accused: _, ...counts }) => ({
      id: block.id,
      prefix: block.prefix,
      action: block.state === 'observed' ? 'observe' : 'block',
      from: stampOf(block.created),
      until: stampOf(block.expires),
      finding: block.finding,
      rule: block.rule,
      reason: block.reason,
      level: block.level,
      stopped: tally(counts),
    })),
    refused: Object.fromEntries(refused),
    left_out: leftOut,
    shut_out: {
      logins: collateral.logins.map(login => ({
        ...common(login),
        time: stampOf(login.time),
        user: login.user,
        method: login.method,
        service: login.service,
      })),
      visitors: collateral.visitors.map(visitor => ({
        ...common(visitor),
        first: stampOf(visitor.first),
        last: stampOf(visitor.last),
        requests: visitor.requests,
        agent: visitor.agent,
        paths: visitor.paths,
      })),
      more_logins: collateral.moreLogins,
      more_visitors: collateral.moreVisitors,
    },
  }
}
