/** An incident in one line: who, what they tried, whether they got in, what they did then. */
import { grouped } from '../core/figure.ts'
import type { Finding } from '../core/finding.ts'
import { severityRank } from '../core/finding.ts'
import { shortName } from '../core/incident.ts'
import { formatSpan } from '../core/time.ts'
import { sourceKey } from './incident-links.ts'
import { isAccess, isBreakIn, stagesOfFinding } from './incident-stages.ts'

/** Deeds that are told; the stages name the rest. */
const MOST_DEEDS = 3

/** `findings` of one incident in order of time; at least one. No clock times: they would be of one zone, the reader's of another. */
export function titleOf(findings: readonly Finding[]): string {
  if (findings.length === 1) return findings[0].title
  const sources = sourcesOf(findings.filter(({ kind }) => kind !== 'anomaly'))
  const clauses = clausesOf(findings, sources.size)
  if (sources.size === 0 || clauses.length === 0) {
    const more = findings.length - 1
    return `${worstOf(findings).title}, and ${more} more ${more === 1 ? 'finding' : 'findings'}`
  }
  const [only] = sources
  return `${sources.size === 1 ? only : whoOf(findings.filter(isBreakIn), sources.size)} ${joined(clauses)}`
}

/** `40 addresses`; of those that got in, how many of all: a finding that accuses several tells of one login. */
function whoOf(breakIns: readonly Finding[], sources: number): string {
  const all = `${grouped(sources)} addresses`
  if (breakIns.length === 0) return all
  const intruders = sourcesOf(breakIns.filter(finding => finding.sources.length === 1)).size
  if (intruders < 2) return `One of ${all}`
  return intruders === sources ? all : `${grouped(intruders)} of ${all}`
}

/** Addresses; where several are of one IPv6 /64, that counts as one. */
function sourcesOf(findings: readonly Finding[]): Set<string> {
  const all = new Set(findings.flatMap(({ sources }) => sources))
  const keys = new Set([...all].map(sourceKey))
  return keys.size === all.size ? all : keys
}

function worstOf(findings: readonly Finding[]): Finding {
  return findings.reduce((worst, one) => (severityRank(one.severity) < severityRank(worst.severity) ? one : worst))
}

const joined = (clauses: readonly string[]): string =>
  clauses.length < 2 ? clauses.join('') : `${clauses.slice(0, -1).join(', ')} and ${clauses[clauses.length - 1]}`

const has = (finding: Finding, technique: string): boolean => finding.techniques.some(one => one.startsWith(technique))

function clausesOf(findings: readonly Finding[], sources: number): string[] {
  const probes = findings.filter(isWebProbe)
  const guesses = findings.filter(finding => has(finding, 'T1110'))
  const looks = findings.some(finding => stagesOfFinding(finding).has('reconnaissance'))
  const breakIns = findings.filter(isBreakIn)
  const [breakIn] = breakIns
  const login = breakIn ?? findings.find(isAccess)
  const after = login === undefined ? findings.filter(finding => !isAccess(finding)) : findings
  const deeds = after
    .flatMap(finding => deed(finding, findings))
    .filter((clause, index, all) => all.indexOf(clause) === index)
  return [
    // What matters most comes first: lists cut what does not fit.
    ...(breakIn === undefined ? [] : [breakInClause(breakIns, guesses)]),
    ...(probes.length > 0 ? [probeClause(probes)] : []),
    ...(guesses.length > 0 && breakIn === undefined ? [guessClause(guesses, sources)] : []),
    ...(probes.length === 0 && guesses.length === 0 && looks ? ['looked around'] : []),
    ...(findings.some(finding => stagesOfFinding(finding).has('impact')) ? ['flooded the server'] : []),
    ...(breakIn === undefined && login !== undefined ? [loginClause(findings)] : []),
    ...deeds.slice(0, MOST_DEEDS),
  ]
}

/** What came in through the web server: exploits, searches for paths, and what the rules about web sites tell. */
const isWebProbe = (finding: Finding): boolean =>
  has(finding, 'T1190') ||
  has(finding, 'T1595.003') ||
  (finding.rule.startsWith('web-') && stagesOfFinding(finding).has('reconnaissance'))

const probeClause = (probes: readonly Finding[]): string => `probed the web site ${times(leastOf(probes))}`

