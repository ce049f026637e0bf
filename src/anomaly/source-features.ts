/** What each source does, in ten features for SSH and six for the web: streamed into a table, read as vectors. */
import { FLAG, KIND } from '../core/event.ts'
import { HOUR, MINUTE, SECOND } from '../core/time.ts'
import type { EventView } from '../core/view.ts'
import type { Translation } from '../kit/state/translation.ts'
import type { FeatureSpec, Surface } from './feature-spec.ts'
import { LAST, SOURCE_LIMIT, SourceTable, type SourceTableSnapshot } from './source-table.ts'
import { TokenReader } from './tokens.ts'

const count = (id: string, one: string, many: string): FeatureSpec => ({ id, count: true, one, many })

export const SOURCE_FEATURES: Readonly<Record<Surface, readonly FeatureSpec[]>> = {
  ssh: [
    count('attempts', 'failed login', 'failed logins'),
    { id: 'failure_share', count: false, one: 'of its logins failed', many: 'of its logins failed', unit: 'percent' },
    count('users', 'name', 'names'),
    { id: 'user_entropy', count: false, one: 'of variety in names', many: 'of variety in names', unit: 'bits' },
    count('span_hours', 'hour from first to last', 'hours from first to last'),
    count('hourly_rate', 'try an hour', 'tries an hour'),
    { id: 'gap_cv', count: false, one: 'spread of its gaps', many: 'spread of its gaps', unit: 'ratio' },
    { id: 'night_share', count: false, one: 'between 0 and 6 h UTC', many: 'between 0 and 6 h UTC', unit: 'percent' },
    { id: 'valid_share', count: false, one: 'on accounts that exist', many: 'on accounts that exist', unit: 'percent' },
    count('successes', 'login that succeeded', 'logins that succeeded'),
  ],
  web: [
    count('requests', 'request', 'requests'),
    { id: 'error_rate', count: false, one: 'answered with an error', many: 'answered with an error', unit: 'percent' },
    { id: 'method_entropy', count: false, one: 'of variety in methods', many: 'of variety in methods', unit: 'bits' },
    { id: 'path_diversity', count: false, one: 'different paths', many: 'different paths', unit: 'percent' },
    { id: 'mean_bytes', count: true, one: 'bytes an answer', many: 'bytes an answer', unit: 'bytes' },
    count('burst', 'request in its busiest minute', 'requests in its busiest minute'),
  ],
}

/** Places in the table. */
const SSH = { attempts: 0, accepted: 1, valid: 2, first: 3, events: 4, squares: 5, night: 6 } as const
const WEB = { requests: 0, errors: 1, bytes: 2, minute: 3, inMinute: 4, burst: 5, first: 6 } as const

/** Hours of the night, UTC: the log does not say where the host's people live. */
const NIGHT_ENDS = 6

const WEB_KIND = KIND['web.request']
const ACCEPTED_KIND = KIND['ssh.auth.accepted']

/**
 * One table of sources for SSH and one for the web. Events without a source or a time are left out; `vector` answers
 * a row's features in the order of `SOURCE_FEATURES`.
 */
export class SourceFeed {
  readonly ssh: SourceTable
  readonly web: SourceTable
  readonly #tokens = new TokenReader()

  constructor(limit = SOURCE_LIMIT) {
    this.ssh = new SourceTable(limit, figures => figures(SSH.attempts) <= 1 && figures(SSH.accepted) === 0)
    this.web = new SourceTable(limit, figures => figures(WEB.requests) <= 1)
  }

  observe(event: EventView): void {
    const { source, time } = event
    if (source < 0 || Number.isNaN(time)) return
    const kind = event.open.batch.columns.kind[event.row]
    if (kind === WEB_KIND) this.#web(event, source, time)
    else this.#ssh(event, source, time, kind === ACCEPTED_KIND)
  }

