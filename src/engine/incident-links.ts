/**
 * What ties two findings into one story. Every tie depends on the two findings alone, or on intervals that overlap within
 * a margin; so a further finding can join incidents and never split one.
 */
import type { Finding } from '../core/finding.ts'
import { formatPrefix, isV4, maskWords, parsePrefix } from '../core/ip.ts'
import { HOUR, MINUTE } from '../core/time.ts'
import { isAccess, isFollowUp } from './incident-stages.ts'

/** A finding with what ties are looked up by. */
export interface Member {
  finding: Finding
  first: number
  last: number
  /** Source keys: an IPv6 address counts as its /64. */
  sources: ReadonlySet<string>
  access: boolean
  followUp: boolean
}

/** Two findings (by index) that belong together, and why. */
export interface Link {
  a: number
  b: number
  why: string
}

/** Findings of one source that rest longer than this are different stories: a shared address is many people. */
const SOURCE_GAP = 12 * HOUR
/** A participant's doings this long before or after the campaign belong to it. */
const CAMPAIGN_MARGIN = 12 * HOUR
/** Share of the smaller campaign's sources that two campaigns have in common when they are one. */
const CAMPAIGN_OVERLAP = 0.1
/** Findings on one user's account further apart are different stories. */
const USER_GAP = 6 * HOUR
/** How long after a login what happens on the host is put down to it. */
const FOLLOW_UP = 12 * HOUR
/** Stamps of two logs of one host may differ by this much. */
const SKEW = MINUTE
/** A finding with more names than this is about none of them. */
const MOST_USERS = 5
/** A path of fewer characters names no file of one's own. */
const LEAST_PATH = 5

/** Names that everybody guesses: that two findings have one in common says nothing. */
const COMMON_USERS: ReadonlySet<string> = new Set(
  (
    'root admin administrator test user guest ubuntu debian centos ec2-user pi oracle postgres mysql git ftp ftpuser www ' +
    'www-data nobody support info web deploy jenkins hadoop operator service default'
  ).split(' '),
)

/** A finding with what links are made of: its span in milliseconds (0 where a stamp cannot be read), and whom it accuses. */
export function memberOf(finding: Finding): Member {
  const first = Date.parse(finding.first_seen) || 0
  const last = Date.parse(finding.last_seen) || 0
  return {
    finding,
    first,
    last: Math.max(first, last),
    sources: new Set(finding.sources.map(sourceKey)),
    access: isAccess(finding),
    followUp: isFollowUp(finding),
  }
}

/** The address, or the /64 of an IPv6 one; a host name as it stands. */
export function sourceKey(source: string): string {
  const prefix = parsePrefix(source)
  if (prefix === undefined || isV4(prefix.words)) return source
  const length = Math.min(64, prefix.length)
  return formatPrefix({ words: maskWords(prefix.words, length), length })
}

/** Every tie among the findings; not all pairs, but enough to join them. */
export function linksOf(members: readonly Member[]): Link[] {
  const bySource = indexed(members, ({ sources }) => sources)
  return [
    ...sameSource(members, bySource),
    ...campaignsAndHints(members, bySource),
    ...sameUser(members),
    ...whatFollowed(members),
    ...samePath(members),
    ...sameTarget(members),
  ]
}

function indexed(members: readonly Member[], keysOf: (member: Member) => Iterable<string>): Map<string, number[]> {
  const index = new Map<string, number[]>()
  for (const [i, member] of members.entries()) {
    for (const key of keysOf(member)) {
      const known = index.get(key)
      if (known === undefined) index.set(key, [i])
      else known.push(i)
    }
  }
  return index
}

/** Rules and host checks accuse what they have seen do it; the others' lists may hold bystanders. */
const accusesSurely = ({ finding }: Member): boolean => finding.kind === 'rule' || finding.kind === 'host'

/** Joins those of `list` whose intervals, widened by the gap, overlap. */
function* chain(members: readonly Member[], list: readonly number[], gap: number, why: string): Generator<Link> {
  const sorted = [...list].sort((a, b) => members[a].first - members[b].first || members[a].last - members[b].last)
  let reach = sorted[0]
  for (const next of sorted.slice(1)) {
    if (members[next].first - members[reach].last <= gap) yield { a: reach, b: next, why }
    if (members[next].last > members[reach].last) reach = next
  }
}