/** `tried to log in as root 400 times`, `tried to log in 400 times under 31 names`. */
function guessClause(guesses: readonly Finding[], sources: number): string {
  const users = new Set(guesses.flatMap(finding => finding.users))
  const guessers = sourcesOf(guesses).size
  const who = guessers > 0 && 2 * guessers < sources ? `${grouped(guessers)} of them ` : ''
  const [only] = users
  const often = times(leastOf(guesses))
  if (users.size === 1 && only !== '') return `${who}tried to log in as ${shortName(only)} ${often}`
  return `${who}tried to log in ${often}${users.size > 1 ? ` under ${grouped(users.size)} names` : ''}`
}

/**
 * The least number of events that is certain: several findings of one source count the same lines, and so does a
 * campaign with those of its participants.
 */
function leastOf(findings: readonly Finding[]): number {
  const bySource = new Map<string, number>()
  for (const finding of findings) {
    const key = [...finding.sources].sort().join(' ')
    // The login that closes a break-in is no failure.
    const count = isBreakIn(finding) && finding.kind === 'rule' ? Math.max(1, finding.count - 1) : finding.count
    bySource.set(key, Math.max(bySource.get(key) ?? 0, count))
  }
  const counts = [...bySource]
  const single = counts.reduce((sum, [key, count]) => sum + (key.includes(' ') ? 0 : count), 0)
  return counts.reduce((most, [, count]) => Math.max(most, count), single)
}

const times = (count: number): string => (count === 1 ? 'once' : `${grouped(count)} times`)

/** `got in as root after 400 failed logins in 5 min`; `amid` them where the guessing went on. */
function breakInClause(logins: readonly Finding[], guesses: readonly Finding[]): string {
  // A finding of several names tells which were tried, and not which of them it was.
  const users = new Set(logins.map(login => (login.users.length === 1 ? login.users[0] : '')))
  const [user] = users
  const several = users.has('') ? '' : ` as ${grouped(users.size)} users`
  const who = users.size === 1 && user !== '' ? ` as ${shortName(user)}` : several
  if (guesses.length === 0) return `got in${who}`
  const begun = Math.min(...guesses.map(({ first_seen }) => Date.parse(first_seen)))
  const ended = Math.max(...guesses.map(({ last_seen }) => Date.parse(last_seen)))
  const inside = Math.max(...logins.map(login => Date.parse(has(login, 'T1110') ? login.last_seen : login.first_seen)))
  const failures = leastOf(guesses)
  const often = failures === 1 ? 'a failed login' : `${grouped(failures)} failed logins`
  const span = Math.max(inside, ended) - begun
  return `got in${who} ${ended > inside ? 'amid' : 'after'} ${often}${Number.isFinite(span) && span > 0 ? ` in ${formatSpan(span)}` : ''}`
}

/** `logged in as ana`: a login that merely stands out. */
function loginClause(findings: readonly Finding[]): string {
  const users = new Set(findings.filter(isAccess).flatMap(finding => finding.users))
  const [only = ''] = users
  if (users.size > 1) return `logged in as ${grouped(users.size)} users`
  return `logged in${only === '' ? '' : ` as ${shortName(only)}`}`
}

/** Technique, by its beginning (the more exact one first), and what it is called in a story. */
const DEEDS: readonly (readonly [technique: string, words: string, ofOne?: (user: string) => string])[] = [
  ['T1548', 'tried to become another user'],
  ['T1136', 'created accounts', user => `created the account ${user}`],
  ['T1098.007', 'made accounts administrators', user => `made ${user} an administrator`],
  ['T1098.004', 'left a key to log in with', user => `left a key to log in as ${user}`],
  ['T1098', 'gave accounts more rights', user => `gave ${user} more rights`],
  ['T1505', 'left a web shell'],
  ['T1053', 'left a scheduled job'],
  ['T1543', 'left a service'],
  ['T1547', 'left something that starts by itself'],
  ['T1070', 'touched the logs'],
  ['T1562', 'weakened the defences'],
  ['T1059', 'ran commands'],
  ['T1496', 'used the processor for its own ends'],
]

/** What the finding's first technique that is a deed is called; nothing for rules about addresses: those tell of attempts. */
function deed(finding: Finding, all: readonly Finding[]): string[] {
  const { techniques, kind, sources, users } = finding
  if (kind !== 'host' && sources.length > 0) return []
  for (const technique of techniques) {
    const known = DEEDS.find(([begin]) => technique.startsWith(begin))
    if (known === undefined) continue
    const [, words, ofOne] = known
    const [user] = users
    if (ofOne === undefined || users.length !== 1 || user === '') return [words]
    const isTold = all.some(
      other => other !== finding && other.users[0] === user && other.techniques[0]?.startsWith('T1136'),
    )
    return [ofOne(isTold ? 'it' : shortName(user))]
  }
  return []
}