  #ssh(event: EventView, source: number, time: number, accepted: boolean): void {
    const { columns } = event.open.batch
    const attempts = accepted ? columns.count[event.row] : columns.attempts[event.row]
    if (attempts === 0) return
    const table = this.ssh
    const row = table.open(source, time)
    if (row < 0) return
    if (table.get(row, SSH.events) === 0) table.set(row, SSH.first, time)
    const gap = Math.max(0, (time - table.last(row)) / SECOND)
    table.touch(row, time)
    table.add(row, SSH.squares, gap * gap)
    table.add(row, SSH.events, 1)
    if (accepted) {
      table.add(row, SSH.accepted, attempts)
      return
    }
    table.add(row, SSH.attempts, attempts)
    if ((columns.flags[event.row] & FLAG.USER_KNOWN) !== 0) table.add(row, SSH.valid, attempts)
    const hour = Math.floor(time / HOUR) % 24
    if (hour >= 0 && hour < NIGHT_ENDS) table.add(row, SSH.night, attempts)
    const name = this.#tokens.text(event, columns.user[event.row])
    table.mark(row, name)
    table.count(row, name & 15, attempts)
  }

  #web(event: EventView, source: number, time: number): void {
    const { columns } = event.open.batch
    const table = this.web
    const row = table.open(source, time)
    if (row < 0) return
    const count = columns.count[event.row]
    if (table.get(row, WEB.requests) === 0) table.set(row, WEB.first, time)
    table.touch(row, time)
    table.add(row, WEB.requests, count)
    if (columns.status[event.row] >= 400) table.add(row, WEB.errors, count)
    table.add(row, WEB.bytes, columns.size[event.row])
    const minute = Math.floor(time / MINUTE)
    if (table.get(row, WEB.minute) === minute) table.add(row, WEB.inMinute, count)
    else {
      table.set(row, WEB.minute, minute)
      table.set(row, WEB.inMinute, count)
    }
    table.set(row, WEB.burst, Math.max(table.get(row, WEB.burst), table.get(row, WEB.inMinute)))
    table.mark(row, this.#tokens.template(event, columns.path[event.row]))
    table.count(row, this.#tokens.text(event, columns.method[event.row]) & 15, count)
  }

  /**
   * Adds another node's tables. Exact where all events of a source went to one node; else what rests on the
   * order of a source's events is a bound: its gaps are those that each node saw (and the one between, where one node's
   * events were over when the other's began), its busiest minute the busiest of one node.
   */
  merge(saved: Record<Surface, SourceTableSnapshot>, from: Translation): void {
    this.ssh.merge(saved.ssh, from, joinSsh)
    this.ssh.sort(SSH.first)
    this.web.merge(saved.web, from, joinWeb)
    this.web.sort(WEB.first)
  }

  tableOf(surface: Surface): SourceTable {
    return surface === 'ssh' ? this.ssh : this.web
  }

  /** How much a source did: the busiest are ranked where there are too many. */
  weight(surface: Surface, row: number): number {
    const table = this.tableOf(surface)
    return surface === 'ssh'
      ? table.get(row, SSH.attempts) + table.get(row, SSH.accepted)
      : table.get(row, WEB.requests)
  }

  /** The features of a row, in the order of SOURCE_FEATURES. */
  vector(surface: Surface, row: number): number[] {
    return surface === 'ssh' ? this.#sshVector(row) : this.#webVector(row)
  }

  #sshVector(row: number): number[] {
    const table = this.ssh
    const attempts = table.get(row, SSH.attempts)
    const accepted = table.get(row, SSH.accepted)
    const span = Math.max(0, table.last(row) - table.get(row, SSH.first)) / HOUR
    return [
      attempts,
      attempts / Math.max(1, attempts + accepted),
      table.distinct(row),
      table.entropy(row),
      span,
      // A visit of seconds has no rate of its own: an hour is the least it is spread over.
      (attempts + accepted) / Math.max(1, span),
      gapSpread(table.get(row, SSH.events) - 1, span * 3600, table.get(row, SSH.squares)),
      table.get(row, SSH.night) / Math.max(1, attempts),
      table.get(row, SSH.valid) / Math.max(1, attempts),
      accepted,
    ]
  }

  #webVector(row: number): number[] {
    const table = this.web
    const requests = Math.max(1, table.get(row, WEB.requests))
    return [
      requests,
      table.get(row, WEB.errors) / requests,
      table.entropy(row),
      Math.min(1, table.distinct(row) / requests),
      table.get(row, WEB.bytes) / requests,
      table.get(row, WEB.burst),
    ]
  }
}

function joinSsh(mine: Float64Array, theirs: Float64Array): void {
  const between = Math.max(mine[SSH.first], theirs[SSH.first]) - Math.min(mine[LAST], theirs[LAST])
  for (const place of [SSH.attempts, SSH.accepted, SSH.valid, SSH.events, SSH.squares, SSH.night])
    mine[place] += theirs[place]
  mine[SSH.squares] += Math.max(0, between / SECOND) ** 2
  mine[SSH.first] = Math.min(mine[SSH.first], theirs[SSH.first])
  mine[LAST] = Math.max(mine[LAST], theirs[LAST])
}

function joinWeb(mine: Float64Array, theirs: Float64Array): void {
  for (const place of [WEB.requests, WEB.errors, WEB.bytes]) mine[place] += theirs[place]
  const lead = theirs[WEB.minute] - mine[WEB.minute]
  const inMinute = (lead >= 0 ? theirs[WEB.inMinute] : 0) + (lead <= 0 ? mine[WEB.inMinute] : 0)
  mine[WEB.burst] = Math.max(mine[WEB.burst], theirs[WEB.burst], inMinute)
  mine[WEB.inMinute] = inMinute
  mine[WEB.minute] = Math.max(mine[WEB.minute], theirs[WEB.minute])
  mine[WEB.first] = Math.min(mine[WEB.first], theirs[WEB.first])
  mine[LAST] = Math.max(mine[LAST], theirs[LAST])
}

/** Standard deviation over mean of n gaps with the given sum and sum of squares; 1 (chance) where there are fewer than 3. */
function gapSpread(n: number, sum: number, squares: number): number {
  if (n < 3 || sum <= 0) return 1
  const mean = sum / n
  return Math.sqrt(Math.max(0, squares / n - mean * mean)) / mean
}