function* sameSource(members: readonly Member[], bySource: ReadonlyMap<string, number[]>): Generator<Link> {
  for (const [source, list] of bySource) {
    const sure = list.filter(i => accusesSurely(members[i]))
    if (sure.length > 1) yield* chain(members, sure, SOURCE_GAP, `source ${source}`)
  }
}

/** Campaigns with what their participants did; anomalies and rates with what accuses most of those they name. */
function* campaignsAndHints(members: readonly Member[], bySource: ReadonlyMap<string, number[]>): Generator<Link> {
  for (const [a, member] of members.entries()) {
    if (accusesSurely(member)) continue
    const shared = new Map<number, number>()
    for (const source of member.sources) {
      for (const b of bySource.get(source) ?? []) if (b !== a) shared.set(b, (shared.get(b) ?? 0) + 1)
    }
    for (const [b, count] of shared) {
      const other = members[b]
      if (distance(member, other) > CAMPAIGN_MARGIN || !isEnough(member, other, count)) continue
      const campaign = [member, other].find(({ finding }) => finding.kind === 'campaign')
      const why = `${count} shared ${count === 1 ? 'source' : 'sources'}`
      yield { a, b, why: campaign === undefined ? why : `campaign "${campaign.finding.title}": ${why}` }
    }
  }
}

function isEnough(one: Member, other: Member, shared: number): boolean {
  const smaller = Math.min(one.sources.size, other.sources.size)
  const hints = [one, other].filter(({ finding }) => finding.kind === 'anomaly' || finding.kind === 'rate')
  if (hints.length > 0) return hints.every(({ sources }) => shared * 2 >= sources.size)
  if (accusesSurely(one) || accusesSurely(other)) return true
  return shared >= Math.max(2, CAMPAIGN_OVERLAP * smaller)
}

/** Time between two findings; 0 where they overlap. */
function distance(a: Member, b: Member): number {
  return Math.max(0, a.first - b.last, b.first - a.last)
}

/** Few, and not what everybody guesses. */
function* ownUsers({ finding }: Member): Generator<string> {
  if (finding.users.length > MOST_USERS || finding.kind === 'anomaly' || finding.kind === 'rate') return
  for (const user of finding.users) if (user !== '' && !COMMON_USERS.has(user.toLowerCase())) yield user
}

/**
 * A login that merely stands out a little (an odd hour, a new place) is the user's own more often than not: other logins of
 * the user belong to it, guesses at the name from elsewhere do not.
 */
const standsOut = ({ access, finding }: Member): boolean =>
  access && (finding.severity === 'low' || finding.severity === 'info')

function* sameUser(members: readonly Member[]): Generator<Link> {
  for (const [user, list] of indexed(members, ownUsers)) {
    for (const host of hostGroups(members, list)) {
      for (const some of [host.filter(i => !standsOut(members[i])), host.filter(i => members[i].access)]) {
        if (some.length > 1) yield* chain(members, some, USER_GAP, `user ${user}`)
      }
    }
  }
}

/** One list a host; findings that name no host are on each of the lists. */
function hostGroups(members: readonly Member[], list: readonly number[]): number[][] {
  const nowhere = list.filter(i => members[i].finding.hosts.length === 0)
  const hosts = new Set(list.flatMap(i => members[i].finding.hosts))
  if (hosts.size === 0) return [nowhere]
  return [...hosts].map(host => [...nowhere, ...list.filter(i => members[i].finding.hosts.includes(host))])
}

function sharesHost(a: Finding, b: Finding): boolean {
  return a.hosts.length === 0 || b.hosts.length === 0 || a.hosts.some(host => b.hosts.includes(host))
}

/**
 * What was done on a host after somebody got in: by the same user (root too, since there was a success), or by anybody
 * where the login was a proven break-in.
 */
function* whatFollowed(members: readonly Member[]): Generator<Link> {
  const followers = [...members.keys()].filter(i => members[i].followUp)
  if (followers.length === 0) return
  followers.sort((a, b) => members[a].first - members[b].first)
  for (const [a, login] of members.entries()) {
    if (!login.access) continue
    const users = new Set(login.finding.users.length > MOST_USERS ? [] : login.finding.users)
    const proven = login.finding.severity === 'critical'
    for (let at = firstFrom(members, followers, login.first - SKEW); at < followers.length; at++) {
      const b = followers[at]
      const after = members[b]
      if (after.first > login.last + FOLLOW_UP) break
      if (b === a || !sharesHost(login.finding, after.finding)) continue
      const user = after.finding.users.find(one => users.has(one))
      if (user !== undefined) yield { a, b, why: `user ${user}, after the login` }
      else if (proven) yield { a, b, why: `${hostOf(login.finding, after.finding)}, after the break-in` }
    }
  }
}

/** Index of the first follower that began at `time` or later. */
function firstFrom(members: readonly Member[], followers: readonly number[], time: number): number {
  let low = 0
  let high = followers.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (members[followers[middle]].first < time) low = middle + 1
    else high = middle
  }
  return low
}

function hostOf(a: Finding, b: Finding): string {
  const host = [...a.hosts, ...b.hosts].sort()[0]
  return host === undefined ? 'the same host' : `host ${host}`
}

const REQUEST = /"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|PROPFIND) ([^ ?"]{1,300})/

/** Paths that were asked for, as the evidence has them. */
function* requested({ finding }: Member): Generator<string> {
  if (finding.kind === 'host') return
  for (const { text } of finding.evidence) {
    const path = REQUEST.exec(text)?.[1]
    if (path !== undefined && path.length >= LEAST_PATH && /\/[^/]+\.\w+$/.test(path)) yield path
  }
}

/** Files that a host check is about. */
function filesOf({ finding }: Member): string[] {
  if (finding.kind !== 'host' || finding.details === undefined) return []
  const { path, paths } = finding.details
  return [path, ...(Array.isArray(paths) ? paths : [])].filter(one => typeof one === 'string')
}

/** A file on the host and the requests for it: `/var/www/html/up/x.php` and `/up/x.php`. */
function* samePath(members: readonly Member[]): Generator<Link> {
  const byPath = indexed(members, member => new Set(requested(member)))
  for (const [a, member] of members.entries()) {
    for (const file of filesOf(member)) {
      for (const tail of tailsOf(file)) {
        for (const b of byPath.get(tail) ?? []) {
          if (distance(member, members[b]) <= FOLLOW_UP) yield { a, b, why: `path ${tail}` }
        }
      }
    }
  }
}

/** `/var/www/up/x.php`, `/www/up/x.php`, `/up/x.php`, `/x.php`. */
function* tailsOf(file: string): Generator<string> {
  for (let at = file.indexOf('/'); at >= 0; at = file.indexOf('/', at + 1)) yield file.slice(at)
}

/** Campaigns whose names are paths that were asked for. */
const OF_PATHS: ReadonlySet<unknown> = new Set(['web-probe', 'web-payload'])

/** The paths that a campaign of scanners is about: those that a fourth of its sources ask for. */
function targetsOf({ finding, sources }: Member): string[] {
  const campaign = finding.kind === 'campaign' ? finding.details?.campaign : undefined
  if (!isRecord(campaign) || !OF_PATHS.has(campaign.surface) || !Array.isArray(campaign.names)) return []
  return campaign.names
    .filter(isRecord)
    .filter(name => Number(name.sources) * 4 >= sources.size)
    .map(({ name }) => name)
    .filter(name => typeof name === 'string')
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Who asked once or twice, amid a campaign, for the very thing that it is about and for nothing else, named by it or not. */
function* sameTarget(members: readonly Member[]): Generator<Link> {
  for (const [a, campaign] of members.entries()) {
    const targets = targetsOf(campaign)
    if (targets.length === 0) continue
    for (const [b, { finding, first, last }] of members.entries()) {
      if (finding.kind !== 'rule' || finding.count > 2 || finding.evidence.length === 0) continue
      if (first < campaign.first - HOUR || last > campaign.last + HOUR) continue
      const target = askedFor(finding)
      if (target !== undefined && targets.includes(target))
        yield { a, b, why: `campaign "${campaign.finding.title}": asked for ${target} meanwhile` }
    }
  }
}

/** The one path that all of the evidence asks for. */
function askedFor({ evidence }: Finding): string | undefined {
  const paths = new Set(evidence.map(({ text }) => REQUEST.exec(text)?.[1]))
  const [only] = paths
  return paths.size === 1 ? only : undefined
}
